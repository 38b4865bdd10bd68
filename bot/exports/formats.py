"""What a kind of export is: how to know it, how to read it, and what it cannot tell."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Literal

from bot.exports.message import Conversation, Facts
from bot.exports.source import Member

DateOrder = Literal["dmy", "mdy", "ymd"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Say how to read what the files leave open; *facts* collects what they tell.

    *zone* is for times without one; *date_order* None is found out from the dates.
    """

    zone: tzinfo
    date_order: DateOrder | None = None
    facts: Facts = field(default_factory=Facts)
    progress: Callable[[Member], None] = lambda member: None


Reader = Callable[[Sequence[Member], Reading], Iterator[Conversation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """Describe one kind of export.

    *named* knows a file by its path, *begins* by its first characters. *names_agents*: the format
    tells people and machines of the brand apart. *limits* name what it cannot tell (words of the
    report). *numbered*: a conversation's id is the same in every export, and no other's. *address*
    tells by a conversation and the brand's name where the platform reaches its customer.
    """

    name: str
    title: str
    channel: str
    read: Reader
    named: Callable[[Member], bool] = lambda member: False
    begins: Callable[[str], bool] = lambda head: False
    names_agents: bool = False
    marks_automatic: bool = False
    local_time: bool = False
    numbered: bool = False
    address: Callable[[Conversation, str], str | None] = lambda conversation, brand: None
    limits: tuple[str, ...] = ()


def natural(text: str) -> tuple[object, ...]:
    """Sort c2 before c10."""
    return tuple(
        (0, int(part), "") if part.isdecimal() and len(part) < 18 else (1, 0, part)
        for part in _DIGITS.split(text)
    )


def grouped(
    members: Iterable[Member], key: Callable[[Member], str]
) -> list[tuple[str, list[Member]]]:
    """Put the files of one conversation together, all in natural order of their names."""
    groups: dict[str, list[Member]] = {}
    for member in sorted(members, key=lambda member: natural(member.name)):
        groups.setdefault(key(member), []).append(member)
    return list(groups.items())


_DIGITS = re.compile(r"([0-9]+)")
