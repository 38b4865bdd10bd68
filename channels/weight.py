"""Length as X counts it: letters and Han characters weigh differently, URLs all the same.

https://developer.x.com/en/docs/counting-characters (twitter-text, configuration 3)
"""

import unicodedata

import regex

URL_WEIGHT = 23
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
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
    r"|(?s:.)"
)


def weight(text: str) -> int:
    """How long X takes *text* to be.

    A word that may be a link without its scheme counts as the heavier of the two: X knows all
    top-level domains, which change. Counting too much costs a few characters, counting too little
    the whole post.
    """
    total = 0
    for found in _COUNTED.finditer(unicodedata.normalize("NFC", text)):
        if found["url"] is not None and _encodable(found["url"]):
            total += URL_WEIGHT
        elif found["bare"] is not None:
            total += max(URL_WEIGHT, _plain(found["bare"]))
        elif found["emoji"] is not None:
            total += 2
        else:
            total += _plain(found[0])
    return total


def _plain(text: str) -> int:
    return sum(
        1 if any(first <= ord(char) <= last for first, last in _LIGHT) else 2 for char in text
    )


def _encodable(url: str) -> bool:
    """Whether every label of the host fits a domain name; X links nothing else."""
    host = regex.split(r"[/?#:]", url.partition("://")[2])[0]
    try:
        return len(host.encode("idna")) <= 253
    except UnicodeError:
        return False
