"""Tables of what people say in public, and of who asks what where."""

from bot.reports.engagement import Engagement, Opinion, Period, Segment
from bot.reports.intents import Share
from bot.reports.long import step_for
from bot.web.reports.cells import Cell, Cells, Row, Table
from bot.web.reports.figures import group_row
from bot.web.reports.seam import Reader


def opinions(made: Engagement, reader: Reader) -> list[Table]:
    """Praise, complaints and abuse below posts: as a whole, and over time."""
    t = reader.numbers.t
    whole = tuple(
        group_row(each, each.key, t(f"reports.topic.{each.key}"), reader, **_public(each.key))
        for each in made.opinions
    )
    step = step_for(reader.query.first, reader.query.last)
    periods = tuple(_period(each, reader) for each in reversed(made.periods) if _any(each))
    return [
        Table(key="opinions", first="topic", rows=whole),
        Table(key=f"opinions_{step}", first="span", rows=periods),
    ]


def segments(made: Engagement, reader: Reader) -> Table:
    """Contacts by what they asked and where, and how they were answered."""
    rows = tuple(_segment(each, reader) for each in made.segments)
    return Table(key="segments", first="segment", rows=rows)


def _any(period: Period) -> bool:
    return any(each.comments for each in period.opinions)


def _public(topic: str) -> dict[str, object]:
    return {"topic": topic, "surface": "comment"}


def _period(of: Period, reader: Reader) -> Row:
    first, last = reader.at.day(of.first), reader.at.day(of.last)
    days = reader.numbers.t("reports.long.days", first=first, last=last)
    return Row(
        name=str(of.first),
        label=first if of.first == of.last else days,
        cells=tuple(cell for each in of.opinions for cell in _opinion(each, of, reader)),
    )


def _opinion(of: Opinion, period: Period, reader: Reader) -> tuple[Cell, Cell]:
    cells, query = Cells(reader.numbers), reader.query
    span = {"from": period.first, "to": period.last, "measure": None, "actor": None}
    more = span | _public(of.topic)
    everything = query.asks("asks", **more)
    return (
        cells.count(of.topic, of.comments, everything),
        _share(f"{of.topic}_answered", of.answered, "asks", "answered", reader, more),
    )


def _segment(of: Segment, reader: Reader) -> Row:
    numbers = reader.numbers
    cells, t = Cells(numbers), numbers.t
    more: dict[str, object] = {"topic": of.topic, "channel": of.channel, "measure": None}
    return Row(
        name=f"{of.topic}/{of.channel}",
        label=f"{t(f'reports.topic.{of.topic}')} · {t.name('channel', of.channel)}",
        cells=(
            cells.plain("contacts", numbers.count(of.contacts), of.contacts),
            cells.count("asks", of.asks, reader.query.asks("asks", **more)),
            _share("by_bot", of.by_bot, "asks", "by-bot", reader, more),
            _share("by_person", of.by_person, "asks", "by-person", reader, more),
            _share("unanswered", of.unanswered, "asks", "unanswered", reader, more),
            _share("asked_again", of.asked_again, "followed-up", "asked-again", reader, more),
        ),
    )


def _share(
    key: str, of: Share, base: str, figure: str, reader: Reader, more: dict[str, object]
) -> Cell:
    return Cells(reader.numbers).estimate(
        key,
        of.share,
        "share",
        n=of.n,
        href=reader.query.asks(base, **more),
        hits=of.hits,
        hits_href=reader.query.asks(figure, **more),
    )
