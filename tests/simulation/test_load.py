"""The load generator and its wire: schedule, answers of every kind, broken connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.simulation.load import load, saturate
from bot.simulation.wire import Wires, answer, request_bytes

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[str]:
    """A server that handles connections with *serve*; gives its address."""

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(closing, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?a=b"
    finally:
        server.close()


async def one_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


def bodies(count: int) -> list[tuple[bytes, dict[str, str]]]:
    return [(b"{}", {"x-number": str(number)}) for number in range(count)]


@pytest.mark.parametrize(
    ("buffer", "expected"),
    [
        (OK, (200, b"ok", True)),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"", True)),
        (b"HTTP/1.1 503 x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", (503, b"", False)),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
            (200, b"abcde", True),
        ),
    ],
)
def test_an_answer_is_read_wrongly_or_before_it_is_complete(
    buffer: bytes, expected: tuple[int, bytes, bool]
) -> None:
    whole = answer(buffer)

    assert whole is not None
    assert (whole.status, whole.body, whole.keep) == expected
    assert [answer(buffer[:end]) for end in range(len(buffer))] == [None] * len(buffer)


def test_a_request_is_malformed() -> None:
    raw = request_bytes("http://127.0.0.1:80/a?b=c", b"{}", {"x-a": "1"})

    assert raw == (
        b"POST /a?b=c HTTP/1.1\r\nhost: 127.0.0.1:80\r\nx-a: 1\r\ncontent-length: 2\r\n\r\n{}"
    )


async def test_a_slow_server_delays_the_schedule_or_hides_its_slowness() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await one_request(reader)
            await asyncio.sleep(0.1)
            writer.write(OK)

    async with serving(serve) as url:
        found = await load(url, bodies(10), rate=1000, connections=1)

    assert [round(at, 3) for at in found.scheduled] == [n / 1000 for n in range(10)]
    assert (found.failures, list(found.statuses)) == (0, [200] * 10)
    # Ten requests on one connection, each 0.1 s: the last waited for all others.
    assert found.seconds[9] > 0.9
    # That is the server's doing, not the generator's.
    assert found.late[9] < found.seconds[9] - 0.5


async def test_saturation_waits_for_a_schedule_or_loses_requests() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await one_request(reader)
            writer.write(OK)

    async with serving(serve) as url:
        found = await saturate(url, bodies(500), connections=8)

    assert (len(found.statuses), found.failures) == (500, 0)
    assert found.percentile(0.5) < 1.0


@pytest.mark.parametrize("mode", ["load", "saturate"])
async def test_a_server_that_hangs_up_loses_more_than_its_own_requests(mode: str) -> None:
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        for _ in range(5):
            served += 1
            await one_request(reader)
            if served % 7 == 0:
                return
            writer.write(OK)

    async with serving(serve) as url:
        if mode == "load":
            found = await load(url, bodies(60), rate=2000, connections=3)
        else:
            found = await saturate(url, bodies(60), connections=3)

    assert len(found.statuses) == 60
    assert set(found.statuses) <= {0, 200}
    assert found.failures < 30


async def test_nobody_listening_is_called_slow() -> None:
    with pytest.raises(OSError, match="Connect"):
        await load("http://127.0.0.1:9/", bodies(1), rate=10)


async def test_a_silent_server_holds_a_single_request_for_ever() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(serve) as url:
        wires = Wires(url)
        found = await wires.ask(request_bytes(url, b"{}", {}), seconds=0.05)
        wires.close()

    assert found.status == 0


def test_another_scheme_is_spoken_in_clear() -> None:
    with pytest.raises(ValueError, match="not an http"):
        Wires("https://127.0.0.1/")
