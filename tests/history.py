"""A brand's history, written through the same functions that the service writes it with."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from bot import absorb, handoff
from bot.conversation import Conversation, State
from bot.explain import logged
from bot.store import agents, conversations, desk, inbox, leases, outcomes, settle
from bot.store.agents import Role
from bot.store.inbox import Arrival, Pending
from bot.store.outbox import Claimed, Draft, Item
from bot.store.outcomes import Outcome
from bot.store.settle import Entry, Owner, Settlement
from channels.base import Capabilities
from channels.messages import (
    Action,
    Attachment,
    BotMessage,
    ChannelEvent,
    Contact,
    EchoedReply,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Surface,
)

OWNER = "history:1"
ABLE = Capabilities(surface=Surface.DIRECT, max_text=5000)
SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class History:
    """Writes what happened, in the order of the calls; times are given with each."""

    connection: Connection
    begun_at: datetime
    _ids: Any = field(default_factory=lambda: count(1))
    _epochs: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken = leases.acquire(self.connection, owner=OWNER, now=self.begun_at)
        self._epochs = dict(taken.epochs)

    @property
    def owner(self) -> Owner:
        return Owner(name=OWNER, epochs=self._epochs)

    def agent(self, name: str, role: Role = Role.AGENT) -> int:
        """Add somebody who answers."""
        email = f"agent{next(self._ids)}@example.com"
        return agents.add(
            self.connection,
            email=email,
            name=name,
            role=role,
            password_hash="-",
            at=self.begun_at,
        )

    def says(
        self,
        thread: str,
        text: str | None,
        at: datetime,
        *,
        id: str | None = None,
        received_at: datetime | None = None,
        bot: dict[str, Any] | None = None,
        answered_at: datetime | None = None,
        hands_off: bool = False,
        ignored: str | None = None,
        hide: bool = False,
        sticker: bool = False,
        understood: dict[str, Any] | None = None,
        reason: str = "human_request",
        **more: Any,
    ) -> str:
        """A customer writes; the bot answers with the flags *bot*, unless None.

        *understood* holds the intent and the language that the log tells.
        """
        id = id or f"mid-{next(self._ids)}"
        event = self._message(id, thread, text, at, received_at or at, sticker=sticker, **more)
        pending = self._stored(event)
        decided_at = answered_at or event.received_at + SECOND
        meant = {"message": id} | (understood or {})
        entries = [Entry(type="decided", actor="bot", data={"why": "test"} | meant)]
        if ignored is not None:
            entries = [Entry(type="ignored", actor="bot", data={"why": ignored} | meant)]
        before = conversations.by_keys(self.connection, [pending.conversation]).get(
            pending.conversation
        ) or Conversation(
            key=pending.conversation,
            channel=event.channel,
            account=event.account,
            thread=event.thread,
            surface=event.surface,
            contact_id=event.contact.id,
            contact_name=event.contact.name,
            post=event.post,
        )
        after = replace(before, last_in_at=at)
        if hands_off:
            entries.append(Entry(type="handoff", actor="bot", data={"reason": reason}))
            after = replace(
                after,
                state=State.WAITING,
                waiting_since=decided_at,
                handoff_reason=reason,
            )
        settlement = Settlement(
            inbox_id=pending.id,
            partition=pending.partition,
            before=before,
            after=after,
            at=decided_at,
            message=logged(event),
            entries=tuple(entries),
            drafts=self._drafts(event, bot, decided_at, hide=hide),
        )
        (settled,) = settle.settle(self.connection, [(self.owner, settlement)])
        self._sent(settled.claimed, decided_at)
        return id

    def replies(
        self, thread: str, agent_id: int, text: str, at: datetime, channel: str = "line"
    ) -> None:
        """An agent answers from the desk."""
        id = self.conversation(thread, channel)
        taken = handoff.reply(
            self.connection,
            conversation_id=id,
            agent_id=agent_id,
            text=text,
            client_id=UUID(int=next(self._ids)),
            seen=10**9,
            at=at,
            capabilities=ABLE,
        )
        claimed = outcomes.claim_next(
            self.connection, owner=self.owner, now=at, conversation_ids=[id]
        )
        self._sent([one for one in claimed if one.id in taken], at)

    def notes(self, thread: str, agent_id: int, text: str, at: datetime) -> None:
        """An agent writes something that no customer sees."""
        id = self.conversation(thread)
        desk.add_note(self.connection, conversation_id=id, agent_id=agent_id, text=text, at=at)

    def closes(self, thread: str, agent_id: int, at: datetime, channel: str = "line") -> None:
        """An agent closes the conversation."""
        id = self.conversation(thread, channel)
        handoff.close(self.connection, conversation_id=id, agent_id=agent_id, at=at)

    def takes(self, thread: str, agent_id: int, at: datetime, channel: str = "line") -> None:
        """An agent takes the conversation without a word."""
        id = self.conversation(thread, channel)
        handoff.take(self.connection, conversation_id=id, agent_id=agent_id, at=at)

    def labels(self, thread: str, agent_id: int, label: str, at: datetime) -> None:
        """An agent puts a label on the conversation."""
        desk.add_label(
            self.connection,
            conversation_id=self.conversation(thread),
            label=label,
            agent_id=agent_id,
            at=at,
        )

    def edits(self, thread: str, id: str, text: str, at: datetime, **more: Any) -> None:
        """A customer changes a message."""
        fields = self._fields(f"edit-{next(self._ids)}", "dm.edit", thread, at, at, **more)
        self._absorbed(MessageEdited(**fields, id=id, text=text))

    def unsends(self, thread: str, id: str, at: datetime, **more: Any) -> None:
        """A customer takes a message back."""
        fields = self._fields(f"delete-{next(self._ids)}", "dm.delete", thread, at, at, **more)
        self._absorbed(MessageDeleted(**fields, id=id))

    def echoes(
        self, thread: str, text: str, at: datetime, *, received_at: datetime, **more: Any
    ) -> None:
        """Somebody answers in the platform's own app."""
        reply_to = more.pop("reply_to", None)
        id = f"echo-{next(self._ids)}"
        fields = self._fields(id, "dm.echo", thread, at, received_at, **more)
        self._absorbed(EchoedReply(**fields, id=id, text=text, reply_to=reply_to))

    def conversation(self, thread: str, channel: str = "line") -> int:
        """The row id of a conversation."""
        key = inbox.conversation_key(channel, "shop", thread)
        found = conversations.by_keys(self.connection, [key])[key].id
        assert found is not None
        return found

    def _sent(self, claimed: Any, at: datetime) -> None:
        for item in claimed:
            work: list[Claimed] = [item]
            while work:
                sent = Outcome(
                    item=work[0], state=Item.SENT, at=at, platform_id=f"out-{next(self._ids)}"
                )
                ((*work,),) = outcomes.record(self.connection, [(self.owner, sent)])

    def _drafts(
        self, event: InboundMessage, flags: dict[str, Any] | None, at: datetime, *, hide: bool
    ) -> tuple[Draft, ...]:
        if flags is None and not hide:
            return ()
        public = event.surface is Surface.COMMENT
        private = bool(flags and flags.get("private"))
        action = Action.HIDE if hide else Action.PRIVATE_REPLY if private else Action.REPLY
        message = BotMessage(
            id=str(UUID(int=next(self._ids))),
            channel=event.channel,
            account=event.account,
            thread=event.thread,
            surface=event.surface,
            action=action,
            text="" if hide else "您好，這裡是自動回覆。",
            reply_to=event.id if public else None,
        )
        later = at + timedelta(days=1)
        return (Draft(message=message, flags=flags or {}, not_before=at, expires_at=later),)

    def _message(
        self,
        id: str,
        thread: str,
        text: str | None,
        at: datetime,
        received_at: datetime,
        *,
        sticker: bool,
        contact: str | None = None,
        name: str | None = None,
        post: str | None = None,
        root: str | None = None,
        unanswerable: str | None = None,
        **more: Any,
    ) -> InboundMessage:
        kind = "comment.add" if more.get("surface") is Surface.COMMENT else "dm.text"
        return InboundMessage(
            **self._fields(id, kind, thread, at, received_at, **more),
            id=id,
            contact=Contact(id=contact or thread, name=name),
            text=text,
            attachments=(Attachment(type="sticker"),) if sticker else (),
            post=post,
            root=root,
            unanswerable=unanswerable,
        )

    def _fields(
        self,
        event_id: str,
        kind: str,
        thread: str,
        at: datetime,
        received_at: datetime,
        *,
        channel: str = "line",
        surface: Surface = Surface.DIRECT,
    ) -> dict[str, Any]:
        return {
            "event_id": event_id,
            "kind": kind,
            "channel": channel,
            "account": "shop",
            "thread": thread,
            "surface": surface,
            "sent_at": at,
            "received_at": received_at,
        }

    def _stored(self, event: ChannelEvent) -> Pending:
        inbox.add(
            self.connection,
            [
                Arrival(
                    channel=event.channel,
                    account=event.account,
                    body=event.event_id.encode(),
                    events=[event],
                    received_at=event.received_at,
                )
            ],
        )
        (pending,) = inbox.pending(
            self.connection,
            owned=range(inbox.PARTITIONS),
            after=0,
            limit=9,
            now=event.received_at,
        )
        return pending

    def _absorbed(self, event: ChannelEvent) -> None:
        pending = self._stored(event)
        work = [(self.owner, pending, event.received_at)]
        (absorbed,) = absorb.absorb(self.connection, work)
        if absorbed.again:
            inbox.done(self.connection, [pending.id])


