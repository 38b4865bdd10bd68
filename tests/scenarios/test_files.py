"""What an agent attaches at the desk reaches customers: as a picture, or in words with a link."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientSession, CookieJar, FormData
from sqlalchemy import func, select

from bot.store import agents
from bot.store.tables import conversations, files
from tests.house import House, house
from tests.scenarios.scene import comments, conversation, hire, line_user, on_line, until, visit

PUBLIC = "https://chat.example.com"
WEB = {"web": {"public_url": PUBLIC, "secure_cookies": False}}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PDF = b"%PDF-1.7 and so on"


@asynccontextmanager
async def at_the_desk(h: House) -> AsyncIterator[tuple[ClientSession, str]]:
    """An agent's browser, and the token that its forms carry."""
    who, at, span = await hire(h), h.clock(), timedelta(days=1)
    cookie = await h.database.write(lambda conn: agents.new_session(conn, who, at))
    session = await h.database.read(
        lambda conn: agents.session(conn, cookie, at=at, idle=span, longest=span)
    )
    assert session is not None
    jar = CookieJar(unsafe=True)
    jar.update_cookies({"desk": cookie})
    async with ClientSession(h.url, headers={"Origin": h.url}, cookie_jar=jar) as http:
        yield http, session.csrf


async def attach(h: House, talk: int, content: bytes, name: str, text: str = "") -> None:
    """Answer at the desk with a file."""
    form = FormData({"client_id": str(uuid4()), "seen": "999999", "text": text}, quote_fields=False)
    form.add_field("file", BytesIO(content), filename=name, content_type="text/html")
    async with at_the_desk(h) as (http, csrf):
        form.add_field("csrf", csrf)
        headers = {"X-Fragment": "1"}
        async with http.post(f"/desk/{talk}/say", data=form, headers=headers) as answer:
            assert answer.status == 200, await answer.text()


async def fetched(h: House, url: str) -> bytes:
    """What a platform gets at a public address."""
    assert url.startswith(f"{PUBLIC}/files/")
    async with h.http.get(h.url + url.removeprefix(PUBLIC)) as answer:
        assert answer.status == 200
        return await answer.read()


async def test_a_picture_does_not_reach_a_customer_on_line(tmp_path: Path) -> None:
    async with house(tmp_path, **WEB) as h:
        who = line_user(7)
        assert await h.deliver(on_line(h, who, "hello")) == 200
        await h.settled()
        await attach(h, (await conversation(h, who)).id, PNG, "photo.png", "這就是")
        await h.settled()

        picture, words = h.sent(who)[-2:]
        assert await fetched(h, picture.text) == PNG
        assert words.text == "這就是"
        assert h.platform.violations == []


@pytest.mark.parametrize(
    ("content", "name"), [(PNG, "photo.png"), (PDF, "報價單.pdf")], ids=["image", "document"]
)
async def test_a_file_does_not_reach_a_customer_on_messenger(
    tmp_path: Path, content: bytes, name: str
) -> None:
    async with house(tmp_path, **WEB) as h:
        await h.says("ann", "hello")
        await h.settled()
        await attach(h, (await conversation(h, "ann")).id, content, name)
        await h.settled()

        assert await fetched(h, h.sent("ann")[-1].text) == content
        assert h.platform.violations == []


async def test_a_document_is_dropped_where_the_platform_takes_pictures_only(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, **WEB) as h:
        who = line_user(8)
        assert await h.deliver(on_line(h, who, "hello")) == 200
        await h.settled()
        await attach(h, (await conversation(h, who)).id, PDF, "報價單.pdf")
        await h.settled()

        said, _, url = h.sent(who)[-1].text.partition(": ")
        assert said == "報價單.pdf"
        assert await fetched(h, url) == PDF


async def test_a_picture_under_a_post_is_lost_instead_of_linked(tmp_path: Path) -> None:
    async with house(tmp_path, **WEB) as h:
        await comments(h, "ann", "how big is it?")
        await h.settled()
        query = select(conversations.c.id).where(conversations.c.channel == "page_comments")
        talk = await h.database.read(lambda conn: conn.scalars(query).one())
        await attach(h, talk, PNG, "photo.png", "Like this:")
        await h.settled()

        first, _, url = h.sent()[-1].text.partition("\nphoto.png: ")
        assert first == "Like this:"
        assert await fetched(h, url) == PNG
        assert h.platform.violations == []


async def test_a_visitor_of_the_web_chat_gets_another_sites_address(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        visitor = await visit(h)
        await visitor.says("hello")
        await h.settled()
        await attach(h, (await conversation(h, visitor.thread)).id, PNG, "photo.png", "Here")
        await h.settled()

        picture, words = (await visitor.frames())[-1]["parts"]
        assert (picture["type"], picture["title"]) == ("image", "photo.png")
        assert words == {"type": "text", "text": "Here"}
        assert picture["url"].startswith("/files/")
        async with h.http.get(h.url + picture["url"]) as answer:
            assert (answer.status, await answer.read()) == (200, PNG)


async def test_files_pile_up(tmp_path: Path) -> None:
    async with house(tmp_path, **WEB) as h:
        await h.says("ann", "hello")
        await h.settled()
        await attach(h, (await conversation(h, "ann")).id, PNG, "photo.png")
        await h.settled()

        async def gone() -> bool:
            query = select(func.count()).select_from(files)
            return not await h.database.read(lambda conn: conn.scalar(query))

        assert not await gone()
        h.clock.ahead += timedelta(days=30)
        await until(h, gone)
