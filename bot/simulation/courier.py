"""Carries webhooks to the service, and again when it does not answer 2xx, as the platforms do."""

import asyncio
import time
from dataclasses import dataclass

from bot.simulation.webhook import Webhook
from bot.simulation.wire import Wires, request_bytes

TIMEOUT_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a webhook fared. *status* is the last answer's, 0 if none came.

    *started* and *finished* are monotonic seconds: the first try, and the last answer.
    *acknowledged_in* is how many seconds that last answer took.
    """

    webhook: Webhook
    status: int
    tries: int
    started: float
    finished: float
    acknowledged_in: float

    @property
    def answered(self) -> bool:
        """Whether the service took responsibility for it."""
        return 200 <= self.status < 300


class Courier:
    """Posts webhooks. *tries* bounds how often one is posted; pauses double from half a second."""

    def __init__(self, *, tries: int = 5, pause: float = FIRST_PAUSE_SECONDS) -> None:
        self._tries = tries
        self._pause = pause
        self._wires: dict[str, Wires] = {}

    async def carry(self, webhook: Webhook, url: str) -> Delivery:
        """Post *webhook* to *url* until it is answered 2xx or the tries are used up."""
        wires = self._wires.get(url)
        if wires is None:
            wires = self._wires[url] = Wires(url)
        request = request_bytes(url, webhook.body, webhook.headers)
        started = time.monotonic()
        tries, pause = 0, self._pause
        while True:
            tries += 1
            asked = time.monotonic()
            status = (await wires.ask(request, seconds=TIMEOUT_SECONDS)).status
            finished = time.monotonic()
            if 200 <= status < 300 or tries >= self._tries:
                break
            await asyncio.sleep(pause)
            pause *= 2
        return Delivery(
            webhook=webhook,
            status=status,
            tries=tries,
            started=started,
            finished=finished,
            acknowledged_in=finished - asked,
        )

    def close(self) -> None:
        """Cut all connections."""
        for wires in self._wires.values():
            wires.close()
