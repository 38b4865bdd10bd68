"""A customer asks for what only the brand's own server knows, while that server has a bad day."""

from pathlib import Path
from typing import Any

import pytest

from tests.actions.servers import FarServer, far_server, rasa_server
from tests.house import House, house
from tests.scenarios.scene import conversation, logged

WORD = "pineapple"
ASKS: Any = (200, {"events": [{"event": "slot", "name": "requested_slot", "value": "note"}],
                   "responses": [{"text": "which note?"}]})  # fmt: skip
SECRET = "a secret of the shop"


def brand(url: str, *names: str, **given: Any) -> dict[str, Any]:
    """Sections of config.yml by which whatever says the word goes to the server's first action."""
    server = {"url": url, "names": list(names), "timeout": "30s", "secret": SECRET, **given}
    return {
        "action_server": server,
        "understanding": {"keywords": {"promotion": {"en": [WORD]}}},
        "answers": {"promotion": {"action": names[0]}},
    }


def texts(h: House, who: str) -> list[str]:
    """The last lines of what *who* got: the first reply begins with the disclosure."""
    return [one.text.splitlines()[-1] for one in h.sent(who)]


async def asked(h: House, far: FarServer) -> None:
    """Ann was asked for a note, and has not answered yet."""
    far.then = [ASKS]
    await h.says("ann", f"my {WORD}")
    await h.settled()
    assert texts(h, "ann") == ["which note?"]


async def test_a_real_action_server_does_not_answer_the_customer(tmp_path: Path) -> None:
    with rasa_server("tests.actions.remote") as url:
        async with house(tmp_path, **brand(url, "far_size", "action_validate_slot_mappings")) as h:
            await h.says("ann", f"the {WORD} please")
            await h.settled()
            await h.says("ann", " M! ")
            await h.settled()

            assert texts(h, "ann") == ["which size?", "noted: M"]
            assert (await conversation(h, "ann")).asked_slot is None


@pytest.mark.parametrize("fault", ["drop", (500, b""), (200, b"<html>"), (404, {})], ids=str)
async def test_a_broken_action_server_leaves_the_customer_stuck(tmp_path: Path, fault: Any) -> None:
    async with far_server() as far, house(tmp_path, **brand(far.url, "far")) as h:
        await asked(h, far)
        far.then = [fault]

        await h.says("ann", "ring twice")
        await h.settled()

        ann = await conversation(h, "ann")
        assert (ann.state, ann.handoff_reason, ann.asked_slot) == ("waiting", "action_failed", None)
        assert len(h.sent("ann")) == 2
        far.then = [(200, {"responses": [{"text": "here you are"}]})]
        await h.says("bob", f"a {WORD}")
        await h.settled()
        assert texts(h, "bob") == ["here you are"]


async def test_a_fallback_is_not_said_or_said_for_ever(tmp_path: Path) -> None:
    chosen = {"fallback": "repeat_or_unclear", "opens_after": 100}
    async with far_server() as far, house(tmp_path, **brand(far.url, "far", **chosen)) as h:
        await asked(h, far)
        far.then = [(500, b"")]

        await h.says("ann", "ring twice")
        await h.settled()
        ann = await conversation(h, "ann")
        assert (ann.state, ann.asked_slot, ann.misses) == ("bot", None, 1)
        last = (await logged(h, "decided"))[-1].data
        assert (last["decision"], last["templates"]) == ("Respond", ["repeat_or_unclear"])
        assert last["why"].endswith("but it failed: the action failed on its server: 500")

        await h.says("ann", f"my {WORD}")
        await h.settled()
        assert (await conversation(h, "ann")).handoff_reason == "action_failed"


async def test_a_webhook_delivered_twice_is_two_calls_to_the_server(
    tmp_path: Path,
) -> None:
    async with far_server() as far, house(tmp_path, **brand(far.url, "far")) as h:
        webhook = await h.says("ann", f"my {WORD}")
        await h.settled()
        await h.deliver(webhook)
        await h.settled()
        assert len(far.calls) == 1

        await h.says("ann", f"my {WORD}")
        await h.settled()
        first, second = (headers["Idempotency-Key"] for headers in far.headers)
        assert first != second
