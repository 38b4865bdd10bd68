"""A visitor of the web chat and an agent at the desk, on their real lines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, web

from bot.store import thread
from bot.web.keys import CONFIG
from bot.web.webchat import routes
from channels.webchat import Settings
from tests.web import webchat_site
from tests.web.site import Site, Talk, config, site
from tests.web.test_desk import post, say
from tests.web.webchat_site import Visitor

CHAT = Settings.model_validate({"account": "shop", "origins": []})


@dataclass(frozen=True, slots=True)
class Page:
    """Where a visitor's browser finds the chat."""

    origin: str
    url: str


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Site]:
    """A desk that also serves a web chat."""

    def chat(app: web.Application) -> None:
        app[CONFIG] = config(tmp_path, channels={"webchat": (CHAT,)})
        routes.setup(app)

    async with site(tmp_path, extra=chat) as made:
        await made.hire("Ann")
        await made.hire("Bob")
        yield made


@asynccontextmanager
async def visiting(shop: Site, **talk: Any) -> AsyncIterator[tuple[Visitor, int]]:
    """A visitor on the live line, and the conversation that is theirs."""
    page = Page(shop.url, f"{shop.url}/webchat/shop")
    async with ClientSession() as http:
        visitor = Visitor(site=cast(webchat_site.Site, page), http=http)
        await visitor.arrive()
        id = await shop.talk(Talk(thread=visitor.thread, channel="webchat", **talk))
        await visitor.connect()
        yield visitor, id
        await visitor.leave()


@asynccontextmanager
async def desk_line(shop: Site, name: str) -> AsyncIterator[ClientWebSocketResponse]:
    async with (
        shop.visitor(await shop.cookie(name)) as agent,
        agent.ws_connect("/desk/live") as line,
    ):
        yield line


async def frames(line: ClientWebSocketResponse, last: str) -> list[dict[str, Any]]:
    """Everything up to a frame with the key *last*, and that one."""
    heard: list[dict[str, Any]] = []
    async with asyncio.timeout(20):
        while not heard or last not in heard[-1] or not heard[-1][last]:
            heard.append(await line.receive_json())
    return heard


async def kinds(visitor: Visitor, last: str) -> list[str]:
    """The kinds of the frames that a visitor hears up to one of *last*."""
    assert visitor.ws is not None
    heard: list[str] = []
    async with asyncio.timeout(20):
        while last not in heard[-1:]:
            heard.append((await visitor.ws.receive_json())["t"])
    return heard


async def test_a_visitor_is_not_told_who_has_the_word(shop: Site) -> None:
    async with visiting(shop) as (visitor, talk):
        states = [(await visitor.hears("handoff"))["state"]]
        for change in ("take", "release", "take", "close"):
            assert (await post(shop, "Ann", f"/desk/{talk}/{change}")).status == 200
            states.append((await visitor.hears("handoff"))["state"])

        assert states == ["waiting", "agent", "bot", "agent", "closed"]


async def test_a_visitor_is_not_told_that_a_reply_took_the_conversation_over(shop: Site) -> None:
    async with visiting(shop) as (visitor, talk):
        assert (await visitor.hears("handoff"))["state"] == "waiting"
        await say(shop, "Ann", talk, "您好")

        assert (await visitor.hears("handoff"))["state"] == "agent"


async def test_a_refused_change_is_told_to_the_visitor(shop: Site) -> None:
    async with visiting(shop, state="agent", agent_id=shop.people["Bob"]) as (visitor, talk):
        assert (await visitor.hears("handoff"))["state"] == "agent"
        assert (await post(shop, "Ann", f"/desk/{talk}/close")).status == 409
        await post(shop, "Bob", f"/desk/{talk}/release")

        assert (await visitor.hears("handoff"))["state"] == "bot"


async def test_a_visitor_sees_a_note_being_typed_or_no_reply(shop: Site) -> None:
    async with visiting(shop) as (visitor, talk), desk_line(shop, "Ann") as line:
        await kinds(visitor, "handoff")
        await line.send_json({"conversation": talk, "typing": True, "note": True})
        await line.send_json({"conversation": talk, "typing": False})
        await line.send_json({"conversation": talk, "typing": True})

        assert (await visitor.hears("typing"))["author"] == "agent"
        await post(shop, "Ann", f"/desk/{talk}/take")
        assert await kinds(visitor, "handoff") == ["handoff"]


async def test_a_visitor_sees_somebody_type_who_does_not_have_the_conversation(
    shop: Site,
) -> None:
    async with (
        visiting(shop, state="agent", agent_id=shop.people["Ann"]) as (hers, talk),
        visiting(shop) as (free, other),
        desk_line(shop, "Bob") as line,
    ):
        await kinds(hers, "handoff")
        await line.send_json({"conversation": talk, "typing": True})
        await line.send_json({"conversation": other, "typing": True})
        await free.hears("typing")
        await post(shop, "Ann", f"/desk/{talk}/release")

        assert await kinds(hers, "handoff") == ["handoff"]


async def test_an_agent_does_not_see_the_visitor_type(shop: Site) -> None:
    other = await shop.talk(Talk(thread="U1"))
    async with visiting(shop) as (visitor, talk), desk_line(shop, "Ann") as line:
        await line.send_json({"conversation": talk})
        await frames(line, "resync")
        await visitor.sends(t="typing")

        assert (await frames(line, "customer"))[-1] == {
            "conversation": talk,
            "customer": "typing",
        }
        await visitor.sends(t="read", seq=1)
        await visitor.hears("ok")
        await visitor.hears("ok")
        await post(shop, "Bob", f"/desk/{other}/take")
        assert (await frames(line, "changed"))[-1]["changed"] == [other]


async def test_a_deleted_chat_stays_on_the_desk(shop: Site) -> None:
    secret = f"我的電話 {uuid4()}"
    async with visiting(shop, lines=(secret,)) as (visitor, talk), desk_line(shop, "Ann") as line:
        await frames(line, "resync")
        status, _ = await visitor.call("DELETE", "session")

        assert status == 204
        assert (await frames(line, "changed"))[-1]["changed"] == [talk]
        shown = await shop.database.read(lambda conn: thread.thread(conn, talk))
        assert shown is not None
        assert secret not in repr(shown)
        assert visitor.thread not in repr(shown)
        files = shop.database.engine.url.database
        assert files is not None
        for file in Path(files).parent.glob("antiphon.db*"):
            assert secret.encode() not in file.read_bytes()
            assert visitor.thread.encode() not in file.read_bytes()
