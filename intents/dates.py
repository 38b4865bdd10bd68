"""Find days, times and both together, relative to the moment at which a message was sent.

Days and times are found apart (`days_zh`, `days_en`, `edges`, `festivals`, `spans`, `hours`); what
stands together is one moment (`groups`), and two with a word like "to" between them are a range.
"""

import re
from collections.abc import Iterator, Set
from dataclasses import replace

from intents import days_en, days_zh, edges, festivals, hours, spans
from intents.groups import Group, groups
from intents.match import Entity, Role
from intents.moments import Atom, Now
from intents.normalize import blanked

# Without one of these characters or words nothing is said about time.
MARKS = days_zh.MARKS | days_en.MARKS | hours.MARKS | festivals.MARKS
_RANGE = re.compile(r" ?(?:到|至|~|-|–|and|to|through|thru|until|till) ?(?:the )?")


def dates(text: str, marks: Set[str], now: Now) -> Iterator[Entity]:
    """Find what aligned *text* says about time, from left to right.

    A moment is a `datetime` over its `date` and its `time`. A day alone is a `date`, a time alone
    a `time`; what says less is a `part_of_day`, `week` or `month`. The ends of a range are two
    values with a `role` each. *marks* are the characters and words of *text*.
    """
    before: Group | None = None
    kept: list[Entity] = []
    for group in groups(_atoms(text, marks, now), text):
        between = _RANGE.fullmatch(text, before.end, group.start) if before else None
        found = list(group.entities(now))
        if before and between:
            group.go_on(before)
            found = list(group.entities(now))
            if _is_range(between[0], before, text) and group.count_from(before):
                kept, found = _ends(kept, list(group.entities(now)))
        yield from kept
        kept, before = found, group
    yield from kept


def _is_range(joint: str, before: Group, text: str) -> bool:
    """Tell "between Monday and Friday" from "Monday and Friday", which are two days."""
    return joint.split()[:1] != ["and"] or text.endswith("between ", 0, before.start)


def _ends(first: list[Entity], last: list[Entity]) -> tuple[list[Entity], list[Entity]]:
    """Both with their roles, where both tell a value of the same name."""
    names = {one.name for one in first} & {one.name for one in last}
    return _in_role("from", first, names), _in_role("to", last, names)


def _in_role(role: Role, found: list[Entity], names: Set[str]) -> list[Entity]:
    return [replace(one, role=role) if one.name in names else one for one in found]


def _atoms(text: str, marks: Set[str], now: Now) -> list[Atom]:
    atoms = list(festivals.days(text, marks, now))
    if "历" in marks or "初" in marks:
        text = blanked(text, festivals.lunar(text))
    atoms += edges.days(text, marks, now)
    if not days_zh.MARKS.isdisjoint(marks):
        atoms += days_zh.days(text, now)
    if not days_en.MARKS.isdisjoint(marks):
        atoms += days_en.days(text, now)
    if not hours.MARKS.isdisjoint(marks):
        atoms += hours.hours(text)
    if not spans.MARKS.isdisjoint(marks):
        atoms += spans.days(text, now)
    return atoms
