"""The ask: a run of customer messages that waits for one answer."""

from datetime import datetime
from operator import itemgetter
from typing import Literal, NamedTuple

from bot.reports.events import Surface

Status = Literal["open", "answered", "expired", "withdrawn"]
Answerer = Literal["bot", "agent"]


# A report makes millions of these: a named tuple is made in a seventh of a dataclass's time.
class Ask(NamedTuple):
    """Hold the instants of one ask (None: it has not happened) and the messages behind them.

    Durations are never stored, so a definition may change without losing anything.
    *touched_at* is the first public brand message of any kind, *handed_over_at* the hand-off,
    *human_at* the first agent message after it, *closed_at* the first time an agent closed the
    conversation while the ask waited, *withdrawn_at* when the customer had unsent all of it.
    *taken_at* is since when a person has had the word, first *taken_by* (None beside a time:
    somebody in the platform's own app), *asked_again_at* when the thread's next ask opened.
    *unneeded_at* is since when *unneeded_by* has said that it needs no reply, which ends nothing.
    *intent* and *language* are those of the first message (None: unknown).
    """

    channel: str
    surface: Surface
    conversation: str
    post: str | None
    author: str | None
    message_ids: tuple[str, ...]
    opened_at: datetime
    expires_at: datetime
    first_in_thread: bool
    touched_at: datetime | None = None
    handed_over_at: datetime | None = None
    human_at: datetime | None = None
    closed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: Answerer | None = None
    answer_id: str | None = None
    agent: str | None = None
    account: str = ""
    intent: str | None = None
    language: str | None = None
    labels: tuple[str, ...] = ()
    handoff_reason: str | None = None
    taken_at: datetime | None = None
    taken_by: str | None = None
    asked_again_at: datetime | None = None
    unneeded_at: datetime | None = None
    unneeded_by: str | None = None

    @property
    def id(self) -> str:
        """Name the ask for links and files: channel, conversation or post, first message."""
        return f"{self.channel}/{self.conversation or self.post}/{self.message_ids[0]}"

    @property
    def has_person(self) -> bool:
        """Tell whether a person answered it, or has taken it and nobody has answered yet."""
        if self.answered_by is not None:
            return self.answered_by == "agent"
        return self.taken_at is not None

    @property
    def person(self) -> str | None:
        """Name who answered, or who has taken it; None if nobody, or in the platform's own app."""
        if not self.has_person:
            return None
        return self.agent if self.answered_by else self.taken_by

    @property
    def is_unneeded(self) -> bool:
        """Tell whether it waits for nobody, because a person said so; its clock runs on."""
        return self.unneeded_at is not None and not (self.answered_at or self.withdrawn_at)

    def status(self, as_of: datetime) -> Status:
        """Tell how the ask stood at *as_of*."""
        if self.answered_at is not None and self.answered_at <= as_of:
            return "answered"
        if self.withdrawn_at is not None and self.withdrawn_at <= as_of:
            return "withdrawn"
        return "expired" if self.expires_at <= as_of else "open"

    def followed_until(self, as_of: datetime) -> datetime:
        """Tell when the wait ended: answer, withdrawal, expiry or, if still open, *as_of*."""
        ended_at = self.answered_at or self.withdrawn_at or self.expires_at
        return ended_at if ended_at <= as_of else as_of

    def known(self, as_of: datetime) -> "Ask":
        """Forget every instant after *as_of*.

        Later messages of the run stay in *message_ids*; cut the events to forget these, too.
        """
        for instant in filter(None, _instants(self)):
            if instant > as_of:
                break
        else:
            return self
        answered = self.answered_at is not None and self.answered_at <= as_of
        return self._replace(
            touched_at=_until(self.touched_at, as_of),
            handed_over_at=_until(self.handed_over_at, as_of),
            human_at=_until(self.human_at, as_of),
            closed_at=_until(self.closed_at, as_of),
            withdrawn_at=_until(self.withdrawn_at, as_of),
            answered_at=_until(self.answered_at, as_of),
            answered_by=self.answered_by if answered else None,
            answer_id=self.answer_id if answered else None,
            agent=self.agent if answered else None,
            handoff_reason=_with(self.handoff_reason, self.handed_over_at, as_of),
            taken_at=_until(self.taken_at, as_of),
            taken_by=_with(self.taken_by, self.taken_at, as_of),
            asked_again_at=_until(self.asked_again_at, as_of),
            unneeded_at=_until(self.unneeded_at, as_of),
            unneeded_by=_with(self.unneeded_by, self.unneeded_at, as_of),
        )


_MAY_BE_LATER = (
    *("touched_at", "handed_over_at", "human_at", "closed_at", "withdrawn_at", "answered_at"),
    *("taken_at", "asked_again_at", "unneeded_at"),
)
_instants = itemgetter(*(Ask._fields.index(name) for name in _MAY_BE_LATER))


def _until(instant: datetime | None, as_of: datetime) -> datetime | None:
    return instant if instant is not None and instant <= as_of else None


def _with(word: str | None, instant: datetime | None, as_of: datetime) -> str | None:
    return word if _until(instant, as_of) is not None else None
