"""Figures made ready for a table or tile: each with its interval, its n and the way to its asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.reports.change import Change
from bot.reports.difference import FEW, FEWEST
from bot.reports.estimate import Estimate
from bot.web.reports.numbers import Numbers, Sort


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure as it is shown. *raw* is its value to the last bit, empty where there is none.

    *href* opens the *n* asks that it is worked out from; *hits* of these, behind *hits_href*, had
    what it asks for. *change* says how it differs from what it is compared with.
    """

    key: str
    text: str
    raw: str
    interval: str = ""
    n: int = 0
    href: str = ""
    sort: Sort | None = None
    hits: int | None = None
    hits_href: str = ""
    bar: float | None = None
    bar_low: float | None = None
    bar_high: float | None = None
    change: str = ""
    change_sort: str = ""

    @property
    def too_few(self) -> bool:
        """Whether so few asks are behind an estimate that it is not shown."""
        return self.sort is not None and 0 < self.n < FEWEST

    @property
    def few(self) -> bool:
        """Whether so few asks are behind an estimate that it may mislead."""
        return self.sort is not None and FEWEST <= self.n < FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Figures of one thing; *name* is for programs, *label* for people, *href* opens its asks."""

    name: str
    label: str
    cells: tuple[Cell, ...]
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows below one heading; *key* finds its words, *first* names the first column.

    *words* fill in the heading.
    """

    key: str
    first: str
    rows: tuple[Row, ...]
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cells:
    """Make cells for one reader."""

    numbers: Numbers

    def estimate(
        self,
        key: str,
        estimate: Estimate,
        sort: Sort,
        *,
        n: int,
        href: str,
        hits: int | None = None,
        hits_href: str = "",
        change: Change | None = None,
        against: str = "change",
    ) -> Cell:
        """A share or a duration with its interval; not shown when fewer than FEWEST are behind."""
        if n < FEWEST:
            text = self.numbers.t("reports.none") if not n else self.numbers.t("reports.too_few")
            return Cell(
                key=key,
                text=text,
                raw="",
                n=n,
                href=href,
                sort=sort,
                hits=hits,
                hits_href=hits_href,
            )
        shares = sort == "share"
        return Cell(
            key=key,
            text=self.numbers.value(estimate, sort),
            raw="" if estimate.value is None else str(estimate.value),
            interval=self.numbers.interval(estimate, sort),
            n=n,
            href=href,
            sort=sort,
            hits=hits,
            hits_href=hits_href,
            bar=estimate.value if shares else None,
            bar_low=estimate.low if shares else None,
            bar_high=estimate.high if shares else None,
            change="" if change is None else self.numbers.change(change, against),
            change_sort="" if change is None else change_sort(change),
        )

    def count(self, key: str, count: int, href: str) -> Cell:
        """A number of asks."""
        return Cell(key=key, text=self.numbers.count(count), raw=str(count), n=count, href=href)

    def plain(self, key: str, text: str, raw: float | None) -> Cell:
        """A figure that counts no asks."""
        return Cell(key=key, text=text, raw="" if raw is None else str(raw))


def change_sort(change: Change) -> str:
    """One word for a style: better, worse or unclear."""
    if not change.is_clear:
        return "unclear"
    return "better" if change.value > 0 else "worse"
