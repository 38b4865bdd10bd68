"""Rest from garbage collection while a report is being built."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unswept() -> Iterator[None]:
    """Hold the collector off within.

    A report makes many small values that all stay until it is done; to look for garbage among
    them again and again doubles its time. They form no cycles, so nothing piles up.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
