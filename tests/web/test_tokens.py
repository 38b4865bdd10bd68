"""Tokens at the desk: made by admins alone, shown once, ended at once."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import tokens
from bot.store.agents import Role
from bot.store.tokens import Scope, Token
from bot.web import api
from bot.web.api.problems import KINDS
from bot.web.api.resources import RESOURCES
from bot.web.words import words
from tests.web.site import Site, site


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Site]:
    """A desk with a manager (Mia) and two admins (Ada, and Wei who reads Chinese)."""
    async with site(tmp_path, extra=api.setup) as made:
        await made.hire("Mia", Role.MANAGER)
        await made.hire("Ada", Role.ADMIN)
        await made.hire("Wei", Role.ADMIN, "zh-Hant")
        yield made


async def everything(shop: Site) -> list[Token]:
    return await shop.database.read(tokens.everything)


async def posted(
    shop: Site, name: str, path: str, fields: list[tuple[str, str]], *, csrf: bool = True
) -> tuple[int, str]:
    cookie = await shop.cookie(name)
    given = [*fields, *([("csrf", await shop.csrf(cookie))] if csrf else [])]
    async with (
        shop.visitor(cookie) as visitor,
        visitor.post(path, data=given, allow_redirects=False) as got,
    ):
        return got.status, await got.text()


MAKE = [("name", "Spreadsheet"), ("scope", "reports:read"), ("scope", "asks:read"), ("days", "30")]


async def test_a_token_that_was_shown_does_not_open_or_is_shown_again(shop: Site) -> None:
    status, page = await posted(shop, "Ada", "/desk/tokens", MAKE)
    (secret,) = re.findall(r"antiphon_[\w-]{43}", page)
    async with (
        shop.visitor(await shop.cookie("Ada")) as visitor,
        visitor.get("/desk/tokens") as got,
    ):
        later = await got.text()
    found = await shop.database.read(lambda conn: tokens.known(conn, secret))

    assert status == 200
    assert secret not in later
    assert "Spreadsheet" in later
    assert found is not None
    assert found.scopes == (Scope.ASKS, Scope.REPORTS)
    assert found.expires_at is not None
    assert (found.expires_at - found.created_at).days == 30
    assert found.lives(shop.clock())


async def test_a_revoked_token_lives_on(shop: Site) -> None:
    await posted(shop, "Ada", "/desk/tokens", MAKE)

    assert (await posted(shop, "Ada", "/desk/tokens/1/revoke", []))[0] == 303
    assert (await posted(shop, "Ada", "/desk/tokens/1/revoke", []))[0] == 404
    assert (await posted(shop, "Ada", "/desk/tokens/9/revoke", []))[0] == 404

    (one,) = await everything(shop)
    assert not one.lives(shop.clock())


@pytest.mark.parametrize(
    "fields",
    [
        [("name", ""), ("scope", "asks:read")],
        [("name", "x" * 65), ("scope", "asks:read")],
        [("name", "x")],
        [("name", "x"), ("scope", "everything")],
        *(
            [("name", "x"), ("scope", "asks:read"), ("days", day)]
            for day in ("0", "3661", "-1", "x")
        ),
    ],
)
async def test_an_unfit_token_is_made(shop: Site, fields: list[tuple[str, str]]) -> None:
    status, page = await posted(shop, "Ada", "/desk/tokens", fields)

    assert status == 422
    assert 'role="alert"' in page
    assert await everything(shop) == []


async def test_somebody_else_makes_or_sees_tokens(shop: Site) -> None:
    assert (await posted(shop, "Mia", "/desk/tokens", MAKE))[0] == 403
    assert (await posted(shop, "Ada", "/desk/tokens", MAKE, csrf=False))[0] == 403
    async with (
        shop.visitor(await shop.cookie("Mia")) as visitor,
        visitor.get("/desk/tokens") as got,
    ):
        assert got.status == 403
    async with shop.visitor() as visitor, visitor.get("/desk/tokens", allow_redirects=False) as got:
        assert got.status == 303

    assert await everything(shop) == []


async def test_a_name_runs_as_markup(shop: Site) -> None:
    evil = "<img src=x onerror=alert(1)>"

    status, page = await posted(shop, "Wei", "/desk/tokens", [("name", evil), *MAKE[1:]])

    assert status == 200
    assert "<img" not in page
    assert html.escape(evil) in page


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
async def test_the_page_leaves_out_an_address_a_filter_or_a_problem(
    shop: Site, language: str
) -> None:
    async with shop.visitor() as visitor, visitor.get("/api", params={"lang": language}) as got:
        assert got.status == 200
        page = await got.text()

    t = words(language)
    assert f'<html lang="{language}">' in page
    for each in RESOURCES:
        assert f"GET {each.path}<" in page
        assert html.escape(t(f"api.resource.{each.name}")) in page
        for parameter in (*each.parameters, *each.of_file):
            assert f'id="filter-{parameter.name}"' in page
    for kind in KINDS:
        assert f'id="{kind}"' in page
