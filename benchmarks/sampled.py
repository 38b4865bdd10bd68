"""Run a module and sample where its main thread spends processor time, between two signals.

    python benchmarks/sampled.py FILE MODULE ARGUMENT...

SIGUSR1 starts and SIGUSR2 ends and writes FILE: the functions, by their own share of the samples
and by the share with all that they called. The process's whole processor time is counted, so a
sample may stand for another thread's work while the main one waits.
"""

import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY = 0.002
SHOWN = 45
ROOT = Path(__file__).parents[1]


class Sampler:
    """Counts functions on top of the stack, and all on it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._own: Counter[str] = Counter()
        self._all: Counter[str] = Counter()
        self._samples = 0

    def start(self, number: int, frame: FrameType | None) -> None:
        """Begin; a signal handler."""
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def take(self, number: int, frame: FrameType | None) -> None:
        """Count the present stack; a signal handler."""
        names = []
        while frame is not None:
            names.append(_name(frame))
            frame = frame.f_back
        self._samples += 1
        self._own[names[0]] += 1
        self._all.update(set(names))

    def end(self, number: int, frame: FrameType | None) -> None:
        """Write what was counted; a signal handler."""
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        lines = [f"{self._samples} samples, one each {EVERY * 1e3:.0f} ms of processor time"]
        for title, counts in (("own", self._own), ("with all they call", self._all)):
            lines += ["", f"{title}:"]
            lines += [
                f"{count / self._samples:6.1%} {name}" for name, count in counts.most_common(SHOWN)
            ]
        self._file.write_text("\n".join(lines) + "\n")


def _name(frame: FrameType) -> str:
    file = frame.f_code.co_filename
    short = file.removeprefix(f"{ROOT}/").rpartition("site-packages/")[2]
    return f"{frame.f_code.co_qualname} {short}:{frame.f_code.co_firstlineno}"


if __name__ == "__main__":
    sampler = Sampler(Path(sys.argv[1]))
    signal.signal(signal.SIGPROF, sampler.take)
    signal.signal(signal.SIGUSR1, sampler.start)
    signal.signal(signal.SIGUSR2, sampler.end)
    sys.path[0] = str(ROOT)
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
