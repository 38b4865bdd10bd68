"""`antiphon shell` and `antiphon explain`: the brand's own answers, and why."""

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.cli import main
from tests.house import MODELS, brand, house

ASKED = "where is my order A12345?"


@pytest.fixture
def shop(tmp_path: Path) -> Sequence[str]:
    """The options that name the tests' brand."""
    brand(tmp_path, "http://127.0.0.1:9")
    (tmp_path / "data").mkdir()
    MODELS.mkdir(exist_ok=True)
    (tmp_path / "data" / "models").symlink_to(MODELS)
    return ["--config", str(tmp_path / "config.yml"), "--data", str(tmp_path / "data")]


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Let *lines* come from a pipe."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_tap_is_heard_as_words_or_a_new_talk_remembers_the_old(
    shop: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "hello", "/tap 99", "/tap 1", "/why", "/new", "/why", "/tap 1", "/dance")

    assert main(["shell", *shop]) == 0

    out = capsys.readouterr().out
    assert "greet 1.00 by exact" in out
    assert out.count("1.00 by payload") >= 2
    assert "offered: 1 " in out
    assert out.index("a new conversation") < out.index("nothing was said yet")
    assert out.index("nothing was said yet") < out.index("nothing is offered")
    assert "there is no /dance" in out


def test_a_message_is_explained_without_its_reasons(
    shop: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", *shop, "--json", "--channel", "page_comments", ASKED]) == 0

    [told] = json.loads(capsys.readouterr().out)
    assert (told["intent"], told["source"], told["language"]) == (
        "order_status", "classifier", "en",
    )  # fmt: skip
    assert told["entities"][0]["value"] == "A12345"
    assert told["ranking"][0][0] == "order_status"
    assert told["why"]
    assert told["understood_in"] > 0


async def test_the_shell_answers_otherwise_than_the_service(
    tmp_path: Path, shop: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.cli.turns import said
    from bot.talk import Talk
    from channels.messenger import Messenger

    async with house(tmp_path / "served") as h:
        understand, answers = h.service.current()
        talk = Talk(
            understand, answers, channel="messenger", capabilities=Messenger.capabilities,
            clock=h.clock, customer="ann", account="shop",
        )  # fmt: skip
        for text in (
            "hello",
            "where can I park an elephant",
            "thanks",
            "I want to talk to a human",
        ):
            before = len(h.sent("ann"))
            await h.says("ann", text)
            await h.settled()

            turn = await talk.says(text)
            words = [entry.text for entry in h.sent("ann")[before:]]
            shown = [draft.message.text for draft in turn.settlement.drafts]
            assert shown == words, text
            assert list(said(turn))[:1] == words[:1]
