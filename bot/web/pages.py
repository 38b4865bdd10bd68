"""Templates and what they may use: words, times, names that hide nothing."""

import unicodedata
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.masking import harmless
from bot.store.agents import Role
from bot.web import assets
from bot.web.auth import SESSION
from bot.web.keys import CLOCK, CONFIG
from bot.web.words import LANGUAGES, LOCALES, spoken, words

TEMPLATES = Path(__file__).parent / "templates"
FRAGMENT_HEADER = "X-Fragment"

# Letters that show nothing, or that turn the text around them.
_UNSEEN = frozenset({"Cf", "Cc", "Co", "Cn", "Zl", "Zp"})
_BLANK = frozenset("\u00ad\u034f\u115f\u1160\u2800\u3164\uffa0")
_JOINER = "\u200d"


def page(request: web.Request, name: str, *, status: int = 200, **values: Any) -> web.Response:
    """Answer with template *name*, in the reader's language."""
    text = rendered(name, **(_shared(request) | values))
    return web.Response(text=text, status=status, content_type="text/html")


def rendered(name: str, **values: Any) -> str:
    """Template *name* with *values* and nothing else."""
    return _environment().get_template(name).render(values)


def wants_fragment(request: web.Request) -> bool:
    """Whether our script asks, which puts a part of a page into the page it has."""
    return FRAGMENT_HEADER in request.headers


def language_of(request: web.Request) -> str:
    """The reader's language: their own choice, else the browser's, else the brand's."""
    session = request.get(SESSION)
    if session is not None and session.agent.language in LANGUAGES:
        return str(session.agent.language)
    asked = request.query.get("lang")
    if asked in LANGUAGES:
        return str(asked)
    default = request.app[CONFIG].brand.languages[0]
    return spoken(request.headers.get("Accept-Language", ""), default=default)


def visible(name: str) -> str:
    """*name* with every character that nobody would see written out, such as ⟨U+200B⟩."""
    return "".join(
        f"⟨U+{ord(letter):04X}⟩" if _unseen(letter, name, place) else letter
        for place, letter in enumerate(name)
    )


def _unseen(letter: str, text: str, place: int) -> bool:
    if letter == _JOINER:
        # Between pictographs it makes one of two, such as a family.
        around = text[max(place - 2, 0) : place + 2]
        return not any(unicodedata.category(each) == "So" for each in around)
    return letter in _BLANK or unicodedata.category(letter) in _UNSEEN


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["visible"] = visible
    made.filters["harmless"] = harmless
    made.globals["asset"] = assets.url
    made.globals["languages"] = LANGUAGES
    made.globals["Role"] = Role
    return made


def _shared(request: web.Request) -> dict[str, Any]:
    language = language_of(request)
    brand = request.app[CONFIG].brand
    session = request.get(SESSION)
    return {
        "t": words(language),
        "language": language,
        "brand": brand.name_in(language),
        "agent": session.agent if session else None,
        "csrf": session.csrf if session else "",
        "path": request.path_qs,
        "times": Times(request.app[CLOCK](), brand.timezone, LOCALES[language]),
    }


class Times:
    """How times read in the brand's zone and the reader's language."""

    def __init__(self, now: datetime, zone: ZoneInfo, locale: str) -> None:
        self._now = now
        self._zone = zone
        self._locale = locale

    def clock(self, at: datetime) -> str:
        """The time of day."""
        return format_time(at, "HH:mm", tzinfo=self._zone, locale=self._locale)

    def short(self, at: datetime) -> str:
        """The time of day today, else the day."""
        there = at.astimezone(self._zone)
        if there.date() == self._now.astimezone(self._zone).date():
            return self.clock(at)
        return f"{there.month}/{there.day}"

    def full(self, at: datetime) -> str:
        """Day and time, to the second."""
        return format_datetime(at, "medium", tzinfo=self._zone, locale=self._locale)

    def day(self, at: datetime) -> str:
        """The day, in words."""
        return format_date(at.astimezone(self._zone), "full", locale=self._locale)

    def waited(self, since: datetime) -> str:
        """How long it is from *since* to now, such as "11 min"."""
        span = max(self._now - since, timedelta(minutes=1))
        return format_timedelta(
            span, granularity="minute", threshold=1.5, format="short", locale=self._locale
        )

    def level(self, since: datetime) -> str:
        """How bad the wait is: ok, risk or late."""
        waited = self._now - since
        if waited >= timedelta(minutes=15):
            return "late"
        return "risk" if waited >= timedelta(minutes=5) else "ok"
