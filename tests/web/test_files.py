"""Files that agents send: taken by their bytes, bounded, served to whoever knows the address."""

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientResponse, ClientSession, FormData
from sqlalchemy import func, select

from bot.config import Web
from bot.store import files
from bot.store.erase import erase
from bot.store.tables import files as files_table
from bot.store.tables import outbox
from bot.web import files as pages
from bot.web.words import LANGUAGES, words
from channels.base import Capabilities
from tests.shared import shared_path
from tests.web.site import Site, Talk, hear, site

PUBLIC = "https://chat.example.com"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PDF = b"%PDF-1.7 and so on"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path, web_settings=Web(public_url=PUBLIC, secure_cookies=False)) as made:
        await made.hire("Ann")
        await made.hire("Bob")
        yield made


async def send(
    shop: Site,
    talk: int,
    *contents: bytes,
    name: str = "photo.png",
    who: str = "Ann",
    csrf: str | None = None,
    **fields: str,
) -> ClientResponse:
    """Post a reply with files, as the desk's form does."""
    cookie = await shop.cookie(who)
    known = {"client_id": str(uuid4()), "seen": "99999", "text": ""} | fields
    known["csrf"] = await shop.csrf(cookie) if csrf is None else csrf
    form = FormData(quote_fields=False)
    for key, value in known.items():
        form.add_field(key, value)
    for content in contents:
        form.add_field("file", BytesIO(content), filename=name, content_type="image/png")
    async with shop.visitor(cookie) as visitor:
        answer = await visitor.post(f"/desk/{talk}/say", data=form, headers={"X-Fragment": "1"})
        await answer.read()
        return answer


async def send_named(shop: Site, talk: int, name: str) -> ClientResponse:
    """Post a picture of that *name* as browsers write it, with all that our client refuses."""
    cookie = await shop.cookie("Ann")
    fields = {"csrf": await shop.csrf(cookie), "client_id": str(uuid4()), "seen": "9", "text": ""}
    for bad, written in (('"', "%22"), ("\r", "%0D"), ("\n", "%0A")):
        name = name.replace(bad, written)
    parts = [f'name="{key}"\r\n\r\n{value}'.encode() for key, value in fields.items()]
    parts.append(f'name="file"; filename="{name}"\r\n\r\n'.encode() + PNG)
    body = b"".join(b"--x\r\nContent-Disposition: form-data; " + one + b"\r\n" for one in parts)
    headers = {"X-Fragment": "1", "Content-Type": "multipart/form-data; boundary=x"}
    async with shop.visitor(cookie) as visitor:
        path = f"/desk/{talk}/say"
        answer = await visitor.post(path, data=body + b"--x--\r\n", headers=headers)
        await answer.read()
        return answer


async def queued(shop: Site) -> list[dict[str, Any]]:
    query = select(outbox.c.message).order_by(outbox.c.seq)
    return await shop.database.read(lambda conn: list(conn.scalars(query)))


async def kept(shop: Site) -> int:
    query = select(func.count()).select_from(files_table)
    return await shop.database.read(lambda conn: conn.scalar(query) or 0)


async def get(shop: Site, path: str) -> tuple[int, bytes, dict[str, str]]:
    """What a stranger is told."""
    async with ClientSession() as stranger, stranger.get(f"{shop.url}{path}") as answer:
        return answer.status, await answer.read(), dict(answer.headers)


def path_of(message: dict[str, Any]) -> str:
    url: str = message["attachments"][0]["url"]
    assert url.startswith(f"{PUBLIC}/files/")
    return url.removeprefix(PUBLIC)


