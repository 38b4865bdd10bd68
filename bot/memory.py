"""What the process does with memory: one heap, and nothing looked through in vain."""

import ctypes
import gc
from contextlib import suppress

# https://man7.org/linux/man-pages/man3/mallopt.3.html
_M_ARENA_MAX = -8


def share_one_heap() -> None:
    """Let all threads allocate from one heap; before the first of them starts.

    Otherwise the C library gives each its own, which keeps what its thread has freed: 15 MiB under
    load. Other C libraries than glibc have no such setting and need none.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Return what a burst of messages has left free: about 10 MiB, in a few milliseconds."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def keep_for_good() -> None:
    """Spare the collector what lives as long as the process: catalogue, model, templates.

    Looking through them again and again took more than half of all processor time.
    """
    gc.collect()
    gc.freeze()
