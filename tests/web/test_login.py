"""Nobody gets in who should not, and those who should are not locked out by accident."""

import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar

from bot.config import Web
from bot.store import agents
from bot.web import auth
from bot.web.origin import own_path
from tests.shared import shared_path
from tests.web.site import PASSWORD, Site, site


async def enter(
    visitor: ClientSession, email: str, password: str = PASSWORD, **fields: str
) -> ClientResponse:
    data = {"email": email, "password": password} | fields
    return await visitor.post("/login", data=data, allow_redirects=False)


async def test_a_right_password_opens_the_page_that_was_asked_for(shop: Site) -> None:
    async with shop.visitor() as visitor:
        away = await visitor.get("/desk?tab=mine", allow_redirects=False)
        answer = await enter(visitor, " ANN@example.com", next="/desk?tab=mine")

        assert (away.status, away.headers["Location"]) == (303, "/login?next=/desk?tab%3Dmine")
        assert (answer.status, answer.headers["Location"]) == (303, "/desk?tab=mine")
        assert (await visitor.get("/desk")).status == 200


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ann@example.com", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("", ""),
        ("ann", "\x00" * 999),
    ],
)
async def test_a_wrong_log_in_tells_nothing(shop: Site, email: str, password: str) -> None:
    async with shop.visitor() as visitor:
        answer = await enter(visitor, email, password)
        text = await answer.text()

        assert answer.status == 401
        assert "The e-mail or the password is not right." in text
        assert "Set-Cookie" not in answer.headers


async def test_an_unknown_address_takes_as_long_as_a_known_one(shop: Site) -> None:
    checks = shop.app[auth.PASSWORDS]
    found = await shop.database.read(lambda conn: agents.credentials(conn, "ann@example.com"))
    assert found is not None
    await checks.right("warm up", None)

    async def seconds(stored: str | None) -> float:
        spans = []
        for _ in range(7):
            begun = time.process_time()
            await checks.right("wrong", stored)
            spans.append(time.process_time() - begun)
        return median(spans)

    assert await seconds(None) == pytest.approx(await seconds(found[1]), rel=0.6)


async def test_at_most_ten_tries_in_fifteen_minutes_per_account(shop: Site) -> None:
    looked = 0
    for _ in range(90):
        shop.app[auth.PASSWORDS].right = _never  # type: ignore[method-assign]
        outcome = await auth.log_in(
            shop.app,
            email="ann@example.com",
            password="guess",
            address=f"192.0.2.{_}",
            old_cookie=None,
        )
        looked += not isinstance(outcome, auth.TooManyTries)
        shop.clock.turn(timedelta(seconds=9.99))

    assert 5 <= looked <= 10


async def _never(password: str, stored: str | None) -> bool:
    return False


async def test_at_most_ten_failures_in_fifteen_minutes_per_address(shop: Site) -> None:
    looked = 0
    shop.app[auth.PASSWORDS].right = _never  # type: ignore[method-assign]
    for number in range(90):
        outcome = await auth.log_in(
            shop.app,
            email=f"somebody{number}@example.com",
            password="guess",
            address="192.0.2.7",
            old_cookie=None,
        )
        looked += not isinstance(outcome, auth.TooManyTries)
        shop.clock.turn(timedelta(seconds=9.99))

    assert 5 <= looked <= 10


async def test_too_many_tries_say_how_long_to_wait_and_even_the_right_password_waits(
    shop: Site,
) -> None:
    async with shop.visitor() as visitor:
        for _ in range(5):
            await enter(visitor, "ann@example.com", "wrong")
        answer = await enter(visitor, "ann@example.com")

        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert "Too many tries. Please wait" in await answer.text()

        shop.clock.turn(timedelta(minutes=10))
        assert (await enter(visitor, "ann@example.com")).status == 303


async def test_a_whole_office_behind_one_address_may_log_in_at_nine(shop: Site) -> None:
    for number in range(15):
        await shop.hire(f"New{number}")
    async with shop.visitor() as visitor:
        seen = {(await enter(visitor, f"new{number}@example.com")).status for number in range(15)}

    assert seen == {303}


async def test_log_in_gives_a_new_cookie_and_ends_the_old_one(shop: Site) -> None:
    planted = await shop.cookie("Bob")
    async with shop.visitor(planted) as visitor:
        answer = await enter(visitor, "ann@example.com")

        fresh = answer.cookies["desk"].value
        assert fresh != planted
        assert len(fresh) >= 43
    async with shop.visitor(planted) as thief:
        assert (await thief.get("/desk", allow_redirects=False)).status == 303


@pytest.mark.parametrize(
    ("public", "name", "secure"),
    [("https://desk.example.com", "__Host-desk", True), (None, "desk", False)],
)
async def test_the_cookie_is_bound_to_this_host_and_out_of_reach_of_scripts(
    tmp_path: Path, public: str | None, name: str, secure: bool
) -> None:
    async with site(tmp_path, web_settings=Web(public_url=public)) as made:
        await made.hire("Ann")
        async with made.visitor() as visitor:
            cookie = (await enter(visitor, "ann@example.com")).cookies[name]

    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert bool(cookie["secure"]) is secure
    assert not cookie["domain"]


