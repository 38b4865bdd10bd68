"""Replies as outbox drafts: who they go to, until when, and with the bot disclosure in front."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from bot.conversation import Conversation
from bot.identity import new_id
from bot.replies import Reply
from bot.store.outbox import Draft
from channels.base import Capabilities, Handle
from channels.messages import Action, BotMessage, Content, InboundMessage, Surface

WINDOW_MARGIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One reply and where it goes."""

    reply: Reply
    action: Action = Action.REPLY
    opts_out: bool = False


@dataclass(frozen=True, slots=True)
class Spoken:
    """A *reply* and the *outbox* item that its first words leave with."""

    reply: Reply
    outbox: str


@dataclass(frozen=True, slots=True)
class _Call:
    """The *parts* that leave together, and what was *said* in each of them."""

    action: Action
    said: Sequence[Said]
    parts: Sequence[Content]


def must_disclose(before: Conversation, *, silence: timedelta, now: datetime) -> bool:
    """Whether a machine must say so now (promise I12).

    At its first word, after *silence* on both sides, and after a person had the word.
    """
    told_at = before.disclosed_at
    if told_at is None:
        return True
    last = max(at for at in (before.last_in_at, before.last_out_at, told_at) if at is not None)
    after_person = before.last_agent_at is not None and before.last_agent_at > told_at
    return now - last >= silence or after_person


def unheard(before: Conversation) -> bool:
    """Whether nothing has left since the last disclosure was written, perhaps not even that."""
    told_at, spoke_at = before.disclosed_at, before.last_out_at
    return told_at is not None and (spoke_at is None or spoke_at < told_at)


def drafts(
    message: InboundMessage,
    said: Sequence[Said],
    *,
    known: Capabilities,
    discloses: bool,
    answer_within: timedelta,
    now: datetime,
) -> list[Draft]:
    """The outbox drafts of *said*, in order: as many messages in each as one call takes."""
    window = known.reply_window
    window_until = None if window is None else message.sent_at + window - WINDOW_MARGIN
    return [
        Draft(
            message=_outgoing(message, call, first=at == 0, now=now),
            flags=_flags(call, discloses=discloses, echo=known.handle is Handle.ECHO)
            | {"asked_at": message.sent_at.timestamp()},
            not_before=now,
            expires_at=message.sent_at + answer_within,
            window_until=window_until,
        )
        for at, call in enumerate(_calls(said, known.at_once))
    ]


def spoken(said: Sequence[Said], sent: Sequence[Draft], *, known: Capabilities) -> list[Spoken]:
    """Each of *said* with the first of *sent*, which `drafts` made of them, that carries it."""
    carried: dict[int, Spoken] = {}
    for call, draft in zip(_calls(said, known.at_once), sent, strict=True):
        for one in call.said:
            carried.setdefault(id(one), Spoken(one.reply, draft.message.id))
    return list(carried.values())


def _calls(said: Sequence[Said], at_once: int) -> Iterator[_Call]:
    for action, group in groupby(said, key=lambda one: one.action):
        # To hide a comment says nothing.
        parts = [(one, part) for one in group for part in one.reply.parts or (Content(),)]
        for start in range(0, len(parts), at_once):
            those = parts[start : start + at_once]
            yield _Call(action, [one for one, _ in those], [part for _, part in those])


def _outgoing(message: InboundMessage, call: _Call, *, first: bool, now: datetime) -> BotMessage:
    part, *also = call.parts
    return BotMessage(
        id=new_id(now),
        channel=message.channel,
        account=message.account,
        thread=message.thread,
        surface=message.surface,
        action=call.action,
        text=part.text,
        quick_replies=part.quick_replies,
        buttons=part.buttons,
        cards=part.cards,
        menu=part.menu,
        attachments=part.attachments,
        options=part.options,
        also=tuple(also),
        reply_to=message.id if message.surface is Surface.COMMENT else None,
        # A token is good once: only the first message may use it.
        reply_token=message.reply_token if first else None,
        reply_token_until=message.reply_token_until if first else None,
    )


def _flags(call: _Call, *, discloses: bool, echo: bool) -> dict[str, Any]:
    replies = [one.reply for one in call.said]
    flags = {
        # Together they answer unless every one only says that it heard.
        "ack": all(reply.ack for reply in replies),
        "handoff": any(reply.handoff for reply in replies),
        "expects_reply": any(reply.expects_reply for reply in replies),
        "opts_out": any(one.opts_out for one in call.said),
        "discloses": discloses,
        "echo": echo,
    }
    chosen: dict[str, Any] = {name: value for name, value in flags.items() if value}
    if template := next((reply.template for reply in replies if reply.template), None):
        chosen["template"] = template
    return chosen
