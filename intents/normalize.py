"""Bring text to the one spelling in which training and serving compare it."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from pathlib import Path
from unicodedata import normalize

# Longer messages are read up to here: one message may not hold up the others.
MAX_CHARACTERS = 2_000

_FOLD_FILE = Path(__file__).with_name("_fold.txt")
_REPEATED = re.compile(r"(.)\1\1\1+", re.DOTALL)
_INVISIBLE = chain(
    [0xAD, 0x34F, 0x61C, 0x20E3, 0xFEFF],
    range(0x300, 0x370),  # marks that no composed letter took up: stacked accents
    range(0x180B, 0x1810),
    range(0x200B, 0x2010),
    range(0x202A, 0x202F),
    range(0x2060, 0x2070),
    range(0xFE00, 0xFE10),
    range(0x1F3FB, 0x1F400),  # skin tones
    range(0xE0000, 0xE01F0),
)
_PUNCTUATION = dict(zip("\u2018\u2019\u02bc\u201c\u201d。、\u301c", "'''\"\".,~", strict=True))
_FULL_WIDTH = re.compile(r"[\u3000\uff01-\uff5e]")
_WIDTHS = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_LOWER = {upper: upper + 0x20 for upper in range(0x41, 0x5B)}


def _folds() -> dict[int, str]:
    pairs = "".join(_FOLD_FILE.read_text(encoding="utf-8").splitlines()[1:])
    return {ord(traditional): pairs[at + 1] for at, traditional in enumerate(pairs) if at % 2 == 0}


_FOLDS = _folds()
_TABLE: dict[int, str] = dict.fromkeys(_INVISIBLE, "") | str.maketrans(_PUNCTUATION) | _FOLDS
_ALIGNED: dict[int, str | int] = {
    **_FOLDS,
    **_WIDTHS,
    **_LOWER,
    **{full: half + 0x20 for full, half in _WIDTHS.items() if 0x41 <= half <= 0x5A},
}


def normalized(text: str) -> str:
    """Spell *text* in half-width, case-folded, simplified characters with single spaces.

    Both Chinese scripts come out alike, so neither is lost to the other. Invisible characters,
    skin tones and stacked accents go; a character repeated four times or more stays three times.
    """
    if text.isascii():
        plain = text.casefold()
    else:
        plain = normalize("NFKC", normalize("NFKC", text).casefold()).translate(_TABLE)
    return _REPEATED.sub(_thrice, " ".join(plain.split()))


def half_width(text: str) -> str:
    """Spell full-width ASCII in half-width, one character for one, so that positions stay true."""
    wide = not text.isascii() and _FULL_WIDTH.search(text)
    return text.translate(_WIDTHS) if wide else text


def simplified(text: str) -> str:
    """Spell *text* in simplified characters, one for one, so that positions stay true."""
    return text if text.isascii() else text.translate(_FOLDS)


def aligned(text: str) -> str:
    """Spell *text* half-width, lower-case (A-Z) and simplified, one character for one.

    So what is found in it stands at the same place in *text*.
    """
    return text.translate(_ALIGNED)


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """*text* with a character of no meaning wherever *spans* cover it."""
    covered = sorted(spans)
    if not covered:
        return text
    parts: list[str] = []
    at = 0
    for start, end in covered:
        if end > at:
            parts += (text[at : max(at, start)], "\ufffc" * (end - max(at, start)))
            at = end
    return "".join((*parts, text[at:]))


@lru_cache(maxsize=16_384)
def folded(character: str) -> str:
    """Spell one *character* as `normalized` does, without accents; nothing or several may be left.

    Texts compare alike however their letters were composed, and positions can be kept.
    """
    plain = normalize("NFKC", normalize("NFKD", character).casefold())
    return normalize("NFKD", plain).translate(_TABLE)


def _thrice(repeated: re.Match[str]) -> str:
    return repeated[1] * 3