async def test_a_session_ends_when_idle_and_after_its_longest_time(shop: Site) -> None:
    cookie = await shop.cookie("Ann")

    async def status() -> int:
        async with shop.visitor(cookie) as visitor:
            return (await visitor.get("/desk", allow_redirects=False)).status

    for _ in range(28):
        assert await status() == 200
        shop.clock.turn(timedelta(minutes=25))
    assert await status() == 200
    shop.clock.turn(timedelta(minutes=25))
    assert await status() == 303

    idle = await shop.cookie("Bob")
    shop.clock.turn(timedelta(minutes=31))
    async with shop.visitor(idle) as visitor:
        assert (await visitor.get("/desk", allow_redirects=False)).status == 303


async def test_what_the_page_fetches_by_itself_keeps_no_session_alive(shop: Site) -> None:
    async with shop.visitor(await shop.cookie("Ann")) as visitor:
        seen = []
        for _ in range(4):
            shop.clock.turn(timedelta(minutes=9))
            answer = await visitor.get(
                "/desk/queue", headers={"X-Live": "1"}, allow_redirects=False
            )
            seen.append(answer.status)

        assert seen == [200, 200, 200, 303]


async def test_log_out_ends_the_session_for_whoever_copied_the_cookie(shop: Site) -> None:
    cookie = await shop.cookie("Ann")
    async with shop.visitor(cookie) as visitor:
        token = await shop.csrf(cookie)
        answer = await visitor.post("/logout", data={"csrf": token}, allow_redirects=False)

        assert (answer.status, answer.headers["Location"]) == (303, "/login")
    async with shop.visitor(cookie) as thief:
        assert (await thief.get("/desk", allow_redirects=False)).status == 303


async def test_a_new_password_ends_every_other_session(shop: Site) -> None:
    mine, stolen = await shop.cookie("Ann"), await shop.cookie("Ann")
    async with shop.visitor(mine) as visitor:
        fields = {"csrf": await shop.csrf(mine), "old": PASSWORD, "new": "another long password"}
        answer = await visitor.post("/account/password", data=fields, allow_redirects=False)

        assert answer.status == 303
        assert (await visitor.get("/account")).status == 200
    async with shop.visitor(stolen) as thief:
        assert (await thief.get("/desk", allow_redirects=False)).status == 303
    async with shop.visitor() as visitor:
        assert (await enter(visitor, "ann@example.com")).status == 401
        assert (await enter(visitor, "ann@example.com", "another long password")).status == 303


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("wrong", "another long password", "The current password is not right."),
        (PASSWORD, "short", "at least 12 characters"),
    ],
)
async def test_a_password_is_not_changed_by_mistake(
    shop: Site, old: str, new: str, words: str
) -> None:
    cookie = await shop.cookie("Ann")
    async with shop.visitor(cookie) as visitor:
        fields = {"csrf": await shop.csrf(cookie), "old": old, "new": new}
        answer = await visitor.post("/account/password", data=fields, allow_redirects=False)

        assert answer.status == 422
        assert words in await answer.text()


def attempts() -> list[str]:
    lists = ("badinput/fetched/open_redirect.json", "badinput/fetched/crlf.json")
    return [item for name in lists for item in json.loads(shared_path(name).read_text())["items"]]


async def test_no_redirect_leaves_our_own_host(shop: Site) -> None:
    tried = attempts()

    for target in tried:
        path = own_path(target, default="/desk")
        assert path.startswith("/")
        assert not path.startswith(("//", "/\\"))
        assert path.isprintable()
        assert "%" not in path.partition("?")[0]
        assert "//" not in path.partition("?")[0]
    async with shop.visitor() as visitor:
        for target in tried[::40]:
            shop.clock.turn(timedelta(minutes=15))
            answer = await enter(visitor, "ann@example.com", next=target)
            assert answer.status == 303
            assert answer.headers["Location"] == own_path(target, default="/desk")
            assert "crlf" not in answer.headers.get("Set-Cookie", "")


async def test_a_foreign_page_cannot_log_its_reader_in(shop: Site) -> None:
    async with shop.visitor() as visitor:
        data = {"email": "ann@example.com", "password": PASSWORD}
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            answer = await visitor.post("/login", data=data, headers=headers)
            assert answer.status == 403


@pytest.fixture
async def stranger(shop: Site) -> AsyncIterator[ClientSession]:
    async with ClientSession(shop.url, cookie_jar=CookieJar(unsafe=True)) as session:
        yield session


async def test_an_agent_who_left_is_out_at_once(shop: Site, stranger: ClientSession) -> None:
    cookie = await shop.cookie("Bob")
    await shop.database.write(
        lambda conn: agents.set_active(conn, shop.people["Bob"], active=False)
    )

    async with shop.visitor(cookie) as visitor:
        assert (await visitor.get("/desk", allow_redirects=False)).status == 303
        assert (await enter(visitor, "bob@example.com")).status == 401
    assert (await stranger.get("/desk")).status == 401
