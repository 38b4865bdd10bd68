"""Wake-ups, live updates, presence and rate limits: hints that may be lost, never the truth."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

RESYNC = "resync"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something happened. *payload* is shared by all subscribers: read it, never change it.

    The topic RESYNC says that signals were lost: look at the truth again.
    """

    topic: str
    payload: Mapping[str, Any]


class Signals(Protocol):
    """What the memory twin and Redis both do. All methods belong to the event loop's thread."""

    def publish(self, topic: str, payload: Mapping[str, Any]) -> None:
        """Tell every subscriber of *topic*, at the latest with the next turn of the loop.

        The same signal published twice within one turn is told once. Never waits and never fails,
        except with TypeError for a *payload* that JSON cannot hold.
        """

    def subscribe(self, *topics: str) -> AbstractAsyncContextManager[AsyncIterator[Signal]]:
        """Hear *topics* from the moment of entering. The iterator ends when the signals close.

        A subscriber that lags 1,000 signals behind loses them all and gets one RESYNC instead;
        everybody gets one when signals of other processes may have been missed.
        """

    async def allow(self, key: str, *, limit: int, seconds: float) -> float:
        """Take one of *limit* turns per *seconds* for *key*: 0.0, or the seconds to wait.

        Turns come back evenly (GCRA, the leaky bucket as a meter). A refused call takes none.
        """

    def present(self, room: str, who: str, seconds: float) -> None:
        """Say that *who* is in *room* for *seconds* more; 0 says that they left."""

    async def presence(self, room: str) -> list[str]:
        """List who is in *room*, in order of name."""

    async def start(self) -> None:
        """Begin. Returns at once, whether or not a server answers."""

    async def close(self) -> None:
        """End every subscription and let go of every connection."""
