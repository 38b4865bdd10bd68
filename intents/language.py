"""Tell a message's language from its script, or keep the conversation's when it says too little."""

import re
from itertools import islice

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3105-\u312f\U00020000-\U0003ffff]")
_WORD = re.compile(r"(?<![a-z0-9#@])[a-z\u00c0-\u024f]+(?:'[a-z]+)?(?![a-z0-9])")
_FOREIGN = re.compile(r"[\u0370-\u1fff\u3040-\u3102\u3131-\u318f\ua000-\ud7ff\uff66-\uffdc]")

# A speaker of Chinese also writes "ok", "thank you" or "LINE Pay"; three words are a sentence.
_WORDS_THAT_SWITCH = 3


def language_of(text: str, *, sticky: str | None) -> str | None:
    """Tell the language of normalised *text*; *sticky* is the conversation's so far.

    Simplified and Traditional Chinese both count as ``zh-Hant``: its readers are served in it. A
    message that says little (a short word, digits, emoji) or is in another language keeps *sticky*.
    """
    if sticky == "en" and text.isascii():
        return sticky
    han = 0 if text.isascii() else len(_HAN.findall(text))
    if not text.isascii() and len(_FOREIGN.findall(text)) * 3 > han:
        return sticky
    if han:
        return _of_mixed(han, len(_WORD.findall(text)), sticky)
    enough = _WORDS_THAT_SWITCH if sticky else 1
    words = islice(_WORD.finditer(text), enough)
    return "en" if len([*words]) == enough else sticky


def _of_mixed(han: int, words: int, sticky: str | None) -> str:
    if words <= han:
        return "zh-Hant"
    if words > 2 * han:
        return "en"
    return sticky or "zh-Hant"