@pytest.fixture
def able(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform that takes pictures and documents."""
    from tests.web.site import ABLE

    taking = frozenset({"image", "file"})
    can = Capabilities(surface=ABLE["line"].surface, max_text=5000, media=taking)
    monkeypatch.setitem(ABLE, "line", can)


@pytest.mark.usefixtures("able")
async def test_a_picture_is_not_queued_and_served_as_it_was_sent(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1"))

    answer = await send(shop, talk, PNG, text="這就是")

    assert answer.status == 200
    picture, words_ = await queued(shop)
    assert (picture["text"], words_["text"]) == ("", "這就是")
    assert picture["attachments"][0]["title"] == "photo.png"
    path = path_of(picture)
    status, body, headers = await get(shop, path)
    assert (status, body, headers["Content-Type"]) == (200, PNG, "image/png")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    shown = await answer.text()
    assert f'<img src="{path.rpartition("/")[0]}"' in shown


@pytest.mark.usefixtures("able")
async def test_a_document_opens_in_the_page(shop: Site) -> None:
    await send(shop, await shop.talk(Talk(thread="U1")), PDF, name="報價單.pdf")

    status, _, headers = await get(shop, path_of((await queued(shop))[0]))

    assert status == 200
    assert headers["Content-Disposition"] == 'attachment; filename="document.pdf"'


async def test_what_the_platform_does_not_take_is_lost_instead_of_linked(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="p/r", channel="page_comments"))

    await send(shop, talk, PNG, text="Here:")

    (message,) = await queued(shop)
    assert message["attachments"] == []
    link = re.fullmatch(rf"Here:\nphoto\.png: {PUBLIC}(/files/\S+)", message["text"])
    assert link is not None
    assert (await get(shop, link[1]))[:2] == (200, PNG)


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"MZ\x90\0",
        b"PK\x03\x04",
        b"\0\0\0\x18ftypheic",
        b"",
    ],
)
async def test_a_name_is_believed_more_than_the_bytes(shop: Site, content: bytes) -> None:
    talk = await shop.talk(Talk(thread="U1"))

    answer = await send(shop, talk, content, text="keep me")

    assert answer.status == 415
    assert words("en")("conflict.file_type") in unescape(await answer.text())
    assert ">keep me</textarea>" in await answer.text()
    assert (await queued(shop), await kept(shop)) == ([], 0)


@pytest.mark.parametrize(
    ("size", "count", "status"),
    [
        (pages.MAX_BYTES, 1, 200),
        (pages.MAX_BYTES + 1, 1, 413),
        (9 * 1024 * 1024, 3, 413),
        (100, pages.MOST + 1, 413),
    ],
)
async def test_too_much_is_stored(shop: Site, size: int, count: int, status: int) -> None:
    talk = await shop.talk(Talk(thread="U1"))

    answer = await send(shop, talk, *[PNG.ljust(size, b"\0")] * count)

    assert answer.status == status
    assert await kept(shop) == (1 if status == 200 else 0)


async def test_a_conversation_fills_the_disk(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.files.MOST_PER_CONVERSATION", 2)
    talk = await shop.talk(Talk(thread="U1"))
    await send(shop, talk, PNG, PNG)

    answer = await send(shop, talk, PNG)

    assert answer.status == 409
    assert words("en")("conflict.files_full") in await answer.text()
    assert await kept(shop) == 2


async def test_a_foreign_form_or_conversation_takes_a_file(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1"))
    bobs = await shop.talk(Talk(thread="U2", state="agent", agent_id=shop.people["Bob"]))

    assert (await send(shop, talk, PNG, csrf="guessed")).status == 403
    assert (await send(shop, bobs, PNG)).status == 409
    assert (await send(shop, talk + 99, PNG)).status == 404
    assert (await send(shop, talk, PNG, mode="note", text="x")).status == 422
    form = FormData({"file": BytesIO(PNG)})
    async with ClientSession() as stranger:
        answer = await stranger.post(f"{shop.url}/desk/{talk}/say", data=form)
    assert answer.status == 401
    assert (await queued(shop), await kept(shop)) == ([], 0)


async def test_a_reply_that_was_overtaken_leaves_its_file_behind(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1", state="agent", agent_id=shop.people["Ann"]))
    await shop.database.write(
        lambda conn: hear(conn, talk, "meanwhile", shop.clock(), direction="out", author="agent")
    )

    answer = await send(shop, talk, PNG, seen="0")

    assert answer.status == 409
    assert "meanwhile" in await answer.text()
    assert (await queued(shop), await kept(shop)) == ([], 0)


async def test_a_second_click_sends_the_file_twice(shop: Site) -> None:
    talk, id = await shop.talk(Talk(thread="U1")), str(uuid4())

    for _ in range(2):
        assert (await send(shop, talk, PNG, client_id=id)).status == 200

    assert (len(await queued(shop)), await kept(shop)) == (1, 1)


@pytest.mark.usefixtures("able")
async def test_an_address_can_be_guessed_listed_or_climbed_out_of(shop: Site) -> None:
    await send(shop, await shop.talk(Talk(thread="U1")), PNG)
    path = path_of((await queued(shop))[0])
    id = path.split("/")[2]
    names = json.loads(shared_path("badinput/own/file_names.json").read_bytes())["items"]

    assert len(id) == 32
    for bad in ("/files", "/files/", f"/files/{id[:-1]}", f"/files/{id.swapcase()}", f"{path}/x"):
        assert (await get(shop, bad))[0] == 404, bad
    async with ClientSession() as stranger:
        for name in names:
            for bad in (f"/files/{id}/{name}", f"/files/{name}/{id}"):
                async with stranger.get(f"{shop.url}{bad}") as answer:
                    assert answer.status in {400, 404}, bad


@pytest.mark.usefixtures("able")
async def test_a_bad_file_name_breaks_an_address_a_header_or_the_desk(shop: Site) -> None:
    names = json.loads(shared_path("badinput/own/file_names.json").read_bytes())["items"]
    for number, name in enumerate(names):
        talk = await shop.talk(Talk(thread=f"U{number}"))
        answer = await send_named(shop, talk, name)
        if answer.status in {400, 422}:
            # No header may hold that; without a name it is no file, and nothing was said.
            assert not name.strip() or not name.isprintable()
            continue
        assert answer.status == 200, name
        sent = (await queued(shop))[-1]
        title = sent["attachments"][0]["title"]
        assert title.isprintable()
        assert len(title) <= 100
        assert not {"/", "\\"} & set(title)
        assert re.fullmatch(r"/files/[\w-]{32}/image\.png", path_of(sent))
        _, body, headers = await get(shop, path_of(sent))
        assert body == PNG
        assert headers["Content-Disposition"] == 'inline; filename="image.png"'


@pytest.mark.parametrize("name", ["a\r\nX: y.png", "\u202egnp.exe", "../../etc/passwd", "\0"])
def test_a_title_holds_what_nobody_sees(name: str) -> None:
    shown = pages.title(name)

    assert shown in {"aX: y.png", "gnp.exe", "passwd", ""}


@pytest.mark.usefixtures("able")
async def test_a_file_outlives_its_time(shop: Site) -> None:
    await send(shop, await shop.talk(Talk(thread="U1")), PNG)
    path = path_of((await queued(shop))[0])

    shop.clock.turn(timedelta(days=30) - timedelta(seconds=1))
    assert (await get(shop, path))[0] == 200
    shop.clock.turn(timedelta(seconds=1))
    assert (await get(shop, path))[0] == 404
    now = shop.clock()
    await shop.database.write(lambda conn: files.forget_expired(conn, now=now))
    assert await kept(shop) == 0


@pytest.mark.usefixtures("able")
async def test_a_file_outlives_who_wants_to_be_forgotten(shop: Site) -> None:
    await send(shop, await shop.talk(Talk(thread="U1")), PNG)
    await send(shop, await shop.talk(Talk(thread="U2")), PNG)
    mine, others = map(path_of, await queued(shop))

    await shop.database.write(lambda conn: erase(conn, "line/shop/U1", at=shop.clock()))

    assert (await get(shop, mine))[0] == 404
    assert (await get(shop, others))[0] == 200
    async with shop.visitor(await shop.cookie("Ann")) as http, http.get("/desk/1") as answer:
        assert answer.status == 200
        assert mine not in await answer.text()


@pytest.mark.parametrize("public", [None, "http://chat.example.com"])
async def test_a_platform_is_promised_what_it_cannot_fetch(
    tmp_path: Path, public: str | None
) -> None:
    async with site(tmp_path, web_settings=Web(public_url=public)) as shop:
        await shop.hire("Ann")
        line = await shop.talk(Talk(thread="U1"))
        chat = await shop.talk(Talk(thread="w1", channel="webchat"))

        refused = await send(shop, line, PNG)
        assert refused.status == 422
        assert words("en")("conflict.files_off") in await refused.text()
        assert (await send(shop, chat, PNG)).status == 200
        async with shop.visitor(await shop.cookie("Ann")) as http:
            off = await (await http.get(f"/desk/{line}")).text()
            on = await (await http.get(f"/desk/{chat}")).text()

    assert 'id="attach-off"' in off
    assert 'type="file"' not in off
    assert 'id="attach-off"' not in on
    assert 'type="file"' in on


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_desk_lacks_words_for_files(language: str) -> None:
    told = words(language)

    for kind in ("files_off", "files_many", "file_large", "file_type", "files_full"):
        assert told(f"conflict.{kind}")
