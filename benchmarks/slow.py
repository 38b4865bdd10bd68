"""Does one slow conversation or Page move the others?

Two Pages at a quarter of saturation, first calm, then with one Page whose platform answers late
and, on the other, one conversation whose action takes two seconds. Only the other Page's other
conversations are measured.
"""

import time

from benchmarks import brand
from benchmarks.actions import SLOW_FROM, SLOW_NAP
from benchmarks.rounds import Bench, Round, Stream, play
from bot.simulation.customers import MessengerCustomer
from bot.simulation.webhook import Webhook

# The slow Page's messages a second at most: more than it can answer with all calls it may have at
# once, but no backlog that outlasts the patience of whoever runs this.
SLOW_RATE = 100.0
_DAWDLER = "dawdler"


async def pair(
    bench: Bench, *, rate: float, seconds: float, delay: float, name: str
) -> tuple[Round, Round]:
    """A calm round and a slow one at *rate*; the slow Page's platform answers *delay* s late."""
    calm = await play(bench, *_streams(f"{name}c", rate, seconds, number=SLOW_FROM // 2))
    bench.platform.delays[brand.SHOP.page] = delay
    slow = await play(bench, *_streams(f"{name}s", rate, seconds, number=SLOW_FROM))
    bench.platform.delays.clear()
    return calm, slow


def others(round_: Round) -> list[float]:
    """Seconds from webhook to reply of those who are not slow themselves."""
    return round_.heard[1].waits(but=_DAWDLER)


def _streams(name: str, rate: float, seconds: float, *, number: int) -> tuple[Stream, Stream]:
    slow = min(rate / 2, SLOW_RATE)
    other = rate - slow
    chat = brand.chat(brand.SECOND, max(int(other * seconds), 1), name=name)
    every = max(int(other * SLOW_NAP), 1)
    for turn, place in enumerate(range(0, len(chat), every)):
        chat[place] = _dawdles(f"{name}{turn}", number + turn)
    return (
        Stream(
            account=brand.SHOP,
            webhooks=brand.chat(brand.SHOP, max(int(slow * seconds), 1), name=name),
            rate=slow,
        ),
        Stream(account=brand.SECOND, webhooks=chat, rate=other),
    )


def _dawdles(message: str, number: int) -> Webhook:
    customer = MessengerCustomer(account=brand.SECOND, id=_DAWDLER)
    return customer.says(brand.order_question(number), message=f"m_{message}", sent=time.time())
