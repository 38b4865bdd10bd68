"""How the fake platform fails us: what the client sees, and what the ledger says."""

import asyncio
import json
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from bot.simulation.ledger import read
from bot.simulation.misbehaviour import KINDS, Misbehaviour
from bot.simulation.platform import FakePlatform
from tests.simulation.brand import MESSAGES, PUSH, post, to_amy, to_lin


async def sends(platform: FakePlatform) -> tuple[int, bytes]:
    """Status and body of one Messenger send; status 0 if the connection broke."""
    headers = {"Authorization": "Bearer page-token"}
    limit = aiohttp.ClientTimeout(total=5)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as http,
            http.post(platform.url + MESSAGES, json=to_amy(), headers=headers) as response,
        ):
            return response.status, await response.read()
    except aiohttp.ClientError:
        return 0, b""


@pytest.mark.parametrize(
    ("kind", "status", "recorded"),
    [
        ("429", 400, "refused"),
        ("500", 500, "refused"),
        ("html", 502, "refused"),
        ("unauthorized", 401, "refused"),
        ("reset", 0, "refused"),
        ("timeout_after_accept", 0, "accepted"),
        ("reset_after_accept", 0, "accepted"),
        ("500_after_accept", 500, "accepted"),
        ("garbage", 200, "accepted"),
        ("huge", 200, "accepted"),
        ("slow", 200, "accepted"),
    ],
)
async def test_a_failure_and_the_ledger_disagree(
    platform: FakePlatform, kind: str, status: int, recorded: str
) -> None:
    platform.misbehave(Misbehaviour(kind=kind, seconds=0.01))  # type: ignore[arg-type]

    seen, body = await sends(platform)

    assert (seen, [entry.status for entry in platform.ledger]) == (status, [recorded])
    assert platform.violations == []
    if kind == "huge":
        assert len(body) > 60_000_000
    if kind == "garbage":
        with pytest.raises(ValueError, match=r"decode|Expecting"):
            json.loads(body)


async def test_an_answer_that_never_comes_is_not_marked_lost(platform: FakePlatform) -> None:
    platform.misbehave(Misbehaviour(kind="reset_after_accept"))

    await sends(platform)

    assert platform.ledger[0].lost == "reset_after_accept"


async def test_a_retry_after_a_lost_answer_is_taken_twice_on_line(platform: FakePlatform) -> None:
    key = {"X-Line-Retry-Key": "123e4567-e89b-12d3-a456-426614174000"}
    platform.misbehave(Misbehaviour(kind="reset_after_accept", times=1))
    with pytest.raises(aiohttp.ClientError):
        await post(platform.url, PUSH, to_lin(), **key)

    assert (await post(platform.url, PUSH, to_lin(), **key)).status == 409
    assert len(platform.ledger.accepted()) == 1


async def test_waiting_time_is_not_told(platform: FakePlatform) -> None:
    platform.misbehave(Misbehaviour(kind="429", retry_after=7))

    graph = await post(platform.url, MESSAGES, to_amy())
    line = await post(platform.url, PUSH, to_lin())

    assert (graph.code, graph.headers["Retry-After"]) == ((613, None), "7")
    assert (line.status, line.headers["Retry-After"]) == (429, "7")


async def test_a_share_strikes_otherwise_with_the_same_seed(platform: FakePlatform) -> None:
    async def statuses() -> list[int]:
        platform.misbehave(Misbehaviour(kind="500", share=0.4, seed=3))
        return [(await sends(platform))[0] for _ in range(20)]

    first = await statuses()

    assert 3 < first.count(500) < 14
    assert await statuses() == first


async def test_a_failure_outlives_its_times_or_leaves_its_channel(platform: FakePlatform) -> None:
    platform.misbehave(Misbehaviour(kind="500", times=1, channel="messenger"))

    assert (await post(platform.url, PUSH, to_lin())).status == 200
    assert [(await sends(platform))[0] for _ in range(2)] == [500, 200]


