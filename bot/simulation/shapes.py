"""Shapes of the bodies that we send: small checks to build a platform's schema of."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong at *path*, written as message.quick_replies[0].title."""

    path: str
    problem: str


Check = Callable[[object, str], Iterator[Fault]]


def utf16_length(text: str) -> int:
    """Length as LINE counts it: a character beyond the basic plane counts twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def text(
    most: int, *, least: int = 1, length: Callable[[str], int] = len, pattern: str | None = None
) -> Check:
    """A string of *least* to *most*, as *length* counts it, in full like *pattern*."""

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield Fault(path=path, problem="must be a string")
        elif length(value) < least:
            yield Fault(path=path, problem="must be non-empty")
        elif length(value) > most:
            yield Fault(path=path, problem=f"must be at most {most} long, is {length(value)}")
        elif pattern is not None and not re.fullmatch(pattern, value):
            yield Fault(path=path, problem="has the wrong form")

    return check


def one_of(*values: object) -> Check:
    """One of *values*."""

    def check(value: object, path: str) -> Iterator[Fault]:
        if value not in values:
            yield Fault(path=path, problem=f"must be one of {', '.join(map(str, values))}")

    return check


def boolean(value: object, path: str) -> Iterator[Fault]:
    """True or false."""
    if not isinstance(value, bool):
        yield Fault(path=path, problem="must be true or false")


def items(item: Check, *, most: int, least: int = 1) -> Check:
    """A list of *least* to *most* items, each as *item* wants it."""

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield Fault(path=path, problem="must be a list")
            return
        if not least <= len(value) <= most:
            yield Fault(path=path, problem=f"must have {least} to {most} items, has {len(value)}")
        for index, each in enumerate(value):
            yield from item(each, f"{path}[{index}]")

    return check


def either(key: str, kinds: Mapping[str, Check], otherwise: Check | None = None) -> Check:
    """An object that is checked by what its *key* says: by one of *kinds*, or else *otherwise*."""

    def check(value: object, path: str) -> Iterator[Fault]:
        kind = value.get(key) if isinstance(value, dict) else None
        known = kinds.get(kind) if isinstance(kind, str) else None
        if (chosen := known or otherwise) is not None:
            yield from chosen(value, path)
        else:
            where = f"{path}.{key}" if path else key
            yield Fault(path=where, problem=f"must be one of {', '.join(kinds)}")

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with all *required* and any *optional* keys, and no others."""
    known = {**required, **(optional or {})}

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(path=path, problem="must be an object")
            return
        prefix = f"{path}." if path else ""
        for key in required.keys() - value.keys():
            yield Fault(path=prefix + key, problem="is missing")
        for key, each in value.items():
            if key in known:
                yield from known[key](each, prefix + key)
            else:
                yield Fault(path=f"{prefix}{key}", problem="is not a parameter")

    return check
