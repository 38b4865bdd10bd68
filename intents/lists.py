"""Find the words of a brand's own lists, its products and places, however they are spelled."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from intents.match import Entity
from intents.normalize import folded

# Scripts before Thai part their words by blanks; a word there ends where letters and digits end.
_FIRST_UNPARTED = "\u0e00"
_ODD_BLANKS = re.compile(r"\s\s|[^\S ]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a list: its *name*, and how else customers write it."""

    name: str
    also: tuple[str, ...] = ()


class Lists:
    """A brand's lists by name. What stands in two lists is found in both."""

    def __init__(self, lists: Mapping[str, Sequence[Entry]]) -> None:
        self._trees = {name: _tree(entries) for name, entries in lists.items() if entries}

    def found(self, text: str) -> Iterator[Entity]:
        """The longest entry at each place of *text*, list by list; none overlaps within a list."""
        if not self._trees:
            return
        letters, places = _letters(text)
        for name, tree in self._trees.items():
            yield from _matches(name, tree, letters, places)


class _Branch(NamedTuple):
    """What may follow the beginning of a word; *names* holds the entry's if that is all of it."""

    branches: "dict[str, _Branch]"
    names: list[str]


def _tree(entries: Sequence[Entry]) -> _Branch:
    root = _Branch({}, [])
    for entry in entries:
        for word in (entry.name, *entry.also):
            branch = root
            for letter in _letters(word)[0].strip():
                branch = branch.branches.setdefault(letter, _Branch({}, []))
            if branch is not root:
                branch.names.append(entry.name)
    return root


def _letters(text: str) -> tuple[str, Sequence[int]]:
    """*text* folded, and where each letter of that stands in it.

    A blank counts only between words that need one.
    """
    if text.isascii() and not _ODD_BLANKS.search(text):
        return text.lower(), range(len(text))
    letters: list[str] = []
    places: list[int] = []
    blank: int | None = None
    for at, character in enumerate(text):
        for one in folded(character):
            if one.isspace():
                blank = at
                continue
            if blank is not None and letters and _parted(letters[-1]) and _parted(one):
                letters.append(" ")
                places.append(blank)
            blank = None
            letters.append(one)
            places.append(at)
    return "".join(letters), places


def _parted(character: str) -> bool:
    return character < _FIRST_UNPARTED


def _matches(name: str, tree: _Branch, letters: str, places: Sequence[int]) -> Iterator[Entity]:
    free = 0
    for at, letter in enumerate(letters):
        if at < free or letter not in tree.branches or not _begins(letters, at):
            continue
        found = _longest(tree, letters, at)
        if found is not None:
            free, value = found
            yield Entity(name=name, value=value, start=places[at], end=places[free - 1] + 1)


def _longest(tree: _Branch, letters: str, at: int) -> tuple[int, str] | None:
    longest = None
    branch: _Branch | None = tree
    for end in range(at, len(letters)):
        branch = branch.branches.get(letters[end]) if branch else None
        if branch is None:
            break
        if branch.names and _begins(letters, end + 1):
            longest = end + 1, branch.names[0]
    return longest


def _begins(letters: str, at: int) -> bool:
    """Whether a word may begin, or one before may end, right before ``letters[at]``."""
    if at in {0, len(letters)}:
        return True
    return not (_in_word(letters[at - 1]) and _in_word(letters[at]))


def _in_word(character: str) -> bool:
    return _parted(character) and character.isalnum()
