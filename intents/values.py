"""All that a message tells beside what it wants: amounts, quantities, times, list entries."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from intents import amounts, dates, quantities
from intents.entities import covered
from intents.lists import Entry, Lists
from intents.match import DateOrder, Entity
from intents.moments import Now
from intents.normalize import MAX_CHARACTERS, aligned, blanked

_WORDS = re.compile(r"[a-z]+")
_MARKS = amounts.MARKS | dates.MARKS | quantities.MARKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What one brand looks for. *orders* says by language which of 3/4 is the month."""

    zone: ZoneInfo
    lists: Mapping[str, Sequence[Entry]] = field(default_factory=dict)
    orders: Mapping[str, DateOrder] = field(default_factory=dict)
    _lists: Lists = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lists", Lists(self.lists))

    def found(
        self, text: str, *, at: datetime, language: str, taken: Iterable[Entity] = ()
    ) -> tuple[Entity, ...]:
        """The values in *text*, which was sent *at*, in order of place; never raises.

        None stands where one of *taken*, a web address or a name after an @ does.
        """
        text = text[:MAX_CHARACTERS]
        listed = tuple(self._lists.found(text))
        plain = aligned(text)
        marks = {*plain, *_WORDS.findall(plain)}
        if _MARKS.isdisjoint(marks):
            return listed
        spans = chain(((one.start, one.end) for one in (*taken, *listed)), covered(plain))
        plain = blanked(plain, spans)
        now = Now(at=at.astimezone(self.zone), order=self.orders.get(language, "month_day"))
        times = list(dates.dates(plain, marks, now))
        plain = blanked(plain, ((one.start, one.end) for one in times))
        counted = _apart(
            chain(amounts.amounts(plain, marks), quantities.quantities(plain, marks, text))
        )
        return tuple(sorted((*listed, *times, *counted), key=lambda one: (one.start, -one.end)))


def _apart(found: Iterator[Entity]) -> Iterator[Entity]:
    taken: set[int] = set()
    for one in found:
        places = range(one.start, one.end)
        if taken.isdisjoint(places):
            taken.update(places)
            yield one
