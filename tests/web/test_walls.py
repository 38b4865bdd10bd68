"""Every route of the desk: who may, what a change must prove, what every answer carries."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from aiohttp import ClientResponse, ClientSession, web
from sqlalchemy import Select, select

from bot.store.agents import Role
from bot.store.tables import agents as agents_table
from bot.web.security import HEADERS
from tests.web.site import Site, Talk

OPEN_TO_ALL = {"/login", "/static/{digest}/{name}", "/favicon.ico", "/files/{id}{name}"}
NEEDED = {
    "/desk/replies": Role.MANAGER,
    "/desk/replies/{id}/remove": Role.MANAGER,
    "/desk/agents": Role.ADMIN,
    "/desk/agents/{id}/role": Role.ADMIN,
    "/desk/agents/{id}/active": Role.ADMIN,
    "/desk/agents/{id}/password": Role.ADMIN,
    "/desk/agents/{id}/teaches": Role.ADMIN,
    "/review": Role.MANAGER,
    "/review/{id}": Role.MANAGER,
    "/review/{id}/teach": Role.MANAGER,
    "/review/{id}/intent": Role.MANAGER,
    "/review/{id}/verdict": Role.MANAGER,
    "/review/taught": Role.MANAGER,
    "/review/taught/{id}/withdraw": Role.MANAGER,
    "/review/taught/{id}/retry": Role.MANAGER,
    "/desk/parked": Role.ADMIN,
    "/desk/parked/{id}/replay": Role.ADMIN,
    "/desk/parked/{id}/drop": Role.ADMIN,
}
PEOPLE = {"Ann": Role.AGENT, "Mia": Role.MANAGER, "Ada": Role.ADMIN}


def routes(shop: Site) -> Iterator[tuple[str, str]]:
    """Method and path of every route, HEAD left out."""
    for route in shop.app.router.routes():
        assert route.resource is not None
        if route.method != "HEAD":
            yield route.method, route.resource.canonical


def filled(path: str) -> str:
    for name, value in (
        ("{id}", "1"),
        ("{digest}/{name}", "0/desk.css"),
        ("{message}/{number}", "1/0"),
        ("{message}", "1"),
    ):
        path = path.replace(name, value)
    return path


async def ask(visitor: ClientSession, method: str, path: str, **sent: object) -> ClientResponse:
    return await visitor.request(method, filled(path), allow_redirects=False, **sent)  # type: ignore[arg-type]


async def test_a_stranger_sees_only_the_door(shop: Site) -> None:
    async with shop.visitor() as visitor:
        for method, path in routes(shop):
            answer = await ask(visitor, method, path)

            if path in OPEN_TO_ALL:
                continue
            wanted = {303, 401} if method == "GET" else {401}
            assert answer.status in wanted, (method, path)
            assert answer.headers.get("Location", "/login?").startswith("/login?"), path


async def test_no_change_without_the_sessions_own_token(shop: Site) -> None:
    cookie, other = await shop.cookie("Ada"), await shop.cookie("Ann")
    foreign = await shop.csrf(other)
    changes = [path for method, path in routes(shop) if method not in {"GET", "OPTIONS"}]
    changes.remove("/login")
    assert len(changes) > 12
    async with shop.visitor(cookie) as visitor:
        for path in changes:
            for data in ({}, {"csrf": ""}, {"csrf": foreign}, {"csrf": "é"}):
                answer = await ask(visitor, "POST", path, data=data)
                assert answer.status == 403, path


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_no_change_from_a_foreign_page_even_with_the_token(
    shop: Site, headers: dict[str, str]
) -> None:
    cookie = await shop.cookie("Ada")
    token = await shop.csrf(cookie)
    async with shop.visitor(cookie) as visitor:
        for method, path in routes(shop):
            if method != "GET" and path != "/login":
                answer = await ask(visitor, method, path, data={"csrf": token}, headers=headers)
                assert answer.status == 403, path


async def test_no_change_by_get(shop: Site) -> None:
    get = {path for method, path in routes(shop) if method == "GET"}
    async with shop.visitor(await shop.cookie("Ada")) as visitor:
        for method, path in routes(shop):
            if method == "POST" and path not in get:
                assert (await ask(visitor, "GET", path)).status == 405, path


@pytest.mark.parametrize("name", PEOPLE)
async def test_each_role_reaches_its_own_pages_and_no_others(shop: Site, name: str) -> None:
    cookie = await shop.cookie(name)
    token = await shop.csrf(cookie)
    async with shop.visitor(cookie) as visitor:
        for method, path in routes(shop):
            if path in OPEN_TO_ALL | {"/logout", "/desk/live"}:
                continue
            answer = await ask(visitor, method, path, data={"csrf": token})

            allowed = PEOPLE[name].may(NEEDED.get(path, Role.AGENT))
            assert (answer.status != 403) is allowed, (name, path, answer.status)


async def test_every_answer_carries_the_headers_and_hides_the_server(shop: Site) -> None:
    await shop.talk(Talk(thread="U1"))
    async with shop.visitor(await shop.cookie("Ada")) as visitor:
        paths = [(method, path) for method, path in routes(shop) if path != "/logout"]
        for method, path in [*paths, ("GET", "/nowhere"), ("TRACE", "/desk"), ("PUT", "/login")]:
            answer = await ask(visitor, method, path)

            missing = {name for name in HEADERS if name not in answer.headers}
            assert not missing, (path, missing)
            assert "Server" not in answer.headers
            if not path.startswith("/static/"):
                assert answer.headers["Cache-Control"] == "no-store"
            assert answer.status < 500, path
            assert "Traceback" not in await answer.text()


async def test_a_page_holds_no_inline_script_or_style(shop: Site) -> None:
    talk = await shop.talk(Talk(thread="U1"))
    async with shop.visitor(await shop.cookie("Ada")) as visitor:
        for path in ("/desk", f"/desk/{talk}", "/account", "/desk/agents", "/desk/replies"):
            text = await (await visitor.get(path)).text()

            assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
            assert not re.search(r"<script(?![^>]*\ssrc=)", text)


async def test_a_database_that_is_gone_gives_a_plain_page(shop: Site) -> None:
    async with shop.visitor(await shop.cookie("Ann")) as visitor:
        shop.database.engine.dispose()
        with shop.database.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE conversations")
        answer = await visitor.get("/desk")
        text = await answer.text()

    assert answer.status == 503
    assert "no such table" not in text
    assert "nothing was stored" in text


async def test_a_write_takes_no_column_that_the_form_does_not_have(shop: Site) -> None:
    cookie = await shop.cookie("Ann")
    extra = {"csrf": await shop.csrf(cookie), "role": "admin", "id": "4", "is_admin": "1"}
    async with shop.visitor(cookie) as visitor:
        await visitor.post("/account/language", data=extra | {"language": "en"})

    found = await shop.database.read(
        lambda conn: conn.scalar(
            select(agents_table.c.role).where(agents_table.c.email == "ann@example.com")
        )
    )
    assert found == "agent"


async def test_the_last_admin_cannot_be_lost(shop: Site) -> None:
    cookie = await shop.cookie("Ada")
    token = await shop.csrf(cookie)
    ada = shop.people["Ada"]
    async with shop.visitor(cookie) as visitor:
        for path, data in (("role", {"role": "agent"}), ("active", {"active": "no"})):
            answer = await visitor.post(f"/desk/agents/{ada}/{path}", data=data | {"csrf": token})
            assert answer.status == 422
            assert "At least one admin must stay." in await answer.text()


async def test_a_new_person_gets_a_password_that_works_and_a_role_change_logs_out(
    shop: Site,
) -> None:
    cookie = await shop.cookie("Ada")
    token = await shop.csrf(cookie)
    fields = {"csrf": token, "name": "Zoe", "email": "zoe@example.com", "role": "agent"}
    async with shop.visitor(cookie) as visitor:
        made = await (await visitor.post("/desk/agents", data=fields)).text()
        again = await visitor.post("/desk/agents", data=fields)
    secret = re.search(r'class="secret">([^<]+)<', made)
    assert secret is not None
    assert again.status == 422

    async with shop.visitor() as visitor:
        data = {"email": "zoe@example.com", "password": secret[1]}
        entered = await visitor.post("/login", data=data, allow_redirects=False)
        assert entered.status == 303
        shop.clock.turn(timedelta(seconds=5))
        async with shop.visitor(cookie) as admin:
            id = (await shop.database.read(lambda c: c.scalar(_id("zoe@example.com")))) or 0
            change = {"csrf": token, "role": "manager"}
            await admin.post(f"/desk/agents/{id}/role", data=change)
        assert (await visitor.get("/desk", allow_redirects=False)).status == 303


def _id(email: str) -> Select[int]:
    return select(agents_table.c.id).where(agents_table.c.email == email)


def test_every_app_route_is_known_to_the_walls(shop: Site) -> None:
    assert isinstance(shop.app, web.Application)
    known = {path for _, path in routes(shop)}

    assert set(NEEDED) <= known
    assert known >= OPEN_TO_ALL
