"""`antiphon channels classify-response`: what a platform's answers mean."""

import argparse
import json
from pathlib import Path

import pytest

from bot.cli.channels import add_parser

SLOW = {"status": 429, "headers": {"Retry-After": "7"}, "body": {"message": "slow down"}}
MONTH = {"status": 429, "headers": {}, "body": {"message": "You have reached your monthly limit."}}
TAKEN = {"status": 200, "headers": {}, "body": {"sentMessages": [{"id": "46"}]}}


def run(folder: Path, *contents: object) -> int:
    """Write each of *contents* to a file and classify them as LINE's."""
    files = [folder / f"{number}.json" for number in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_text(content if isinstance(content, str) else json.dumps(content))
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    args = parser.parse_args(["channels", "classify-response", "line", *map(str, files)])
    code: int = args.run(args)
    return code


def test_an_answer_is_put_into_the_wrong_class(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, SLOW, {"cases": [MONTH, TAKEN, {"status": 502, "body": "<html>"}]}) == 0

    shown = json.loads(capsys.readouterr().out)
    resets_at = shown[1].pop("resets_at")
    assert resets_at.endswith("01T00:00:00+09:00")
    assert [(one["file"], one["case"], one["class"], one["retry_after"]) for one in shown] == [
        ("0.json", 0, "rate_limited", 7.0),
        ("1.json", 0, "quota", None),
        ("1.json", 1, "ok", None),
        ("1.json", 2, "uncertain", None),
    ]
    assert shown[2]["detail"] == "46"


@pytest.mark.parametrize("odd", ['{"status":', "[1]", '{"cases": 3}', '{"cases": [{"body": {}}]}'])
def test_a_file_that_holds_no_answer_is_passed_over_in_silence(
    odd: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, odd, TAKEN) == 1

    out, err = capsys.readouterr()
    assert [one["class"] for one in json.loads(out)] == ["ok"]
    assert "0.json" in err
