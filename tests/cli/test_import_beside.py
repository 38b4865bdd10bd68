"""A history is brought in while the brand's customers are being answered."""

import asyncio
import sys
from pathlib import Path

from sqlalchemy import func, select

from bot.store.tables import conversations, messages
from tests.exports.layouts import LAYOUTS
from tests.exports.scenario import ACK, CHATS, Chat
from tests.house import house

CUSTOMERS = 40
SAID = ("哈囉，請問運費多少？", "可以退貨嗎？", "謝謝")


async def test_customers_wait_or_are_answered_twice_while_a_history_comes_in(
    tmp_path: Path,
) -> None:
    (tmp_path / "export").mkdir()
    chats = [
        Chat(number=place, customer=f"客人{place}", said=chat.said)
        for place in range(CUSTOMERS)
        for chat in CHATS[:1]
    ]
    path = LAYOUTS["facebook"].write(tmp_path / "export", chats)
    async with house(tmp_path) as h:
        words = ["import", "history", str(path), "--account", "messenger/shop", "--ack", ACK]
        words += ["--config", str(tmp_path / "config.yml"), "--data", str(tmp_path / "data")]
        begun = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words), stdout=asyncio.subprocess.DEVNULL
        )
        heard = 0
        while begun.returncode is None:
            await h.says(f"25014403{heard:08}", SAID[heard % len(SAID)])
            heard += 1
            await h.settled()
        assert await begun.wait() == 0

        assert heard > 0
        asked = select(func.count()).select_from(messages)
        ours = messages.c.import_id.is_(None)
        read = h.database.read
        assert (
            await read(lambda log: log.scalar(asked.where(ours, messages.c.direction == "in")))
            == heard
        )
        brought = await read(lambda log: log.scalar(asked.where(~ours)))
        assert brought == sum(len(chat.said) for chat in chats)
        kinds = await read(
            lambda log: log.execute(
                select(conversations.c.state, func.count())
                .where(conversations.c.import_id.is_not(None))
                .group_by(conversations.c.state)
            ).all()
        )
        assert [tuple(kind) for kind in kinds] == [("closed", CUSTOMERS)]
        # Nobody of the export was written to.
        assert {entry.thread for entry in h.sent()} <= {f"25014403{n:08}" for n in range(heard)}
