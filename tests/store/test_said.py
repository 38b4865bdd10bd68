"""Which variants were said is read from the log alone, alike from both databases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from bot.reports.variants import Line, Said
from bot.store.database import Database
from bot.store.said import Words, lines, said, words
from tests.told import Telling, told_brand

AT = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)


async def test_a_reply_is_lost_or_doubled_between_log_and_report(
    database: Database, tmp_path: Path
) -> None:
    file = told_brand(tmp_path).parent / "answers" / "en" / "greet.j2"

    def tell(connection: Connection) -> int:
        telling = Telling(connection=connection, file=file)
        first = telling.tell(AT, 1, ("thanks", "謝謝"), ("handoff", ""))
        telling.tell(AT - DAY, 0)
        telling.tell(AT + DAY, 0)
        telling.tell(AT, 0, template="greet_more")
        telling.tell(AT, 0, state="expired")
        Telling(connection=connection, file=file, channel="webchat").tell(AT, 0)
        return first

    first = await database.write(tell)

    def read(connection: Connection) -> tuple[list[Said], list[Line], list[Words], list[Said]]:
        found = said(connection, since=AT, until=AT + DAY, template="greet", channel="line")
        after = lines(connection, found[:1])
        told = words(connection, [(found[0], after[1]), (found[1], None)])
        everything = said(connection, since=AT, until=AT + DAY)
        return found, after, told, everything

    found, after, told, everything = await database.read(read)

    assert [(one.variant, one.sent, one.choices, one.template) for one in found] == [
        (1, True, 2, "greet"),
        (0, False, 2, "greet"),
    ]
    assert found[0].conversation == first
    assert [(line.type, line.intent) for line in after] == [
        ("decided", "greet"),
        ("decided", "thanks"),
        ("handoff", ""),
    ]
    assert told == [
        Words(
            name="林小姐",
            channel="line",
            asked="哈囉",
            said="Hi there. What are you looking for today?",
            then="謝謝",
        ),
        Words(name="林小姐", channel="line", asked="哈囉", said=None, then=None),
    ]
    assert len(everything) == 4


async def test_a_log_without_replies_cannot_be_read(database: Database) -> None:
    assert await database.read(lambda connection: said(connection, since=AT, until=AT + DAY)) == []
    assert await database.read(lambda connection: lines(connection, [])) == []
    assert await database.read(lambda connection: words(connection, [])) == []
