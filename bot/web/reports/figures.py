"""The figures of a spread as cells: answered, median, p90, and shares in time."""

from collections.abc import Mapping

from bot.reports.change import Change
from bot.reports.figures import Spread
from bot.reports.groups import Group
from bot.reports.waits import Waits, answered_within
from bot.web.reports.cells import Cell, Cells, Row
from bot.web.reports.seam import Reader

SHOWN = (300, 3600, 86400)
_NAMES = {300: "within_5min", 3600: "within_1h", 86400: "within_24h"}


def figure_name(figure: str, reader: Reader) -> str:
    """What people call the asks behind *figure*."""
    kind, dash, seconds = figure.rpartition("-")
    if dash and seconds.isdigit():
        time = reader.numbers.duration(int(seconds))
        return reader.numbers.t(f"reports.figure.{kind}", time=time)
    return reader.numbers.t.name("reports.figure", figure)


def measures(
    spread: Spread,
    waits: Waits,
    reader: Reader,
    *,
    changes: Mapping[int, Change | None] | None = None,
    **more: object,
) -> list[Cell]:
    """The cells of *spread*, made of *waits*; *more* narrows the addresses down to them."""
    cells = Cells(reader.numbers)
    query = reader.query
    everything = query.asks("asks", order="wait", **more)
    made = [
        cells.estimate(
            "answered",
            spread.answered_to_date,
            "share",
            n=spread.n,
            href=everything,
            hits=spread.answered,
            hits_href=query.asks("answered", **more),
        ),
        cells.estimate("median", spread.median, "duration", n=spread.n, href=everything),
        cells.estimate("p90", spread.p90, "duration", n=spread.n, href=everything),
    ]
    for within in spread.within:
        if within.seconds in SHOWN:
            figure = f"within-{within.seconds}"
            made.append(
                cells.estimate(
                    _NAMES[within.seconds],
                    within.share,
                    "share",
                    n=spread.n,
                    href=everything,
                    hits=answered_within(waits, within.seconds),
                    hits_href=query.asks(figure, **more),
                    change=(changes or {}).get(within.seconds),
                )
            )
    return made


def group_row(group: Group[str], name: str, label: str, reader: Reader, **more: object) -> Row:
    """One group with the chosen target: what came, what waits, how fast."""
    cells = Cells(reader.numbers)
    query, spread = reader.query, group.spread
    everything = query.asks("asks", order="wait", **more)
    figure = f"within-{query.target}"
    share = next(each.share for each in spread.within if each.seconds == query.target)
    return Row(
        name=name,
        label=label,
        cells=(
            cells.count("asks", spread.n, query.asks("asks", **more)),
            cells.estimate(
                "answered",
                spread.answered_to_date,
                "share",
                n=spread.n,
                href=everything,
                hits=spread.answered,
                hits_href=query.asks("answered", **more),
            ),
            cells.estimate("median", spread.median, "duration", n=spread.n, href=everything),
            cells.estimate("p90", spread.p90, "duration", n=spread.n, href=everything),
            cells.estimate(
                "in_time",
                share,
                "share",
                n=spread.n,
                href=everything,
                hits=group.in_time,
                hits_href=query.asks(figure, **more),
                change=group.change,
            ),
            cells.count("open", group.open, query.asks("open", order="wait", **more)),
            cells.count("expired", group.expired, query.asks("expired", **more)),
        ),
    )
