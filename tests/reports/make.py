"""Short ways to write a message log: minutes after 2026-03-02 10:00 in Taipei."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.reports.events import Actor, Event

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def received(minutes: float, text: str = "請問有貨嗎？", **more: Any) -> Event:
    return _event(minutes, "customer", text=text, **more)


def sent(minutes: float, actor: Actor = "bot", **more: Any) -> Event:
    return _event(minutes, actor, **{"text": "有喔", **more})


def edited(minutes: float, target: str, text: str, actor: Actor = "customer") -> Event:
    return _event(minutes, actor, kind="edit", target=target, text=text)


def unsent(minutes: float, target: str, actor: Actor = "customer", **more: Any) -> Event:
    return _event(minutes, actor, kind="delete", target=target, **more)


def comment(minutes: float, author: str, text: str = "多少錢？", **more: Any) -> Event:
    defaults = {"surface": "comment", "post": "P", "conversation": "", "author": author}
    return _event(minutes, "customer", text=text, **{**defaults, **more})


def comment_reply(minutes: float, reply_to: str | None, actor: Actor = "agent") -> Event:
    return _event(minutes, actor, surface="comment", post="P", conversation="", reply_to=reply_to)


def _event(minutes: float, actor: Actor, **more: Any) -> Event:
    values: dict[str, Any] = {
        "id": f"{actor}{minutes:g}",
        "at": at(minutes),
        "actor": actor,
        "channel": "line",
        "conversation": "A",
        **more,
    }
    return Event(**values)
