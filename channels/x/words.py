"""What a text on X says, apart from what X itself puts into it."""

from collections.abc import Collection, Iterable, Mapping

import regex

from channels.weight import BARE_URL
from channels.x.payloads import Link

_HANDLE = regex.compile(r"@(\w{1,20})\s*")
_SHORT = regex.compile(r"https?://t\.co/\w")
_ESCAPED = regex.compile(r"&(amp|lt|gt);")
_MEANT = {"amp": "&", "lt": "<", "gt": ">"}
# Without a scheme only what is surely a link: any other word with a point in it says something.
_LINK = regex.compile(
    r"(?:[ \t]|^)?(?:https?://[!#-;=?-~]+"
    rf"|{BARE_URL}/[!#-;=?-~]*"
    rf"|{BARE_URL}(?<=\.com|\.net|\.org|\.shop|\.app|\.tw|\.hk))",
    regex.MULTILINE,
)


def behind(links: Iterable[Link], *, hidden: Collection[str] = ()) -> dict[str, str]:
    """What each t.co address stands for: nothing, where it is a picture or one of *hidden*."""
    return {
        link.url: "" if link.media_key or link.url in hidden else link.expanded_url or link.url
        for link in links
        if is_short(link.url)
    }


def is_short(url: str) -> bool:
    """Whether *url* is one that X made."""
    return _SHORT.match(url) is not None


def plain(text: str, links: Mapping[str, str]) -> str:
    """*text* as it was typed: without t.co and the three escapes that X makes."""
    for short, meant in links.items():
        text = text.replace(short, meant)
    return _ESCAPED.sub(lambda found: _MEANT[found[1]], text).strip()


def addressed(text: str, *, ours: Collection[str]) -> str:
    """*text* without the handles that X puts before a reply, if one of *ours* is among them.

    Handles alone stay what they are.
    """
    rest, named = text, False
    while found := _HANDLE.match(rest):
        named = named or found[1].lower() in ours
        rest = rest[found.end() :]
    return rest if named and rest else text


def without_links(text: str) -> str:
    """*text* without its links."""
    return _LINK.sub("", text).strip()
