"""The live line: who may have one, what it tells, when it ends."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from bot.web import live
from tests.web.site import Site, Talk


async def told(line: ClientWebSocketResponse, key: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            message: dict[str, Any] = await line.receive_json()
            if key in message and (key != "changed" or message["changed"]):
                return message


async def crowd(line: ClientWebSocketResponse, **expected: list[str]) -> None:
    """Wait until the line says that exactly these others are there."""
    while True:
        said = await told(line, "viewing")
        if {name: said[name] for name in expected} == expected:
            return


async def ended(line: ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(8):
        while (await line.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED}:
            pass
    return line.close_code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Cookie": "desk=forged"}, 401),
    ],
)
async def test_no_foreign_page_and_no_stranger_gets_a_line(
    shop: Site, headers: dict[str, str], status: int
) -> None:
    async with shop.visitor(None if "Cookie" in headers else await shop.cookie("Ann")) as visitor:
        with pytest.raises(WSServerHandshakeError) as refused:
            await visitor.ws_connect("/desk/live", headers=headers)

        assert refused.value.status == status


async def test_no_line_without_an_origin(shop: Site) -> None:
    cookies = {"desk": await shop.cookie("Ann")}
    async with ClientSession(shop.url, cookies=cookies) as bare:
        with pytest.raises(WSServerHandshakeError):
            await bare.ws_connect("/desk/live")


async def test_a_line_tells_which_conversation_changed_but_not_what_was_said(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1"))
    cookie = await shop.cookie("Bob")
    async with (
        shop.visitor(await shop.cookie("Ann")) as ann,
        shop.visitor(cookie) as bob,
        ann.ws_connect("/desk/live") as line,
    ):
        assert (await line.receive_json(timeout=5))["resync"] is True
        data = {"csrf": await shop.csrf(cookie), "mode": "note", "text": "secret words"}
        await bob.post(f"/desk/{talk}/say", data=data)

        assert await told(line, "changed") == {"changed": [talk], "resync": False}


async def test_agents_see_who_else_is_looking_and_typing(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1"))
    async with (
        shop.visitor(await shop.cookie("Ann")) as ann,
        shop.visitor(await shop.cookie("Bob")) as bob,
        ann.ws_connect("/desk/live") as hers,
    ):
        await hers.send_json({"conversation": talk})
        assert (await told(hers, "viewing"))["viewing"] == []
        async with bob.ws_connect("/desk/live") as his:
            await his.send_json({"conversation": talk, "typing": True})
            await crowd(his, viewing=["Ann"], typing=[])
            await crowd(hers, viewing=["Bob"], typing=["Bob"])
        await crowd(hers, viewing=[], typing=[])


@pytest.mark.parametrize(
    "nonsense", ["{", "[]", '{"conversation": "x"}', '{"subscribe": "all"}', '{"conversation": 0}']
)
async def test_nonsense_ends_the_line(shop: Site, nonsense: str) -> None:
    async with (
        shop.visitor(await shop.cookie("Ann")) as ann,
        ann.ws_connect("/desk/live") as line,
    ):
        await line.send_str(nonsense)

        assert await ended(line) == 1008


async def test_a_huge_frame_and_a_flood_end_the_line(shop: Site) -> None:
    async with shop.visitor(await shop.cookie("Ann")) as ann:
        async with ann.ws_connect("/desk/live") as line:
            await line.send_str("x" * 2_000_000)
            assert await ended(line) == 1009
        async with ann.ws_connect("/desk/live") as line:
            for _ in range(live.FRAMES_PER_MINUTE + 1):
                await line.send_str("{}")
            assert await ended(line) == 1008


async def test_a_line_ends_soon_after_its_session(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert live.RECHECK_SECONDS < 5
    monkeypatch.setattr(live, "RECHECK_SECONDS", 0.05)
    cookie = await shop.cookie("Ann")
    async with shop.visitor(cookie) as ann, ann.ws_connect("/desk/live") as line:
        await line.send_json({"conversation": 1})
        async with shop.visitor(cookie) as tab:
            data = {"csrf": await shop.csrf(cookie)}
            await tab.post("/logout", data=data, allow_redirects=False)

        assert (await told(line, "ended"))["ended"] is True
        assert await ended(line) == 1008


async def test_an_open_line_does_not_keep_an_idle_session_alive(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RECHECK_SECONDS", 0.05)
    async with (
        shop.visitor(await shop.cookie("Ann")) as ann,
        ann.ws_connect("/desk/live") as line,
    ):
        shop.clock.turn(timedelta(minutes=31))
        await line.send_json({"conversation": 1})

        assert (await told(line, "ended"))["ended"] is True


async def test_a_thousand_signals_behind_costs_one_fetch(shop: Site) -> None:
    async with (
        shop.visitor(await shop.cookie("Ann")) as ann,
        ann.ws_connect("/desk/live") as line,
    ):
        assert (await line.receive_json(timeout=5))["resync"] is True
        for number in range(3000):
            shop.signals.publish("desk", {"conversation": number})

        async with asyncio.timeout(20):
            assert (await line.receive_json())["resync"] is True