async def test_it_cannot_be_brought_to_behave(platform: FakePlatform) -> None:
    platform.misbehave(Misbehaviour(kind="500"))
    platform.behave()

    assert (await sends(platform))[0] == 200


async def test_a_platform_that_is_down_answers_or_stays_down(platform: FakePlatform) -> None:
    platform.misbehave(Misbehaviour(kind="down"))
    assert (await sends(platform))[0] == 0

    platform.behave()
    await asyncio.sleep(0)

    assert (await sends(platform))[0] == 200
    assert len(platform.ledger) == 1


def test_a_misspelt_misbehaviour_does_nothing_silently() -> None:
    with pytest.raises(ValueError, match="no such misbehaviour: 503"):
        Misbehaviour(kind="503")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="share"):
        Misbehaviour(kind="500", share=20)


async def test_another_process_cannot_steer_it(platform: FakePlatform) -> None:
    steered = await post(
        platform.url, "/_control", {"misbehave": {"kind": "500", "times": 1, "share": 1.0}}
    )
    await sends(platform)

    async with aiohttp.ClientSession() as http:
        ledger = await (await http.get(f"{platform.url}/_ledger")).json()
        newer = await (await http.get(f"{platform.url}/_ledger?since=1")).json()
        stats = await (await http.get(f"{platform.url}/_stats")).json()
        violations = await (await http.get(f"{platform.url}/_violations")).json()

    assert steered.status == 200
    assert [(entry["status"], entry["reason"]) for entry in ledger] == [("refused", "500")]
    assert (newer, violations, stats["strikes"], stats["refused"]) == ([], [], 1, 1)


@pytest.mark.parametrize(
    "body",
    [
        {"misbehave": {"kind": "explode"}},
        {"misbehave": {"kind": "down"}},
        {"misbehave": {"knd": "500"}},
        {"behaves": True},
    ],
)
async def test_a_control_call_that_means_nothing_is_answered_200(
    platform: FakePlatform, body: object
) -> None:
    assert (await post(platform.url, "/_control", body)).status == 400


async def test_another_process_cannot_introduce_customers(platform: FakePlatform) -> None:
    known = {"channel": "messenger", "page": "104593217840226", "id": "7999"}
    comment = {"id": "1221_7", "author": "66", "post": "104593217840226_1221"}

    await post(platform.url, "/_control", {"customers": [known], "comments": [comment]})

    assert (await post(platform.url, MESSAGES, to_amy(recipient={"id": "7999"}))).status == 200
    assert (await post(platform.url, "/v25.0/1221_7/comments", {"message": "嗨"})).status == 200


async def test_a_killed_platform_takes_its_ledger_with_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SCRIPT, str(path), cwd=_ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()

    for number in range(3):
        await post(url, MESSAGES, to_amy(metadata=f"out-{number}"))
    process.kill()
    await process.wait()
    with path.open("ab") as file:
        file.write(b'{"at": 1.0, "wall"')

    assert [(e.outbound_id, e.status) for e in read(path)] == [
        (f"out-{number}", "accepted") for number in range(3)
    ]


_ROOT = Path(__file__).resolve().parents[2]
_SCRIPT = """
import asyncio, sys
from pathlib import Path
from bot.simulation.platform import FakePlatform
from tests.simulation.brand import ACCOUNTS

async def main():
    path = Path(sys.argv[1])
    async with FakePlatform(ACCOUNTS, strangers=True, ledger_path=path) as platform:
        print(platform.url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_every_misbehaviour_has_a_test() -> None:
    source = Path(__file__).read_text(encoding="utf-8")

    assert [kind for kind in KINDS if f'"{kind}"' not in source] == []


async def test_a_slow_answer_comes_at_once(platform: FakePlatform) -> None:
    platform.misbehave(Misbehaviour(kind="slow", seconds=0.2))
    started = time.perf_counter()

    await sends(platform)

    assert time.perf_counter() - started >= 0.2
