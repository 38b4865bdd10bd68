"""Asked which of two things they mean, customers tap, type a number, or get a person."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from bot.simulation.customers import LineCustomer
from tests.house import House, account, house
from tests.scenarios.scene import (
    Visitor,
    conversation,
    line_user,
    logged,
    on_line,
    states,
    until,
    visit,
)

# Two questions in one; the margin makes a question of it however sure the model is.
UNCLEAR = "how much is shipping and how long does it take"
WIDE = {"margin": 1.0}
OFFERED = ["shipping_fee", "delivery_time"]

# Who they are on the platform, and how they say and tap.
Says = Callable[[str], Awaitable[object]]
Taps = Callable[[str, str], Awaitable[object]]
Someone = tuple[str, Says, Taps]


async def on_messenger(h: House) -> Someone:
    async def taps(title: str, payload: str) -> int:
        webhook = h.customer("ann").says(
            title, message="m_tap", sent=h.clock.seconds(), payload=payload
        )
        return await h.deliver(webhook)

    return "ann", lambda text: h.says("ann", text), taps


async def in_line(h: House) -> Someone:
    who = line_user(7)

    async def taps(_: str, payload: str) -> int:
        customer = LineCustomer(account=account("line"), id=who)
        webhook = customer.taps(
            payload,
            message="600001",
            event=f"02{7:024d}",
            sent=h.clock.seconds(),
            reply_token=f"{77:032x}",
        )
        return await h.deliver(webhook)

    return who, lambda text: h.deliver(on_line(h, who, text)), taps


async def in_the_web_chat(h: House) -> Someone:
    visitor: Visitor = await visit(h)

    async def taps(title: str, payload: str) -> object:
        told = {"t": "postback", "cid": str(uuid4()), "title": title, "payload": payload}
        return await visitor._call("POST", "messages", json=told)

    return visitor.thread, visitor.says, taps


WHERE = pytest.mark.parametrize("someone", [on_messenger, in_line, in_the_web_chat])


async def replies(h: House, who: str, wanted: int) -> None:
    async def are_sent() -> bool:
        return (await states(h, who)).count("sent") == wanted

    await until(h, are_sent)


@WHERE
async def test_who_chooses_is_not_answered(
    tmp_path: Path, someone: Callable[[House], Awaitable[Someone]]
) -> None:
    async with house(tmp_path, understanding=WIDE, variables={"shop": {"delivery_days": "2"}}) as h:
        who, says, taps = await someone(h)
        await says(UNCLEAR)
        await replies(h, who, 1)
        choices = (await conversation(h, who)).choices
        title, payload = choices[1]
        await taps(title, payload)
        await replies(h, who, 2)

        assert [payload for _, payload in choices] == [*OFFERED, "oos"]
        first, second = (row.data for row in await logged(h, "decided"))
        assert (first["templates"], first["offered"]) == (["did_you_mean"], OFFERED)
        assert (second["intent"], second["chosen_from"]) == ("delivery_time", OFFERED)
        assert second["templates"] == ["delivery_time"]
        assert (await conversation(h, who)).state == "bot"
        assert h.platform.violations == []


@WHERE
async def test_who_means_something_else_is_asked_again_or_left(
    tmp_path: Path, someone: Callable[[House], Awaitable[Someone]]
) -> None:
    async with house(tmp_path, understanding=WIDE) as h:
        who, says, taps = await someone(h)
        await says(UNCLEAR)
        await replies(h, who, 1)
        *_, (title, payload) = (await conversation(h, who)).choices
        await taps(title, payload)
        await replies(h, who, 2)

        now = await conversation(h, who)
        assert (now.state, now.handoff_reason) == ("waiting", "low_confidence")
        _, second = (row.data for row in await logged(h, "decided"))
        assert (second["intent"], second["chosen_from"]) == ("oos", OFFERED)
        assert h.platform.violations == []


async def test_a_typed_number_or_a_second_unclear_message_is_lost(tmp_path: Path) -> None:
    async with house(tmp_path, understanding=WIDE, variables={"shop": {"shipping_fee": 80}}) as h:
        for who, text in (("ann", "1"), ("bob", UNCLEAR)):
            await h.says(who, UNCLEAR)
            await replies(h, who, 1)
            await h.says(who, text)
            await replies(h, who, 2)

        assert (await conversation(h, "ann")).state == "bot"
        assert (await conversation(h, "bob")).state == "waiting"
        assert (await logged(h, "decided"))[1].data["chosen_from"] == OFFERED
