"""How well values are found in labelled phrases, and what looking for them costs.

python benchmarks/values.py
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from intents.match import Entity
from tests.intents.test_values import NOW, PHRASES, VALUES, told

MESSAGES = Path(__file__).parents[1] / "tests" / "intents" / "heldback.jsonl"
ROUNDS = 7

Found = Counter[tuple[str, ...]]


def main() -> None:
    """Print a line for each language and kind of value, then the times."""
    kept = [(one["lang"], _wanted(one["entities"]), told(one["text"])) for one in PHRASES]
    for lang in ("zh-Hant", "en"):
        for name in sorted({each[0] for _, wanted, _ in kept for each in wanted}):
            _line(f"{lang} {name}", [one for one in kept if one[0] == lang], name)
    _line("all", kept, None)
    lines = [json.loads(line) for line in MESSAGES.read_text("utf-8").splitlines()]
    for lang in ("zh-Hant", "en"):
        texts = [one["text"] for one in lines if one["lang"] == lang]
        holding = [text for text in texts if _found(text, lang)]
        silent = [text for text in texts if not _found(text, lang)]
        print(f"{lang}: {_micros(silent, lang):.0f} us for each of {len(silent)} messages without")
        print(f"{lang}: {_micros(holding, lang):.0f} us for each of {len(holding)} with values")


def _wanted(entities: Iterable[dict[str, str]]) -> Found:
    return Counter(
        (one["name"], one["written"], one["value"], one.get("unit", "")) for one in entities
    )


def _line(title: str, kept: Sequence[tuple[str, Found, Found]], name: str | None) -> None:
    def total(found: Iterable[Found]) -> int:
        return sum(count for one in found for key, count in one.items() if name in {None, key[0]})

    wanted, seen = total(one[1] for one in kept), total(one[2] for one in kept)
    right = total(one[1] & one[2] for one in kept)
    if wanted:
        share = f"precision {right / max(1, seen):6.1%}  recall {right / wanted:6.1%}"
        print(f"{title:<22} {wanted:4} values  {share}")


def _found(text: str, lang: str) -> tuple[Entity, ...]:
    return VALUES.found(text, at=NOW, language=lang)


def _micros(texts: Sequence[str], lang: str) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for text in texts:
            _found(text, lang)
        best = min(best, time.process_time() - began)
    return best / len(texts) * 1e6


if __name__ == "__main__":
    main()
