"""Targets: met, missed, and still open."""

from bot.reports.targets import Attained, OfTarget, attained
from bot.web.reports.cells import Cells, Row, Table
from bot.web.reports.seam import Reader
from bot.web.reports.tables import TablePage, day_of


def show(made: Attained, reader: Reader) -> list[Table]:
    """All targets, then the chosen one by channel and by day."""
    numbers, query = reader.numbers, reader.query
    targets = tuple(_row(each, numbers.duration(int(each.key)), reader) for each in made.targets)
    channels = tuple(
        _row(each, numbers.t.name("channel", each.key), reader, channel=each.key)
        for each in made.channels
    )
    days = tuple(
        _row(each, reader.at.day(day_of(each.key)), reader, **{"from": each.key, "to": each.key})
        for each in made.days
    )
    time = numbers.duration(query.target)
    return [
        Table(key="targets", first="target", rows=targets),
        Table(key="of_channels", first="channel", rows=channels, words={"time": time}),
        Table(key="of_days", first="day", rows=days, words={"time": time}),
    ]


def _row(of: OfTarget, label: str, reader: Reader, **more: object) -> Row:
    cells, query = Cells(reader.numbers), reader.query
    seconds = int(of.sla.target_seconds)
    met, breached, pending = (
        query.asks(f"{verdict}-{seconds}", **more) for verdict in ("within", "breached", "pending")
    )
    decided = of.sla.met + of.sla.breached
    return Row(
        name=of.key,
        label=label,
        cells=(
            cells.estimate(
                "attainment",
                of.sla.attainment,
                "share",
                n=decided,
                href=query.asks(f"decided-{seconds}", **more),
            ),
            cells.count("met", of.sla.met, met),
            cells.count("breached", of.sla.breached, breached),
            cells.count("pending", of.sla.pending, pending),
        ),
    )


PAGE = TablePage(name="targets", work=attained, show=show)
