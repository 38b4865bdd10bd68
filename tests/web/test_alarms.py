"""Alarms on the pages and by mail: for each drift one, which leads to the very asks."""

import html
import re
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import Connection, delete, func, select

from bot.reports.drifts import Rules
from bot.store import alarms, views
from bot.store.alarms import Raised
from bot.store.tables import report_alarms
from bot.web.keys import CONFIG, KEEPER
from bot.web.reports.watching import Watching
from tests.history import History
from tests.web.test_views import Bureau, bureau, parts

__all__ = ["bureau"]

NOW = datetime(2026, 3, 12, 3, 20, 5, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CHAT = "/reports?span=7d&channel=webchat"


def written(connection: Connection, since: datetime) -> History:
    """A history that goes on where another one may have ended."""
    return History(connection, since, _ids=count(int(since.timestamp())))


def calm(connection: Connection, ann: int) -> None:
    """Five weeks in which a tenth of all asks, six a day, is answered too late."""
    history = written(connection, NOW - 36 * DAY)
    for each in range(35 * 6):
        at = NOW - 36 * DAY + each * 4 * HOUR
        thread = f"calm{each}"
        history.says(thread, "多少錢？", at, hands_off=True, channel="webchat")
        history.replies(
            thread, ann, "一百元", at + (3 * HOUR if each % 10 == 0 else 5 * MINUTE), "webchat"
        )


def storm(history: History, since: datetime, *, asks: int, ann: int | None) -> None:
    """Somebody writes every ten minutes, and nobody answers in time."""
    for each in range(asks):
        at = since + each * 10 * MINUTE
        thread = f"storm{at:%d%H%M}"
        history.says(thread, f"在嗎？{each}", at, hands_off=True, channel="webchat")
        if ann is not None:
            history.replies(thread, ann, "在", at + MINUTE, "webchat")


async def watched(bureau: Bureau, *to: tuple[str, str]) -> int:
    """A saved view of the web chat that is watched, after five calm weeks."""
    await bureau.site.database.write(lambda conn: calm(conn, bureau.site.people["Ann"]))
    view = await bureau.saved(*to, address=CHAT)
    assert (await bureau.posts(f"/reports/views/{view.id}/watch", watched="yes"))[0] == 303
    return view.id


def watching(bureau: Bureau, **rules: float) -> Watching:
    app = bureau.site.app
    return Watching(
        config=app[CONFIG],
        database=bureau.site.database,
        keeper=app[KEEPER],
        clock=bureau.site.clock,
        rules=Rules(**rules),  # type: ignore[arg-type]
    )


async def standing(bureau: Bureau) -> list[Raised]:
    return await bureau.site.database.read(alarms.standing)


async def tell(bureau: Bureau, since: datetime, asks: int, *, answered: bool = False) -> None:
    ann = bureau.site.people["Ann"] if answered else None

    def write(connection: Connection) -> None:
        storm(written(connection, since), since, asks=asks, ann=ann)

    await bureau.site.database.write(write)


async def test_a_drift_is_not_told_or_leads_to_other_asks(bureau: Bureau) -> None:
    await watched(bureau, ("mia@shop.example", "en"), ("wei@shop.example", "zh-Hant"))
    await watching(bureau).look()
    assert await standing(bureau) == []

    await tell(bureau, NOW - 4 * HOUR, 20)
    await watching(bureau).look()
    await bureau.mailing().look()

    (alarm,) = await standing(bureau)
    page = await bureau.page("/reports/times")
    assert f"{alarm.facts['missed']} of {alarm.facts['n']} asks since" in page
    listed = await bureau.page(f"/reports/alarms/{alarm.id}")
    assert sorted(re.findall(r'data-ask="([^"]+)"', listed)) == sorted(alarm.asks)
    assert len(alarm.asks) == alarm.facts["missed"] == alarm.facts["unanswered"] > 4
    assert "Web chat" in listed
    assert "Thu 3/12 07:00" in listed
    got = dict(bureau.office.taken)
    assert got["mia@shop.example"]["Subject"] == "Alarm: Morning · Good Day Goods"
    for kind in ("text/plain", "text/html"):
        text = html.unescape(parts(got["mia@shop.example"])[kind])
        assert f"https://desk.shop.example/reports/alarms/{alarm.id}" in text
        assert "Most on Web chat" in text
        assert "10 min" not in text
    assert "超過 1 小時 的目標" in parts(got["wei@shop.example"])["text/plain"]


async def test_one_drift_is_told_twice_or_by_two_processes(bureau: Bureau) -> None:
    await watched(bureau, ("mia@shop.example", "en"))
    await tell(bureau, NOW - 4 * HOUR, 20)
    await watching(bureau).look()
    await watching(bureau).look()
    for _ in range(4):
        since = bureau.site.clock()
        bureau.site.clock.turn(6 * HOUR)
        await tell(bureau, since, 30)
        await watching(bureau).look()
    await bureau.mailing().look()

    assert len(await standing(bureau)) == 1
    assert len([said for _, said in bureau.office.taken if "Alarm" in said["Subject"]]) == 1


async def test_a_new_drift_after_the_quiet_time_is_taken_for_the_old_one(bureau: Bureau) -> None:
    await watched(bureau)
    await tell(bureau, NOW - 4 * HOUR, 12)
    await watching(bureau).look()
    await tell(bureau, NOW + HOUR, 100, answered=True)
    bureau.site.clock.turn(DAY)
    await watching(bureau).look()
    assert len(await standing(bureau)) == 1

    await tell(bureau, NOW + DAY, 12)
    bureau.site.clock.turn(4 * HOUR)
    await watching(bureau).look()

    assert len(await standing(bureau)) == 2


async def test_an_alarm_comes_back_after_it_was_acknowledged(bureau: Bureau) -> None:
    await watched(bureau)
    await tell(bureau, NOW - 4 * HOUR, 20)
    await watching(bureau).look()
    (alarm,) = await standing(bureau)

    for name in ("Wei", "Mia"):
        status, _ = await bureau.posts(f"/reports/alarms/{alarm.id}/acknowledge", name)
        assert status == 303
    await watching(bureau).look()

    assert await standing(bureau) == []
    assert "Alarm: Morning" not in await bureau.page("/reports")
    assert "Seen by Wei" in await bureau.page(f"/reports/alarms/{alarm.id}")


async def test_an_alarm_outlives_its_view_or_a_view_that_nobody_watches_raises_one(
    bureau: Bureau,
) -> None:
    id = await watched(bureau, ("mia@shop.example", "en"))
    await tell(bureau, NOW - 4 * HOUR, 20)
    await bureau.posts(f"/reports/views/{id}/watch", watched="no")
    await watching(bureau).look()
    assert await standing(bureau) == []

    await bureau.posts(f"/reports/views/{id}/watch", watched="yes")
    await watching(bureau).look()
    (alarm,) = await standing(bureau)
    await bureau.posts(f"/reports/views/{id}/remove")

    count = select(func.count()).select_from(report_alarms)
    assert await bureau.site.database.read(lambda conn: conn.scalar(count)) == 0
    assert await bureau.site.database.read(views.everything) == []
    cookie = await bureau.site.cookie("Mia")
    async with (
        bureau.site.visitor(cookie) as visitor,
        visitor.get(f"/reports/alarms/{alarm.id}") as answer,
    ):
        assert answer.status == 404


async def test_all_views_are_as_patient_as_each_other(bureau: Bureau) -> None:
    id = await watched(bureau)
    url = f"/reports/views/{id}/alarm"
    for wrong in ({"times": "9", "quiet": "1"}, {"times": "2"}, {"quiet": "1"}):
        assert (await bureau.posts(url, **wrong))[0] == 422
    assert (await bureau.posts(url, "Ann", times="5", quiet="1"))[0] == 403
    assert (await bureau.posts(url, csrf="forged", times="5", quiet="1"))[0] == 403
    assert (await bureau.posts("/reports/views/999/alarm", times="5", quiet="1"))[0] == 404
    assert (await bureau.posts(url, times="5", quiet="72"))[0] == 303
    page = await bureau.page()
    assert '<option value="5" selected>' in page
    assert '<option value="72" selected>' in page
    await tell(bureau, NOW - 4 * HOUR, 20)

    # Twice as many as usual would be an alarm after a few of these; five times are not so soon.
    await watching(bureau).look()
    (patient,) = await standing(bureau)
    await bureau.site.database.write(lambda conn: conn.execute(delete(report_alarms)))
    assert (await bureau.posts(url, times="1.5", quiet="1"))[0] == 303
    await watching(bureau).look()
    (strict,) = await standing(bureau)

    assert patient.facts["n"] != strict.facts["n"]


async def test_the_quiet_of_a_view_is_not_its_own(bureau: Bureau) -> None:
    id = await watched(bureau)
    await tell(bureau, NOW - 4 * HOUR, 20)
    await watching(bureau).look()
    bureau.site.clock.turn(29 * HOUR)
    await tell(bureau, NOW + MINUTE, 150, answered=True)
    await tell(bureau, NOW + 25 * HOUR + MINUTE, 22)

    found = []
    for quiet in ("72", "12"):
        await bureau.posts(f"/reports/views/{id}/alarm", times="2", quiet=quiet)
        await watching(bureau).look()
        found.append(len(await standing(bureau)))

    assert found == [1, 2]
