"""Makes one answer out of several turns of one intent, where nothing but slots tells them apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """A slot must have this value; True stands for any, None for none."""

    slot: str
    value: Any


# What happens in a turn: an action's name, or a slot that decides how it goes on.
Token = str | Check


@dataclass(frozen=True, slots=True)
class Branch:
    """If *check* holds, *steps*, else *otherwise*."""

    check: Check
    steps: "tuple[Node, ...]"
    otherwise: "tuple[Node, ...]" = ()


Node = str | Branch


class Undecided(Exception):
    """Only the history of a conversation tells which of several actions comes next."""


def merged(turns: Iterable[tuple[Token, ...]]) -> tuple[Node, ...]:
    """One answer out of several turns that begin alike. Raises Undecided if there is none."""
    distinct = list(dict.fromkeys(turns))
    acting = [each for each in distinct if each and isinstance(each[0], str)]
    checking = [each for each in distinct if each and isinstance(each[0], Check)]
    if checking:
        return _branched(checking, [each for each in distinct if each not in checking])
    if not acting:
        return ()
    first = acting[0][0]
    if len(acting) < len(distinct) or any(each[0] != first for each in acting):
        names = sorted({str(each[0]) for each in acting})
        raise Undecided(" or ".join(names) + (" or nothing" if len(acting) < len(distinct) else ""))
    return (str(first), *merged(each[1:] for each in acting))


def _branched(
    checking: list[tuple[Token, ...]], others: list[tuple[Token, ...]]
) -> tuple[Node, ...]:
    check = checking[0][0]
    assert isinstance(check, Check)  # noqa: S101 - the caller chose them so
    ours = [each[1:] for each in checking if each[0] == check]
    rest = [each for each in checking if each[0] != check]
    otherwise = _branched(rest, others) if rest else merged(others) if others else ()
    return (Branch(check, merged(ours), otherwise),)
