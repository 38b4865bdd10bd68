"""What platforms post back after they took something: echoes, receipts, our own comments."""

import asyncio

from bot.simulation.call import Attempt, Taken
from bot.simulation.courier import Courier, Delivery
from bot.simulation.platforms import platform_of
from bot.simulation.webhook import Webhook
from bot.simulation.world import World

WORKERS = 8


class Afterwards:
    """What is to be posted back. `failed` holds deliveries that the service never took."""

    def __init__(self, world: World, courier: Courier) -> None:
        self.failed: list[Delivery] = []
        self._world = world
        self._courier = courier
        self._queue: asyncio.Queue[tuple[str, tuple[Webhook, ...]]] = asyncio.Queue()

    def put(self, attempt: Attempt, taken: Taken) -> None:
        """Queue what follows from *attempt*; nothing where a platform has no echoes."""
        played = platform_of(attempt.account.channel)
        follows = tuple(played.follows(self._world, attempt, taken))
        if not follows:
            return
        account = follows[0].account
        if account.webhook is not None:
            self._queue.put_nowait((account.webhook, follows))

    async def work(self) -> None:
        """Post what is queued, in order for one message; runs until cancelled."""
        while True:
            url, follows = await self._queue.get()
            for webhook in follows:
                delivery = await self._courier.carry(webhook, url)
                if not delivery.answered:
                    self.failed.append(delivery)
            self._queue.task_done()

    async def drained(self) -> None:
        """Wait until everything queued so far was posted."""
        await self._queue.join()

    def close(self) -> None:
        """Cut the connections to the service."""
        self._courier.close()
