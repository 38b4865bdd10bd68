"""One row per conversation: by the asks of the window, those still waiting included."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.reports.ask import Ask
from bot.reports.conversations import conversations
from bot.reports.hours import Calendar
from bot.reports.waits import measured

T0 = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ask(conversation: str, message: int, opened: float, answered: float | None, **more: Any) -> Ask:
    at = T0 + opened * HOUR
    return Ask(
        channel="line",
        surface="dm",
        conversation=conversation,
        post=None,
        author="u1",
        message_ids=(f"m{message:012d}",),
        opened_at=at,
        expires_at=at + timedelta(days=7),
        first_in_thread=True,
        answered_at=None if answered is None else T0 + answered * HOUR,
        account="shop",
        **more,
    )


def rows(*asks: Ask, after: float = 24, **closed: datetime) -> list[dict[str, Any]]:
    as_of = T0 + after * HOUR
    return conversations(measured(asks, as_of=as_of, clock=Calendar()), closed)


def test_a_conversation_is_told_otherwise_than_its_asks() -> None:
    first = ask("c1", 1, 0, 1, answered_by="bot", intent="price", labels=("vip",))
    second = ask(
        *("c1", 2, 2, 5),
        answered_by="agent",
        agent="Mei",
        taken_at=T0 + 4 * HOUR,
        taken_by="Mei",
        handed_over_at=T0 + 3 * HOUR,
        intent="refund",
        labels=("vip",),
    )
    back = ask("c1", 3, 6, None, withdrawn_at=T0 + 7 * HOUR, intent="price")

    (row,) = rows(first, second, back, c1=T0 + 8 * HOUR)

    assert row == {
        "conversation": "c1",
        "channel": "line",
        "account": "shop",
        "surface": "dm",
        "post": None,
        "status": "answered",
        "opened_at": T0,
        "handed_over_at": T0 + 3 * HOUR,
        "closed_at": T0 + 8 * HOUR,
        "intents": ("price", "refund"),
        "asks": 2,
        "answered": 2,
        "open": 0,
        "expired": 0,
        "withdrawn": 1,
        "answered_by": "both",
        "first_response_seconds": 3600.0,
        "longest_wait_seconds": 10_800.0,
        "handed_over": True,
        "agents": ("Mei",),
        "language": None,
        "labels": ("vip",),
    }


def test_who_still_waits_has_no_longest_wait_or_a_first_response() -> None:
    (row,) = rows(ask("c1", 1, 0, None), ask("c1", 2, 0, 1, answered_by="bot"))

    assert row["status"] == "open"
    assert row["first_response_seconds"] is None
    assert row["longest_wait_seconds"] == 24 * 3600.0
    assert row["answered_by"] == "bot"


def test_what_was_taken_back_counts_or_hides_the_conversation() -> None:
    (row,) = rows(ask("c1", 1, 0, None, withdrawn_at=T0 + HOUR))

    assert (row["status"], row["asks"], row["withdrawn"]) == ("withdrawn", 0, 1)
    assert (row["first_response_seconds"], row["longest_wait_seconds"]) == (None, None)


def test_an_expired_ask_is_worse_than_an_answered_one() -> None:
    expired, answered = ask("c1", 1, 0, None), ask("c1", 2, 1, 2, answered_by="bot")

    (row,) = rows(expired, answered, after=24 * 8)

    assert (row["status"], row["expired"], row["answered"]) == ("expired", 1, 1)
