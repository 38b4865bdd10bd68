"""A line of the log names nobody, whatever was logged."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged at DEBUG, where a message's text may stand."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure(level="debug", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in logs.NOISY:
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.getLogger("aiohttp.access").disabled = False


def test_a_message_that_is_logged_tells_a_card_or_a_phone(written: io.StringIO) -> None:
    log = logging.getLogger("test")

    log.debug("heard %s", "卡號 4111 1111 1111 1111，電話 0912-345-678")
    log.debug("heard %s", "x" * (logs.LONGEST - 16) + "4111111111111111")

    first, second = (json.loads(line)["event"] for line in written.getvalue().splitlines())
    assert first == "heard 卡號 [card]，電話 [phone]"
    assert "4111" not in second
