"""Intents: what customers want, and how far the bot helped."""

from collections.abc import Mapping

from bot.reports.behind import NOT_UNDERSTOOD
from bot.reports.intents import Intents, OfIntent, Share, intents
from bot.reports.only import NOTHING
from bot.web.reports.cells import Cell, Cells, Row, Table
from bot.web.reports.seam import Reader
from bot.web.reports.tables import TablePage

# The figure, what it is a share of, and what of that it counts.
_SHARES = (
    ("by_bot", "asks", "by-bot"),
    ("handed_over", "asks", "handed-over"),
    ("by_person", "asks", "by-person"),
    ("failed", "asks", "failed"),
    ("unanswered", "asks", "unanswered"),
    ("asked_again", "followed-up", "asked-again"),
)


def show(made: Intents, reader: Reader) -> list[Table]:
    """All together, then each intent, the most frequent first."""
    whole = _row(made.whole, reader.numbers.t("reports.intents.all"), reader, intent=None)
    rows = (
        _row(each, _label(each.intent, reader), reader, intent=each.intent) for each in made.intents
    )
    return [Table(key="intents", first="intent", rows=(whole, *rows))]


def _row(of: OfIntent, label: str, reader: Reader, *, intent: str | None) -> Row:
    cells, query = Cells(reader.numbers), reader.query
    # Without an intent the address keeps the one that was chosen above.
    more: dict[str, object] = {"measure": None} | ({"intent": intent} if intent else {})
    everything = query.asks("asks", **more)
    shares = [
        _cell(key, getattr(of, key), base, figure, reader, more) for key, base, figure in _SHARES
    ]
    return Row(
        name=of.intent,
        label=label,
        cells=(cells.count("asks", of.asks, everything), *shares),
    )


def _cell(
    key: str, of: Share, base: str, figure: str, reader: Reader, more: Mapping[str, object]
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


def _label(intent: str, reader: Reader) -> str:
    t = reader.numbers.t
    if intent == NOT_UNDERSTOOD:
        return t("reports.intents.not_understood")
    return t("reports.intents.undecided") if intent == NOTHING else t.name("intent", intent)


PAGE = TablePage(name="intents", work=intents, show=show)
