"""What Meta posts back after it took something: echoes, receipts, and the page's own comments."""

import asyncio
from collections.abc import Iterator

from bot.simulation.accounts import PlatformAccount
from bot.simulation.call import Attempt, Taken
from bot.simulation.commenters import Commenter
from bot.simulation.courier import Courier, Delivery
from bot.simulation.customers import MessengerCustomer
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
        """Queue what follows from *attempt*; nothing for LINE, which has no echoes."""
        follows = tuple(self._webhooks(attempt, taken))
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

    def _webhooks(self, attempt: Attempt, taken: Taken) -> Iterator[Webhook]:
        account = attempt.account
        if account.channel == "line" or attempt.kind == "other":
            return
        if taken.person is not None:
            yield from self._private(account, attempt, taken, taken.person)
        else:
            yield self._public(account, attempt, taken)

    def _private(
        self, account: PlatformAccount, attempt: Attempt, taken: Taken, person: str
    ) -> Iterator[Webhook]:
        account = self._world.of_page("messenger", account.page) or account
        customer = MessengerCustomer(account=account, id=person)
        sent = attempt.call.at
        yield customer.hears(
            attempt.text,
            message=taken.ids[0],
            sent=sent,
            metadata=attempt.outbound_id,
            app_id=account.app_id,
        )
        yield customer.gets(taken.ids, sent=sent + 0.2)
        if attempt.kind == "reply":
            yield customer.reads(sent=sent + 0.8, message=taken.ids[0])

    def _public(self, account: PlatformAccount, attempt: Attempt, taken: Taken) -> Webhook:
        comment = self._world.comments[attempt.thread]
        page = Commenter(account=account, id=account.page, name="Demo page", post=comment.post)
        if attempt.kind == "hide":
            return page.hides(
                attempt.thread, comment.text, sent=attempt.call.at, hidden=comment.hidden
            )
        return page.adds(
            attempt.text, comment=taken.ids[0], sent=attempt.call.at, parent=attempt.thread
        )
