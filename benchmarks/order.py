"""Lost, doubled, out of order? Bursts in a thousand conversations, napping actions, redeliveries.

Every other message is answered by an action that naps 0 to 50 ms and says the message's own number,
the others by templates that say a fact of the brand. Each message waits for the 200 of the one
before it in its conversation, never for a reply. Two in a hundred webhooks come twice: at once,
while the first is still on its way, or later.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks import brand
from benchmarks.actions import told
from benchmarks.rounds import Bench, drained
from benchmarks.verdict import Verdict, judged
from bot.simulation.customers import MessengerCustomer
from bot.simulation.webhook import Webhook
from bot.simulation.wire import Wires, request_bytes

BURST = 4
CUSTOMERS = 64
REDELIVERED = 0.02
SEED = 1
PATIENCE_SECONDS = 30.0
_FIRST_NUMBER = 10_000_000
# What customers ask templates for, and words of the answer that no other answer has.
_TEMPLATES = (
    ("how much is shipping to Tainan?", "Shipping is"),
    ("what payment methods do you take", "We accept"),
    ("how long does delivery usually take", "Orders usually arrive"),
    ("what time do you close today", "store hours"),
    ("can I get an invoice with my company tax id", "e-invoice"),
    ("do you have any discount codes", "current offers"),
    ("which size should I take", "size guide"),
    ("I cannot log in to my account", "login and password"),
    ("how do I place an order", "You can order at"),
    ("where is your store", "Where to find us"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the scenario found; *redelivered* webhooks came twice."""

    messages: int
    conversations: int
    redelivered: int
    refused: int
    verdict: Verdict


@dataclass(slots=True)
class _Crowd:
    """Customers at work: their requests, and what of them comes again later."""

    wires: Wires
    dice: random.Random
    url: str
    later: deque[bytes] = field(default_factory=deque)
    redelivered: int = 0
    refused: int = 0

    async def burst(self, webhooks: Sequence[Webhook]) -> None:
        """Post one after the other's 200."""
        for webhook in webhooks:
            request = request_bytes(self.url, webhook.body, webhook.headers)
            await asyncio.gather(*(self._ask(each) for each in self._sends(request)))

    async def rest(self) -> None:
        """Post what was to come later and did not yet."""
        while self.later:
            await self._ask(self.later.popleft())

    def _sends(self, request: bytes) -> Iterator[bytes]:
        yield request
        if self.dice.random() < REDELIVERED:
            self.redelivered += 1
            if self.dice.random() < 0.5:
                yield request
            else:
                self.later.append(request)
        elif self.later and self.dice.random() < REDELIVERED:
            yield self.later.popleft()

    async def _ask(self, request: bytes) -> None:
        answer = await self.wires.ask(request, seconds=PATIENCE_SECONDS)
        self.refused += answer.status != 200


async def order(bench: Bench, *, messages: int, conversations: int) -> Order:
    """Play it with so many *messages*, and judge by the platform's ledger."""
    each = max(messages // conversations, 1)
    chats = {f"o{number}": _questions(number, each) for number in range(conversations)}
    webhooks = {who: _webhooks(who, questions) for who, questions in chats.items()}
    first = len(bench.platform.ledger)
    crowd = await _crowd(bench.service.url, list(webhooks.values()))
    await drained(bench.platform.ledger, first + each * conversations)
    await asyncio.sleep(PATIENCE_SECONDS / 30)
    expected: Mapping[str, Sequence[str]] = {
        who: [mark for _, mark in questions] for who, questions in chats.items()
    }
    return Order(
        messages=each * conversations,
        conversations=conversations,
        redelivered=crowd.redelivered,
        refused=crowd.refused,
        verdict=judged(expected, bench.platform.ledger.since(first)),
    )


async def _crowd(url: str, chats: Sequence[Sequence[Webhook]]) -> _Crowd:
    wires = Wires(url)
    # A seed makes runs comparable; it guards nothing.
    crowd = _Crowd(wires, random.Random(SEED), url + brand.path(brand.SHOP))
    shares = [chats[start::CUSTOMERS] for start in range(CUSTOMERS)]
    try:
        await asyncio.gather(*(_bursts(crowd, share) for share in shares))
        await crowd.rest()
    finally:
        wires.close()
    return crowd


async def _bursts(crowd: _Crowd, chats: Sequence[Sequence[Webhook]]) -> None:
    """A burst in each of *chats*, then the next in each."""
    for start in range(0, max(map(len, chats), default=0), BURST):
        for chat in chats:
            await crowd.burst(chat[start : start + BURST])


def _questions(chat: int, count: int) -> list[tuple[str, str]]:
    """Texts of one conversation, each with a mark that its answer alone bears."""
    found = []
    for turn in range(count):
        if turn % 2:
            found.append(_TEMPLATES[turn // 2 % len(_TEMPLATES)])
        else:
            number = _FIRST_NUMBER + chat * count + turn
            found.append((brand.order_question(number), told(number)))
    return found


def _webhooks(who: str, questions: Sequence[tuple[str, str]]) -> list[Webhook]:
    customer, sent = MessengerCustomer(account=brand.SHOP, id=who), time.time()
    return [
        customer.says(text, message=f"m_{who}_{turn}", sent=sent + turn / 1000)
        for turn, (text, _) in enumerate(questions)
    ]
