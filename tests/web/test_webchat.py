"""Web chat's server: sessions, messages both ways, resume, and what it refuses."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from sqlalchemy import func, insert, select

from bot.store import chat, tables
from bot.store.inbox import conversation_key
from bot.web import webchat
from bot.web.webchat.live import POLLS, SOCKETS
from channels.errors import RecipientGone
from channels.messages import AgentMessage, QuickReply
from channels.webchat import Settings
from tests.web.webchat_site import NOW, SETTINGS, SHOP, Site, Visitor

OTHER = Settings(account="other")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with Site(tmp_path, [SETTINGS, OTHER]) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
async def visitor(site: Site, http: ClientSession) -> Visitor:
    arrived = Visitor(site=site, http=http)
    await arrived.arrive(locale="zh-Hant")
    return arrived


# Messages


async def test_a_message_is_acknowledged_before_the_bot_can_find_it(
    site: Site, visitor: Visitor
) -> None:
    await visitor.connect()
    cid = str(uuid4())

    ack = await visitor.says("訂單到哪了", cid=cid)

    received = await site.received()
    assert [(event.id, event.text, event.thread) for event in received] == [
        (cid, "訂單到哪了", visitor.thread)
    ]
    assert ack == {"t": "ack", "cid": cid, "mid": cid, "seq": ack["seq"], "ts": NOW.isoformat()}


async def test_a_resend_is_stored_twice_or_answered_otherwise(site: Site, visitor: Visitor) -> None:
    await visitor.connect()
    cid = str(uuid4())
    first = await visitor.says("在嗎", cid=cid)
    await visitor.leave()
    await visitor.connect()

    again = await visitor.says("在嗎", cid=cid)
    status, by_post = await visitor.call(
        "POST", "messages", json={"t": "msg", "cid": cid, "text": "changed"}
    )

    assert (again, status, by_post) == (first, 200, first)
    assert [event.text for event in await site.received()] == ["在嗎"]


async def test_the_bot_is_not_woken(site: Site, visitor: Visitor) -> None:
    async with site.signals.subscribe("inbox") as news:
        await visitor.connect()
        await visitor.says("在嗎")

        async with asyncio.timeout(2):
            signal = await anext(news)

    assert isinstance(signal.payload["partition"], int)


async def test_a_reply_misses_a_tab_or_comes_twice(
    site: Site, visitor: Visitor, http: ClientSession
) -> None:
    other_tab = Visitor(site=site, http=http, token=visitor.token, thread=visitor.thread)
    await visitor.connect()
    await other_tab.connect()
    await visitor.says("在嗎")
    button = QuickReply(title="找真人", payload="intent:human_request")

    id = await site.says(visitor.thread, "您好", quick_replies=(button,))
    await site.says(visitor.thread, "您好", id=id)
    await site.says(visitor.thread, "請說")

    for tab in (visitor, other_tab):
        while len(tab.seen) < 3:
            await tab.hears("msg")
        assert tab.texts() == ["在嗎", "您好", "請說"]
    assert visitor.seen[1] == {
        "t": "msg",
        "mid": id,
        "seq": visitor.seen[1]["seq"],
        "author": "bot",
        "automated": True,
        "parts": [{"type": "text", "text": "您好"}],
        "quick_replies": [{"title": "找真人", "payload": "intent:human_request"}],
        "ts": NOW.isoformat(),
    }


async def test_the_other_tab_is_not_told_what_was_said_in_this_one(
    site: Site, visitor: Visitor, http: ClientSession
) -> None:
    other_tab = Visitor(site=site, http=http, token=visitor.token, thread=visitor.thread)
    await other_tab.connect()
    await visitor.connect()

    await visitor.says("在嗎")

    assert (await other_tab.hears("msg"))["author"] == "user"
    assert other_tab.texts() == ["在嗎"]


async def test_an_agent_is_shown_as_a_machine(site: Site, visitor: Visitor) -> None:
    await visitor.connect()
    await site.sender.send(
        AgentMessage(
            id=str(uuid4()),
            channel="webchat",
            account="site",
            thread=visitor.thread,
            text="我是小美",
        )
    )

    shown = await visitor.hears("msg")

    assert (shown["author"], shown.get("automated")) == ("agent", None)


async def test_what_was_said_meanwhile_is_lost(site: Site, visitor: Visitor) -> None:
    await visitor.connect()
    await site.says(visitor.thread, "0")
    await visitor.hears("msg")
    await visitor.leave()
    for number in range(1, 451):
        await site.says(visitor.thread, f"{number}")

    await visitor.connect()
    while len(visitor.seen) < 451:
        await visitor.hears("msg")

    assert visitor.texts() == [f"{number}" for number in range(451)]


async def test_a_restart_loses_or_doubles_messages(site: Site, visitor: Visitor) -> None:
    await visitor.connect()
    await visitor.says("前")
    stopping = asyncio.create_task(site.stop())

    assert await visitor.ends() == 1012
    await stopping
    await site.start()
    await site.says(visitor.thread, "後")
    await visitor.connect()
    while len(visitor.seen) < 2:
        await visitor.hears("msg")
    assert visitor.texts() == ["前", "後"]


async def test_a_cursor_from_another_history_hides_everything(site: Site, visitor: Visitor) -> None:
    await site.says(visitor.thread, "您好")

    await visitor.connect(after=10**9)
    await visitor.hears("msg")

    assert visitor.texts() == ["您好"]


async def test_the_visitor_is_not_told_who_has_the_word(site: Site, visitor: Visitor) -> None:
    await site.database.write(
        lambda connection: connection.execute(
            insert(tables.conversations).values(
                key=conversation_key("webchat", "site", visitor.thread),
                channel="webchat",
                account="site",
                thread=visitor.thread,
                surface="direct",
                state="waiting",
                contact_id=visitor.thread,
                slots={},
                gone=[],
                created_at=NOW,
            )
        )
    )
    await visitor.connect()

    assert await visitor.hears("handoff") == {"t": "handoff", "state": "waiting"}
    webchat.tell_typing(site.signals, thread=visitor.thread, author="agent")
    assert await visitor.hears("typing") == {"t": "typing", "author": "agent"}
    webchat.tell_state(site.signals, thread=visitor.thread, state="agent")
    assert await visitor.hears("handoff") == {"t": "handoff", "state": "agent"}


async def test_the_agent_does_not_see_the_visitor_typing(site: Site, visitor: Visitor) -> None:
    await test_the_visitor_is_not_told_who_has_the_word(site, visitor)
    assert visitor.ws is not None

    async with site.signals.subscribe("desk") as news:
        await visitor.ws.send_json({"t": "typing"})
        await visitor.ws.send_json({"t": "typing"})
        await visitor.ws.send_json({"t": "read", "seq": 1})
        async with asyncio.timeout(2):
            told = [(await anext(news)).payload for _ in range(2)]

    assert told == [{"conversation": 1, "type": "typing"}, {"conversation": 1, "type": "read"}]


# Without WebSocket


async def test_polling_misses_a_reply(site: Site, visitor: Visitor) -> None:
    waiting = asyncio.create_task(visitor.call("GET", "events?after=0&wait=25"))
    await _waits(site)
    await site.says(visitor.thread, "您好")

    async with asyncio.timeout(20):
        status, told = await waiting

    assert status == 200
    assert [frame.get("parts") for frame in told["frames"]] == [
        [{"type": "text", "text": "您好"}],
        None,
    ]
    assert (await visitor.call("GET", f"events?after={told['seq']}"))[1] == {
        "seq": told["seq"],
        "frames": [{"t": "handoff", "state": None}],
    }


async def test_a_waiting_poll_holds_up_a_restart(site: Site, visitor: Visitor) -> None:
    waiting = asyncio.create_task(visitor.call("GET", "events?after=0&wait=25"))
    await _waits(site)

    async with asyncio.timeout(20):
        await site.stop()
        assert (await waiting)[0] == 200
    await site.start()


@pytest.mark.parametrize("query", ["after=x&wait=-1", "after=%F0%9D%9F%98", f"after={10**30}"])
async def test_an_odd_query_is_an_error_of_ours(visitor: Visitor, query: str) -> None:
    assert (await visitor.call("GET", f"events?{query}"))[0] == 200


# Who gets in


async def test_a_token_can_be_read_from_the_database(site: Site, visitor: Visitor) -> None:
    rows = await site.database.read(
        lambda connection: connection.execute(select(tables.chat_sessions)).all()
    )

    assert len(rows) == 1
    assert visitor.token not in repr(rows)
    assert len(visitor.token) >= 43


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://shop.example.evil"])
async def test_a_foreign_page_starts_a_chat(
    site: Site, http: ClientSession, visitor: Visitor, origin: str
) -> None:
    for method, path in [
        ("POST", "session"),
        ("POST", "messages"),
        ("GET", "events"),
        ("DELETE", "session"),
        ("OPTIONS", "session"),
    ]:
        status, told = await visitor.call(method, path, origin=origin, json={})
        assert (method, path, status, told) == (method, path, 403, {"t": "err", "code": "origin"})
    with pytest.raises(WSServerHandshakeError, match="403"):
        await http.ws_connect(f"{site.url}/ws", headers={"Origin": origin})


async def test_a_socket_or_post_without_origin_gets_in(site: Site, http: ClientSession) -> None:
    with pytest.raises(WSServerHandshakeError, match="403"):
        await http.ws_connect(f"{site.url}/ws")
    async with http.post(f"{site.url}/session", json={}) as answer:
        assert answer.status == 403


async def test_the_own_site_is_shut_out_or_others_are_let_in_with_it(
    site: Site, http: ClientSession
) -> None:
    async with http.post(f"{site.url}/session", json={}, headers={"Origin": SHOP}) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
        assert answer.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    async with http.options(f"{site.url}/messages", headers={"Origin": SHOP}) as answer:
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("token", ["", "x", "é", "a" * 128])
async def test_a_guessed_token_gets_in(visitor: Visitor, token: str) -> None:
    right = visitor.token
    visitor.token = token
    assert (await visitor.call("DELETE", "session"))[0] == 401
    assert (await visitor.call("GET", "events"))[0] == 401
    visitor.token = right
    assert (await visitor.call("GET", "events"))[0] == 200


async def test_one_visitor_reads_or_writes_anothers_chat(
    site: Site, visitor: Visitor, http: ClientSession
) -> None:
    stranger = Visitor(site=site, http=http)
    await stranger.arrive()
    await site.says(visitor.thread, "祕密")
    cid = str(uuid4())
    asked = {"t": "msg", "cid": cid, "text": "a", "thread": visitor.thread}

    await stranger.connect()
    _, told = await stranger.call("GET", f"events?after=0&thread={visitor.thread}")
    status, _ = await stranger.call("POST", "messages", json=asked)

    assert "祕密" not in repr((stranger.seen, told))
    assert status == 200
    assert [event.thread for event in await site.received()] == [stranger.thread]


async def test_a_token_opens_another_account(site: Site, visitor: Visitor) -> None:
    headers = {"Authorization": f"Bearer {visitor.token}", "Origin": site.origin}
    async with visitor.http.get(f"{site.origin}/webchat/other/events", headers=headers) as answer:
        assert answer.status == 401
    async with visitor.http.get(f"{site.origin}/webchat/none/events", headers=headers) as answer:
        assert answer.status == 404


async def test_a_wrong_first_frame_gets_in(site: Site, http: ClientSession) -> None:
    for first in ["{}", '{"t":"hello","token":"guess"}', "nonsense", "[1]"]:
        async with http.ws_connect(f"{site.url}/ws", headers={"Origin": site.origin}) as ws:
            await ws.send_str(first)
            assert (await ws.receive_json())["code"] == "session"
            assert (await ws.receive()).data == 1008


async def test_a_claimed_name_is_believed(site: Site, http: ClientSession) -> None:
    visitor = Visitor(site=site, http=http)
    right = hmac.new(b"identity-secret", b"u7", "sha256").hexdigest()

    for claim in ["0" * 64, "", right[:-1], hmac.new(b"", b"u7", "sha256").hexdigest()]:
        refused = await visitor.call(
            "POST", "session", json={"identity": {"user_id": "u7", "hmac": claim}}
        )
        assert refused == (403, {"t": "err", "code": "identity"})
    await visitor.arrive(identity={"user_id": "u7", "hmac": right})
    await visitor.connect()
    await visitor.says("在嗎")
    assert [event.contact.id for event in await site.received()] == ["user:u7"]


async def test_the_next_user_of_a_browser_reads_the_last_ones_chat(
    site: Site, visitor: Visitor
) -> None:
    def identity(user: str) -> dict[str, str]:
        return {
            "user_id": user,
            "hmac": hmac.new(b"identity-secret", user.encode(), "sha256").hexdigest(),
        }

    thread = visitor.thread
    assert (await visitor.arrive(token=visitor.token, identity=identity("u7")))["thread"] == thread
    assert (await visitor.arrive(token=visitor.token, identity=identity("u7")))["thread"] == thread
    assert (await visitor.arrive(token=visitor.token, identity=identity("u8")))["thread"] != thread


# Abuse


async def test_one_address_opens_any_number_of_sessions(
    site: Site, http: ClientSession, visitor: Visitor
) -> None:
    for _ in range(19):
        await Visitor(site=site, http=http).arrive()

    status, told = await Visitor(site=site, http=http).call("POST", "session", json={})

    assert (status, told["code"]) == (429, "rate")
    assert 0 < told["retry_after"] <= 3
    assert (await visitor.arrive(token=visitor.token))["thread"] == visitor.thread


async def test_a_visitor_speaks_faster_than_a_person(site: Site, visitor: Visitor) -> None:
    await visitor.connect()
    for number in range(5):
        await visitor.says(f"{number}")
    assert visitor.ws is not None
    cid = str(uuid4())

    await visitor.ws.send_json({"t": "msg", "cid": cid, "text": "6"})

    refused = await visitor.hears("err")
    assert (refused["code"], refused["cid"]) == ("rate", cid)
    assert 0 < refused["retry_after"] <= 1
    status, told = await visitor.call(
        "POST", "messages", json={"t": "msg", "cid": cid, "text": "6"}
    )
    assert (status, told["code"]) == (429, "rate")


async def test_a_flood_is_taken_in(site: Site, visitor: Visitor) -> None:
    await visitor.connect()
    assert visitor.ws is not None

    for _ in range(2000):
        if visitor.ws.closed:
            break
        try:
            await visitor.ws.send_json({"t": "msg", "cid": str(uuid4()), "text": "x"})
        except ConnectionResetError:
            break

    assert await visitor.ends() == 1008
    assert len(await site.received()) <= 6


@pytest.mark.parametrize(("size", "code"), [(17_000, 1009), (1_000_000, 1009)])
async def test_a_huge_frame_is_read(visitor: Visitor, size: int, code: int) -> None:
    await visitor.connect()
    assert visitor.ws is not None

    await visitor.ws.send_str("x" * size)

    assert await visitor.ends() == code
    status, told = await visitor.call("POST", "messages", data=b"x" * size)
    assert (status, told) == (413, {"t": "err", "code": "too_large"})


async def test_bytes_or_compression_get_through(site: Site, visitor: Visitor) -> None:
    visitor.ws = await visitor.http.ws_connect(
        f"{site.url}/ws", headers={"Origin": site.origin}, compress=15
    )
    assert visitor.ws.compress == 0
    await visitor.ws.send_json({"t": "hello", "token": visitor.token})
    await visitor.hears("ready")

    await visitor.ws.send_bytes(b"\x00")

    assert await visitor.ends() == 1003


@pytest.mark.parametrize("body", ["", "{", "[]", '{"t":"msg","cid":"x","text":"a"}'])
async def test_a_broken_frame_ends_the_conversation(
    site: Site, visitor: Visitor, body: str
) -> None:
    await visitor.connect()
    assert visitor.ws is not None

    await visitor.ws.send_str(body)

    assert (await visitor.hears("err"))["code"] == "malformed"
    assert (await visitor.says("在嗎"))["t"] == "ack"
    assert (await visitor.call("POST", "messages", data=body))[0] == 400


async def test_a_text_of_any_length_is_taken(site: Site, visitor: Visitor) -> None:
    await visitor.connect()
    await visitor.says("長" * 4000)
    assert visitor.ws is not None

    await visitor.sends(t="msg", cid=str(uuid4()), text="長" * 4001)

    assert (await visitor.hears("err"))["code"] == "too_long"


async def test_a_silent_socket_stays_for_ever(
    site: Site, http: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.webchat.socket.HELLO_WITHIN", 0.05)
    monkeypatch.setattr("bot.web.webchat.socket.HEARTBEAT", 0.1)
    visitor = Visitor(site=site, http=http)
    await visitor.arrive()
    silent = await http.ws_connect(f"{site.url}/ws", headers={"Origin": site.origin})
    deaf = await http.ws_connect(f"{site.url}/ws", headers={"Origin": site.origin}, autoping=False)
    await deaf.send_json({"t": "hello", "token": visitor.token})

    async with asyncio.timeout(3):
        async for _ in silent:
            pass
        async for _ in deaf:
            pass

    assert silent.close_code == 1008
    assert not site.app[SOCKETS]


# Deletion


async def test_a_deleted_chat_stays_somewhere(
    site: Site, visitor: Visitor, http: ClientSession
) -> None:
    keeper = Visitor(site=site, http=http)
    await keeper.arrive()
    await site.says(keeper.thread, "留下")
    await visitor.connect()
    await visitor.says("刪掉")

    status, _ = await visitor.call("DELETE", "session")

    assert status == 204
    assert (await visitor.hears("err"))["code"] == "session"
    assert (await visitor.call("GET", "events"))[0] == 401
    threads = await site.database.read(
        lambda connection: connection.scalars(select(tables.chat_frames.c.thread)).all()
    )
    assert threads == [keeper.thread]
    with pytest.raises(RecipientGone):
        await site.says(visitor.thread, "還在嗎")


async def test_old_chats_are_kept_or_living_ones_deleted(
    site: Site, visitor: Visitor, http: ClientSession
) -> None:
    silent = Visitor(site=site, http=http)
    await silent.arrive()
    await site.says(visitor.thread, "您好")

    def forget(days: int) -> Any:
        before = NOW + timedelta(days=days)
        return site.database.write(lambda connection: chat.forget_older(connection, before=before))

    assert await forget(-1) == 0
    assert await forget(1) == 2
    count = select(func.count()).select_from(tables.chat_frames)
    assert await site.database.read(lambda connection: connection.scalar(count)) == 0


# Pages


async def test_the_frame_may_be_embedded_anywhere_or_run_others_scripts(
    site: Site, http: ClientSession
) -> None:
    async with http.get(f"{site.url}/frame?lang=en") as answer:
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer.headers

    assert f"frame-ancestors 'self' {SHOP}" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert 'lang="en"' in page
    assert "Daily Goods" in page
    for inline in ("style=", "onclick", "<style", "javascript:"):
        assert inline not in page


async def test_the_launcher_is_heavy_or_not_the_brands(site: Site, http: ClientSession) -> None:
    async with http.get(f"{site.url}/widget.js", auto_decompress=False) as answer:
        size, tag = len(await answer.read()), answer.headers["ETag"]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    async with http.get(f"{site.url}/widget.js", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304
    async with http.get(f"{site.url}/widget.js") as answer:
        assert SETTINGS.accent in await answer.text()

    assert size <= 5 * 1024


async def _waits(site: Site) -> None:
    """Until somebody's poll is waiting."""
    async with asyncio.timeout(20):
        while not site.app[POLLS]:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
