"""Run a module and sample where it spends processor time, between two signals.

    python benchmarks/sampled.py FILE MODULE ARGUMENT...

SIGUSR1 starts; SIGUSR2 ends and writes to FILE the main thread's functions, by their own share of
the samples and by the share with all that they called, and where the other threads stood meanwhile.
The clock is the processor time of the whole process: a main thread that stands in its loop's `run`
waits while another works.
"""

import runpy
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

# Linux looks at this clock once a tick, and most have 250 a second.
EVERY = 0.004
SHOWN = 45
ROOT = Path(__file__).parents[1]


class Sampler:
    """Counts functions on top of the stack, and all on it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._tables: dict[str, Counter[str]] = {
            "own": Counter(),
            "with all they call": Counter(),
            "other threads": Counter(),
        }
        self._samples = 0

    def start(self, number: int, frame: FrameType | None) -> None:
        """Begin; a signal handler."""
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def take(self, number: int, frame: FrameType | None) -> None:
        """Count the present stacks; a signal handler."""
        own, every, others = self._tables.values()
        names = list(_stack(frame))
        self._samples += 1
        own[names[0]] += 1
        every.update(set(names))
        main = threading.main_thread().ident
        for thread, stack in sys._current_frames().items():
            if thread != main:
                others[next(_stack(stack))] += 1

    def end(self, number: int, frame: FrameType | None) -> None:
        """Write what was counted; a signal handler."""
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        lines = [f"{self._samples} samples, about one each {EVERY * 1e3:.0f} ms of processor time"]
        for title, counts in self._tables.items():
            lines += ["", f"{title}:"]
            lines += [
                f"{count / self._samples:6.1%} {name}" for name, count in counts.most_common(SHOWN)
            ]
        self._file.write_text("\n".join(lines) + "\n")


def _stack(frame: FrameType | None) -> Iterator[str]:
    """The names of the functions on a stack, the running one first."""
    while frame is not None:
        code = frame.f_code
        file = code.co_filename.removeprefix(f"{ROOT}/").rpartition("site-packages/")[2]
        yield f"{code.co_qualname} {file}:{code.co_firstlineno}"
        frame = frame.f_back


if __name__ == "__main__":
    sampler = Sampler(Path(sys.argv[1]))
    signal.signal(signal.SIGPROF, sampler.take)
    signal.signal(signal.SIGUSR1, sampler.start)
    signal.signal(signal.SIGUSR2, sampler.end)
    sys.path[0] = str(ROOT)
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
