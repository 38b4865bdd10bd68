"""Agents who log in at the real desk and press its buttons."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache

from aiohttp import ClientSession, CookieJar

from bot.store import agents
from bot.store.agents import Role
from bot.store.database import Database
from bot.web import passwords
from tests.house import House

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An agent at a desk, logged in."""

    id: int
    name: str
    browser: ClientSession
    csrf: str

    async def press(self, button: str, conversation_id: int) -> tuple[int, str]:
        """Press a button of a conversation; returns the status and the page."""
        async with self.browser.post(
            f"/desk/{conversation_id}/{button}",
            data={"csrf": self.csrf},
            headers={"X-Fragment": "1"},
            allow_redirects=False,
        ) as answer:
            return answer.status, await answer.text()


async def hire(database: Database, name: str, house: House) -> int:
    """Add an agent NAME@example.com; returns the id."""
    at = house.clock()
    return await database.write(
        lambda connection: agents.add(
            connection,
            email=f"{name.lower()}@example.com",
            name=name,
            role=Role.AGENT,
            password_hash=_hashed(),
            at=at,
            language="en",
        )
    )


@asynccontextmanager
async def at_the_desk(house: House, name: str, id: int) -> AsyncIterator[Person]:
    """Log in as a hired agent through the form, as a browser would."""
    headers = {"Origin": house.url, "Accept": "text/html", "Accept-Language": "en"}
    async with ClientSession(
        house.url, headers=headers, cookie_jar=CookieJar(unsafe=True)
    ) as browser:
        form = {"email": f"{name.lower()}@example.com", "password": PASSWORD}
        async with browser.post("/login", data=form) as answer:
            page = await answer.text()
            assert answer.status == 200, page
        found = re.search(r'data-csrf="([^"]+)"', page)
        assert found is not None, page
        yield Person(id=id, name=name, browser=browser, csrf=found[1])


@cache
def _hashed() -> str:
    return passwords.hashed(PASSWORD)
