"""Cuts text to a platform's limit where a reader would pause."""

from enum import IntEnum
from itertools import accumulate, groupby

import regex

from channels.base import LengthUnit
from channels.weight import BARE_URL, URL_WEIGHT, weight


def length(text: str, unit: LengthUnit) -> int:
    """How long the platform that counts in *unit* takes *text* to be."""
    match unit:
        case LengthUnit.CHARACTERS:
            return len(text)
        case LengthUnit.UTF16:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case LengthUnit.UTF8:
            return len(text.encode("utf-8", "surrogatepass"))
        case LengthUnit.WEIGHTED:
            return weight(text)


def split(text: str, *, limit: int, unit: LengthUnit) -> list[str]:
    """Cut *text* into parts of at most *limit*; white space at a cut is dropped.

    A cut falls at the last paragraph break within reach, else line break, sentence end, comma,
    space, edge of a Latin word, and at last between two grapheme clusters. A cluster or URL that
    fits the limit is never cut. *limit* must be at least 4, the bytes of one character, and 23 for
    WEIGHTED, the weight of a URL.
    """
    if limit < (URL_WEIGHT if unit is LengthUnit.WEIGHTED else 4):
        raise ValueError(f"a limit of {limit} cannot hold one character")
    if length(text, unit) <= limit:
        return [text] if text else []
    atoms = _atoms(text, limit=limit, unit=unit)
    if unit is not LengthUnit.WEIGHTED:
        return _parts(atoms, [length(atom, unit) for atom in atoms], limit)
    return _weighed_parts(atoms, limit)


def shorten(text: str, *, limit: int, unit: LengthUnit) -> str:
    """The beginning of *text* that fits *limit* with an ellipsis; all of it where it fits.

    A cluster or URL that fits is never cut. Empty where not even one character would be left.
    """
    if length(text, unit) <= limit:
        return text
    room = limit - length(_ELLIPSIS, unit)
    kept = ""
    for atom in _atoms(text, limit=room, unit=unit):
        if length(kept + atom, unit) > room:
            break
        kept += atom
    kept = text[: _whole(text, len(kept))] or kept
    return kept.rstrip() + _ELLIPSIS if kept.strip() else ""


def _whole(text: str, end: int) -> int:
    """The last edge between two clusters of *text* up to *end*; 0 if the first is longer."""
    ends = accumulate(map(len, regex.findall(r"\X", text[: end + _LONGEST_CLUSTER])))
    return max((each for each in ends if each <= end), default=0)


def _parts(atoms: list[str], sizes: list[int], limit: int) -> list[str]:
    parts: list[str] = []
    start = 0
    while start < len(atoms):
        end = _reach(sizes, start, limit)
        cut = end if end == len(atoms) else _best_cut(atoms, start, end)
        inside = atoms[start:cut]
        if cut < len(atoms) and inside and inside[-1].isspace():
            inside.pop()
        if inside:
            parts.append("".join(inside))
        start = cut + 1 if cut < len(atoms) and atoms[cut].isspace() else cut
    return parts


def _weighed_parts(atoms: list[str], limit: int) -> list[str]:
    parts = _parts(atoms, [weight(atom) for atom in atoms], limit)
    return [piece for part in parts for piece in _light(part, limit)]


def _light(part: str, limit: int) -> list[str]:
    """*part* as it is, or cut once more: a URL may weigh more behind a letter than alone."""
    if weight(part) <= limit:
        return [part]
    pieces = [""]
    for atom in _atoms(part, limit=limit, unit=LengthUnit.WEIGHTED):
        if weight(pieces[-1] + atom) > limit:
            pieces.append("")
        pieces[-1] += atom
    return [piece for piece in pieces if piece.strip()]


class _Break(IntEnum):
    """Where a reader pauses, the longest pause last."""

    GRAPHEME = 0
    WORD_EDGE = 1
    SPACE = 2
    COMMA = 3
    SENTENCE = 4
    LINE = 5
    PARAGRAPH = 6


_ELLIPSIS = "…"
_FINER_BARE = r"https?://[^\s<>\"，。！？、；：「」『』（）]+|" + BARE_URL + r"[!#-;=?-~]*|\X"
# A family of four with skin tones has eleven; what is longer is no character but a joke.
_LONGEST_CLUSTER = 64
_FINER = (
    r"https?://[^\s<>\"，。！？、；：「」『』（）]+|\X",
    r"https?://[!#-;=?-~]+|\X",
    # Two addresses that somebody pasted without a space between them.
    r"https?://(?:(?!https?://)[!#-;=?-~])+|\X",
    r"\X",
    r"(?s:.)",
)
_SENTENCE_ENDS = frozenset("。！？!?…")
_CLOSERS = frozenset("」』）】》〉”\u2019)]\"'")
_COMMAS = frozenset("，、；：")
_SPACED_COMMAS = _COMMAS | frozenset(",;:")


def _atoms(text: str, *, limit: int, unit: LengthUnit) -> list[str]:
    """What is not cut: URLs, grapheme clusters and runs of white space.

    Only what is longer than *limit* is taken apart further.
    """
    atoms = [text]
    for pattern in (_FINER_BARE, *_FINER) if unit is LengthUnit.WEIGHTED else _FINER:
        atoms = [
            piece
            for atom in atoms
            for piece in ([atom] if length(atom, unit) <= limit else regex.findall(pattern, atom))
        ]
    return [
        piece
        for blank, run in groupby(atoms, str.isspace)
        for piece in (["".join(run)] if blank else run)
    ]


def _reach(sizes: list[int], start: int, limit: int) -> int:
    end, used = start, 0
    while end < len(sizes) and used + sizes[end] <= limit:
        used += sizes[end]
        end += 1
    return end


def _best_cut(atoms: list[str], start: int, end: int) -> int:
    best, kind = end, _Break.GRAPHEME
    for cut in range(end, start, -1):
        found = _break_before(atoms, start, cut)
        if found > kind:
            best, kind = cut, found
            if kind is _Break.PARAGRAPH:
                break
    return best


def _break_before(atoms: list[str], start: int, cut: int) -> _Break:
    """What kind of pause lies between atoms *cut* - 1 and *cut*."""
    before, after = atoms[cut - 1], atoms[cut]
    if before.isspace():
        return _gap(atoms, start, cut - 1)
    if after.isspace():
        return _gap(atoms, start, cut)
    if before in _COMMAS:
        return _Break.COMMA
    if after not in _SENTENCE_ENDS | _CLOSERS and _ends_sentence(atoms, start, cut):
        return _Break.SENTENCE
    inside_word = all(char.isascii() and char.isalnum() for char in (before[-1], after[0]))
    return _Break.GRAPHEME if inside_word else _Break.WORD_EDGE


def _gap(atoms: list[str], start: int, gap: int) -> _Break:
    lines = len(regex.findall(r"\R", atoms[gap]))
    if lines:
        return _Break.PARAGRAPH if lines > 1 else _Break.LINE
    if gap == start:
        return _Break.SPACE
    if atoms[gap - 1] == "." or _ends_sentence(atoms, start, gap):
        return _Break.SENTENCE
    return _Break.COMMA if atoms[gap - 1] in _SPACED_COMMAS else _Break.SPACE


def _ends_sentence(atoms: list[str], start: int, cut: int) -> bool:
    while cut > start and atoms[cut - 1] in _CLOSERS:
        cut -= 1
    return cut > start and atoms[cut - 1] in _SENTENCE_ENDS
