"""Actions on a server of the brand's: Rasa's own one, and one that does everything wrong."""

import asyncio
import gzip
import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr

from bot.actions import ActionResult, ActionRunner, UnknownAction
from bot.actions.server import MOST_BYTES, RemoteActions
from bot.config_sections import ActionServer
from intents.match import Entity
from tests.actions.servers import SAYS, far_server, rasa_server
from tests.turns import conversation, meaning, message, order_number

HERE = "tests.actions.remote"
NAMES = ("far_hello", "far_size", "far_rejection", "far_raise")
SECRET = "a secret of the shop"
LOCAL = {
    *("FarHello", "FarSize", "FarRejection", "FarRaise", "FarValidation", "FarValidationOfAll"),
}


@pytest.fixture(scope="module")
def rasa() -> Iterator[str]:
    with rasa_server(HERE) as url:
        yield url


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


def settings(url: str, *names: str, **given: Any) -> ActionServer:
    chosen = {"timeout": timedelta(seconds=30), **given}
    return ActionServer(url=url, names=names or ("far",), **chosen)


def runner(url: str, *names: str, http: ClientSession, **given: Any) -> ActionRunner:
    return ActionRunner([], server=RemoteActions(settings(url, *names, **given), http=http))


async def result(
    run: ActionRunner, name: str = "far", text: str = "嗨", **before: Any
) -> ActionResult:
    entities: tuple[Entity, ...] = before.pop("entities", ())
    given = {"event_id": before.pop("event_id", "e1")}
    return await run.run(
        name,
        conversation=conversation(**before),
        message=message(text, **given),
        match=meaning("oos", entities=entities),
    )


