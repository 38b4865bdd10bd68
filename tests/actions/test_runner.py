"""Actions run without harming the conversation, the loop or each other."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from bot.actions import ActionResult, ActionRunner, UnknownAction, Utterance
from channels.messages import QuickReply
from tests.actions import actions
from tests.turns import conversation, meaning, message

HERE = "tests.actions.actions"


def runner(*names: str, timeout: float = 5.0) -> ActionRunner:
    return ActionRunner([f"{HERE}:{name}" for name in names], timeout=timeout)


async def result(run: ActionRunner, name: str, **before: Any) -> ActionResult:
    return await run.run(
        name, conversation=conversation(**before), message=message(), match=meaning()
    )


@pytest.fixture
def released() -> Iterator[None]:
    actions.GO_ON.clear()
    while actions.STARTED.acquire(blocking=False):
        pass
    yield
    actions.GO_ON.set()


async def test_what_an_action_says_or_wants_is_lost() -> None:
    assert await result(runner("Hello"), "hello", slots={"size": "S"}) == ActionResult(
        utterances=(
            Utterance(
                text="哈囉\nhttps://shop.example/a.png",
                variables={"size": "M", "requested_slot": None},
                quick_replies=(
                    QuickReply(title="查訂單", payload='order_status{"order_number": "1"}'),
                ),
            ),
            Utterance(
                template="anything_else",
                variables={"size": "M", "requested_slot": None, "name": "小美"},
            ),
        ),
        slots={"size": "M"},
        asked_slot="colour",
        pauses=True,
    )


async def test_a_blocking_action_blocks_the_loop(released: None) -> None:
    run = runner("Blocking", "Hello")

    async with asyncio.TaskGroup() as group:
        slow = group.create_task(result(run, "blocking"))
        await asyncio.to_thread(actions.STARTED.acquire)
        assert (await result(run, "hello")).failed is None
        assert not slow.done()
        actions.GO_ON.set()

    assert [utterance.text for utterance in slow.result().utterances] == ["done"]


async def test_hanging_actions_use_up_more_and_more_threads(released: None) -> None:
    run = runner("Blocking", timeout=0.05)
    async with asyncio.TaskGroup() as group:
        hanging = [group.create_task(result(run, "blocking")) for _ in range(20)]

    started = 0
    while actions.STARTED.acquire(blocking=False):
        started += 1

    assert {each.result().failed for each in hanging} == {"no answer within 0.05 s"}
    assert started == 8


async def test_a_hanging_thread_is_never_given_back(released: None) -> None:
    run = runner("Blocking", timeout=0.05)
    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(result(run, "blocking"))
    actions.GO_ON.set()
    while actions.STARTED.acquire(blocking=False):
        pass

    answers = [await result(run, "blocking") for _ in range(9)]

    assert {answer.failed for answer in answers} == {None}


def test_a_hanging_action_keeps_the_process_from_stopping() -> None:
    program = (
        "import asyncio\n"
        "from bot.actions.threads import Threads\n"
        "from threading import Event\n"
        "async def main():\n"
        "    await asyncio.wait_for(Threads(1).run(Event().wait), 0.01)\n"
        "asyncio.run(main())\n"
    )

    done = subprocess.run([sys.executable, "-c", program], timeout=20, capture_output=True)

    assert b"TimeoutError" in done.stderr


@pytest.mark.parametrize(
    ("names", "name", "why"),
    [
        ("Endless", "endless", "no answer within 0.2 s"),
        ("Raising", "raising", "ConnectionError"),
        ("RaisingInThread", "raising_in_thread", "ActionExited"),
        ("Exiting", "exiting", "ActionExited"),
        ("ExitingInThread", "exiting_in_thread", "ActionExited"),
        ("Rejecting", "rejecting", "ActionExecutionRejection"),
        ("Unkeepable", "unkeepable", "its answer cannot be read: TypeError"),
        ("Hello", "unheard_of", "there is no action unheard_of"),
    ],
)
async def test_an_action_that_fails_says_half_a_reply_or_breaks_the_bot(
    names: str, name: str, why: str
) -> None:
    assert await result(runner(names, timeout=0.2), name) == ActionResult(failed=why)


async def test_the_words_of_an_exception_reach_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await result(runner("Raising"), "raising")

    assert "0912345678" not in caplog.text
    assert "action raising failed: ConnectionError" in caplog.text


async def test_an_action_changes_what_it_was_shown() -> None:
    basket = ["tea"]
    run = runner("Meddling")

    first = await result(run, "meddling", slots={"basket": basket, "size": "M"})
    second = await result(run, "meddling", slots={"basket": basket, "size": "M"})

    assert basket == ["tea"]
    assert first == second
    assert first.utterances[0].variables["size"] == "M"
    assert first.slots == {}


async def test_nonsense_among_the_events_stops_the_rest() -> None:
    forgot = await result(runner("Forgetting"), "forgetting", slots={"size": "M"})

    assert forgot == ActionResult(slots={"size": None})


async def test_two_brands_see_each_others_actions() -> None:
    one, two = runner("Hello"), runner("Other")

    assert [*one.names, *two.names] == ["hello", "other"]
    assert (await result(one, "other")).failed == "there is no action other"


@pytest.mark.parametrize(
    "path",
    [
        "tests.actions.nowhere:Hello",
        f"{HERE}:Nobody",
        f"{HERE}:Needy",
        f"{HERE}:Crooked",
    ],
)
def test_an_action_that_cannot_run_is_found_out_by_a_customer(path: str) -> None:
    with pytest.raises(UnknownAction, match=path):
        ActionRunner([path])


def test_two_actions_of_one_name_replace_each_other() -> None:
    with pytest.raises(UnknownAction, match="another action is called hello"):
        runner("Hello", "Hello")


def test_a_bot_without_actions_pays_for_rasa() -> None:
    program = (
        "import sys\n"
        "from bot.actions import ActionRunner\n"
        "ActionRunner([])\n"
        "raise SystemExit('rasa_sdk' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], timeout=30).returncode == 0


def test_a_bot_with_actions_pays_for_a_second_web_server_or_breaks_it() -> None:
    program = (
        "import sys\n"
        "from bot.actions import ActionRunner\n"
        f"ActionRunner(['{HERE}:Hello'])\n"
        "early = 'sanic' in sys.modules\n"
        "from rasa_sdk import plugin\n"
        "plugin.plugin_manager()\n"
        "raise SystemExit(early or 'sanic' not in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], timeout=30).returncode == 0
