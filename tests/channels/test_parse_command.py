"""`antiphon channels parse`: what a script and a person get from it."""

import argparse
import json
from pathlib import Path

import pytest

from bot.cli.channels import add_parser
from tests.channels.adapter import Adapter
from tests.channels.adapters import ADAPTERS


def run(*arguments: str) -> int:
    """Run the command as the command line would."""
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    args = parser.parse_args(["channels", "parse", *arguments])
    code: int = args.run(args)
    return code


def asked_in(adapter: Adapter) -> int:
    """How many asks its body holds."""
    return 2 if adapter.several else 1


@pytest.fixture
def body(adapter: Adapter, tmp_path: Path) -> Path:
    """A captured body with two asks, where the platform puts two into one."""
    path = tmp_path / "two.json"
    asks = [adapter.ask(n + 1) for n in range(asked_in(adapter))]
    path.write_text(json.dumps(adapter.wrapped(*asks)), encoding="utf-8")
    return path


def test_a_captured_body_is_not_shown(
    adapter: Adapter, body: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(adapter.name, str(body)) == 0

    [shown] = json.loads(capsys.readouterr().out)
    assert shown["file"] == "two.json"
    assert shown["events"] == [adapter.kind] * asked_in(adapter)
    assert shown["answerable"] is True
    assert len(set(shown["keys"])) == asked_in(adapter)
    assert shown["details"][0]["text"] == "第 1 則"
    assert shown["details"][0]["type"] == "InboundMessage"


def test_a_bad_file_is_passed_over_or_hides_the_good_one(
    body: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], adapter: Adapter
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(b'{"object":')

    assert run(adapter.name, str(bad), str(tmp_path / "none.json"), str(body)) == 1

    out, err = capsys.readouterr()
    assert [shown["file"] for shown in json.loads(out)] == ["two.json"]
    assert [str(bad) in err, "none.json" in err, "not JSON" in err] == [True, True, True]
    assert len(err.splitlines()) == 2


def test_a_misspelt_channel_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("messanger", "x.json")
    assert all(adapter.name in capsys.readouterr().err for adapter in ADAPTERS[:1])
