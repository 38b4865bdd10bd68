"""One made-up week of a made-up shop, to be written in every layout. Nobody in it exists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

BRAND = "示範小舖 Demo"
ACK = "您好，我們收到了！稍後回覆"
ZONE = ZoneInfo("Asia/Taipei")
JAPAN = ZoneInfo("Asia/Tokyo")
_DAY = datetime(2026, 3, 17, tzinfo=ZONE)

Who = Literal["customer", "auto", "agent", "broadcast"]
Sort = Literal["text", "sticker", "image", "unsent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of the scenario; *agent* is the name where a layout has names."""

    at: datetime
    who: Who
    text: str = ""
    sort: Sort = "text"
    agent: str = "阿寶"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One customer's chat."""

    number: int
    customer: str
    said: Sequence[Said]


# What must come out: when an ask opened, when it was answered, and its messages.
Expected = tuple[datetime, datetime | None, int]


def at(time: str, *, day: int = 0) -> datetime:
    """A local time of the scenario's first day, or *day* days later."""
    hour, minute, second = (int(part) for part in time.split(":"))
    return (_DAY + timedelta(days=day, hours=hour, minutes=minute, seconds=second)).astimezone(UTC)


CHATS = (
    Chat(
        number=1,
        customer="陳示範",
        said=(
            Said(at=at("10:00:05"), who="customer", text="哈囉"),
            Said(at=at("10:00:40"), who="customer", text='請問 A12 還有貨嗎？\n想買 "兩件", 謝謝'),
            Said(at=at("10:00:42"), who="auto", text=ACK),
            Said(at=at("10:09:00"), who="agent", text="有的，明天出貨"),
            Said(at=at("10:09:30"), who="customer", text="謝謝🙏"),
            Said(at=at("21:15:00"), who="customer", text="還沒收到, 可以查嗎?"),
            Said(at=at("9:05:00", day=1), who="agent", text='抱歉，已 "加急"', agent="Bo"),
        ),
    ),
    Chat(
        number=2,
        customer="Jo Demo",
        said=(
            Said(at=at("14:00:00"), who="customer", text="Open on Sunday? 🙂"),
            Said(at=at("14:00:02"), who="auto", text=ACK),
            Said(at=at("14:20:00"), who="customer", sort="sticker"),
        ),
    ),
    Chat(
        number=3,
        customer="Zoë Müster",
        said=(
            Said(at=at("12:00:00"), who="broadcast", text="新品上市"),
            Said(at=at("12:30:00"), who="customer", sort="image"),
            Said(at=at("12:30:20"), who="customer", text="這個多少錢"),
            Said(at=at("12:52:20"), who="agent", text="390 元"),
        ),
    ),
    Chat(
        number=10,
        customer="李測試",
        said=(
            Said(at=at("23:50:00", day=1), who="customer", text="It's for: my sister. M?"),
            Said(at=at("23:50:30", day=1), who="customer", sort="unsent"),
        ),
    ),
)
EXPECTED: tuple[Expected, ...] = (
    (at("10:00:05"), at("10:09:00"), 2),
    (at("12:30:00"), at("12:52:20"), 2),
    (at("14:00:00"), None, 2),
    (at("21:15:00"), at("9:05:00", day=1), 1),
    (at("23:50:00", day=1), None, 1),
)


def to_the_minute(expected: Sequence[Expected]) -> tuple[Expected, ...]:
    """The same as a layout without seconds knows it."""
    return tuple(
        (opened.replace(second=0), answered and answered.replace(second=0), messages)
        for opened, answered, messages in expected
    )
