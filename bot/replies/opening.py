"""Say in words when people are there and how long they usually take: variables for templates."""

from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_timedelta

from bot.reports.hours import OpeningHours

_LOOK_AHEAD_DAYS = 14
_DASH = "\N{EN DASH}"
_WEEKDAYS = {
    "zh": ("週一", "週二", "週三", "週四", "週五", "週六", "週日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_NEAR = {"zh": ("今天", "明天"), "en": ("today", "tomorrow")}
_CLOSED = {"zh": "休息", "en": "closed"}


def opening(hours: OpeningHours | None, *, now: datetime, language: str) -> dict[str, Any]:
    """The template variable ``hours``: ``open``, and ``text`` and ``next`` where there are hours.

    ``next`` is the next opening in the brand's own time ("明天 09:00"), missing while it is open
    or when none comes within two weeks. No *hours* means always open.
    """
    if hours is None:
        return {"open": True}
    words = "zh" if language.startswith("zh") else "en"
    told: dict[str, Any] = {"open": hours.is_open(now), "text": _week(hours, words)}
    opens_at = None if told["open"] else _next_opening(hours, now)
    if opens_at is not None:
        told["next"] = _when(opens_at, now.astimezone(hours.zone), words)
    return told


def wait(usual: timedelta | None, *, language: str) -> dict[str, Any]:
    """The template variable ``wait``: ``text`` such as "約 10 分鐘"; empty if nobody knows."""
    if usual is None:
        return {}
    minutes = max(1, round(usual / timedelta(minutes=1)))
    if minutes > 10:
        minutes = -(-minutes // 5) * 5
    locale, about = ("zh_Hant", "約") if language.startswith("zh") else ("en", "about")
    span = format_timedelta(
        timedelta(minutes=minutes), granularity="minute", threshold=1.5, locale=locale
    )
    return {"text": f"{about} {span}"}


def _next_opening(hours: OpeningHours, now: datetime) -> datetime | None:
    today = now.astimezone(hours.zone).date()
    for ahead in range(_LOOK_AHEAD_DAYS):
        for opens_at, _ in hours.shifts(today + timedelta(days=ahead)):
            if opens_at > now:
                return opens_at.astimezone(hours.zone)
    return None


def _when(opens_at: datetime, now: datetime, words: str) -> str:
    days = (opens_at.date() - now.date()).days
    if days < len(_NEAR[words]):
        day = _NEAR[words][days]
    elif days < 7:
        day = _WEEKDAYS[words][opens_at.weekday()]
    else:
        day = (
            f"{opens_at.month}/{opens_at.day}" if words == "zh" else f"{opens_at:%B} {opens_at.day}"
        )
    joint = " at " if words == "en" else " "
    return f"{day}{joint}{opens_at:%H:%M}"


def _week(hours: OpeningHours, words: str) -> str:
    """The week's hours, equal neighbours in one: "週一至週五 09:00-18:00；週六至週日 休息"."""
    days = _WEEKDAYS[words]
    runs: list[tuple[int, int, str]] = []
    for day in range(7):
        periods = hours.weekly.get(day, ())
        text = ", ".join(f"{opens:%H:%M}{_DASH}{closes:%H:%M}" for opens, closes in periods)
        text = text.replace(", ", "、") if words == "zh" else text
        text = (text or _CLOSED[words]).replace(f"{_DASH}00:00", f"{_DASH}24:00")
        if runs and runs[-1][2] == text:
            runs[-1] = (runs[-1][0], day, text)
        else:
            runs.append((day, day, text))
    to = "至" if words == "zh" else " to "
    named = (
        f"{days[first] if first == last else days[first] + to + days[last]} {text}"
        for first, last, text in runs
    )
    return ("；" if words == "zh" else "; ").join(named)
