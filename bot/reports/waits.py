"""Asks -> waits: how long each was followed, and whether it got what it waited for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from bot.reports.ask import Answerer, Ask, Status
from bot.reports.hours import Clock
from bot.reports.unswept import unswept

Actor = Literal["bot", "human", "either"]
# What one waits for: any answer, the first sign of life, or a person after the hand-off.
Measure = Literal["answer", "touch", "human"]
Objects = NDArray[np.object_]
# A customer who asks again so soon was hardly helped.
AGAIN = timedelta(hours=24)


class Wait(NamedTuple):
    """Say that an ask waited *seconds* until it was answered, or at least that long if not."""

    seconds: float
    answered: bool


class Waits(Sequence[Wait]):
    """Waits in columns, which estimates need: *seconds*, and whether each was *answered*."""

    __slots__ = ("answered", "seconds")

    def __init__(self, seconds: NDArray[np.float64], answered: NDArray[np.bool_]) -> None:
        self.seconds = seconds
        self.answered = answered

    @classmethod
    def of(cls, waits: Iterable[Wait]) -> "Waits":
        """Put *waits* into columns, unless they are."""
        if isinstance(waits, Waits):
            return waits
        listed = list(waits)
        return cls(
            np.array([wait.seconds for wait in listed], np.float64),
            np.array([wait.answered for wait in listed], np.bool_),
        )

    def __len__(self) -> int:
        return len(self.seconds)

    @overload
    def __getitem__(self, place: int) -> Wait: ...

    @overload
    def __getitem__(self, place: slice) -> "Waits": ...

    def __getitem__(self, place: int | slice) -> "Wait | Waits":
        if isinstance(place, slice):
            return Waits(self.seconds[place], self.answered[place])
        return Wait(float(self.seconds[place]), bool(self.answered[place]))


class Measured(NamedTuple):
    """Hold an ask as it was known at one instant, with its follow-up by one clock.

    *touch_seconds* is the wait for the first public sign of life, acknowledgements included;
    *human_seconds* the one from the hand-off to the first agent message, None if nobody handed
    over; *hand_seconds* the one from the take-over to the answer, None if nobody took it. What has
    not happened yet was followed as long as the ask. *asked_again* tells whether the customer asked
    again within AGAIN of the bot's answer; None if the bot did not answer or it is too early.
    """

    ask: Ask
    status: Status
    seconds: float
    touch_seconds: float
    human_seconds: float | None
    hand_seconds: float | None = None
    asked_again: bool | None = None


# Stands where there is no ask, to tell what would be told of one.
_NEVER = datetime.min.replace(tzinfo=UTC)
BLANK = Measured(
    ask=Ask("", "dm", "", None, None, ("",), _NEVER, _NEVER, first_in_thread=True),
    status="open",
    seconds=0.0,
    touch_seconds=0.0,
    human_seconds=None,
)


@unswept()
def measured(asks: Iterable[Ask], *, as_of: datetime, clock: Clock) -> list[Measured]:
    """Measure *asks* by *clock*, forgetting what happened to them after *as_of*."""
    return list(each_measured(asks, as_of=as_of, clock=clock))


def each_measured(asks: Iterable[Ask], *, as_of: datetime, clock: Clock) -> Iterator[Measured]:
    """Measure *asks* one by one, for who looks at each while the processor still has it near."""
    return (_measure(ask.known(as_of), as_of, clock.seconds) for ask in asks)


@dataclass(frozen=True, slots=True)
class Columns:
    """Asks in columns: a report counts the same ones in many ways, but looks at each only once.

    *seconds* and *by* are of any answer: 0 nobody, 1 the bot, 2 an agent. *dropped* ones were
    closed without an answer, *unneeded* ones need none, somebody said.
    """

    asks: Objects
    statuses: Objects
    channels: Objects
    opened_at: Objects
    seconds: NDArray[np.float64]
    by: NDArray[np.int8]
    touch_seconds: NDArray[np.float64]
    touched: NDArray[np.bool_]
    dropped: NDArray[np.bool_]
    unneeded: NDArray[np.bool_]

    @classmethod
    def of(cls, group: Iterable[Measured]) -> "Columns":
        """Put a group into columns."""
        rows = [
            (
                each,
                status,
                ask.channel,
                ask.opened_at,
                seconds,
                _CODES[ask.answered_by],
                touch_seconds,
                ask.touched_at is not None,
                ask.closed_at is not None and ask.answered_at is None,
                ask.unneeded_at is not None and ask.is_unneeded,
            )
            for each in group
            for ask, status, seconds, touch_seconds, _, _, _ in (each,)
        ]
        columns = zip(*rows, strict=True) if rows else ((),) * len(_TYPES)
        return cls(
            *(
                np.fromiter(column, type, len(rows))
                for column, type in zip(columns, _TYPES, strict=True)
            )
        )

    def __len__(self) -> int:
        return len(self.seconds)

    def part(self, places: slice | NDArray[np.bool_] | NDArray[np.intp]) -> "Columns":
        """Pick some of the asks."""
        return Columns(*(getattr(self, name)[places] for name in self.__slots__))

    def answer_waits(self, actor: Actor) -> Waits:
        """List the waits for an answer by *actor*.

        An answer by the other one ends the follow-up without being an event: that ask was
        answered before this actor had to.
        """
        wanted = [_CODES[answerer] for answerer in _ANSWERERS[actor]]
        return Waits(self.seconds, np.isin(self.by, wanted))

    def touch_waits(self) -> Waits:
        """List the waits for the first public sign of life."""
        return Waits(self.touch_seconds, self.touched)


_TYPES = (*(np.object_,) * 4, np.float64, np.int8, np.float64, *(np.bool_,) * 3)


def answer_waits(group: Sequence[Measured], actor: Actor = "either") -> Waits:
    """List the waits of *group* for an answer by *actor*; see Columns."""
    seconds = np.array([each.seconds for each in group], np.float64)
    answered = [answered_by(each.ask, actor) for each in group]
    return Waits(seconds, np.array(answered, np.bool_))


def touch_waits(group: Sequence[Measured]) -> Waits:
    """List the waits for the first public sign of life."""
    return Waits(
        np.array([each.touch_seconds for each in group], np.float64),
        np.array([each.ask.touched_at is not None for each in group], np.bool_),
    )


def human_waits(group: Sequence[Measured]) -> Waits:
    """List the waits of handed-over asks for the first agent message."""
    return Waits.of(
        Wait(each.human_seconds, each.ask.human_at is not None)
        for each in group
        if each.human_seconds is not None
    )


def waits_for(group: Sequence[Measured], measure: Measure, actor: Actor = "either") -> Waits:
    """List the waits by what was waited for; *actor* matters to answers alone."""
    match measure:
        case "answer":
            return answer_waits(group, actor)
        case "touch":
            return touch_waits(group)
        case "human":
            return human_waits(group)


def wait_for(each: Measured, measure: Measure, actor: Actor = "either") -> Wait | None:
    """Give the one wait of an ask; None if it did not wait for that."""
    match measure:
        case "answer":
            return Wait(each.seconds, answered_by(each.ask, actor))
        case "touch":
            return Wait(each.touch_seconds, each.ask.touched_at is not None)
        case "human":
            seconds = each.human_seconds
            return None if seconds is None else Wait(seconds, each.ask.human_at is not None)


def answered_within(waits: Iterable[Wait], seconds: float) -> int:
    """Count the waits that were answered within *seconds* so far."""
    columns = Waits.of(waits)
    return int(np.count_nonzero(columns.answered & (columns.seconds <= seconds)))


def answered_by(ask: Ask, actor: Actor) -> bool:
    """Tell whether *actor* answered; "either" asks for any answer."""
    return ask.answered_by in _ANSWERERS[actor]


_ANSWERERS: dict[Actor, tuple[Answerer, ...]] = {
    "bot": ("bot",),
    "human": ("agent",),
    "either": ("bot", "agent"),
}


_CODES: dict[Answerer | None, int] = {None: 0, "bot": 1, "agent": 2}


def _measure(ask: Ask, as_of: datetime, between: Callable[[datetime, datetime], float]) -> Measured:
    status = ask.status(as_of)
    # As Ask.followed_until tells it, of an ask that knows of nothing later.
    ended_at = ask.answered_at or ask.withdrawn_at or ask.expires_at
    until_at = as_of if status == "open" else ended_at
    opened_at, touched_at, handed_over_at = ask.opened_at, ask.touched_at, ask.handed_over_at
    seconds = between(opened_at, until_at)
    # In the order of the fields, and made as what it is: by names it would take thrice the time.
    return tuple.__new__(
        Measured,
        (
            ask,
            status,
            seconds,
            (
                seconds
                if touched_at is None or touched_at == until_at
                else between(opened_at, touched_at)
            ),
            (None if handed_over_at is None else between(handed_over_at, ask.human_at or until_at)),
            (None if ask.taken_at is None else between(ask.taken_at, max(until_at, ask.taken_at))),
            None if ask.answered_by != "bot" else _asked_again(ask, as_of),
        ),
    )


def _asked_again(ask: Ask, as_of: datetime) -> bool | None:
    if ask.answered_at is None or ask.answered_at + AGAIN > as_of:
        return None
    return ask.asked_again_at is not None and ask.asked_again_at <= ask.answered_at + AGAIN
