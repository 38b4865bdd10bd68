"""Checks of the bodies that we send to WhatsApp: only what Antiphon may say.

Limits: Cloud API "Messages", "Interactive messages", 2026.
"""

from collections.abc import Iterator

from bot.simulation.shapes import Check, Fault, boolean, items, one_of, shape, text

TEXT = 4096
CAPTION = 1024
BESIDE_BUTTONS = 1024
ROWS = 10


def whatsapp_faults(body: object) -> list[Fault]:
    """What is wrong with a body for /{phone number}/messages."""
    faults = list(_MESSAGE(body, ""))
    return faults or list(_habits(body))


def _habits(body: object) -> Iterator[Fault]:
    """Rules that tie one parameter to another; *body* has the right shape."""
    if not isinstance(body, dict):
        return
    if ("to" in body) == ("recipient" in body):
        yield Fault(path="to", problem="must name exactly one recipient")
    kinds = body.keys() & _CONTENTS.keys()
    if kinds != {body["type"]}:
        yield Fault(path="type", problem="must be the one content that is there")


def _interactive(value: object, path: str) -> Iterator[Fault]:
    kind = value.get("type") if isinstance(value, dict) else None
    yield from (_LIST if kind == "list" else _BUTTONS)(value, path)


def _media(optional: dict[str, Check]) -> Check:
    link = text(2000, pattern=r"https?://[\s\S]+")
    return shape({"link": link}, optional)


_CAPTION = text(CAPTION)
_BUTTONS = shape(
    {
        "type": one_of("button"),
        "body": shape({"text": text(BESIDE_BUTTONS)}),
        "action": shape(
            {
                "buttons": items(
                    shape(
                        {
                            "type": one_of("reply"),
                            "reply": shape({"id": text(256), "title": text(20)}),
                        }
                    ),
                    most=3,
                )
            }
        ),
    }
)
_ROW = shape({"id": text(200), "title": text(24)}, {"description": text(72, least=0)})
# One section is all that we write, so that its rows are all rows.
_LIST = shape(
    {
        "type": one_of("list"),
        "body": shape({"text": text(TEXT)}),
        "action": shape(
            {
                "button": text(20),
                "sections": items(shape({"rows": items(_ROW, most=ROWS)}), most=1),
            }
        ),
    }
)
_PARAMETER = shape({"type": one_of("text"), "text": text(1024, pattern=r"[^\n\t]+")})
_TEMPLATE = shape(
    {
        "name": text(512, pattern=r"[a-z0-9_]+"),
        "language": shape({"code": text(10)}),
        "components": items(
            shape({"type": one_of("body"), "parameters": items(_PARAMETER, most=1)}), most=1
        ),
    }
)
_CONTENTS: dict[str, Check] = {
    "text": shape({"body": text(TEXT)}, {"preview_url": boolean}),
    "image": _media({"caption": _CAPTION}),
    "video": _media({"caption": _CAPTION}),
    "audio": _media({}),
    "document": _media({"caption": _CAPTION, "filename": text(240)}),
    "interactive": _interactive,
    "template": _TEMPLATE,
}
_MESSAGE = shape(
    {"messaging_product": one_of("whatsapp"), "type": one_of(*_CONTENTS)},
    {
        "recipient_type": one_of("individual", "group"),
        "to": text(200),
        "recipient": text(256),
        "biz_opaque_callback_data": text(512, least=0),
        **_CONTENTS,
    },
)
