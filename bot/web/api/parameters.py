"""The filters that addresses of programs understand: those of the pages, and how lists go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from aiohttp import web

from bot.reports.behind import ACTORS, MEASURES
from bot.web.api.problems import Problem
from bot.web.reports import long, peers, staffing
from bot.web.reports.query import CLOCKS, COMPARES, LONGEST_WORD, SCOPES
from bot.web.words import LANGUAGES

MOST_ROWS, USUAL_ROWS = 1000, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A filter: its *name* and the JSON *schema* of its values."""

    name: str
    schema: Mapping[str, Any]


def _word(name: str) -> Parameter:
    return Parameter(name=name, schema={"type": "string", "maxLength": LONGEST_WORD})


def _one_of(name: str, words: Sequence[str]) -> Parameter:
    return Parameter(name=name, schema={"type": "string", "enum": list(words)})


def _number(name: str, least: int, most: int) -> Parameter:
    return Parameter(name=name, schema={"type": "integer", "minimum": least, "maximum": most})


AS_OF = Parameter(name="as_of", schema={"type": "string", "format": "date-time"})
_DAYS = tuple(
    Parameter(name=name, schema={"type": "string", "format": "date"}) for name in ("from", "to")
)
ONLY = (
    *(_word(name) for name in ("channel", "account")),
    _one_of("surface", ("dm", "comment")),
    *(_word(name) for name in ("intent", "language", "label", "agent", "reason")),
    _one_of("scope", SCOPES),
    _number("weekday", 0, 6),
    _number("hour", 0, 23),
)
_TARGET = _number("target", 1, 7 * 86400)
_COUNTED = (
    _one_of("actor", ACTORS),
    _one_of("measure", MEASURES),
    _one_of("clock", CLOCKS),
    _TARGET,
)
FIGURE = _word("figure")
PAGING = (
    _number("limit", 1, MOST_ROWS),
    Parameter(name="cursor", schema={"type": "string"}),
)
LANG = _one_of("lang", tuple(LANGUAGES))
FIGURES = (*_DAYS, AS_OF, *ONLY, *_COUNTED, _one_of("compare", COMPARES))
LISTED = (*_DAYS, AS_OF, *ONLY, *_COUNTED, FIGURE)
# What cannot be worked out from tallies, or has no sense for another product, is no filter there.
LONG = (
    *_DAYS,
    *(each for each in ONLY if each.name in long.FACETS),
    _one_of("actor", ACTORS),
    _one_of("measure", MEASURES),
    _TARGET,
)
PEERS = (*_DAYS, AS_OF, *(each for each in ONLY if each.name in peers.FACETS))
STAFFING = (
    AS_OF,
    *ONLY,
    _TARGET,
    _number("people", 1, staffing.MOST_AGENTS),
    _number("handling", 1, staffing.MOST_HANDLING),
)
WAITING = (AS_OF, *ONLY, _one_of("clock", CLOCKS))


def given(request: web.Request, understood: Sequence[Parameter]) -> dict[str, str]:
    """The filters of an address. Raises Problem for one that is unknown or given twice."""
    names = [each.name for each in understood]
    found: dict[str, str] = {}
    for name, value in request.query.items():
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}."
            raise Problem("wrong-filter", f"There is no filter {name[:40]!r} here; {hint}")
        if name in found:
            raise Problem("wrong-filter", f"The filter {name!r} comes twice; give it once.")
        found[name] = value
    return found
