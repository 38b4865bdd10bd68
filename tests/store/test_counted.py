"""Counted links in both databases: what is counted, for whom, and what an erasure leaves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from bot.store import contacts, conversations, counted
from bot.store.counted import MOST_PER_CLICK, Verdict
from bot.store.database import Database
from bot.store.erase import erase
from bot.store.outbox import Item
from bot.store.tables import clicks, conversions, links
from channels.messages import Action, Surface
from tests.history import History
from tests.linked import TARGET, bought, replied
from tests.linked import clicks as follow

T = TypeVar("T")
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FAR = START + 400 * DAY


async def told(database: Database, tell: Callable[[Connection, int], T]) -> T:
    """What *tell* makes of a database in which a customer asked something once."""

    def write(connection: Connection) -> T:
        History(connection, START).says("U1", "hello", START, bot={})
        found = conversations.by_keys(connection, ["line/shop/U1"])["line/shop/U1"]
        assert found.id is not None
        return tell(connection, found.id)

    return await database.write(write)


def listed(connection: Connection) -> list[counted.Reply]:
    return counted.replies(connection, since=START - DAY, until=FAR, as_of=FAR)


async def test_an_order_goes_to_another_reply_than_the_last_one_followed(
    database: Database,
) -> None:
    def tell(connection: Connection, id: int) -> list[tuple[str, int, int]]:
        one, two = (replied(connection, id, START, template=name) for name in ("one", "two"))
        [first] = follow(connection, one, [START + DAY])
        follow(connection, two, [START + 2 * DAY, START + 3 * DAY])
        assert bought(connection, first, "A", START + 8 * DAY, "10", "TWD") is Verdict.COUNTED
        # By then, the last click was long ago.
        assert bought(connection, first, "B", START + 10 * DAY + DAY / 99) is Verdict.LATE
        assert bought(connection, first, "C", START + 2 * DAY - DAY / 99) is Verdict.COUNTED
        assert bought(connection, 10**6, "D", START + 2 * DAY) is Verdict.UNKNOWN
        return [
            (reply.template or "", reply.clicks, len(reply.values)) for reply in listed(connection)
        ]

    assert sorted(await told(database, tell)) == [("one", 1, 1), ("two", 2, 1)]


async def test_an_order_is_counted_twice(database: Database) -> None:
    def tell(connection: Connection, id: int) -> list[object]:
        [click] = follow(connection, replied(connection, id, START), [START])
        assert bought(connection, click, "A", START, "10", "TWD") is Verdict.COUNTED
        assert bought(connection, click, "A", START, "99", "TWD") is Verdict.DUPLICATE
        assert bought(connection, click, "A", START, "12.5", "TWD", signed=True) is Verdict.COUNTED
        assert bought(connection, click, "A", START, "1", "TWD", signed=True) is Verdict.DUPLICATE
        for number in range(MOST_PER_CLICK - 1):
            assert bought(connection, click, f"B{number}", START) is Verdict.COUNTED
        assert bought(connection, click, "C", START) is Verdict.TOO_MANY
        assert bought(connection, click, "C", START, signed=True) is Verdict.COUNTED
        [reply] = listed(connection)
        return [len(reply.values), reply.values[0]]

    assert await told(database, tell) == [MOST_PER_CLICK + 1, (Decimal("12.5"), "TWD", True)]


async def test_a_reply_that_never_left_is_counted(database: Database) -> None:
    def tell(connection: Connection, id: int) -> int:
        for state in (Item.CANCELLED, Item.QUEUED, Item.FAILED, Item.UNKNOWN):
            replied(connection, id, START, state=state)
        return len(listed(connection))

    assert await told(database, tell) == 0


async def test_a_report_of_the_past_knows_what_came_later(database: Database) -> None:
    def tell(connection: Connection, id: int) -> list[counted.Reply]:
        [click] = follow(connection, replied(connection, id, START), [START + DAY])
        bought(connection, click, "A", START + 2 * DAY)
        times = (START - DAY / 9, START, START + DAY, START + 2 * DAY)
        return [
            reply
            for as_of in times
            for reply in counted.replies(connection, since=START - DAY, until=FAR, as_of=as_of)
        ]

    found = await told(database, tell)
    assert [(reply.clicks, len(reply.values)) for reply in found] == [(0, 0), (1, 0), (1, 1)]


async def test_an_erasure_leaves_a_trace_or_changes_a_count(database: Database) -> None:
    def tell(connection: Connection, id: int) -> None:
        sent = replied(connection, id, START)
        [click] = follow(connection, sent, [START + DAY])
        bought(connection, click, "A-1", START + DAY, "5", "TWD")
        before = listed(connection)

        erase(connection, "line/shop/U1", at=FAR)

        [after] = listed(connection)
        assert after._replace(text=None) == before[0]._replace(text=None)
        assert connection.execute(select(links.c.target)).all() == [(None,)]
        assert connection.execute(select(clicks.c.at)).all() == [(None,)]
        assert connection.execute(select(conversions.c.number, conversions.c.at)).all() == [
            ("erased:1", None)
        ]
        assert counted.target(connection, sent.link_id, now=START) is None
        assert bought(connection, click, "A-2", START + DAY) is Verdict.UNKNOWN

    await told(database, tell)


async def test_what_was_said_in_private_to_a_commenter_outlives_them(database: Database) -> None:
    def tell(connection: Connection, _: int) -> list[tuple[bool, str | None]]:
        history = History(connection, START)
        where: dict[str, Any] = {"channel": "page_comments", "post": "P"}
        where["surface"] = Surface.COMMENT
        comment = history.says("T1", "how much?", START, contact="F1", **where)
        other = history.says("T1", "and this?", START, contact="F2", **where)
        found = conversations.by_keys(connection, ["page_comments/shop/T1"])
        id = found["page_comments/shop/T1"].id
        assert id is not None
        private = Action.PRIVATE_REPLY
        replied(connection, id, START, reply_to=comment, action=private)
        replied(connection, id, START, reply_to=other, action=private)
        replied(connection, id, START, reply_to=comment)
        contacts.forget(
            connection, channel="page_comments", account="shop", contact_id="F1", at=FAR
        )
        query = select(links.c.public, links.c.target).order_by(links.c.created_at, links.c.public)
        return sorted(map(tuple, connection.execute(query)), key=str)

    assert await told(database, tell) == [(False, TARGET), (False, None), (True, TARGET)]


async def test_a_link_that_ended_remembers_where_it_led(database: Database) -> None:
    def tell(connection: Connection, id: int) -> list[str | None]:
        replied(connection, id, START)
        replied(connection, id, START + DAY)
        counted.forget_ended(connection, now=START + 180 * DAY)
        return list(connection.scalars(select(links.c.target).order_by(links.c.created_at)))

    assert await told(database, tell) == [None, TARGET]


async def test_refusals_are_miscounted(database: Database) -> None:
    def tell(connection: Connection, _: int) -> dict[str, int]:
        for day in (9, 10, 10, 11, 12):
            counted.refuse(connection, Verdict.LATE, day=day)
        counted.refuse(connection, Verdict.FOREIGN, day=10)
        return counted.refusals(connection, days=(10, 11))

    assert await told(database, tell) == {"late": 3, "foreign": 1}
