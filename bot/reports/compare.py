"""Compares what was expected with what came out, and names each path that differs."""

from collections.abc import Iterator
from itertools import zip_longest

TOLERANCE = 5e-6


def differences(path: str, expected: object, actual: object) -> Iterator[str]:
    """Walk two JSON values; keys that *expected* does not have are free.

    Numbers may differ by TOLERANCE, but null is never 0.
    """
    match expected, actual:
        case dict(), dict():
            for key in expected:
                yield from differences(f"{path}.{key}", expected[key], actual.get(key, _ABSENT))
        case list(), list():
            pairs = zip_longest(expected, actual, fillvalue=_ABSENT)
            for index, (one, other) in enumerate(pairs):
                yield from differences(f"{path}[{index}]", one, other)
        case _ if not _same(expected, actual):
            yield f"{path.lstrip('.')}: expected {expected!r}, got {actual!r}"


_ABSENT = "<absent>"


def _same(expected: object, actual: object) -> bool:
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, int | float) and isinstance(actual, int | float):
        return abs(expected - actual) <= TOLERANCE
    return expected == actual
