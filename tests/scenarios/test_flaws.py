"""Flaws of a desk's figures that begin at the platform's door; see tests/reports/test_flaws.py."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import handoff
from bot.reports.asks import asks
from bot.reports.estimate import curve
from bot.reports.hours import Calendar
from bot.reports.waits import Measured, human_waits, measured
from bot.simulation.accounts import PlatformAccount
from bot.simulation.webhook import Webhook, meta_post
from bot.simulation.whatsapp_people import WhatsAppCustomer
from bot.store.log import report_events
from tests.house import SECRET, House, house
from tests.scenarios.scene import answer, conversation, echo, hire, line_user, on_line, take

PHONE = "106540352242922"
WHATSAPP = PlatformAccount(
    channel="whatsapp", account="shop", page=PHONE, secret=SECRET, token="test-whatsapp-token"
)
ON_WHATSAPP = {
    "phone": PHONE,
    "secret": SECRET,
    "verify_token": "test-verify-token",
    "token": "test-whatsapp-token",
}


async def told(h: House) -> list[Measured]:
    """The asks so far, measured now."""
    now = h.clock()
    events = await h.database.read(lambda connection: report_events(connection, until=now))
    return measured(asks(events), as_of=now, clock=Calendar())


async def test_f6_a_wait_in_the_queue_is_not_counted(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        sent = h.clock.seconds() - 300
        await h.deliver(h.customer("ann").says("hello", message="m_late", sent=sent))
        await h.settled()

        [ask] = await told(h)
        assert ask.status == "answered"
        assert ask.seconds >= 300


async def test_f7_an_answer_in_the_platforms_own_app_is_nobodys_or_the_bots(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as h:
        agent = await hire(h)
        await h.says("ann", "hello")
        await h.settled()
        await take(h, "ann", agent)
        await h.says("ann", "where is my parcel 12345")
        await h.settled()
        await h.deliver(echo(h, "ann", "It is on its way."))
        await h.settled()

        assert [each.ask.answered_by for each in await told(h)] == ["bot", "agent"]


async def test_f15_a_hand_off_is_missing_if_a_person_asked_or_the_bot_failed(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as h:
        agent = await hire(h)
        for who, text in (
            ("ann", "I want to talk to a human"),
            ("bob", "qwzx vbnm"),
            ("cyd", "hi"),
        ):
            await h.says(who, text)
            await h.settled()
        await h.says("bob", "qwzx vbnm asdf")
        await h.settled()
        h.clock.ahead += timedelta(minutes=7)
        for who in ("ann", "bob"):
            await take(h, who, agent)
            await answer(h, who, agent, "Here I am.")
        await h.settled()

        waits = human_waits(await told(h))
        assert len(waits) == 2
        assert 420 <= (curve(waits).quantile(0.5).value or 0) < 600


async def test_f2_closing_at_the_desk_ends_a_wait(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        agent = await hire(h)
        await h.says("ann", "I want to talk to a human")
        await h.settled()
        await take(h, "ann", agent)
        row = await conversation(h, "ann")
        await h.database.write(
            lambda connection: handoff.close(
                connection, conversation_id=row.id, agent_id=agent, at=h.clock()
            )
        )

        [ask] = await told(h)
        assert ask.status == "open"
        assert ask.ask.closed_at is not None


async def test_f21_only_the_first_of_several_messages_in_one_webhook_is_read(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, accounts=[WHATSAPP], also={"whatsapp": ON_WHATSAPP}) as h:
        people = [
            WhatsAppCustomer(
                account=WHATSAPP, phone=f"88691234567{i}", user=f"TW.{i}", name=f"W{i}"
            )
            for i in range(3)
        ]
        posts = [
            who.says("hello", message=f"wamid.{i}", sent=h.clock.seconds())
            for i, who in enumerate(people)
        ]
        for post in posts:
            h.platform.world.note(post, h.clock.seconds())
        assert await _post(h, _together(posts)) == 200
        await h.settled()

        found = await told(h)
        assert len(found) == 3
        assert {each.status for each in found} == {"answered"}


async def test_f22_a_repeated_webhook_is_a_second_message(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        webhook = on_line(h, line_user(1), "hello")
        for _ in range(3):
            assert await h.deliver(webhook) == 200
        await h.settled()

        [ask] = await told(h)
        assert len(ask.ask.message_ids) == 1


def _together(posts: list[Webhook]) -> tuple[bytes, dict[str, str]]:
    """All in one body: two changes of one entry, and another entry."""
    entries: list[dict[str, Any]] = [json.loads(post.body)["entry"][0] for post in posts]
    entries[0]["changes"] += entries.pop(1)["changes"]
    payload = {"object": "whatsapp_business_account", "entry": entries}
    return meta_post(WHATSAPP, payload)


async def _post(h: House, post: tuple[bytes, dict[str, str]]) -> int:
    body, headers = post
    url = f"{h.url}/webhooks/whatsapp/shop"
    async with h.http.post(url, data=body, headers=headers) as given:
        return given.status