def ramble(connection: Connection, seed: int, *, until: datetime, steps: int = 90) -> None:
    """Tell a random history of the ten days before *until*, with every kind of line in the log."""
    luck = Random(seed)
    begun_at = until - timedelta(days=10)
    history = History(connection, begun_at)
    people = [history.agent("Mei"), history.agent("=1+1")]
    said: list[tuple[str, str, dict[str, Any]]] = []
    moments = sorted(begun_at + timedelta(days=10) * luck.random() for _ in range(steps))
    for at in moments:
        choice = luck.random()
        if not said or choice < 0.55:
            said.append(_heard(history, luck, at))
            continue
        thread, id, place = luck.choice(said)
        channel = place.get("channel", "line")
        with suppress(handoff.AlreadyTaken):
            if channel == "line":
                _answered(history, luck, people, thread, at)
            else:
                history.replies(thread, luck.choice(people), "您好", at, channel)
        if luck.random() < 0.1:
            history.edits(thread, id, luck.choice(["謝謝，多少錢？", "好"]), at, **place)
        elif luck.random() < 0.2:
            thread, id, place = said[-1]
            history.unsends(thread, id, at, **place)


def _answered(history: History, luck: Random, people: list[int], thread: str, at: datetime) -> None:
    way = luck.random()
    if way < 0.5:
        history.replies(thread, luck.choice(people), "您好", at)
    elif way < 0.65:
        history.notes(thread, people[0], "<b>VIP</b>", at)
    elif way < 0.8:
        history.closes(thread, people[0], at)
    else:
        late = at + timedelta(seconds=luck.randrange(90))
        history.echoes(thread, "有喔", at, received_at=late)


