"""Web chat's promise: whatever the network does, every message is there once and in order."""

from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.webchat_site import Site, Visitor


class Exchange:
    """A visitor and a bot who talk over a bad network."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self.said: list[tuple[str, str]] = []
        self.expected: list[str] = []
        self._reply = ""

    async def say(self) -> None:
        """Something new from the visitor."""
        text = f"in {len(self.expected)}"
        self.said.append((str(uuid4()), text))
        self.expected.append(text)
        await self.resend()

    async def resend(self) -> None:
        """The visitor's last message once more, as after a lost acknowledgement."""
        if self.said:
            cid, text = self.said[-1]
            await self.connect()
            await self._visitor.says(text, cid=cid)

    async def post(self) -> None:
        """Something new by HTTP while the live line may be open too."""
        cid, text = str(uuid4()), f"in {len(self.expected)}"
        self.said.append((cid, text))
        self.expected.append(text)
        frame = {"t": "msg", "cid": cid, "text": text}
        assert (await self._visitor.call("POST", "messages", json=frame))[0] == 200

    async def reply(self) -> None:
        """Something new from the bot."""
        text = f"out {len(self.expected)}"
        self.expected.append(text)
        self._reply = await self._visitor.site.says(self._visitor.thread, text)

    async def repeat(self) -> None:
        """The bot's last message once more, as after a doubtful send."""
        if self._reply:
            await self._visitor.site.says(self._visitor.thread, "again", id=self._reply)

    async def connect(self) -> None:
        """Open the live line if it is not."""
        if self._visitor.ws is None:
            await self._visitor.connect()

    async def drop(self) -> None:
        """Lose the live line."""
        await self._visitor.leave()

    async def poll(self) -> None:
        """Go on by polling."""
        await self._visitor.leave()
        _, told = await self._visitor.call("GET", f"events?after={self._visitor.after}")
        for frame in told["frames"]:
            if frame["t"] == "msg":
                self._visitor.seen.append(frame)
                self._visitor.after = frame["seq"]

    async def restart(self) -> None:
        """The server goes and comes."""
        await self._visitor.leave()
        await self._visitor.site.stop()
        await self._visitor.site.start()


STEPS = st.sampled_from(
    ["say", "resend", "post", "reply", "repeat", "connect", "drop", "poll", "restart"]
)


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.webchat.messages.BURST", 1000)
    monkeypatch.setattr("bot.web.webchat.polling.POLLS_AT_ONCE", 1000)


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(STEPS, max_size=16))
async def test_some_order_of_events_loses_doubles_or_swaps_a_message(steps: list[str]) -> None:
    with TemporaryDirectory() as folder:
        async with Site(Path(folder)) as site, ClientSession() as http:
            visitor = Visitor(site=site, http=http)
            await visitor.arrive()
            exchange = Exchange(visitor)
            for step in steps:
                await getattr(exchange, step)()
            await exchange.poll()
            received = await site.received()

    assert visitor.texts() == exchange.expected
    assert [(event.id, event.text) for event in received] == exchange.said
