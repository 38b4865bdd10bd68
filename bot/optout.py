"""Hear that a customer wants no more messages (47 CFR 64.1200(a)(10), in more languages)."""

import re
from functools import lru_cache

from intents.normalize import normalized

_WORDS = (
    # The seven words of the FCC's rule, and their kin.
    *("stop", "quit", "end", "revoke", "opt out", "optout", "opt-out", "cancel", "unsubscribe"),
    *("stop all", "stopall", "opt me out", "unsubscribe me", "cancel subscription", "go away"),
    *("leave me alone", "remove me", "take me off", "remove me from your list"),
    *("take me off your list", "remove me from the list", "take me off the list"),
    *("停止", "停止接收", "停止訂閱", "停止推播", "停止訊息", "停止傳送", "停止通知", "取消訂閱"),
    *("取消接收", "取消通知", "取消推播", "退訂", "拒收", "拒絕接收", "拒收訊息", "關閉通知"),
    *("別煩我", "不要煩我", "不要再煩我", "別再煩我", "離我遠一點"),
    *("停止してください", "停止して", "配信停止", "配信停止してください", "もう送らないで"),
    *("もう送らないでください", "送らないでください", "解除してください"),
    *("수신거부", "수신 거부", "그만 보내세요", "구독 취소", "구독취소", "메시지 그만"),
    *("cancelar suscripción", "cancelar suscripcion", "darme de baja", "no más mensajes", "baja"),
    *("arrêt", "arret", "arrêter", "désabonner", "me désabonner", "désinscription"),
    *("abmelden", "abbestellen", "keine nachrichten mehr", "stopp", "cancelar inscrição"),
    *("berhenti", "batal langganan", "hủy đăng ký", "ngừng nhận tin", "ยกเลิกการรับข่าวสาร"),
)

_POLITE = re.compile(
    normalized("請|麻煩|拜託|謝謝|感謝|感恩|喔|唷|啦|好嗎|好吗|可以嗎|ください|お願いします")
    + r"|\b(?:please|pls|plz|thanks|thank you|thx|now|ok|okay|por favor|s'il vous plaît|bitte)\b"
)
_EDGES = re.compile(r"[^\w]+")

# "Don't send me the wrong size" is no opt-out: what must stop is the messages themselves.
_SENTENCES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:stop|quit|don'?t|do not|never)(?: ever)? (?:messag|text|contact|spamm?|writ|bother"
        r"|dm)(?:e|ing|ting)?(?: to)? (?:me|us|this number)\b",
        r"\b(?:stop|quit|don'?t|do not) send(?:ing)?(?: me| us)?(?: any| any ?more| these| this"
        r"| your| more| such| all| all these){0,2} (?:messages?|texts?|ads?|promos?|promotions?"
        r"|newsletters?|spam|notifications?|marketing|emails?|stuff)\b",
        r"^no more (?:messages?|texts?|ads?|promos?|promotions?|newsletters?|notifications?)",
        r"\b(?:opt(?:ing)? (?:me )?out of|unsubscribe(?: me)? from) "
        r"(?:(?:your|these|this|the|all|any) )?(?:\w+ )?(?:messages?|texts?|list|newsletters?"
        r"|notifications?|promotions?|updates)\b",
        r"\bi(?:'d like| want| wish)? ?to (?:unsubscribe|opt out)\b(?! of)",
        r"^i (?:unsubscribe|opt out)$",
        r"\b(?:remove|take|delete) me (?:from|off)(?: of)? (?:your|the|this)(?: \w+)? list\b",
        r"\brevoke my consent\b",
        normalized(
            r"^(?:我)?(?:不要|別|勿|不用|停止|不想|不想要|不需要)(?:再|繼續|一直|老是|給我|跟我){0,3}"
            r"(?:傳|發|寄|推播|私訊|密|打擾|騷擾|吵|洗版|推銷)(?:送)?(?:給)?(?:我|我們)?"
            r"(?:任何|這些|這種|這個|你們的|廣告|訊息|消息|簡訊|通知|優惠|行銷|推播|私訊|垃圾|的|東西)*"
            r"(?:給我|來|過來)?(?:了)?$"
        ),
        normalized(
            r"^(?:我)?(?:不要|不想|不想要|不願意|不需要)(?:再|繼續|一直){0,2}(?:接收|收到|收|接到)"
            r"(?:到)?(?:任何|這些|這種|你們的|廣告|訊息|消息|簡訊|通知|優惠|行銷|推播|垃圾|的)+(?:了)?$"
        ),
    )
)


# Every sentence above holds one of these; most messages hold none.
_HINT = re.compile(
    r"stop|quit|don'?t|do not|never|no more|opt|subscribe|remove|take|delete|revoke"
    + normalized("|不|別|勿|停")
)


def is_opt_out(text: str, *, words: frozenset[str] = frozenset()) -> bool:
    """Tell whether *text* asks for silence. *words* are a brand's own ("TD"), whole messages only.

    A whole message of "cancel" is one, as the FCC lists it; cancelling an order is not.
    """
    folded = _folded(text)
    plain = " ".join(_EDGES.sub(" ", _POLITE.sub(" ", folded)).split())
    if not plain:
        return False
    if plain in _KNOWN or _once(plain) in _KNOWN or (words and plain in _spelled_all(words)):
        return True
    if not _HINT.search(folded):
        return False
    forms = _forms(folded, plain)
    return any(sentence.search(form) for sentence in _SENTENCES for form in forms)


def _folded(text: str) -> str:
    # Cut only after the spaces went: "cancel" and far behind it "my order" is no opt-out.
    return normalized(text)[:500]


def _forms(folded: str, plain: str) -> tuple[str, str]:
    # Apostrophes count in English, and politeness stands anywhere in Chinese.
    return folded, plain.replace(" ", "") if not plain.isascii() else plain


@lru_cache(maxsize=16)
def _spelled_all(words: frozenset[str]) -> frozenset[str]:
    return frozenset(map(_spelled, words))


def _spelled(word: str) -> str:
    return " ".join(_EDGES.sub(" ", _folded(word)).split())


def _once(plain: str) -> str:
    """Say "stop stop stop" once."""
    words = plain.split()
    for size in range(1, len(words) // 2 + 1):
        if words == words[:size] * (len(words) // size):
            return " ".join(words[:size])
    return plain


_KNOWN = frozenset(_spelled(word) for word in _WORDS) | frozenset(
    _spelled(word).replace(" ", "") for word in _WORDS if not word.isascii()
)