def _heard(history: History, luck: Random, at: datetime) -> tuple[str, str, dict[str, Any]]:
    text = luck.choice(["有貨嗎？", "多少錢？", "謝謝", "<script>alert(1)</script>", "=1+1"])
    bot = luck.choice([None, {}, {}, {"ack": True}, {"handoff": True}, {"expects_reply": True}])
    skew = timedelta(seconds=luck.choice([0, 0, 0, 2, -3]))
    told: dict[str, Any] = {
        "bot": bot,
        "understood": {
            "intent": luck.choice(["price", "stock", "oos"]),
            "language": luck.choice(["zh-Hant", "en"]),
        },
        "reason": luck.choice(["human_request", "complaint", "action_failed"]),
        "hands_off": luck.random() < 0.3,
        "answered_at": at + timedelta(seconds=luck.choice([1, 2, 40, 400, 4000])),
        "received_at": at + skew,
    }
    thread = f"t{luck.randrange(12)}"
    if luck.random() < 0.25:
        place: dict[str, Any] = {"channel": "page_comments", "surface": Surface.COMMENT}
        told |= place | {"post": "p", "root": thread, "contact": luck.choice(["ann", "=1+1"])}
        thread = f"p/{thread}"
        return thread, history.says(thread, text, at, **told), place
    told["sticker"] = luck.random() < 0.1
    return thread, history.says(thread, text, at, name="林小姐", **told), {}
