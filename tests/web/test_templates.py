"""Templates for managers: as they stand on disk, as a channel shows them, and what came of them."""

import html
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import Connection, select

from bot.cli import main
from bot.config import load
from bot.store import schema
from bot.store.agents import Role
from bot.store.database import engine, sqlite_url
from bot.store.erase import erase
from bot.store.tables import conversations
from bot.web import template_pages
from bot.web.keys import CONFIG
from tests.told import Telling, told_brand
from tests.web.site import Clock, Site, site

NOW = datetime(2026, 3, 12, 3, 20, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ROW = re.compile(r'<tr data-template="(\w+)"')


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Site]:
    """A desk of a brand whose templates are odd, with an agent (Ann) and a manager (Mia)."""
    config = told_brand(tmp_path)
    made = engine(sqlite_url(tmp_path))
    schema.prepare(made)
    made.dispose()

    def extra(app: web.Application) -> None:
        app[CONFIG] = load(config, {})
        template_pages.setup(app)

    async with site(tmp_path, clock=Clock(now=NOW), extra=extra) as running:
        await running.hire("Ann")
        await running.hire("Mia", Role.MANAGER)
        await running.hire("Wei", Role.MANAGER, "zh-Hant")
        yield running


async def status(office: Site, path: str, name: str = "Mia") -> int:
    async with office.visitor(await office.cookie(name)) as visitor, visitor.get(path) as answer:
        return answer.status


async def get(office: Site, path: str, name: str = "Mia") -> str:
    async with office.visitor(await office.cookie(name)) as visitor, visitor.get(path) as answer:
        assert answer.status == 200, path
        return await answer.text()


async def tell(office: Site, folder: Path, count: int = 80, *, recent: float = 0.5) -> None:
    """Say both variants of the greeting to *count* customers, who do this and that then.

    The last are *recent* days ago.
    """
    luck = Random(count)
    ends = (
        *((), (), (("greet", "again"),), (("thanks", "ty"),), (("order_status/payload", "1"),)),
        (("oos", "what?"), ("handoff", "")),
    )

    def write(connection: Connection) -> None:
        telling = Telling(connection=connection, file=folder / "answers" / "en" / "greet.j2")
        for _ in range(count):
            at = NOW - DAY * luck.uniform(recent, 20)
            conversation = telling.tell(at, luck.randrange(2), *luck.choice(ends))
            if luck.random() < 0.2:
                telling.tell(at + 2 * HOUR, 0, conversation=conversation)

    await office.database.write(write)


async def test_somebody_who_is_no_manager_reads_the_figures(office: Site) -> None:
    for path in ("/templates", "/templates/greet", "/templates/greet/figures"):
        assert await status(office, path, "Ann") == 403
        async with (
            office.visitor() as visitor,
            visitor.get(path, allow_redirects=False) as answer,
        ):
            assert answer.headers["Location"].startswith("/login?")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=season", {"season"}),
        ("q=SPRING+is", {"season", "sale"}),
        # Words of any language, and the intent that it answers.
        ("q=今天想找什麼", {"greet"}),
        ("q=price&kind=own", {"sale"}),
        ("q=no+such+words+anywhere", set()),
        ("kind=own", {"greet", "sale", "season", "visit"}),
        ("kind=problems", {"sale", "season"}),
        ("kind=variants&q=weights", {"greet"}),
    ],
)
async def test_a_search_finds_something_else(office: Site, query: str, found: set[str]) -> None:
    assert set(ROW.findall(await get(office, f"/templates?{query}"))) == found


async def test_a_template_is_not_in_the_list_of_all(office: Site) -> None:
    page = await get(office, "/templates")

    listed = ROW.findall(page)
    assert listed == sorted(listed)
    assert len(listed) == int(re.search(r'id="count" value="(\d+)"', page)[1])  # type: ignore[index]
    assert {"greet", "handoff", "season"} <= set(listed)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/templates/nothing", 404),
        ("/templates/nothing/figures", 404),
        ("/templates/..%2Fconfig", 404),
        ("/templates/greet?channel=nowhere", 422),
        ("/templates?kind=wild", 422),
        (f"/templates?q={'x' * 101}", 422),
        ("/templates/greet/figures?from=2026-99-99", 422),
        ("/templates/greet/figures/replies?language=en&version=greet&group=wild&variant=1", 422),
        ("/templates/greet/figures/replies?language=en&version=greet&group=met&variant=9", 422),
        ("/templates/greet/figures/replies?language=xx&version=greet&group=met&variant=1", 404),
        ("/templates/greet/figures/replies?language=en&version=greet&group=met&page=0", 422),
        ("/templates/greet/figures/replies?language=en&version=greet&group=met&page=7", 404),
    ],
)
async def test_a_wrong_address_is_an_error_of_ours(office: Site, path: str, code: int) -> None:
    assert await status(office, path) == code


