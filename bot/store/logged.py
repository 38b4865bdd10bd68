"""One row of the log after the other, turned into events: who said what, when, about which."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row

from bot.reports.events import Actor, Event, Kind, Surface, Visibility

NO_ANSWER = "the platform allows no answer: "
DELETED = "the customer deleted it"
# What the platform delivered to us but nobody said to the brand.
_NOBODY = frozenset({"test event", "another bot", "another page", "group"})
_ACTORS: Mapping[str, Actor] = {"customer": "customer", "bot": "bot"}
_VISIBLE: Mapping[str, Visibility] = {"note": "note", "private_reply": "private_reply"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a conversation happens."""

    channel: str
    account: str
    surface: Surface
    post: str | None
    language: str | None
    labels: tuple[str, ...]


class Meaning(NamedTuple):
    """What a message was understood as; None: unknown."""

    intent: str | None
    language: str | None


_UNKNOWN = Meaning(None, None)


@dataclass(slots=True)
class Facts:
    """What the log of events says about messages, in its order."""

    rows: list[Row[Any]] = field(default_factory=list)
    # An edit replaces the stored text; what was first said is in the first edit.
    first_said: dict[int, str | None] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    refused: dict[tuple[int, str], str] = field(default_factory=dict)
    _in_turn: dict[int, deque[str]] = field(default_factory=dict)

    def add(self, row: Row[Any]) -> None:
        """Take the next row of the log."""
        self.rows.append(row)
        match row.type:
            case "edited":
                self.first_said.setdefault(row.data["message"], row.data["was"])
            case "deleted":
                self.deleted.add(row.data["message"])
            case "ignored":
                why = row.data["why"].removeprefix(NO_ANSWER)
                if "message" in row.data:
                    self.refused[row.conversation_id, row.data["message"]] = why
                elif why != row.data["why"]:
                    self._in_turn.setdefault(row.conversation_id, deque()).append(why)

    def refusal(self, message: Row[Any]) -> str | None:
        """Tell why the bot left a message alone, if the platform or the customer wanted it so.

        Ask for the messages of the log in their order.
        """
        known = self.refused.get((message.conversation_id, message.platform_id))
        if known is not None or message.answerable or message.import_id is not None:
            return known
        # Each message that must not be answered has one line that says so, in the same order.
        waiting = self._in_turn.get(message.conversation_id)
        return waiting.popleft() if waiting else None


def message_name(row_id: int) -> str:
    """Name a message as reports do, from its row id."""
    return f"m{row_id:012d}"


def row_of(message_id: str) -> int | None:
    """Find the row id in a message's name; None if it is no such name."""
    digits = message_id[1:]
    known = message_id[:1] == "m" and digits.isascii() and digits.isdigit() and len(digits) < 19
    return int(digits) if known else None


