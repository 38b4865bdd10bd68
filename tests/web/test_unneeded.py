"""No reply needed: off the list, in the figures as what it is, told by whom, and taken back."""

import html
import json
import re
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.store.tables import events
from tests.history import History
from tests.web.site import Site
from tests.web.test_reports import NOW, SPAN, get, office

__all__ = ["office"]

AT = NOW - timedelta(hours=5)


async def two_wait(office: Site) -> None:
    """Two customers wait; a third has an answer."""

    def tell(history: History) -> None:
        for thread in ("a", "b"):
            history.says(thread, "多少錢？", AT)
        history.says("c", "多少錢？", AT, bot={})

    await office.database.write(lambda conn: tell(History(conn, AT - timedelta(days=1))))


async def posts(office: Site, path: str, who: str = "Mia", **fields: str) -> tuple[int, str]:
    cookie = await office.cookie(who)
    given = {"csrf": await office.csrf(cookie), **fields}
    async with (
        office.visitor(cookie) as visitor,
        visitor.post(path, data=given, allow_redirects=False) as answer,
    ):
        return answer.status, answer.headers.get("Location", "")


async def figures(office: Site) -> dict[str, Any]:
    [report] = json.loads(await get(office, "/reports/report.json", **SPAN))["reports"]
    either: dict[str, Any] = report["by_actor"]["either"]
    return either


def listed(page: str) -> set[str]:
    return set(re.findall(r'data-ask="line/c(\d+)', page))


async def test_a_mark_stays_on_the_list_or_counts_as_an_answer(office: Site) -> None:
    await two_wait(office)
    before = await figures(office)
    page = await get(office, "/reports/unanswered")
    assert listed(page) == {"1", "2"}
    assert page.count('/unneeded?tab=open"') == 2

    sent = await posts(office, "/desk/1/unneeded?tab=open", back="unanswered")

    assert sent == (303, "/reports/unanswered")
    page = await get(office, "/reports/unanswered")
    assert listed(page) == {"2"}
    link = re.findall(r'<a id="unneeded" href="([^"]+)"', page)[0]
    assert listed(await get(office, html.unescape(link))) == {"1"}
    after = await figures(office)
    assert after.pop("unneeded") == 1 + before.pop("unneeded")
    assert after == before
    overview = await get(office, "/reports", **SPAN)
    assert listed(await get(office, "/reports/asks", **SPAN, figure="open")) == {"1", "2"}
    assert re.search(r'figure=unneeded[^"]*"><data value="1"', overview)


async def test_nobody_is_told_who_said_that_no_reply_is_needed_and_when(office: Site) -> None:
    await two_wait(office)
    await posts(office, "/desk/1/unneeded?tab=open")
    ((actor, at),) = await office.database.read(
        lambda conn: conn.execute(
            select(events.c.actor, events.c.at).where(events.c.type == "unneeded")
        ).all()
    )
    assert (actor, at) == (f"agent:{office.people['Mia']}", office.clock())

    audit = await get(office, "/reports/asks/1")

    assert 'data-reason="unneeded"' in audit
    assert "No reply needed" in audit
    assert "Mia" in audit
    desk = await get(office, "/desk/1")
    assert "No reply needed, says" in desk
    assert 'id="act-needed"' in desk


async def test_a_mark_cannot_be_taken_back_or_outlives_the_next_message(office: Site) -> None:
    await two_wait(office)
    for id in ("1", "2"):
        await posts(office, f"/desk/{id}/unneeded?tab=open")
    assert listed(await get(office, "/reports/unanswered")) == set()

    office.clock.turn(timedelta(minutes=1))
    await posts(office, "/desk/1/needed?tab=open")
    assert listed(await get(office, "/reports/unanswered")) == {"1"}
    at = office.clock() + timedelta(minutes=1)
    office.clock.turn(timedelta(minutes=2))
    await office.database.write(lambda conn: History(conn, at).says("b", "在嗎？", at, id="again"))

    assert listed(await get(office, "/reports/unanswered")) == {"1", "2"}
    assert (await figures(office))["unneeded"] == 0
    audit = await get(office, "/reports/asks/1")
    assert 'data-reason="needed"' in audit


async def test_a_stranger_marks(office: Site) -> None:
    await two_wait(office)
    for path in ("/desk/1/unneeded", "/desk/1/needed"):
        assert (await posts(office, path, csrf="forged"))[0] == 403
        async with (
            office.visitor() as visitor,
            visitor.post(path, allow_redirects=False) as answer,
        ):
            assert answer.status in {303, 401, 403}
    assert listed(await get(office, "/reports/unanswered")) == {"1", "2"}


async def test_other_products_count_a_take_over_or_a_mark_as_a_reply(office: Site) -> None:
    def tell(history: History, ann: int) -> None:
        history.says("a", "多少錢？", AT)
        history.takes("a", ann, AT + timedelta(minutes=1))

    await office.database.write(
        lambda conn: tell(History(conn, AT - timedelta(days=1)), office.people["Ann"])
    )
    await posts(office, "/desk/1/unneeded?tab=open")

    told = json.loads(await get(office, "/reports/peers.json", **SPAN))["peers"]

    assert told["meta"]["figures"]["response_rate"]["value"] == 0
    assert told["sprout"]["figures"]["reply_time_mean"]["n"] == 0