async def test_an_action_does_something_else_on_a_server_than_in_our_process(
    rasa: str, http: ClientSession
) -> None:
    here = ActionRunner([f"{HERE}:FarHello"])
    there = runner(rasa, *NAMES, http=http)
    before: dict[str, Any] = {"slots": {"size": "M"}, "entities": (order_number("A1234567"),)}

    said = await result(there, "far_hello", "A1234567 👋", **before)

    assert said == await result(here, "far_hello", "A1234567 👋", **before)
    assert said.utterances[0].text == "line:acct:t1: A1234567 👋 A1234567 M"
    assert (said.slots, said.asked_slot, said.pauses) == ({"colour": "紅"}, "size", True)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("far_rejection", "the action rejected the call"),
        ("far_raise", "the action failed on its server: 500"),
        ("far_away", "the action server does not know the action"),
        ("unlisted", "there is no action unlisted"),
    ],
)
async def test_an_action_that_fails_on_its_server_says_half_a_reply_or_quotes_the_customer(
    rasa: str, http: ClientSession, name: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    there = runner(rasa, *NAMES, "far_away", http=http)

    assert await result(there, name) == ActionResult(failed=why)
    assert "0912345678" not in caplog.text


async def test_answers_to_a_question_escape_the_validations_on_the_server(
    rasa: str, http: ClientSession
) -> None:
    there = runner(rasa, *NAMES, "action_validate_slot_mappings", "validate_fitting", http=http)
    asked = {"asked_slot": "size", "asked_by": "fitting"}

    good = await result(there, "far_size", " m! ", **asked)
    bad = await result(there, "far_size", "XXL", **asked)

    assert [one.text for one in good.utterances] == ["noted: M"]
    assert good.slots == {"size": "M"}
    assert [one.text for one in bad.utterances] == ["there is no XXL", "which size?"]
    assert (bad.slots, bad.asked_slot) == ({"size": None}, "size")


async def test_answers_to_a_question_escape_the_validations_in_our_process() -> None:
    classes = ("FarSize", "FarValidation", "FarValidationOfAll")
    here = ActionRunner([f"{HERE}:{name}" for name in classes])
    asked = {"asked_slot": "size", "asked_by": "fitting"}

    good = await result(here, "far_size", " m! ", **asked)
    bad = await result(here, "far_size", "XXL", **asked)

    assert ([one.text for one in good.utterances], good.slots) == (["noted: M"], {"size": "M"})
    assert [one.text for one in bad.utterances] == ["there is no XXL", "which size?"]


async def test_an_old_value_is_judged_as_if_the_customer_had_just_said_it() -> None:
    here = ActionRunner([f"{HERE}:FarSize", f"{HERE}:FarValidation"])
    before = {"asked_slot": "size", "asked_by": "fitting", "slots": {"size": "XXL"}}

    said = await here.run(
        "far_size",
        conversation=conversation(**before),
        message=message("what does shipping cost"),
        match=meaning("shipping_fee"),
    )

    assert [one.text for one in said.utterances] == ["noted: XXL"]


DEEP = b'{"events": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"
MANY = {"events": [], "responses": [{"text": "again"}] * 21}
HUGE = b'{"events": [], "responses": [{"text": "' + b"a" * MOST_BYTES + b'"}]}'
UNREADABLE = "the action server's answer cannot be read"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((500, {"error": "0912345678"}), "the action failed on its server: 500"),
        ((502, b""), "the action server may be gone: 502"),
        ((503, b""), "the action server is busy: 503"),
        ((429, b""), "the action server is busy: 429"),
        ((404, {}), "the action server does not know the action"),
        ((401, {}), "the action server does not accept us: 401"),
        ((449, {}), "the action server wants another domain"),
        ((302, b"", {"Location": "/elsewhere"}), "the action server answered 302"),
        ((204, b""), "the action server answered 204"),
        ((200, b""), UNREADABLE),
        ((200, b"<html>"), UNREADABLE),
        ((200, b"null"), UNREADABLE),
        ((200, b"[]"), UNREADABLE),
        ((200, b"\xff\xfe"), UNREADABLE),
        ((200, b'{"events": NaN}'), UNREADABLE),
        ((200, DEEP), UNREADABLE),
        ((200, {"events": {"event": "slot"}}), UNREADABLE),
        ((200, {"events": ["slot"]}), "its answer cannot be read: TypeError"),
        ((200, {"events": [{"name": "size"}]}), "its answer cannot be read: KeyError"),
        ((200, {"responses": ["hi"]}), "its answer cannot be read: AttributeError"),
        (
            (200, {"responses": [{"buttons": [{}], "text": "a"}]}),
            "its answer cannot be read: KeyError",
        ),
        ((200, MANY), "its answer cannot be read: ValueError"),
        ((200, HUGE), "the action server answered more than 256 KiB"),
        (
            (200, gzip.compress(HUGE * 20), {"Content-Encoding": "gzip"}),
            "the action server answered more than 256 KiB",
        ),
        ("drop", "the action server broke off: ServerDisconnectedError"),
        ("hang", "no answer within 0.2 s"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_server_that_misbehaves_breaks_the_bot(
    http: ClientSession, answer: Any, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with far_server(answer) as far:
        quick = timedelta(seconds=0.2) if answer == "hang" else timedelta(seconds=30)
        run = runner(far.url, http=http, tries=1, timeout=quick)

        assert await result(run) == ActionResult(failed=why)
        assert "0912345678" not in caplog.text


async def test_an_empty_answer_is_a_fault(http: ClientSession) -> None:
    async with far_server((200, {})) as far:
        assert await result(runner(far.url, http=http)) == ActionResult()


async def test_a_server_that_is_not_there_breaks_the_bot(http: ClientSession) -> None:
    async with far_server() as far:
        url = far.url

    told = await result(runner(url, http=http))
    assert told.failed == "the action server cannot be reached: ClientConnectorError"


async def test_a_call_is_not_signed_or_says_too_little(http: ClientSession) -> None:
    async with far_server() as far:
        extra = {"Authorization": SecretStr("Bearer shop")}
        run = runner(far.url, http=http, secret=SecretStr(SECRET), headers=extra)
        await result(run, text="查訂單", slots={"size": "M"})

    [headers], [body], [call] = far.headers, far.bodies, far.calls
    proof = f"{headers['X-Antiphon-Timestamp']}.".encode() + body
    expected = hmac.new(SECRET.encode(), proof, hashlib.sha256).hexdigest()
    assert headers["X-Antiphon-Signature"] == f"sha256={expected}"
    assert headers["Authorization"] == "Bearer shop"
    assert call["next_action"] == "far"
    assert call["sender_id"] == call["tracker"]["sender_id"] == "line:acct:t1"
    assert call["tracker"]["latest_message"]["text"] == "查訂單"
    assert call["tracker"]["slots"]["size"] == "M"
    assert call["domain"]
    assert call["version"].startswith("3.")


async def test_an_unsigned_server_is_sent_a_signature(http: ClientSession) -> None:
    async with far_server() as far:
        await result(runner(far.url, http=http))

    assert "X-Antiphon-Signature" not in far.headers[0]


@pytest.mark.parametrize("refusal", [(503, b""), (429, b"")])
async def test_a_busy_server_is_not_asked_again_under_the_same_key(
    http: ClientSession, refusal: Any
) -> None:
    async with far_server(refusal, (200, SAYS)) as far:
        said = await result(runner(far.url, http=http))

    assert [one.text for one in said.utterances] == ["from afar"]
    first, second = (headers["Idempotency-Key"] for headers in far.headers)
    assert first == second


@pytest.mark.parametrize("doubt", ["drop", (502, b""), (504, b"")])
async def test_what_may_have_run_runs_twice(http: ClientSession, doubt: Any) -> None:
    async with far_server(doubt, (200, SAYS)) as far:
        assert (await result(runner(far.url, http=http))).failed is not None
        assert len(far.calls) == 1

    async with far_server(doubt, (200, SAYS)) as far:
        assert (await result(runner(far.url, http=http, idempotent=True))).failed is None
        assert len({headers["Idempotency-Key"] for headers in far.headers}) == 1


async def test_an_action_that_raises_is_run_again_and_again(http: ClientSession) -> None:
    async with far_server((500, b"")) as far:
        await result(runner(far.url, http=http, idempotent=True, tries=5))

    assert len(far.calls) == 1


async def test_a_message_decided_anew_gets_another_key_or_shares_that_of_the_next(
    http: ClientSession,
) -> None:
    async with far_server() as far:
        run = runner(far.url, http=http)
        for event in ("e1", "e1", "e2"):
            await result(run, event_id=event)
        await result(run, event_id="e1", key="line:acct:t2")

    first, again, second, elsewhere = (headers["Idempotency-Key"] for headers in far.headers)
    assert first == again
    assert len({first, second, elsewhere}) == 3


class Watch:
    """A clock that stands until the test moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def guarded(url: str, watch: Watch, http: ClientSession, **given: Any) -> ActionRunner:
    chosen = settings(url, tries=1, opens_after=2, rest=timedelta(seconds=30), **given)
    return ActionRunner([], server=RemoteActions(chosen, http=http, clock=watch))


RESTS = "the action server failed too often and is left alone for a while"


async def test_a_dead_server_is_asked_by_every_message(http: ClientSession) -> None:
    watch = Watch()
    async with far_server((500, b"")) as far:
        run = guarded(far.url, watch, http)
        told = [(await result(run)).failed for _ in range(4)]
        assert told[2:] == [RESTS, RESTS]
        assert len(far.calls) == 2

        watch.now = 29.9
        assert (await result(run)).failed == RESTS
        watch.now = 30.0
        assert (await result(run)).failed != RESTS
        # The probe failed: another rest.
        watch.now = 59.9
        assert (await result(run)).failed == RESTS
        assert len(far.calls) == 3

        far.then = [(200, SAYS)]
        watch.now = 60.0
        assert [(await result(run)).failed for _ in range(3)] == [None] * 3


async def test_a_server_that_fails_now_and_then_is_left_alone(http: ClientSession) -> None:
    async with far_server(*[(500, b""), (200, SAYS)] * 3) as far:
        run = guarded(far.url, Watch(), http)
        told = [(await result(run)).failed for _ in range(6)]

    assert RESTS not in told
    assert len(far.calls) == 6


async def test_an_action_that_the_server_does_not_know_shuts_out_the_others(
    http: ClientSession,
) -> None:
    async with far_server((404, {})) as far:
        run = guarded(far.url, Watch(), http)
        for _ in range(5):
            await result(run)

    assert len(far.calls) == 5


async def test_all_waiting_messages_probe_at_once(http: ClientSession) -> None:
    watch = Watch()
    async with far_server((500, b""), (500, b""), "hang") as far:
        run = guarded(far.url, watch, http)
        await result(run)
        await result(run)
        watch.now, far.held = 30.0, asyncio.Event()

        async with asyncio.TaskGroup() as group:
            probe = group.create_task(result(run))
            await far.held.wait()
            assert [(await result(run)).failed for _ in range(3)] == [RESTS] * 3
            probe.cancel()

        # Nobody waits for that probe any more: the next message is one.
        far.then = [(200, SAYS)]
        assert (await result(run)).failed is None


async def test_an_action_is_there_twice() -> None:
    there = RemoteActions(settings("http://127.0.0.1:9", "far_size"))

    with pytest.raises(UnknownAction, match="far_size: there is an action of that name here and"):
        ActionRunner([f"{HERE}:FarSize"], server=there)


async def test_a_command_without_a_client_of_its_own_cannot_call() -> None:
    async with far_server() as far:
        run = ActionRunner([], server=RemoteActions(settings(far.url)))

        assert (await result(run)).failed is None
