"""What we would like to say, made into what one platform takes.

Buttons become quick replies where those are all there is, and numbered words where there is
neither: nothing that a customer may choose is ever lost on the way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from channels.base import Capabilities
from channels.messages import Attachment, Button, Card, Content, Menu, QuickReply, Surface
from channels.text import length, shorten, split


def fitted(content: Content, can: Capabilities) -> tuple[Content, ...]:
    """The messages, one call each, by which a platform that *can* says *content*.

    Attachments come first, then the text and on its last part what hangs on it, then cards. Titles
    are shortened; a payload is not: a choice whose payload is too long becomes words. In public
    nothing is offered to choose, for the answer would stand there, too; links stay.
    """
    if not (content.attachments or content.cards or _hangs(content)):
        return tuple(
            Content(text=piece) for piece in split(content.text, limit=can.max_text, unit=can.unit)
        )
    shown, words = _native(content, can)
    text = "\n".join(line for line in (shown.text, *words) if line)
    pictures = [one for one in content.attachments if _takes(one, can)]
    rides = len(pictures) == 1 and not shown.cards and not _hangs(shown)
    rides = rides and pictures[0].type not in can.uncaptioned
    caption = text if rides and length(text, can.unit) <= can.max_caption else ""
    rest = "" if caption else text
    cards = [Content(cards=batch) for batch in _batches(shown.cards, can.max_cards)]
    if cards:
        # What is offered hangs on the last message: above others no platform shows it.
        cards[-1] = replace(cards[-1], quick_replies=shown.quick_replies)
        shown = replace(shown, quick_replies=())
    return (
        *(Content(attachments=(one,), text=caption) for one in pictures),
        *_said(replace(shown, text=rest, cards=(), attachments=()), can),
        *cards,
    )


def offered(content: Content) -> tuple[QuickReply, ...]:
    """Everything that a customer may choose, in order: the n-th is what a typed number n means."""
    buttons = [*content.buttons, *(button for card in content.cards for button in card.buttons)]
    return (
        *content.options,
        *content.quick_replies,
        *(
            QuickReply(title=button.title, payload=button.payload)
            for button in buttons
            if button.payload is not None
        ),
        *(
            QuickReply(title=row.title, payload=row.payload)
            for row in (content.menu.rows if content.menu else ())
        ),
    )


def _native(content: Content, can: Capabilities) -> tuple[Content, list[str]]:
    """The parts of *content* that the platform has a form for, and the words for the rest."""
    words: list[str] = []
    shown = content
    if content.cards and not _takes_cards(content.cards, can):
        words += [line for card in content.cards for line in (card.title, card.text) if line]
        words += [card.image_url for card in content.cards if card.image_url]
        buttons = [button for card in content.cards for button in card.buttons]
        shown = replace(shown, cards=(), buttons=(*shown.buttons, *buttons))
    if shown.buttons and not _takes_buttons(shown.buttons, can):
        words += [f"{one.title}: {one.url}" for one in shown.buttons if one.url]
        shown = _as_quick_replies(shown, buttons=())
    if shown.menu is not None and not _takes_menu(shown.menu, can):
        shown = _as_quick_replies(shown, menu=None)
    words += [
        f"{one.title or one.type}: {one.url}"
        for one in content.attachments
        if one.url and not _takes(one, can)
    ]
    if can.surface is Surface.COMMENT:
        return replace(shown, quick_replies=(), options=()), words
    if shown.quick_replies and not _takes_quick_replies(shown.quick_replies, can):
        options = (*shown.options, *shown.quick_replies)
        shown = replace(shown, quick_replies=(), options=options)
        words += [f"{number}. {one.title}" for number, one in enumerate(options, 1)]
    return _trimmed(shown, can), words


def _as_quick_replies(shown: Content, **gone: object) -> Content:
    """*shown* with quick replies for what the change makes disappear."""
    left = replace(shown, **gone)  # type: ignore[arg-type]
    kept = set(offered(left))
    moved = [one for one in offered(replace(shown, cards=())) if one not in kept]
    return replace(left, quick_replies=(*left.quick_replies, *moved))


def _takes(one: Attachment, can: Capabilities) -> bool:
    """Whether the platform takes *one*; what we do not know of it is left to the platform."""
    formats, most = can.media_formats, can.max_media
    return (
        one.type in can.media
        and (not formats or one.mime_type is None or one.mime_type in formats)
        and (most is None or one.size is None or one.size <= most)
    )


def _takes_quick_replies(choices: Sequence[QuickReply], can: Capabilities) -> bool:
    return len(choices) <= can.max_quick_replies and all(
        _fits(choice.payload, can) for choice in choices
    )


def _takes_buttons(buttons: Sequence[Button], can: Capabilities, most: int | None = None) -> bool:
    return len(buttons) <= (can.max_buttons if most is None else most) and all(
        can.link_buttons if button.payload is None else _fits(button.payload, can)
        for button in buttons
    )


def _takes_cards(cards: Sequence[Card], can: Capabilities) -> bool:
    return can.max_cards > 0 and all(
        _takes_buttons(card.buttons, can, can.max_card_buttons) for card in cards
    )


def _takes_menu(menu: Menu, can: Capabilities) -> bool:
    return len(menu.rows) <= can.max_rows and all(_fits(row.payload, can) for row in menu.rows)


def _fits(payload: str, can: Capabilities) -> bool:
    return len(payload.encode("utf-8", "replace")) <= can.max_payload


def _trimmed(shown: Content, can: Capabilities) -> Content:
    def short(text: str, limit: int) -> str:
        return shorten(text, limit=limit, unit=can.title_unit or can.unit)

    def button(one: Button) -> Button:
        return replace(one, title=short(one.title, can.max_button_title))

    def choice(one: QuickReply) -> QuickReply:
        title = short(one.title, can.max_quick_reply_title)
        return one if title == one.title else replace(one, title=title)

    menu = shown.menu and replace(
        shown.menu,
        title=short(shown.menu.title, can.max_button_title),
        rows=tuple(
            replace(
                row,
                title=short(row.title, can.max_row_title),
                text=short(row.text, can.max_row_text),
            )
            for row in shown.menu.rows
        ),
    )
    return replace(
        shown,
        menu=menu,
        buttons=tuple(map(button, shown.buttons)),
        quick_replies=tuple(map(choice, shown.quick_replies)),
        cards=tuple(
            replace(
                card,
                title=short(card.title, can.max_card_title),
                text=short(card.text, can.max_card_text),
                buttons=tuple(map(button, card.buttons)),
            )
            for card in shown.cards
        ),
    )


def _said(shown: Content, can: Capabilities) -> tuple[Content, ...]:
    pieces = split(shown.text, limit=can.max_text, unit=can.unit)
    beside = can.max_text_beside
    if pieces and beside is not None and (shown.buttons or shown.menu):
        pieces[-1:] = split(pieces[-1], limit=beside, unit=can.unit)
    if not pieces and not _hangs(shown):
        return ()
    if not pieces:
        # No platform hangs choices on nothing.
        titles = " / ".join(one.title for one in offered(shown))
        limit = can.max_text if beside is None else min(can.max_text, beside)
        pieces = [shorten(titles, limit=limit, unit=can.unit)]
    return (
        *(Content(text=piece) for piece in pieces[:-1]),
        replace(shown, text=pieces[-1]),
    )


def _hangs(content: Content) -> bool:
    return bool(content.quick_replies or content.buttons or content.menu or content.options)


def _batches(cards: Sequence[Card], most: int) -> Iterator[tuple[Card, ...]]:
    for start in range(0, len(cards), most or 1):
        yield tuple(cards[start : start + (most or 1)])
