"""WhatsApp by its own door: windows, statuses, names that change, the Business app, groups."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from bot.simulation.accounts import PlatformAccount
from bot.simulation.misbehaviour import Misbehaviour
from bot.simulation.webhook import Webhook, meta_post
from bot.simulation.whatsapp import WhatsApp
from bot.simulation.whatsapp_people import WhatsAppCustomer
from bot.store.log import report_events
from bot.store.tables import conversations
from tests.house import SECRET, House, house
from tests.scenarios.scene import (
    answer,
    are,
    conversation,
    hire,
    items,
    logged,
    said,
    states,
    take,
    until,
)

PHONE, TOKEN = "106540352242922", "test-whatsapp-token"
ACCOUNT = PlatformAccount(
    channel="whatsapp", account="shop", page=PHONE, secret=SECRET, token=TOKEN
)
SETTINGS = {
    "phone": PHONE,
    "secret": SECRET,
    "verify_token": "test-verify-token",
    "token": TOKEN,
    "templates": {"zh-Hant": {"name": "continue_chat", "language": "zh_TW"}},
}
LIN = WhatsAppCustomer(account=ACCOUNT, phone="886912345678", user="TW.1349", name="林小姐")

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[House]:
    """A brand with a WhatsApp number."""
    async with house(tmp_path, accounts=[ACCOUNT], also={"whatsapp": SETTINGS}) as running:
        yield running


async def says(h: House, who: WhatsAppCustomer, text: str = "hello") -> Webhook:
    """Let somebody write, and let the bot answer."""
    webhook = who.says(text, message=f"wamid.{next(h.numbers)}", sent=h.clock.seconds())
    assert await h.deliver(webhook) == 200
    await h.settled()
    return webhook


async def status(h: House, word: str, *, who: WhatsAppCustomer = LIN, error: int = 0) -> None:
    """Let WhatsApp tell what became of our last message."""
    last = h.sent(who.id)[-1]
    webhook = who.gets(
        word,
        message=last.ids[0],
        outbound_id=last.outbound_id,
        sent=h.clock.seconds(),
        error=error,
    )
    assert await h.deliver(webhook) == 200
    await h.settled()


async def talks(h: House) -> Sequence[Row[Any]]:
    """All conversations on WhatsApp."""
    query = select(conversations).where(conversations.c.channel == "whatsapp")
    return await h.database.read(lambda connection: connection.execute(query).all())


async def test_a_message_that_comes_twice_is_answered_twice(h: House) -> None:
    webhook = await says(h, LIN)
    assert await h.deliver(webhook) == 200
    await h.settled()

    assert await states(h, LIN.phone) == ["sent"]
    assert len(h.sent(LIN.phone)) == 1
    assert h.platform.violations == []


@pytest.mark.parametrize("word", ["sent", "delivered", "read"])
async def test_a_status_leaves_a_doubtful_reply_in_doubt(h: House, word: str) -> None:
    h.platform.misbehave(Misbehaviour(kind="reset_after_accept", times=1))
    await says(h, LIN)
    assert await states(h, LIN.phone) == ["unknown"]

    await status(h, word)

    assert await states(h, LIN.phone) == ["sent"]
    assert len(await said(h, LIN.phone)) == 2
    assert (await conversation(h, LIN.phone)).state == "bot"


async def test_a_failure_after_acceptance_is_kept_from_people_or_counts_as_an_answer(
    h: House,
) -> None:
    await says(h, LIN)
    assert await states(h, LIN.phone) == ["sent"]

    await status(h, "failed", error=131026)

    [item] = await items(h, LIN.phone)
    assert (item.state, item.reason) == ("failed", "131026 Message undeliverable")
    present = await conversation(h, LIN.phone)
    assert (present.state, present.handoff_reason) == ("waiting", "reply_failed")
    log = await h.database.read(
        lambda connection: report_events(connection, until=h.clock() + timedelta(hours=1))
    )
    assert [event.actor for event in log if event.kind == "message"] == ["customer"]


async def test_a_verdict_that_is_faster_than_the_answer_is_lost(h: House) -> None:
    h.platform.misbehave(Misbehaviour(kind="slow", times=1, seconds=0.7))
    webhook = LIN.says("hello", message="wamid.slow", sent=h.clock.seconds())
    assert await h.deliver(webhook) == 200
    await h.until(lambda: h.sent(LIN.phone))

    await status(h, "failed", error=131026)

    assert await states(h, LIN.phone) == ["failed"]
    assert (await conversation(h, LIN.phone)).state == "waiting"


async def test_a_late_delivery_leaves_a_failure_or_a_second_line(h: House) -> None:
    await says(h, LIN)
    await status(h, "failed", error=131026)

    await status(h, "delivered")

    assert await states(h, LIN.phone) == ["sent"]
    assert [author for author, _ in await said(h, LIN.phone)] == ["customer", "bot"]


async def test_a_person_cannot_write_after_a_day_or_writes_more_than_a_template(h: House) -> None:
    agent = await hire(h)
    await says(h, LIN)
    await take(h, LIN.phone, agent)
    h.clock.ahead = timedelta(hours=25)

    await answer(h, LIN.phone, agent, "您的商品到了，\n請來取貨。")
    await h.settled()

    assert (await states(h, LIN.phone))[-1] == "sent"
    assert [entry.tag for entry in h.sent(LIN.phone)] == [None, "template"]
    assert h.platform.violations == []


async def test_one_customer_under_two_names_becomes_two(h: House) -> None:
    await says(h, replace(LIN, user=""))
    await says(h, LIN)
    await says(h, replace(LIN, phone=""))

    [talk] = await talks(h)
    assert len(await said(h, talk.thread)) == 6
    assert (talk.thread, talk.contact_name) == (LIN.user, "林小姐")
    assert [len(h.sent(name)) for name in (LIN.phone, LIN.user)] == [2, 1]


async def test_a_new_number_begins_a_new_conversation_or_the_old_number_is_written_to(
    h: House,
) -> None:
    agent = await hire(h)
    await says(h, LIN)
    moved = LIN.moves("886987654321", message="wamid.moved", sent=h.clock.seconds())
    assert await h.deliver(moved) == 200
    await h.settled()
    h.platform.world.person("whatsapp", PHONE, "886987654321").wrote = h.clock.seconds()

    await answer(h, "886987654321", agent, "換號碼了嗎？")
    await h.settled()
    await says(h, replace(LIN, phone="886987654321", user="TW.2000"))

    assert len(await talks(h)) == 1
    assert len(h.sent("886987654321")) == 1
    assert len(h.sent(LIN.phone)) == 1


async def test_a_message_that_comes_later_than_it_was_sent_brings_the_old_number_back(
    h: House,
) -> None:
    late = LIN.says("hello", message="wamid.late", sent=h.clock.seconds() - 60)
    await says(h, LIN)
    await says(h, replace(LIN, phone=""))

    assert await h.deliver(late) == 200
    await h.settled()

    [talk] = await talks(h)
    assert talk.thread == LIN.user


async def test_a_stranger_with_a_passed_on_number_gets_into_the_old_conversation(h: House) -> None:
    await says(h, LIN)
    await says(h, replace(LIN, user="TW.9999", name="王先生"))

    assert len(await talks(h)) == 2


async def test_two_conversations_of_one_customer_stay_two(h: House) -> None:
    await says(h, replace(LIN, user=""))
    await says(h, replace(LIN, phone=""))
    assert len(await talks(h)) == 2

    await says(h, LIN)

    [talk] = await talks(h)
    assert [author for author, _ in await said(h, talk.thread)] == ["customer", "bot"] * 3
    assert len(await logged(h, "joined")) == 1


async def test_a_person_in_the_business_app_is_talked_over(h: House) -> None:
    await says(h, LIN)
    typed = LIN.hears("我來處理", message="wamid.app", sent=h.clock.seconds())
    assert await h.deliver(typed) == 200
    await h.settled()

    await says(h, LIN, "hello again")

    assert (await conversation(h, LIN.phone)).state == "agent"
    assert len(h.sent(LIN.phone)) == 1


async def test_one_customer_who_got_too_much_makes_all_others_wait(
    h: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sender.FIRST_WAIT", 60.0)
    api = h.platform._apis["whatsapp"]
    assert isinstance(api, WhatsApp)
    api.crowd(PHONE, LIN.phone, h.clock.seconds() + 2)
    webhook = LIN.says("hello", message="wamid.crowd", sent=h.clock.seconds())
    assert await h.deliver(webhook) == 200
    await until(h, lambda: are(h, LIN.phone, ["queued"]))

    other = replace(LIN, phone="886900000000", user="TW.2")
    webhook = other.says("hello", message="wamid.other", sent=h.clock.seconds())
    assert await h.deliver(webhook) == 200
    await until(h, lambda: are(h, other.phone, ["sent"]), within=15.0)

    assert await states(h, LIN.phone) == ["queued"]
    h.clock.ahead = timedelta(seconds=10)
    await h.settled()
    assert await states(h, LIN.phone) == ["sent"]


async def test_a_group_is_answered_or_old_chats_are(h: House) -> None:
    webhook = LIN.says("hello", message="wamid.g", sent=h.clock.seconds())
    told = json.loads(webhook.body)
    value = told["entry"][0]["changes"][0]["value"]
    value["messages"][0]["group_id"] = "G1"
    old = {"field": "history", "value": {"history": [{"threads": [{"messages": [{}]}]}]}}
    told["entry"][0]["changes"].append(old)
    body, headers = meta_post(ACCOUNT, told)

    assert await h.deliver(replace(webhook, body=body, headers=headers)) == 200
    await h.settled()

    assert await items(h) == []
    assert (await conversation(h, "group:G1")).contact_id == LIN.phone
