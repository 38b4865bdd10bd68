"""I4 and I8: whatever a platform does, it gets each item at most once, and each item ends."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.simulation.customers import LineCustomer
from bot.simulation.misbehaviour import Misbehaviour, MisbehaviourKind
from bot.web.webhooks import CHANNELS
from channels.errors import ChannelUnavailable, QuotaExhausted
from channels.messages import Accepted, AgentMessage, OutboundMessage
from tests.house import House, account, house, page, street
from tests.scenarios.scene import (
    POST,
    answer,
    are,
    comments,
    conversation,
    echo,
    hire,
    in_turn,
    items,
    line_user,
    on_line,
    states,
    take,
    the_page,
    until,
    visit,
)

REFUSING: tuple[MisbehaviourKind, ...] = ("500", "429", "html")
LOSING: tuple[MisbehaviourKind, ...] = ("timeout_after_accept", "reset_after_accept", "garbage")
RETRY_AFTER = 1.0
# What our LINE adapter allows a reply token, of the minute that LINE grants.
LINE_TOKEN_LIFE = timedelta(seconds=50)

pytestmark = pytest.mark.usefixtures("impatient")

Speak = Callable[[House], Awaitable[tuple[str, str]]]


async def _on_messenger(h: House) -> tuple[str, str]:
    number = next(h.numbers)
    await h.says(f"p{number}", "hello")
    return f"p{number}", f"p{number}"


async def _on_line(h: House) -> tuple[str, str]:
    who = line_user(next(h.numbers))
    await h.deliver(on_line(h, who, "hello"))
    return who, who


async def _under_a_post(h: House) -> tuple[str, str]:
    # Under a post of its own: the bot says nothing twice under one.
    number = next(h.numbers)
    post = f"{POST}{number}"
    webhook = await comments(h, f"Kim{number}", "so beautiful, I love it!", post=post)
    return f"{post}/{webhook.message}", webhook.message


CHANNELS_THAT_REPLY = pytest.mark.parametrize(
    "speak",
    [
        pytest.param(_on_messenger, id="messenger"),
        pytest.param(_on_line, id="line"),
        pytest.param(_under_a_post, id="page_comments"),
    ],
)


@CHANNELS_THAT_REPLY
async def test_a_platform_that_refuses_for_a_while_gets_the_reply_once(
    tmp_path: Path, speak: Speak
) -> None:
    async with house(tmp_path) as h:
        for kind in REFUSING:
            h.platform.misbehave(Misbehaviour(kind=kind, times=2, retry_after=RETRY_AFTER))
            thread, place = await speak(h)
            await h.settled()

            assert h.platform.strikes == 2, kind
            assert await states(h, thread) == ["sent"], kind
            assert len(h.sent(place)) == 1, kind
        assert h.platform.violations == []


async def test_line_gets_a_reply_once_whatever_happens_to_its_answer(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        for kind in (*LOSING, "500_after_accept", "huge", "slow", "reset"):
            h.platform.misbehave(Misbehaviour(kind=kind, times=2, seconds=0.3))
            who, _ = await _on_line(h)
            await h.settled()

            assert await states(h, who) == ["sent"], kind
            assert len(h.sent(who)) == 1, kind
        assert h.platform.violations == []


async def test_line_gets_a_push_once_whatever_happens_to_its_answer(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        agent = await hire(h)
        for kind in (*LOSING, "500_after_accept", "huge", "slow", "reset"):
            who, _ = await _on_line(h)
            await h.settled()
            await take(h, who, agent)
            h.platform.misbehave(Misbehaviour(kind=kind, times=2, seconds=0.3))
            await answer(h, who, agent, f"about {kind}")
            await h.settled()

            assert await states(h, who) == ["sent", "sent"], kind
            assert [entry.text for entry in h.sent(who)][1:] == [f"about {kind}"], kind
        assert h.platform.violations == []


@pytest.mark.parametrize("kind", [*LOSING, "huge"])
async def test_a_lost_answer_of_messenger_is_settled_by_its_echo(
    tmp_path: Path, kind: MisbehaviourKind
) -> None:
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind=kind, times=1, seconds=0.3))
        await h.says("ann", "hello")
        await until(h, lambda: are(h, "ann", ["unknown"]))
        await h.deliver(echo(h, "ann"))
        await h.settled()

        assert await states(h, "ann") == ["sent"]
        assert len(h.sent("ann")) == 1
        row = await conversation(h, "ann")
        assert row.state == "bot"


async def test_a_reply_that_messenger_never_echoes_fails_and_calls_a_person(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="reset", times=1))
        await h.says("ann", "hello")
        await until(h, lambda: are(h, "ann", ["unknown"]))
        h.clock.ahead += timedelta(seconds=60)
        await until(h, lambda: are(h, "ann", ["failed"]))

        row = await conversation(h, "ann")
        assert row.state == "waiting"
        assert h.sent("ann") == []
        assert [item.reason for item in await items(h, "ann")] == ["the platform never showed it"]


@pytest.mark.parametrize("kind", [*LOSING, "huge", "reset"])
async def test_a_doubtful_public_reply_waits_for_a_person_and_is_not_resent(
    tmp_path: Path, kind: MisbehaviourKind
) -> None:
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind=kind, times=1, seconds=0.3))
        thread, place = await _under_a_post(h)
        await h.settled()
        h.clock.ahead += timedelta(minutes=5)
        await h.says("ann", "hello")
        await h.settled()

        assert await states(h, thread) == ["unknown"]
        assert len(h.sent(place)) == (0 if kind == "reset" else 1)
        row = await conversation(h, thread)
        assert (row.state, row.handoff_reason) == ("waiting", "delivery_unknown")


async def test_a_doubtful_public_reply_that_appears_is_settled(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="reset_after_accept", times=1))
        thread, place = await _under_a_post(h)
        await h.settled()
        (reply,) = h.sent(place)
        page = the_page(thread.partition("/")[0])
        seen = page.adds(reply.text, comment=reply.ids[0], sent=h.clock.seconds(), parent=place)
        await h.deliver(seen)
        await h.settled()

        assert await states(h, thread) == ["sent"]
        assert len(h.sent()) == 1


async def test_a_doubtful_line_reply_is_not_pushed_after_a_rate_limit(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        who = line_user(1)
        in_turn(h, "reset_after_accept", "429")
        await h.deliver(on_line(h, who, "hello"))
        await h.settled()

        assert len(h.sent(who)) == 1
        assert await states(h, who) == ["sent"]


async def test_a_doubtful_line_push_is_not_replied_to_with_its_old_token(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        who = line_user(1)
        h.platform.misbehave(Misbehaviour(kind="429", times=1, retry_after=55))
        await h.deliver(on_line(h, who, "hello"))
        await until(h, lambda: are(h, who, ["queued"]))
        h.platform.misbehave(Misbehaviour(kind="reset_after_accept", times=1))
        h.clock.ahead += timedelta(seconds=56)
        await h.settled()

        assert len(h.sent(who)) == 1
        assert await states(h, who) == ["sent"]


async def test_a_line_push_cut_off_in_mid_air_is_replied_to_with_its_dying_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.STOP_WITHIN", 0.0)
    async with street(tmp_path) as opened:
        who = line_user(1)
        async with opened() as h:
            h.platform.misbehave(Misbehaviour(kind="429", times=1, retry_after=45))
            await h.deliver(on_line(h, who, "hello"))
            await until(h, lambda: are(h, who, ["queued"]))
            # The platform takes the next call, and we are gone before its answer.
            h.platform.misbehave(Misbehaviour(kind="timeout_after_accept", times=1, seconds=5))
            h.clock.ahead += LINE_TOKEN_LIFE + timedelta(seconds=1)
            await h.until(lambda: h.sent(who))
        async with opened() as h:
            h.platform.behave()
            await h.settled()

            assert len(h.sent(who)) == 1
            assert await states(h, who) == ["sent"]


async def test_a_reply_on_a_quiet_day_costs_a_commit_to_claim_it(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        for number in range(20):
            await h.says(f"c{number}", "hello")
            await h.settled()

        # The first may have to wait for the first turn of a new process.
        claimed = [item.claimed_at - item.created_at for item in await items(h)]
        assert set(claimed[1:]) == {timedelta(0)}


@pytest.mark.parametrize("scarce", ["turns", "room"])
async def test_replies_that_could_not_leave_yet_are_in_doubt_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scarce: str
) -> None:
    monkeypatch.setattr("bot.app.STOP_WITHIN", 0.0)
    if scarce == "room":
        monkeypatch.setattr("bot.pace.AT_ONCE", 1)
    also = {"messenger": page(rate=2)} if scarce == "turns" else {}
    customers = [f"c{number}" for number in range(6)]
    async with street(tmp_path, also=also) as opened:
        async with opened() as h:
            h.platform.misbehave(Misbehaviour(kind="slow", seconds=5))
            await h.says(customers[0], "hello")
            await h.until(h.sent)
            await asyncio.gather(*(h.says(who, "hello") for who in customers[1:]))
            await until(h, lambda: _decided(h, len(customers)))
        cut_off = {entry.thread for entry in h.sent()}
        async with opened() as h:
            h.platform.behave()
            await until(h, lambda: _settled(h))

            known = {who: (await states(h, who))[0] for who in customers}
            assert {who for who, state in known.items() if state != "sent"} <= cut_off
            assert len(cut_off) < len(customers)
            assert h.platform.violations == []


async def test_an_agent_waits_behind_the_bots_backlog(tmp_path: Path) -> None:
    customers = [f"c{number}" for number in range(12)]
    async with house(tmp_path, also={"messenger": page(rate=8)}) as h:
        agent = await hire(h)
        await h.says("ann", "hello")
        await h.settled()
        await take(h, "ann", agent)
        await asyncio.gather(*(h.says(who, "hello") for who in customers))
        await until(h, lambda: _decided(h, 1 + len(customers)))
        await answer(h, "ann", agent, "Mei here")
        left = (await states(h)).count("queued") - 1
        await h.settled()

        told = [entry.text for entry in h.sent()]
        assert len(told) - 1 - told.index("Mei here") >= left > 0


async def test_a_web_chat_message_that_was_stored_unheard_is_shown_once(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        visitor = await visit(h)
        channel: Any = h.service.app[CHANNELS]["webchat", "site"]
        deliver, tries = channel._deliver, []

        async def lost(message: OutboundMessage) -> str:
            tries.append(message.id)
            stored: str = await deliver(message)
            if len(tries) < 3:
                raise ChannelUnavailable("webchat", "lost")
            return stored

        channel._deliver = lost
        await visitor.says("hello")
        await h.settled()

        assert len(tries) == 3
        assert await states(h, visitor.thread) == ["sent"]
        assert [frame["author"] for frame in await visitor.frames()] == ["user", "bot"]


async def test_an_account_whose_token_was_renewed_answers_again(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="unauthorized"))
        await h.says("ann", "hello")
        await h.until(lambda: h.platform.strikes)
        h.clock.ahead += timedelta(minutes=20)
        await until(h, lambda: are(h, "ann", ["expired"]))
        h.platform.behave()
        await h.says("bob", "hello")
        h.clock.ahead += timedelta(minutes=2)
        await h.settled()

        assert await states(h, "bob") == ["sent"]


async def test_many_refusals_at_once_pause_an_account_longer_than_one(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        granted = h.platform.world.rates["messenger"]
        h.platform.world.rates["messenger"] = 1
        await asyncio.gather(*(h.says(f"c{number}", "hello") for number in range(60)))
        await h.until(lambda: len(h.platform.violations) > 5)
        h.platform.world.rates["messenger"] = granted
        await h.settled()

        assert await states(h) == ["sent"] * 60
        assert {each.rule for each in h.platform.violations} == {"rate"}


async def test_an_account_stays_paused_when_its_probe_came_to_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.claims.PROBE_AFTER", timedelta(seconds=60))
    customers = [f"c{number}" for number in range(8)]
    async with house(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="unauthorized"))
        await asyncio.gather(*(h.says(who, "hello") for who in customers))
        await h.until(lambda: h.platform.strikes)
        await until(h, lambda: _all_wait(h, customers))
        refused = h.platform.strikes
        h.clock.ahead += timedelta(seconds=61)
        await h.until(lambda: h.platform.strikes > refused)
        await until(h, lambda: _all_wait(h, customers))
        assert h.platform.strikes == refused + 1

        in_turn(h, "reset")
        h.clock.ahead += timedelta(seconds=61)
        await until(h, lambda: _some_are(h, "unknown"))
        h.clock.ahead += timedelta(seconds=61)
        await until(h, lambda: _some_are(h, "sent"))
        await h.settled()

        assert Counter(item.state for item in await items(h)) == {"sent": 7, "failed": 1}


async def test_a_line_push_that_may_be_through_is_never_called_failed(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        who, agent = line_user(1), await hire(h)
        await h.deliver(on_line(h, who, "hello"))
        await h.settled()
        await take(h, who, agent)
        broken: list[MisbehaviourKind] = ["500"] * 9
        in_turn(h, "reset_after_accept", *broken)
        await answer(h, who, agent, "Ann here")
        await h.settled()

        assert [entry.text for entry in h.sent(who)][1:] == ["Ann here"]
        assert await states(h, who) == ["sent", "unknown"]


async def test_a_person_is_called_for_someone_who_blocked_us(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        h.platform.block("messenger", "ann")
        await h.says("ann", "hello")
        await h.settled()

        (item,) = await items(h, "ann")
        row = await conversation(h, "ann")
        assert item.state == "failed"
        assert "RecipientGone" not in item.reason
        assert "cannot be reached" in item.reason
        assert (row.state, row.handoff_reason) == ("closed", None)


async def test_a_bot_spends_what_is_left_of_a_quota_or_keeps_customers_waiting_for_it(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as h:
        channel: Any = h.service.app[CHANNELS]["messenger", "shop"]
        send, asked, agent = channel.send, [], await hire(h)

        async def used_up(message: OutboundMessage) -> Accepted:
            asked.append(message.text)
            if isinstance(message, AgentMessage):
                accepted: Accepted = await send(message)
                return accepted
            raise QuotaExhausted("messenger", resets_at=h.clock() + timedelta(hours=3))

        channel.send = used_up
        for who in ("ann", "bob"):
            await h.says(who, "hello")
            await h.settled()
            row = await conversation(h, who)
            assert (row.state, row.handoff_reason) == ("waiting", "reply_failed")
        assert len(asked) == 1
        await take(h, "bob", agent)
        await answer(h, "bob", agent, "Ann here")
        await h.settled()
        assert [entry.text for entry in h.sent("bob")] == ["Ann here"]
        channel.send = send
        h.clock.ahead += timedelta(hours=3)
        await h.says("cat", "hello")
        await h.settled()

        assert await states(h, "cat") == ["sent"]


async def _decided(h: House, number: int) -> bool:
    return len(await items(h)) == number


async def _all_wait(h: House, customers: Sequence[str]) -> bool:
    return await states(h) == ["queued"] * len(customers)


async def _some_are(h: House, state: str) -> bool:
    return state in await states(h)


async def _settled(h: House) -> bool:
    return set(await states(h)) <= {"sent", "unknown", "failed"}


async def test_who_blocked_us_is_written_to_or_waited_for(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        who = line_user(1)
        await h.deliver(on_line(h, who, "hello"))
        await h.settled()
        h.platform.misbehave(Misbehaviour(kind="429", times=1, retry_after=30))
        await h.deliver(on_line(h, who, "我要找真人客服"))
        await until(h, lambda: are(h, who, ["sent", "queued"]))
        assert (await conversation(h, who)).state == "waiting"

        customer = LineCustomer(account=account("line"), id=who)
        await h.deliver(customer.blocks(event=f"01{10**9:024d}", sent=h.clock.seconds()))
        await h.settled()
        row = await conversation(h, who)
        assert (row.state, row.waiting_since) == ("closed", None)
        assert await states(h, who) == ["sent", "cancelled"]

        h.clock.ahead += timedelta(seconds=31)
        await h.deliver(on_line(h, who, "hello"))
        await h.settled()
        assert (await conversation(h, who)).state == "bot"
        assert (await states(h, who))[2:] == ["sent"]
