"""Channels and comments, as tables."""

from bot.reports.channels import Channels, channels
from bot.web.reports.cells import Table
from bot.web.reports.figures import group_row
from bot.web.reports.seam import Reader
from bot.web.reports.tables import TablePage


def show(made: Channels, reader: Reader) -> list[Table]:
    """Surfaces, channels, accounts."""
    t = reader.numbers.t
    surfaces = tuple(
        group_row(each, each.key, t(f"reports.surface.{each.key}"), reader, surface=each.key)
        for each in made.surfaces
    )
    by_channel = tuple(
        group_row(each, each.key, t.name("channel", each.key), reader, channel=each.key)
        for each in made.channels
    )
    accounts = tuple(
        group_row(
            each,  # type: ignore[arg-type]
            "/".join(each.key),
            f"{t.name('channel', each.key[0])} · {each.key[1] or t('reports.nothing')}",
            reader,
            channel=each.key[0],
            account=each.key[1] or "-",
        )
        for each in made.accounts
    )
    return [
        Table(key="surfaces", first="surface", rows=surfaces),
        Table(key="channels", first="channel", rows=by_channel),
        Table(key="accounts", first="account", rows=accounts),
    ]


PAGE = TablePage(name="channels", work=channels, show=show, compares=True)
