"""Reads acceptance cases (schema "metrics-cases/1") into events, rules, hours and windows."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

from bot.reports.asks import Rules
from bot.reports.events import Event, Kind
from bot.reports.hours import Calendar, Clock, OpeningHours, Period
from bot.reports.report import Window
from bot.reports.waits import Wait

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def event(source: Mapping[str, Any]) -> Event:
    """Read one event; raises KeyError without id, at or actor."""
    return Event(
        id=source["id"],
        at=instant(source["at"]),
        actor=source["actor"],
        channel=source.get("channel", ""),
        conversation=source.get("conversation", ""),
        surface=source.get("kind", "dm"),
        kind=_kind(source.get("type", "message")),
        text=source.get("text") or "",
        ack=source.get("ack", False),
        handoff=source.get("handoff", False),
        expects_reply=source.get("expects_reply", False),
        visibility=source.get("visibility", "public"),
        agent=source.get("agent"),
        post=source.get("post"),
        root=source.get("root"),
        author=source.get("author"),
        reply_to=source.get("reply_to"),
        target=source.get("target"),
    )


def rules(config: Mapping[str, Any]) -> Rules:
    """Read the rules for asks; what the config leaves out has our own default."""
    usual = Rules()
    return Rules(
        expiry=timedelta(seconds=config.get("ask_ttl_s", usual.expiry.total_seconds())),
        closer_window=timedelta(
            seconds=config.get("closer_window_s", usual.closer_window.total_seconds())
        ),
        closers=frozenset(config.get("closers", usual.closers)),
        brand_handles=frozenset(config.get("brand_handles", ())),
    )


def clock(config: Mapping[str, Any]) -> Clock:
    """Read the clock: the calendar, or the opening hours of a "business" one."""
    if config.get("clock", "calendar") == "calendar":
        return Calendar()
    weekly = config.get("business_hours", {})
    return OpeningHours(
        zone=ZoneInfo(config["timezone"]),
        weekly={WEEKDAYS.index(day): periods(listed) for day, listed in weekly.items()},
        holidays=frozenset(date.fromisoformat(day) for day in config.get("holidays", ())),
        special={
            date.fromisoformat(day): periods(listed)
            for day, listed in config.get("special_hours", {}).items()
        },
    )


def periods(listed: Sequence[Sequence[str]]) -> tuple[Period, ...]:
    """Read [["09:00", "18:00"], ...]; "24:00" is the midnight after."""
    return tuple((_time(opens), _time(closes)) for opens, closes in listed)


def window(source: Mapping[str, str]) -> Window:
    """Read a window from its three instants."""
    return Window(
        start_at=instant(source["start"]),
        end_at=instant(source["end"]),
        as_of=instant(source["as_of"]),
    )


def waits(rows: Sequence[Mapping[str, Any]]) -> list[Wait]:
    """Read rows of durations."""
    return [Wait(float(row["duration_s"]), row["answered"]) for row in rows]


def instant(text: str) -> datetime:
    """Read an ISO 8601 instant, which must carry an offset."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return parsed


def _kind(name: str) -> Kind:
    if name == "text":
        return "message"
    return cast(Kind, name) if name in get_args(Kind) else "media"


def _time(text: str) -> time:
    return time.fromisoformat("00:00" if text == "24:00" else text)
