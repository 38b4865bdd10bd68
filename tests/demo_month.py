"""Five weeks of an invented brand, for pictures: what a manager's Monday looks like."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection

from bot.handoff import AlreadyTaken
from channels.messages import Surface
from tests.history import History

DAYS = 35
# Customers of an hour of the brand's day, beginning at midnight.
RHYTHM = (0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 2, 3, 3, 3, 2, 2, 3, 4, 4, 3, 2, 1)
AGENTS = ("Demo A 示範客服甲", "Demo B 示範客服乙", "Demo C 示範客服丙")
# Intent, words, whether the bot can answer alone.
ASKED = (
    ("order_status", "我的訂單出貨了嗎？", True),
    ("shipping_fee", "運費多少？", True),
    ("store_hours", "今天營業到幾點？", True),
    ("stock", "這個還有貨嗎？", True),
    ("price", "How much is the large one?", True),
    ("return_item", "想退貨，要怎麼辦？", False),
    ("damaged_or_wrong_item", "收到的杯子裂了", False),
    ("invoice", "發票可以改統編嗎？", False),
    ("size_fit", "這件會不會偏小？", False),
)
Step = tuple[datetime, Callable[[], Any]]


def tell(connection: Connection, *, until: datetime, seed: int = 7) -> None:
    """Write the weeks before *until* into the log, the same for the same *seed*."""
    luck = Random(seed)
    begun_at = until - timedelta(days=DAYS)
    history = History(connection, begun_at)
    people = [history.agent(name) for name in AGENTS]
    steps = [
        step
        for number, at in enumerate(_moments(luck, begun_at, until))
        for step in _talk(history, luck, people, number, at, late=until - at < timedelta(hours=30))
    ]
    for at, step in sorted(steps, key=lambda one: one[0]):
        if at < until:
            with suppress(AlreadyTaken):
                step()


def _moments(luck: Random, begun_at: datetime, until: datetime) -> list[datetime]:
    # Taipei is eight hours ahead.
    hours = [begun_at + timedelta(hours=each) for each in range(DAYS * 24)]
    return [
        hour + timedelta(hours=luck.random())
        for hour in hours
        for _ in range(RHYTHM[(hour.hour + 8) % 24])
        if luck.random() < 0.35
    ]


def _talk(
    history: History, luck: Random, people: list[int], number: int, at: datetime, *, late: bool
) -> list[Step]:
    intent, words, easy = luck.choice(ASKED)
    bot = easy and luck.random() < 0.85
    channel = luck.choices(("line", "webchat", "page_comments"), (6, 2, 2))[0]
    public = channel == "page_comments"
    thread = f"p/c{number}" if public else f"c{number}"
    told: dict[str, Any] = {
        "channel": channel,
        "contact": f"c{number}",
        "name": f"示範顧客 {number}",
        "understood": {
            "intent": intent,
            "language": "en" if words.isascii() else "zh-Hant",
        },
        "bot": {} if bot else {"handoff": True},
        "hands_off": not bot,
        "reason": luck.choice(("human_request", "low_confidence", "complaint")),
    }
    if public:
        told |= {"surface": Surface.COMMENT, "post": "p", "root": f"c{number}"}
    steps: list[Step] = [(at, lambda: history.says(thread, words, at, **told))]
    if bot or luck.random() < (0.4 if late else 0.05):
        return steps
    # Half within twenty minutes by day; what comes in the evening waits for the morning.
    wait = timedelta(minutes=min(20 * 2.7 ** luck.gauss(0, 1.1), 2000))
    local = (at.hour + 8) % 24
    if local >= 20:
        wait += timedelta(hours=33 - local)
    agent = luck.choice(people)
    taken_at, answered_at = at + wait * 0.8, at + wait
    steps.append((taken_at, lambda: history.takes(thread, agent, taken_at, channel)))
    steps.append(
        (
            answered_at,
            lambda: history.replies(thread, agent, "您好，馬上為您處理。", answered_at, channel),
        )
    )
    closed_at = answered_at + timedelta(minutes=5)
    steps.append((closed_at, lambda: history.closes(thread, agent, closed_at, channel)))
    return steps
