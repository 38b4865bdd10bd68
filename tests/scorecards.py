"""The scorecards at the end of the channels' pages: what is done, missing, or left out."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bot.adapters import ADAPTERS

PAGES = Path(__file__).parents[1] / "docs" / "channels"
STATES = ("done", "todo", "exempt")
_LIVE = re.compile(r"^Checked live: (never|\d{4}-\d\d-\d\d)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """*rows* are what and its state, *live* the day of the last check on the platform or never."""

    rows: tuple[tuple[str, str], ...]
    live: str

    def count(self, state: str) -> int:
        """How many rows begin with *state*."""
        return Counter(re.split(r"\W", told)[0] for _, told in self.rows)[state]


def page(channel: str) -> Path:
    """The page of a channel: adapters of one package share it."""
    package = ADAPTERS[channel].partition(":")[0]
    return PAGES / f"{package.rpartition('.')[2]}.md"


def scorecard(text: str) -> Scorecard:
    """The scorecard of a page; raise ValueError where it has none."""
    _, heading, below = text.partition("\n## Scorecard\n")
    live = _LIVE.search(below)
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", below, re.MULTILINE)
    if not heading or live is None or rows[:1] != [("what", "state")]:
        raise ValueError("no scorecard")
    return Scorecard(rows=tuple(rows[1:]), live=live[1])
