"""Length as X counts it: letters and Han characters weigh differently, URLs all the same.

https://developer.x.com/en/docs/counting-characters (twitter-text, configuration 3)
"""

import unicodedata
from functools import lru_cache

import regex

URL_WEIGHT = 23
_LIGHT = regex.compile(r"[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+")
# Of one reply's text the weight is asked a dozen times.
_REMEMBERED = 512
_ASCII_HOST = (
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.[A-Za-z]{2,}(?![A-Za-z0-9_.-])"
)
_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?"
_TAIL = (
    r"(?::\d+)?(?:[/?#][A-Za-z0-9\u00c0-\u024f\u0400-\u04ff!*';:=+,.$/%#\[\]_~@|&?-]*"
    r"(?<=[A-Za-z0-9\u00c0-\u024f\u0400-\u04ff=_#/+&-]))?"
)
_SCHEME = r"(?<![A-Za-z0-9@\uff20$#\uff03])https?://"
BARE_URL = rf"(?<![A-Za-z0-9@$#_.-]){_ASCII_HOST}"
_COUNTED = regex.compile(
    rf"(?P<url>{_SCHEME}(?:{_ASCII_HOST}|(?:{_LABEL}\.)+[A-Za-z]{{2,}}){_TAIL})"
    rf"|(?P<bare>(?:{_SCHEME}(?:{_LABEL}\.)+[\p{{L}}\p{{M}}]{{2,}}"
    rf"|{BARE_URL}(?!@)){_TAIL})"
    r"|(?P<emoji>\p{RI}\p{RI}|[0-9#*]\ufe0f?\u20e3|(?![©®](?!\ufe0f))"
    r"\p{ExtPict}(?:\ufe0f|\p{EMod})?(?:[\U000e0020-\U000e007e]+\U000e007f)?"
    r"(?:\u200d\p{ExtPict}(?:\ufe0f|\p{EMod})?)*)"
    # Runs in which nothing of the above can begin.
    r"|[A-Za-z]+|\p{Han}+|(?s:.)"
)


@lru_cache(maxsize=_REMEMBERED)
def weight(text: str) -> int:
    """How long X takes *text* to be.

    A word that may be a link without its scheme counts as the heavier of the two: X knows all
    top-level domains, which change. Counting too much costs a few characters, counting too little
    the whole post.
    """
    return sum(
        _weight(found[0], found.lastgroup)
        for found in _COUNTED.finditer(unicodedata.normalize("NFC", text))
    )


def _weight(piece: str, kind: str | None) -> int:
    match kind:
        case "url" if _encodable(piece):
            return URL_WEIGHT
        case "bare":
            return max(URL_WEIGHT, _plain(piece))
        case "emoji":
            return 2
    return _plain(piece)


def _plain(text: str) -> int:
    return len(text) + len(_LIGHT.sub("", text))


def _encodable(url: str) -> bool:
    """Whether every label of the host fits a domain name; X links nothing else."""
    host = regex.split(r"[/?#:]", url.partition("://")[2])[0]
    try:
        return len(host.encode("idna")) <= 253
    except UnicodeError:
        return False