async def test_a_preview_lacks_what_an_author_must_know(office: Site) -> None:
    page = await get(office, "/templates/sale?channel=messenger")

    assert "Cannot be said. A customer would get a person." in page
    assert "Nobody tells it: shop.sale_ends" in page
    assert "until [shop.sale_ends]. Shipping is 80." in page
    assert "Ceramic mug &lt;b&gt;" in page
    assert "61 of 2,000 characters" in page
    assert "answers/en/sale.j2:1:1" in page
    assert "this template has no translation in zh-Hant" in page
    assert "There is no translation, and the first language has none either" in page
    assert re.search(r"Answer to\s+<b>Price</b>", page)
    season = html.unescape(await get(office, "/templates/season"))
    assert "nothing is called 'custommer' here; did you mean 'customer'?" in season


async def test_a_choice_is_lost_without_a_word(office: Site) -> None:
    private = await get(office, "/templates/greet?channel=messenger")
    assert "takes no longer titles: “Talk to a real person please”" in private
    assert "2 of 13 quick replies" in private

    assert "become numbered words" in await get(office, "/templates/greet?channel=x")
    assert "Choices are left out" in await get(office, "/templates/greet?channel=page_comments")


async def test_a_changed_or_broken_file_is_not_seen(office: Site, tmp_path: Path) -> None:
    assert "Hi there." in await get(office, "/templates/greet")

    file = tmp_path / "answers" / "en" / "greet.j2"
    file.write_text("{% if <script> %}", encoding="utf-8")
    broken = await get(office, "/templates/greet")
    assert "{% if &lt;script&gt; %}" in broken
    assert "answers/en/greet.j2:1:" in broken
    assert "想問什麼呢" in broken

    assert str(tmp_path) not in broken
    (tmp_path / "answers" / "_macros.j2").write_text("{% macro %}", encoding="utf-8")
    assert "answers/_macros.j2:1:1" in await get(office, "/templates/handoff")

    file.write_text("Good day.", encoding="utf-8")
    assert "Good day." in await get(office, "/templates/greet")


async def test_a_name_that_is_no_word_has_no_page(office: Site, tmp_path: Path) -> None:
    (tmp_path / "answers" / "en" / "50% off? #1.j2").write_text("Half price.", encoding="utf-8")

    (href,) = re.findall(r'href="(/templates/50[^"]*)"', await get(office, "/templates?q=half"))
    page = await get(office, html.unescape(href))
    further = re.findall(r'href="(/templates/50[^"]*)"', page)
    assert len(further) == 2
    for each in (*further, f"{further[1]}/replies?language=en&version=50%25+off%3F+%231&group=met"):
        assert await status(office, html.unescape(each)) == 200


