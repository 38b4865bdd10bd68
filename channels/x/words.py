"""What a text on X says, apart from what X itself puts into it."""

import re
from collections.abc import Collection, Iterable, Mapping

from channels.weight import BARE_URL
from channels.x.payloads import Link

_HANDLE = re.compile(r"@(\w{1,20})\s*")
_SHORT = re.compile(r"https?://t\.co/\w")
_ESCAPED = re.compile(r"&(amp|lt|gt);")
_MEANT = {"amp": "&", "lt": "<", "gt": ">"}
_LINK = re.compile(rf"(?:[ \t]|(?<=\s)|^)?(?:https?://[!#-;=?-~]+|{BARE_URL}(?:/[!#-;=?-~]*)?)")


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
