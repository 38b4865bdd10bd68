"""Light messages: the thanks, stickers and tags that need no reply."""

import re
from collections.abc import Iterable
from unicodedata import normalize

CLOSERS = frozenset(
    {
        *("thanks", "thank you", "thank you so much", "many thanks", "thx", "ty", "tks"),
        *("ok", "okay", "k", "great", "got it", "nice", "cool", "perfect", "bye", "will do"),
        *("謝謝", "謝謝你", "謝謝您", "謝謝妳", "感謝", "感謝您", "多謝", "感恩", "謝啦", "3q"),
        *("好", "好的", "好喔", "好哦", "好唷", "好滴", "收到", "了解", "瞭解", "知道了", "沒問題"),
        *(
            "ok謝謝",
            "ok 謝謝",
            "好的謝謝",
            "好的 謝謝",
            "好謝謝",
            "好 謝謝",
            "收到謝謝",
            "收到 謝謝",
        ),
        *("了解謝謝", "了解 謝謝", "沒事了", "不用了", "掰掰", "辛苦了"),
    }
)


class Light:
    """Judge texts by one brand's closers and handles (with or without their @)."""

    def __init__(self, closers: Iterable[str], brand_handles: Iterable[str]) -> None:
        self._closers = frozenset(_bare(closer) for closer in closers)
        ours = (re.escape(_folded(handle).lstrip("@")) for handle in brand_handles)
        # A handle may be followed by Chinese without a space, but "@shop" is not "@shop.tw".
        self._ours = re.compile(rf"@(?:{'|'.join(ours) or '(?!)'})(?![a-z0-9_]|\.[a-z0-9_])")

    def is_light(self, text: str) -> bool:
        """Tell whether a text has no letters or digits, or only says thanks or yes."""
        bare = _bare(text)
        return not bare or bare in self._closers

    def is_light_comment(self, text: str) -> bool:
        """Tell whether a comment is light, or meant for somebody else whom it tags first."""
        folded = _folded(text).lstrip()
        if folded.startswith("@") and not self._ours.match(folded):
            return True
        return self.is_light(_MENTION.sub(" ", self._ours.sub(" ", folded)))


_MENTION = re.compile(r"@[\w.\-]+")


def _folded(text: str) -> str:
    return normalize("NFKC", text).casefold()


_DECORATION = re.compile(r"[^\w\s]|_")


def _bare(text: str) -> str:
    return " ".join(_DECORATION.sub("", _folded(text)).split())
