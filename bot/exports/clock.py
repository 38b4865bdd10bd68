"""Times as phones write them -> instants."""

from datetime import UTC, date, datetime, time, tzinfo

_AFTERNOON = frozenset({"下午", "午後", "晚上", "pm"})
_MORNING = frozenset({"上午", "午前", "凌晨", "清晨", "早上", "am"})


def of_twelve(hour: int, half: str) -> int:
    """The hour of the day: 12 in the morning is midnight. Without a *half* it is that already."""
    word = (
        half.lower().replace(".", "").replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
    )
    if word in _AFTERNOON:
        return hour if hour >= 12 else hour + 12
    if word in _MORNING:
        return 0 if hour == 12 else hour
    return (
        12 if word == "中午" and hour == 12 else hour + 12 if word == "中午" and hour < 6 else hour
    )


def local_instant(
    day: date | None, hour: int, minute: int, second: int, zone: tzinfo
) -> datetime | None:
    """Make an instant of a local day and time; None if there is no such time."""
    if day is None:
        return None
    try:
        return datetime.combine(day, time(hour, minute, second), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
