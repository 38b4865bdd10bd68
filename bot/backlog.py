"""What waits to be sent: claimed as soon as it can leave, and no sooner."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from bot.pace import Paces
from bot.sender import Sender
from bot.store import claims, outcomes
from bot.store.database import Database, StoreUnavailable
from bot.store.outbox import AccountKey, Claimed
from bot.store.settle import Owner

log = logging.getLogger(__name__)


class Backlog:
    """Claims queued items, a burst of an account's turns at a time, and hands them to the sender.

    *owner* tells which partitions are ours now.
    """

    def __init__(
        self,
        *,
        database: Database,
        sender: Sender,
        paces: Paces,
        owner: Callable[[], Owner],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._sender = sender
        self._paces = paces
        self._owner = owner
        self._clock = clock
        self._claiming: asyncio.Future[list[Claimed]] | None = None

    async def run(self) -> None:
        """Claim until cancelled."""
        while True:
            keys = await self._paces.wanted()
            try:
                await self._claim(keys)
            except StoreUnavailable:
                log.warning("the outbox cannot be claimed; the next sweep looks again")

    async def look(self) -> None:
        """Find the accounts for which something is due. Raises StoreUnavailable."""
        owned, now = sorted(self._owner().epochs), self._clock()
        for key in await self._database.read(
            lambda connection: claims.accounts_due(connection, owned=owned, now=now)
        ):
            self._paces.look(key)

    async def finish(self) -> None:
        """Wait until what is being claimed has reached the sender."""
        if self._claiming is not None:
            await asyncio.wait([self._claiming])

    async def _claim(self, keys: Sequence[AccountKey]) -> None:
        owner, now = self._owner(), self._clock()
        most = {key: self._paces.burst(key) + 1 for key in keys}
        due = await self._database.read(
            lambda connection: claims.due(
                connection, owned=sorted(owner.epochs), now=now, accounts=most
            )
        )
        turns = {key: self._paces.put_aside(key, count) for key, count in due.items()}
        # At once: what is decided from now on queues up behind those that have no turn yet.
        for key, count in due.items():
            self._paces.looked(key, behind=count > turns[key])
        if granted := {key: number for key, number in turns.items() if number}:
            await self._claimed(owner, now, granted)

    async def _claimed(self, owner: Owner, now: datetime, turns: Mapping[AccountKey, int]) -> None:
        self._claiming = self._database.begin(
            lambda connection: outcomes.claim_due(connection, owner=owner, now=now, turns=turns)
        )
        # Whoever stops waiting for it: what was claimed must reach the sender.
        self._claiming.add_done_callback(partial(self._hand_over, owner, turns))
        await asyncio.shield(self._claiming)

    def _hand_over(
        self, owner: Owner, turns: Mapping[AccountKey, int], claiming: asyncio.Future[list[Claimed]]
    ) -> None:
        for key, number in turns.items():
            self._paces.give_back(key, number)
        if not claiming.cancelled() and claiming.exception() is None:
            self._sender.offer(owner, claiming.result())
