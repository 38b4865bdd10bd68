"""How a duration is said: in its two largest units."""

from typing import Literal

Unit = Literal["d", "h", "min", "s"]

_UNITS: tuple[tuple[Unit, int], ...] = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def two_units(seconds: float) -> list[tuple[int, Unit]]:
    """Split whole seconds (halves round up) into at most two units: 680 is 11 min 20 s.

    What is smaller than these two is dropped; zero is 0 s.
    """
    left = int(seconds + 0.5)
    for place, (unit, size) in enumerate(_UNITS):
        if left < size:
            continue
        count, rest = divmod(left, size)
        parts = [(count, unit)]
        if place + 1 < len(_UNITS):
            smaller, smaller_size = _UNITS[place + 1]
            if rest // smaller_size:
                parts.append((rest // smaller_size, smaller))
        return parts
    return [(0, "s")]
