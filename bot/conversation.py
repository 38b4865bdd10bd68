"""A conversation as the bot sees it, and what it may decide to do in it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from channels.messages import Surface


class State(StrEnum):
    """Who has the word. In WAITING and AGENT the bot is silent."""

    BOT = "bot"
    WAITING = "waiting"
    AGENT = "agent"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The stored state of one conversation. *id* is None until it is first stored.

    *key* names it for good; *thread* is where its customer can be reached now. *fence* rises with
    every take-over: what was decided under a lower fence is never sent. *misses* counts unsure
    messages in a row. *asked_slot* is what an action just asked for, and *asked_by* that action's
    name. *choices* are (title, payload) of what the bot's last reply offered. *gone* names messages
    that were deleted before they reached us.
    """

    id: int | None = None
    key: str
    channel: str
    account: str
    thread: str
    surface: Surface
    contact_id: str
    contact_name: str | None = None
    state: State = State.BOT
    fence: int = 0
    agent_id: int | None = None
    language: str | None = None
    misses: int = 0
    slots: dict[str, Any] = field(default_factory=dict)
    asked_slot: str | None = None
    asked_by: str | None = None
    choices: tuple[tuple[str, str], ...] = ()
    post: str | None = None
    gone: tuple[str, ...] = ()
    opted_out_at: datetime | None = None
    disclosed_at: datetime | None = None
    last_in_at: datetime | None = None
    last_out_at: datetime | None = None
    last_agent_at: datetime | None = None
    waiting_since: datetime | None = None
    handoff_reason: str | None = None

    def changed(self, **new: Any) -> "Conversation":
        """The same conversation with *new* values; itself when they are no news."""
        news = {name: value for name, value in new.items() if getattr(self, name) != value}
        return replace(self, **news) if news else self


# Every decision names the *rule* that fired, for its explanation only.


@dataclass(frozen=True, slots=True, kw_only=True)
class Respond:
    """Answer with a template. On comments, *private* is a template for the one private reply that
    the platform allows, and *hide* hides the comment; *template* may then be None. *offered* are
    intents to choose from.
    """

    template: str | None
    why: str
    private: str | None = None
    hide: bool = False
    opts_out: bool = False
    offered: tuple[str, ...] = ()
    rule: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAction:
    """Let one of the brand's actions answer."""

    name: str
    why: str
    rule: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """Give the conversation to a person. *reason* is one of the words in docs/glossary.md.

    *template* tells the customer (None: silently); *private* and *hide* as in Respond.
    """

    reason: str
    why: str
    template: str | None = "handoff"
    private: str | None = None
    hide: bool = False
    rule: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """Say nothing."""

    why: str
    rule: str = field(default="", compare=False)


Decision = Respond | RunAction | HandOff | Ignore
