"""Put together what speaks of one moment: the day, the part of it and the hour."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from intents.match import Entity
from intents.moments import Atom, Day, Hour, Moment, Now, Part, PartOfDay, Stretch

# What may stand between the words of one moment.
_DAY_TO_TIME = re.compile(
    r"[ ,，、@的]{0,3}(?:\((?:周|星期)?[一二三四五六日]\) ?)?"
    r"(?:(?:at|before|by|around|about|from|after|until|till|in the) )?"
)
_TIME_TO_DAY = re.compile(r" ?(?:(?:on|of) )?")
_TO_PART = re.compile(r" ?(?:in the |at )?")
_TO_WEEKDAY = re.compile(r" ?[(,]? ?")


@dataclass(slots=True)
class Group:
    """Atoms that speak of one moment."""

    start: int
    end: int
    alone: Atom | None = None
    day: Atom | None = None
    hour: Atom | None = None
    part: Atom | None = None
    # Of the other end of a range, where it was said.
    said_day: Day | None = None
    said_part: PartOfDay | None = None

    def takes(self, atom: Atom, text: str) -> bool:
        """Take *atom* in if it goes on with what is said."""
        between = self._glue(atom)
        if between is None or not between.fullmatch(text, self.end, atom.start):
            return False
        self.hold(atom)
        self.end = atom.end
        return True

    def hold(self, atom: Atom) -> None:
        """Keep what *atom* tells; of two days the first."""
        match atom.said:
            case Day():
                self.day = self.day or atom
            case Hour():
                self.hour = atom
            case Part():
                self.part = atom
            case _:
                self.alone = atom

    def _glue(self, atom: Atom) -> "re.Pattern[str] | None":
        match atom.said:
            case Day(weekday=True) if self.day and not (self.hour or self.part):
                return _TO_WEEKDAY
            case Day() if self.hour and not self.day:
                return _TIME_TO_DAY
            case Hour() if (self.day or self.part) and not self.hour:
                return _DAY_TO_TIME
            case Part() if self.day and not (self.hour or self.part):
                return _DAY_TO_TIME
            case Part() if self.hour and not self.part:
                return _TO_PART
            case _:
                return None

    def go_on(self, before: "Group") -> None:
        """Take from the other end of a range, *before*, what is not said again."""
        if self.hour and not self.day and before.hour:
            self.said_day = before.said_day or before._day
            if not self.part:
                self.said_part = before.said_part or before._part

    def count_from(self, before: "Group") -> bool:
        """Count an open day from that of *before* on; tell whether the two can be a range."""
        first, last = before._day, self._day
        if self.day is None or last is None:
            return True
        if first is None:
            return False
        counted = last.since(first.day) if last.since else None
        if (counted or last.day) < first.day:
            return False
        if counted:
            self.day = Atom(self.day.start, self.day.end, replace(last, day=counted))
        return True

    @property
    def _day(self) -> Day | None:
        return self.day.said if self.day and isinstance(self.day.said, Day) else None

    @property
    def _part(self) -> PartOfDay | None:
        if self.part and isinstance(self.part.said, Part):
            return self.part.said.part
        return self._day.part if self._day else None

    def entities(self, now: Now) -> Iterator[Entity]:
        if self.alone is not None:
            yield _alone(self.alone)
            return
        day = self._day
        if self.hour is not None and isinstance(self.hour.said, Hour):
            yield from self._moment(self.hour, self.hour.said, now)
        if self.day is not None and day is not None:
            yield Entity(
                name="date",
                value=day.day.isoformat(),
                start=self.day.start,
                end=self.day.end,
                assumed=day.assumed,
            )
        if self.hour is None and (part := self._part) is not None:
            where = self.part or self.day
            if where is not None:
                yield Entity(name="part_of_day", value=part, start=where.start, end=where.end)

    def _moment(self, atom: Atom, hour: Hour, now: Now) -> Iterator[Entity]:
        time, later, guessed = hour.at(self._part or self.said_part)
        open_ = ("half_of_day",) if guessed else ()
        start, end = atom.start, atom.end
        if self.part is not None and not (self.day and self._between(self.day)):
            start, end = min(start, self.part.start), max(end, self.part.end)
        day = self._day or self.said_day
        if day is not None and (on := _later(day, later)) is not None:
            yield Entity(
                name="datetime",
                value=datetime.combine(on, time, now.at.tzinfo).isoformat(timespec="minutes"),
                start=self.start,
                end=self.end,
                assumed=(*day.assumed, *open_),
            )
        yield Entity(
            name="time",
            value=time.isoformat(timespec="minutes"),
            start=start,
            end=end,
            assumed=open_,
        )

    def _between(self, day: Atom) -> bool:
        """Whether *day* stands between the time and the part of the day."""
        if self.part is None or self.hour is None:
            return False
        first, last = sorted((self.part.start, self.hour.start))
        return first < day.start < last


def groups(atoms: Sequence[Atom], text: str) -> Iterator[Group]:
    """What *atoms* of *text* speak of, from left to right; where they overlap, the longest."""
    group: Group | None = None
    for atom in _apart(atoms):
        if group is not None and group.takes(atom, text):
            continue
        if group is not None:
            yield group
        group = _begun(atom)
    if group is not None:
        yield group


def _apart(atoms: Sequence[Atom]) -> Iterator[Atom]:
    """From left to right, the longest at each place."""
    free = 0
    for atom in sorted(atoms, key=lambda one: (one.start, -one.end)):
        if atom.start >= free:
            yield atom
            free = atom.end


def _later(day: Day, days: int) -> "datetime | None":
    try:
        return datetime.combine(day.day, datetime.min.time()) + timedelta(days=days)
    except OverflowError:
        return None


def _alone(atom: Atom) -> Entity:
    match atom.said:
        case Stretch(name=name, value=value):
            return Entity(name=name, value=value, start=atom.start, end=atom.end)
        case Moment(at=at):
            value = at.isoformat(timespec="minutes")
            return Entity(name="datetime", value=value, start=atom.start, end=atom.end)
        case other:
            raise AssertionError(other)


def _begun(atom: Atom) -> Group:
    group = Group(atom.start, atom.end)
    group.hold(atom)
    return group
