"""What answers look like. Field names stay; new ones may be added."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from bot.reports.ask import Answerer, Status
from bot.reports.channels import Channels
from bot.reports.conversations import ConversationStatus
from bot.reports.events import Surface
from bot.reports.forecast import Arrivals, Load
from bot.reports.groups import Counted
from bot.reports.intents import Intents
from bot.reports.long import Long
from bot.reports.peers.view import Unit
from bot.reports.plan import Chat
from bot.reports.report import Report, Window
from bot.reports.targets import Attained
from bot.reports.team import Team
from bot.reports.times import Times
from bot.reports.waits import Actor, Measure


class Head(BaseModel):
    """What was chosen, and how it was counted."""

    window: Window
    compared: Window | None
    zone: str
    clock: str
    only: dict[str, str | int | bool]
    actor: Actor
    measure: Measure
    target_seconds: int
    counted: Counted


class Ask(BaseModel):
    """A run of customer messages that waits for one answer. Null: it has not happened.

    Without the scope asks:words the fields author, customer and text are null.
    """

    ask: str
    channel: str
    surface: Surface
    conversation: str
    post: str | None
    author: str | None = None
    status: Status
    opened_at: datetime
    touched_at: datetime | None
    handed_over_at: datetime | None
    human_at: datetime | None
    closed_at: datetime | None
    answered_at: datetime | None
    withdrawn_at: datetime | None
    answered_by: Answerer | None
    agent: str | None
    wait_seconds: float
    first_touch_seconds: float | None
    human_wait_seconds: float | None
    first_in_thread: bool
    messages: int
    message_ids: list[str]
    answer_id: str | None
    account: str
    intent: str | None
    language: str | None
    labels: list[str]
    handoff_reason: str | None
    taken_at: datetime | None
    taken_by: str | None
    asked_again_at: datetime | None
    unneeded_at: datetime | None
    unneeded_by: str | None
    customer: str | None = None
    text: str | None = None


class Conversation(BaseModel):
    """A conversation by its asks of the chosen days.

    Without the scope asks:words the fields customer and text are null.
    """

    conversation: str
    channel: str
    account: str
    surface: Surface
    post: str | None
    status: ConversationStatus
    opened_at: datetime
    handed_over_at: datetime | None
    closed_at: datetime | None
    intents: list[str]
    asks: int
    answered: int
    open: int
    expired: int
    withdrawn: int
    answered_by: Answerer | Literal["both"] | None
    first_response_seconds: float | None
    longest_wait_seconds: float | None
    handed_over: bool
    agents: list[str]
    language: str | None
    labels: list[str]
    customer: str | None = None
    text: str | None = None


class _Listed(Head):
    figure: str
    total: int
    next: str | None


class AskList(_Listed):
    """A page of asks; *total* counts all pages, *next* is the address of the next one."""

    items: list[Ask]


class ConversationList(_Listed):
    """A page of conversations; *total* counts all pages, *next* is the address of the next one."""

    items: list[Conversation]


class ReportAnswer(Head):
    """The report."""

    figures: Report


class TimesAnswer(Head):
    """Response times."""

    figures: Times


class AgentsAnswer(Head):
    """What is in whose hands."""

    figures: Team


class ChannelsAnswer(Head):
    """The figures by place, channel and account."""

    figures: Channels


class IntentsAnswer(Head):
    """What customers want."""

    figures: Intents


class TargetsAnswer(Head):
    """Targets met, missed and open."""

    figures: Attained


class _Chosen(BaseModel):
    first: date
    last: date
    as_of: datetime
    zone: str
    only: dict[str, str | int | bool]


class LongAnswer(_Chosen):
    """Years at a glance. Values are known to within 1 %, counts exactly."""

    actor: Actor
    measure: Measure
    target_seconds: int
    figures: Long


class PeerFigure(BaseModel):
    """One figure of another product; *value* is null where it would show nothing."""

    unit: Unit
    value: float | None
    n: int


class Peer(BaseModel):
    """How another product would count the messages, and how many it leaves out of all figures."""

    figures: dict[str, PeerFigure]
    left_out: int
    left_out_unanswered: int


class Badge(BaseModel):
    """Whether Meta's badge would be shown, and what it still takes."""

    earned: bool
    waiting: int
    more_answered: int
    clears_at: datetime | None


class Peers(BaseModel):
    """All other products."""

    peers: dict[str, Peer]
    badge: Badge


class PeersAnswer(_Chosen):
    """The same messages as other products count them."""

    figures: Peers


class Basis(BaseModel):
    """What was measured of the past weeks: the asks that went to people."""

    share: float | None
    handling_seconds: float | None
    answered: int
    agents: int
    waiting: int


class NextWeek(BaseModel):
    """Next week, hour by hour, with so many people."""

    basis: Basis
    agents: int
    handling_seconds: float
    target_seconds: int
    expected: float
    loads: list[Load]
    in_time: float | None
    busiest_chat: Arrivals | None
    chat: list[Chat]


class StaffingAnswer(Head):
    """What next week takes."""

    figures: NextWeek


class ProblemAnswer(BaseModel):
    """What is wrong (RFC 9457); *detail* says what to do."""

    type: str
    title: str
    status: int
    detail: str