async def test_a_mistake_in_the_config_hides_the_templates(office: Site, tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    text = file.read_text(encoding="utf-8")

    file.write_text(text.replace("shipping_fee: 80", "shipping_fee: 90"), encoding="utf-8")
    assert "Shipping is 90." in await get(office, "/templates/sale")

    file.write_text("brand: [", encoding="utf-8")
    page = await get(office, "/templates/sale")
    assert "config.yml holds a mistake" in page
    assert "Shipping is 80." in page


async def test_page_and_command_tell_different_figures(
    office: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The command's instant is the present, when all of these are long settled.
    await tell(office, tmp_path, recent=1.5)

    page = await get(office, "/templates/greet/figures?from=2026-02-13&to=2026-03-12")

    (english,) = re.findall(r'data-file="en/greet".*?</section>', page, re.DOTALL)
    shown = {
        row: [int(value) for value in re.findall(r'<data value="(\d+)"', cells)]
        for row, cells in re.findall(r'<tr data-row="(\w+)">(.*?)</tr>', english, re.DOTALL)[:6]
    }
    told = await counted(tmp_path, capsys)
    assert shown["sent"] == [one["sent"] for one in told]
    assert [*shown["met"]][:1] == [told[0]["conversations"]]
    for outcome in ("asked_again", "handed_over", "thanked", "chose"):
        parts = [one["outcomes"][outcome] for one in told]
        assert shown[outcome] == [number for each in parts for number in (each["hits"], each["n"])]


async def counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What the command tells, as of the same instant."""
    days = (datetime.now(UTC) - datetime(2026, 2, 12, 16, tzinfo=UTC)).days + 1
    options = ["--config", str(folder / "config.yml"), "--data", str(folder), "--json"]
    assert main(["variants", "greet", *options, "--days", str(days)]) == 0
    (english,) = (one for one in json.loads(capsys.readouterr().out) if one["language"] == "en")
    found: list[dict[str, Any]] = english["variants"]
    return found


async def test_a_number_opens_into_more_or_fewer_than_it_says(office: Site, tmp_path: Path) -> None:
    await tell(office, tmp_path, 130)
    await office.database.write(lambda connection: _odd(connection, tmp_path))
    page = await get(office, "/templates/greet/figures")

    links = re.findall(
        r'<a (?:class="figure" )?href="(/templates/greet/figures/replies[^"]+)"[^>]*>'
        r'(?:<data value="(\d+)">|(\d+) )',
        page,
    )
    assert len(links) > 24
    for href, value, words in links:
        assert await opened(office, html.unescape(href)) == int(value or words), href


def _odd(connection: Connection, folder: Path) -> None:
    telling = Telling(connection=connection, file=folder / "answers" / "en" / "greet.j2")
    telling.tell(NOW - DAY, 0, draw="older")
    telling.tell(NOW - DAY, 1, wording=1)
    telling.tell(NOW - DAY, 1, state="expired")


async def opened(office: Site, href: str) -> int:
    """How many rows all pages of a list hold, which must be what it claims."""
    rows, total, next_href = 0, -1, href
    while next_href:
        page = await get(office, next_href)
        total = int(re.search(r'id="total" value="(\d+)"', page)[1])  # type: ignore[index]
        rows += len(re.findall(r'href="/desk/\d+\?tab=open"', page))
        more = re.search(r'<a rel="next" href="([^"]+)"', page)
        next_href = html.unescape(more[1]) if more else ""
    assert rows == total
    return total


async def test_a_share_of_four_is_shown(office: Site, tmp_path: Path) -> None:
    def write(connection: Connection) -> None:
        telling = Telling(connection=connection, file=tmp_path / "answers" / "en" / "greet.j2")
        for variant, count in ((0, 4), (1, 5)):
            for _ in range(count):
                telling.tell(NOW - 2 * DAY, variant, ("thanks", "ty"))

    await office.database.write(write)

    page = await get(office, "/templates/greet/figures")
    (row,) = re.findall(r'data-file="en/greet".*?data-row="thanked">(.*?)</tr>', page, re.DOTALL)
    few, enough = row.split("</td>")[:2]
    assert "too few to tell" in few
    assert "100" not in few
    assert '<span class="share grey"><data value="1.0">100.0%</data></span>' in enough
    assert 'class="verdict few">too few to tell' in page


async def test_a_clear_difference_is_kept_quiet_or_chance_called_one(
    office: Site, tmp_path: Path
) -> None:
    def write(connection: Connection) -> None:
        telling = Telling(connection=connection, file=tmp_path / "answers" / "en" / "greet.j2")
        for number in range(400):
            variant = number % 2
            glad = number % 20 < (2 if variant else 14)
            telling.tell(NOW - 2 * DAY, variant, *[("thanks", "ty")] * glad)

    await office.database.write(write)

    page = await get(office, "/templates/greet/figures")
    (table,) = re.findall(r'data-file="en/greet".*?data-compare="2">(.*?)</table>', page, re.DOTALL)
    verdicts = re.findall(r'<tr data-row="(\w+)">.*?class="verdict (\w+)"', table, re.DOTALL)
    assert dict(verdicts) == {
        "asked_again": "none",
        "handed_over": "none",
        "thanked": "clear",
        "chose": "none",
    }
    assert "4 comparisons were made here." in page
    assert "\N{MINUS SIGN}60.0 points" in page


async def test_words_that_were_erased_are_shown_behind_a_figure(
    office: Site, tmp_path: Path
) -> None:
    def write(connection: Connection) -> None:
        telling = Telling(connection=connection, file=tmp_path / "answers" / "en" / "greet.j2")
        id = telling.tell(NOW - 2 * DAY, 0, ("thanks", "my secret words"))
        key = connection.scalar(select(conversations.c.key).where(conversations.c.id == id))
        assert key is not None
        erase(connection, key, at=NOW)

    await office.database.write(write)

    href = "/templates/greet/figures/replies?language=en&version=greet&group=thanked&variant=1"
    page = await get(office, f"{href}&hit=yes")
    assert 'id="total" value="1"' in page
    assert "secret" not in page
    assert "林小姐" not in page
