"""`antiphon preview`: templates as customers would read them."""

import json
from pathlib import Path

import pytest

from bot.cli import main
from tests.house import brand

TWO = """---
quick_replies: [{title: Track my order, payload: order_status}]
---
Hello, {{ customer.name }}!
--- variant
Hi there.
"""


def shop(folder: Path, **templates: str) -> list[str]:
    """The options of a brand with these English *templates* of its own."""
    (folder / "answers" / "en").mkdir(parents=True)
    for name, text in templates.items():
        (folder / "answers" / "en" / f"{name}.j2").write_text(text, encoding="utf-8")
    brand(folder, "http://127.0.0.1:9", responses=str(folder / "answers"))
    return ["--config", str(folder / "config.yml")]


def test_a_variant_a_variable_or_a_platforms_limit_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = shop(tmp_path, greet=TWO)

    assert main(["preview", "greet", *options, "--language", "en", "--channel", "x"]) == 0

    out = capsys.readouterr().out
    assert "Hello, [customer.name]!" in out
    assert "Hi there." in out
    assert "speaks of customer" in out
    # X has no quick replies: they are numbered words.
    assert "1. Track my order" in out


def test_one_broken_template_hides_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = shop(tmp_path, greet="{% if %}", thanks="Any time")

    assert main(["preview", *options, "--json", "--language", "en"]) == 1

    found = {one["template"]: one for one in json.loads(capsys.readouterr().out)}
    assert "greet.j2" in found["greet"]["error"]
    assert found["thanks"]["messages"] == [["Any time"]]


def test_a_wrong_name_gets_no_hint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = shop(tmp_path)

    assert main(["preview", "gret", *options]) == 2
    assert "did you mean 'greet'?" in capsys.readouterr().err
    assert main(["preview", *options, "--language", "e"]) == 2


def test_a_limit_is_not_told_or_what_a_platform_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = shop(tmp_path, greet=TWO.replace("Track my order", "Track my order from last week"))

    assert main(["preview", "greet", *options, "--language", "en", "--channel", "messenger"]) == 0

    out = capsys.readouterr().out
    # Messenger takes 2,000 characters and 13 quick replies with titles of 20.
    assert "23 of 2,000 characters, 1 of 13 quick replies" in out
    assert "'Track my order from last week' is shortened" in out


def test_a_comment_seems_to_show_its_choices(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = shop(tmp_path, greet=TWO)
    more = ["--language", "en", "--channel", "page_comments", "--examples"]

    assert main(["preview", "greet", *options, *more]) == 0

    out = capsys.readouterr().out
    assert "choices are left out" in out
    assert "Hello, Alex!" in out


def test_a_fallback_is_shown_as_if_it_were_the_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = shop(tmp_path, greet="---\nfallback: One moment.\n---\nIt is {{ shop.fee }}.")

    assert main(["preview", "greet", *options, "--language", "en"]) == 0

    assert "its fallback: " in capsys.readouterr().out