@dataclass(slots=True, kw_only=True)
class Logged:
    """Turns rows into events; ask for `said` before `happened`, which refers to it."""

    facts: Facts
    places: Mapping[int, Place]
    names: Mapping[int, str]
    meanings: Mapping[tuple[int, str], Meaning]
    _at: dict[int, datetime] = field(default_factory=dict)
    _by_inbox: dict[int, int] = field(default_factory=dict)
    _by_platform: dict[tuple[int, str], int] = field(default_factory=dict)
    _comments: dict[int, list[Row[Any]]] = field(default_factory=dict)

    def said(self, rows: Sequence[Row[Any]]) -> Iterator[Event]:
        """Tell what customers and the brand said; *rows* are messages in their order."""
        for row in rows:
            if row.platform_id is not None:
                self._by_platform.setdefault((row.conversation_id, row.platform_id), row.id)
            if row.direction == "out":
                yield self._ours(row)
                continue
            refused = self.facts.refusal(row)
            if refused not in _NOBODY:
                yield from self._theirs(row, gone=refused == DELETED)

    def happened(self) -> Iterator[Event]:
        """Tell what else befell messages and conversations."""
        for row in self.facts.rows:
            match row.type:
                case "edited" | "deleted":
                    yield from self._changed(row)
                case "handoff":
                    yield from self._handed_over(row)
                case "taken" | "released":
                    agent = self._agent(row)
                    kind: Kind = "take" if row.type == "taken" else "release"
                    yield from self._of_conversation(row, kind=kind, agent=agent)
                case "closed":
                    yield from self._of_conversation(row, kind="close")
                case "unneeded" | "needed":
                    agent = self._agent(row)
                    yield from self._of_conversation(row, kind=row.type, agent=agent)

    def _theirs(self, row: Row[Any], *, gone: bool) -> Iterator[Event]:
        # Nobody sends after we have received: a later time is the platform's clock running ahead.
        at = min(row.sent_at, row.received_at)
        self._at[row.id] = at
        if row.inbox_id is not None:
            self._by_inbox[row.inbox_id] = row.id
        place = self.places[row.conversation_id]
        if place.surface == "comment":
            self._comments.setdefault(row.conversation_id, []).append(row)
        deleted = row.id in self.facts.deleted
        text = self.facts.first_said.get(row.id, row.text)
        meaning = self.meanings.get((row.conversation_id, row.platform_id), _UNKNOWN)
        yield Event(
            id=message_name(row.id),
            at=at,
            actor="customer",
            channel=place.channel,
            conversation=f"c{row.conversation_id}",
            surface=place.surface,
            kind="media" if deleted or gone else _kind(row, text),
            text=text or "",
            post=row.post or place.post,
            root=row.root or row.platform_id,
            author=row.contact_id,
            account=place.account,
            intent=meaning.intent,
            language=meaning.language or place.language,
            labels=place.labels,
        )
        if gone and not deleted:
            name = message_name(row.id)
            yield self._event(row, f"g{name}", at, kind="delete", target=name, reply_to=name)

    def _ours(self, row: Row[Any]) -> Event:
        answered = self._by_inbox.get(row.answers) if row.answers is not None else None
        replied = self._by_platform.get((row.conversation_id, row.reply_to or ""))
        # A platform's clock may run behind ours: no reply comes before what it answers.
        known = [self._at[id] for id in (answered, replied) if id in self._at]
        place = self.places[row.conversation_id]
        return Event(
            id=message_name(row.id),
            at=max([min(row.sent_at, row.received_at), *known]),
            actor=_ACTORS.get(row.author, "agent"),
            channel=place.channel,
            conversation=f"c{row.conversation_id}",
            surface=place.surface,
            kind="delete" if row.kind == "hide" else "message",
            text=row.text or "",
            ack=row.ack,
            handoff=row.handoff,
            expects_reply=row.expects_reply,
            visibility=_VISIBLE.get(row.visibility, "public"),
            broadcast=row.broadcast,
            agent=self.names.get(row.agent_id) or row.agent_name,
            reply_to=None if replied is None else message_name(replied),
        )

    def _changed(self, row: Row[Any]) -> Iterator[Event]:
        said_at = self._at.get(row.data["message"])
        if said_at is None:
            return
        edit = row.type == "edited"
        told = datetime.fromisoformat(row.data["at"]) if edit and "at" in row.data else row.at
        target = message_name(row.data["message"])
        yield self._event(
            row,
            _name(row),
            max(min(told, row.at), said_at),
            actor="customer",
            kind="edit" if edit else "delete",
            text=(row.data.get("text") or "") if edit else "",
            target=target,
        )

    def _handed_over(self, row: Row[Any]) -> Iterator[Event]:
        """In a thread of comments, the hand-off is about the comment that was just decided on."""
        if self.places[row.conversation_id].surface == "dm":
            reason = row.data.get("reason")
            yield self._event(row, _name(row), row.at, actor="bot", kind="handoff", reason=reason)
            return
        about = self._by_platform.get((row.conversation_id, row.data.get("message", "")))
        earlier = self._earlier_comments(row)
        if about is None and earlier:
            about = earlier[-1].id
        if about is not None:
            target = message_name(about)
            yield self._event(
                row,
                _name(row),
                row.at,
                actor="bot",
                kind="handoff",
                reply_to=target,
                reason=row.data.get("reason"),
            )

    def _agent(self, row: Row[Any]) -> str | None:
        kind, _, id = row.actor.partition(":")
        return self.names.get(int(id)) if kind == "agent" and id.isdigit() else None

    def _of_conversation(self, row: Row[Any], **what: Any) -> Iterator[Event]:
        """What befalls a thread of comments befalls it for each of its authors."""
        if self.places[row.conversation_id].surface == "dm":
            yield self._event(row, _name(row), row.at, **what)
            return
        latest = {(one.root, one.contact_id): one.id for one in self._earlier_comments(row)}
        for id in latest.values():
            name = message_name(id)
            yield self._event(row, f"{_name(row)}/{name}", row.at, reply_to=name, **what)

    def _earlier_comments(self, row: Row[Any]) -> list[Row[Any]]:
        said = self._comments.get(row.conversation_id, [])
        return [one for one in said if one.received_at <= row.at]

    def _event(self, row: Row[Any], id: str, at: datetime, **more: Any) -> Event:
        place = self.places[row.conversation_id]
        given: dict[str, Any] = {"actor": "customer" if more.get("kind") == "delete" else "agent"}
        return Event(
            id=id,
            at=at,
            channel=place.channel,
            conversation=f"c{row.conversation_id}",
            surface=place.surface,
            **(given | more),
        )


def _name(row: Row[Any]) -> str:
    return f"e{row.id:012d}"


def _kind(row: Row[Any], text: str | None) -> Kind:
    if not row.attachments:
        return "message"
    stickers = all(one.get("type") == "sticker" for one in row.attachments)
    return "sticker" if stickers and not text else "media"
