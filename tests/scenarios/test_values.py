"""What a message tells beside its intent reaches the brand's action, the next turn and the log."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.store.tables import conversations
from tests.house import house
from tests.scenarios.booking import BOOKING
from tests.scenarios.scene import logged, said

TAIPEI = ZoneInfo("Asia/Taipei")


async def test_a_booking_asks_for_what_the_customer_said(tmp_path: Path) -> None:
    async with house(tmp_path, **BOOKING) as h:
        tomorrow = datetime.fromtimestamp(h.clock.seconds(), TAIPEI) + timedelta(days=1)
        text = "pineapple! ２盒 STARRY　MUG please"
        await h.says("ann", text)
        await h.settled()
        await h.says("ann", "明天下午三點，兩個")
        await h.settled()

        moment = f"{tomorrow:%Y-%m-%d}T15:00+08:00"
        assert [one.text.splitlines()[-1] for one in h.sent("ann")] == [
            "when?",
            f"2 星空馬克杯 at {moment}",
        ]
        decided = await logged(h, "decided")
        told = [(one["name"], one["value"]) for row in decided for one in row.data["entities"]]
        assert told == [
            *(("quantity", "2"), ("product", "星空馬克杯"), ("datetime", moment)),
            *(("date", f"{tomorrow:%Y-%m-%d}"), ("time", "15:00"), ("quantity", "2")),
        ]
        [mug] = [one for one in decided[0].data["entities"] if one["name"] == "product"]
        assert text[mug["start"] : mug["end"]] == "STARRY　MUG"


async def test_a_deleted_booking_keeps_its_moment_or_blots_out_other_words(tmp_path: Path) -> None:
    async with house(tmp_path, **BOOKING) as h:
        ann = h.customer("ann")
        await h.says("ann", "pineapple 星空马克杯 2盒", message="m1")
        await h.settled()
        await h.says("ann", "明天下午三點，2盒", message="m2")
        await h.settled()
        [_, booked] = [one.text for one in h.sent("ann")]

        await h.deliver(ann.unsends("m2", sent=h.clock.seconds()))
        await h.settled()

        bot = [text for author, text in await said(h, "ann") if author == "bot"]
        assert bot[-1] == "2 星空馬克杯 at …"
        assert booked not in bot
        query = select(conversations.c.slots)
        slots = await h.database.read(lambda connection: connection.scalar(query))
        assert slots == {"product": "星空馬克杯", "datetime": None}
