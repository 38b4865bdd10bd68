"""Replies on their way out: links to the brand's hosts become counted ones, where they fit."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from bot.counted.address import allowed, swapped
from bot.counted.counting import Counting
from bot.store.counted import Link
from bot.store.outbox import Draft
from channels.base import Capabilities
from channels.messages import Action, Button, Content, OutboundMessage, Surface
from channels.text import length

C = TypeVar("C", bound=Content)


def counted(
    drafts: Sequence[Draft],
    counting: Counting | None,
    *,
    can: Capabilities,
    intent: str | None,
    language: str | None,
    at: datetime,
) -> list[Draft]:
    """*drafts*, already cut to what a platform *can* take, with counted links.

    One that would make its message too long stays as it is, and is not counted.
    """
    if counting is None:
        return list(drafts)
    return [_draft(draft, counting, can, intent, language, at) for draft in drafts]


def _draft(
    draft: Draft,
    counting: Counting,
    can: Capabilities,
    intent: str | None,
    language: str | None,
    at: datetime,
) -> Draft:
    swap = _Swap(counting, can)
    message = swap.content(draft.message)
    message = replace(message, also=tuple(map(swap.content, message.also)))
    links = tuple(
        Link(
            id=id,
            target=target,
            public=_public(message),
            template=draft.flags.get("template"),
            intent=intent,
            language=language,
            expires_at=at + counting.keep,
        )
        for target, id in swap.made.items()
    )
    return replace(draft, message=message, links=links) if links else draft


def _public(message: OutboundMessage) -> bool:
    return message.surface is Surface.COMMENT and message.action is Action.REPLY


@dataclass(slots=True)
class _Swap:
    """The links of one message: *made* maps where they lead to their ids."""

    counting: Counting
    can: Capabilities
    made: dict[str, str] = field(default_factory=dict)

    def content(self, one: C) -> C:
        cards = tuple(
            replace(card, buttons=tuple(map(self._button, card.buttons))) for card in one.cards
        )
        buttons = tuple(map(self._button, one.buttons))
        return replace(one, text=self._text(one), buttons=buttons, cards=cards)

    def _text(self, one: Content) -> str:
        before = dict(self.made)
        text = swapped(one.text, self._address)
        if length(text, self.can.unit) <= max(self._limit(one), length(one.text, self.can.unit)):
            return text
        self.made = before
        return one.text

    def _limit(self, one: Content) -> int:
        limit = self.can.max_text
        if one.attachments:
            limit = min(limit, self.can.max_caption)
        if (one.buttons or one.menu) and self.can.max_text_beside is not None:
            limit = min(limit, self.can.max_text_beside)
        return limit

    def _button(self, one: Button) -> Button:
        made = None if one.url is None else self._address(one.url)
        return one if made is None else replace(one, url=made)

    def _address(self, target: str) -> str | None:
        if not allowed(target, self.counting.hosts):
            return None
        # 96 random bits: nobody guesses another customer's link.
        return self.counting.address(self.made.setdefault(target, secrets.token_urlsafe(12)))
