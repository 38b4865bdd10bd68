"""Comments under a Page's posts, as the contract tests see them."""

from channels.base import Handle
from channels.messages import BotMessage, Surface
from tests.channels.adapter import MESSAGE_ID, Adapter, Json
from tests.channels.adapters import messenger

PAGE = messenger.PAGE


def feed(n: int, **value: object) -> Json:
    """One change of a Page body; a comment at the top level unless *value* says otherwise."""
    return {
        "field": "feed",
        "value": {
            "from": {"id": f"{6955012388417720 + n}", "name": "陳美玲"},
            "message": f"第 {n} 則",
            "post_id": f"{PAGE}_122100",
            "parent_id": f"{PAGE}_122100",
            "comment_id": f"122100_{n}",
            "created_time": 1790582401,
            "item": "comment",
            "verb": "add",
            **value,
        },
    }


def _wrapped(*items: Json, to: str = PAGE) -> Json:
    return {"object": "page", "entry": [{"id": to, "time": 1790582402, "changes": list(items)}]}


PAGE_COMMENTS = Adapter(
    name="page_comments",
    options=messenger.PAGE_OPTIONS,
    required=("secret", "verify_token", "token", "account"),
    header="x_hub_signature_256",
    signed=messenger.meta_signed,
    scheme="meta",
    handshakes=messenger.META_HANDSHAKES,
    ask=feed,
    kind="comment.add",
    own=feed(7, **{"from": {"id": int(PAGE), "name": "我們"}}),
    wrapped=_wrapped,
    message=BotMessage(
        id=MESSAGE_ID,
        channel="page_comments",
        account="demo",
        thread=f"{PAGE}_122100/122100_900900",
        surface=Surface.COMMENT,
        text="還有貨喔！",
        reply_to="122100_900901",
    ),
    taken={"id": "122100_900999"},
    handle=Handle.NONE,
    captured={"page": None},
    seeds=(feed(1), feed(2, verb="edited"), feed(3, item="reaction"), feed(4, verb="hide")),
)
