"""Holds the documents to the code: what they list is what there is."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from bot import conversation, metrics, rules
from bot.adapters import ADAPTERS
from bot.cli import COMMANDS, main
from bot.config_sections import Sections
from bot.conversation import State
from bot.replies.sandbox import FILTERS
from bot.reports import ask, waits
from bot.simulation import platforms
from bot.store import outcomes
from bot.store.agents import Role
from bot.store.outbox import Item
from channels import messages
from channels.base import Handle
from channels.messages import Action, Surface
from intents import match
from tests.channels import adapters
from tests.scorecards import PAGES, STATES, page, scorecard

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def first_cells(text: str) -> list[list[str]]:
    """For every table row, the words in backticks of its first cell."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return [re.findall(r"`([^`]+)`", cell) or [cell.strip()] for cell in rows]


def words_listed(text: str) -> set[str]:
    """Everything in the first cells of tables."""
    return {word for cells in first_cells(text) for cell in cells for word in re.split(r", ", cell)}


def section(text: str, heading: str) -> str:
    """What stands below *heading*, up to the next of its level or above."""
    level = len(heading.split(" ", 1)[0])
    below = text.split(f"\n{heading}\n", 1)[1]
    return re.split(rf"^#{{1,{level}}} ", below, maxsplit=1, flags=re.MULTILINE)[0]


def source() -> str:
    """All Python of the service, for words that are written where they are used."""
    return "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "bot").rglob("*.py"))


def test_a_channel_is_known_in_one_place_and_not_in_another() -> None:
    assert list(ADAPTERS) == sorted(ADAPTERS)
    # Web chat has no webhook: tests/channels/test_webchat.py is its contract.
    assert {one.name for one in adapters.ADAPTERS} == set(ADAPTERS) - {"webchat"}
    assert set(platforms.channels()) == set(ADAPTERS) - {"webchat"}
    for language in ("en", "zh-Hant"):
        words = tomllib.loads(text_of(f"bot/web/words/{language}.toml"))
        assert set(words["channel"]) >= set(ADAPTERS)
    accounts = section(text_of("docs/operations.md"), "### Accounts")
    assert words_listed(accounts) - {"channel", "---"} == set(ADAPTERS)


@pytest.mark.parametrize("channel", ADAPTERS)
def test_a_channel_has_no_page_with_a_scorecard(channel: str) -> None:
    text = page(channel).read_text(encoding="utf-8")
    card = scorecard(text)

    assert re.search(rf"^ +{channel}:$", text, re.MULTILINE), "its part of config.yml"
    assert card.count("done") > 0
    assert sum(card.count(state) for state in STATES) == len(card.rows)
    unexplained = [what for what, state in card.rows if re.match(r"exempt(?!: \w)", state)]
    assert unexplained == []


def test_a_page_is_about_no_channel() -> None:
    pages = {page(channel) for channel in ADAPTERS}

    assert set(PAGES.glob("*.md")) - {PAGES / "README.md"} == pages
    listed = words_listed(text_of("docs/channels/README.md").split("\n## ")[0])
    assert listed - {"channel", "---"} == set(ADAPTERS)


def test_the_smallest_adapter_is_no_longer_small_or_quoted_otherwise_than_it_is() -> None:
    page = text_of("docs/add-a-channel.md")
    told = re.search(r"`channels/own_app.py`, has (\d+)\s+lines", page)
    quotes = re.findall(r"^```\w+\n# (\S+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)

    assert told is not None
    assert int(told[1]) == len(text_of("channels/own_app.py").splitlines()) < 150
    assert len(quotes) > 10
    assert [file for file, quote in quotes if f"\n{quote}" not in text_of(file)] == []


def test_a_command_is_missing_in_the_list() -> None:
    listed = re.findall(r"^\| `antiphon (\w+)` \|", text_of("docs/operations.md"), re.MULTILINE)

    assert sorted(listed) == sorted(COMMANDS)


def commands() -> Iterator[Any]:
    """Every command line in the documents' shell examples."""
    for document in DOCUMENTS:
        for block in re.findall(r"```sh\n(.*?)```", document.read_text("utf-8"), re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words and words[0].rpartition("/")[2] == "antiphon":
                    yield pytest.param(
                        words[1:], id=f"{document.relative_to(ROOT)}: {' '.join(words[1:])}"
                    )


@pytest.mark.parametrize("words", list(commands()))
def test_a_command_in_the_documents_does_not_exist(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main([*words, "--help"])

    assert left.value.code == 0
    known = capsys.readouterr().out
    assert [word for word in words if word.startswith("--") and word not in known] == []


def test_a_make_target_in_the_documents_does_not_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    everything = "\n".join(document.read_text("utf-8") for document in DOCUMENTS)

    named = set(re.findall(r"^make ([a-z-]+)\b|`make ([a-z-]+)`", everything, re.MULTILINE))
    assert {one or other for one, other in named} <= targets
    assert {"run", "test"} <= targets


def test_a_metric_is_missing_or_told_otherwise() -> None:
    told = section(text_of("docs/operations.md"), "## Metrics")

    assert dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", told, re.MULTILINE)) == metrics.HELP


def settings() -> Iterator[tuple[str, Any]]:
    """Every key of config.yml but the adapters' own, with its default."""
    yield "channels", None
    for name, field in Sections.model_fields.items():
        inner = [
            kind
            for kind in (field.annotation, *get_args(field.annotation))
            if isinstance(kind, type) and issubclass(kind, BaseModel)
        ]
        if not inner or isinstance(field.default, dict):
            yield name, field.default
            continue
        for key, one in inner[0].model_fields.items():
            yield f"{name}.{one.alias or key}", None if one.is_required() else one.default


def spoken(value: Any) -> str | None:
    """A default as config.yml writes it; None for what needs words."""
    match value:
        case timedelta():
            if value >= timedelta(days=2):
                return f"{value.days}d"
            if value < timedelta(minutes=1):
                return f"{value.seconds}s"
            hours = value >= timedelta(hours=1)
            return f"{value // timedelta(hours=1)}h" if hours else f"{value.seconds // 60}m"
        case int() | str():
            return str(value)
        case _:
            return None


def test_a_key_of_the_configuration_is_missing_or_has_another_default() -> None:
    table = section(text_of("docs/operations.md"), "## config.yml").split("###")[0]
    told = dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]*?) ?\| ", table, re.MULTILINE))
    real = dict(settings())

    assert set(told) == set(real)
    in_code = {key: spoken(value) for key, value in real.items() if spoken(value) is not None}
    assert {key: told[key].strip("`") for key in in_code} == in_code


def test_a_filter_of_the_templates_is_missing() -> None:
    told = re.search(r"the filters\s+`([^`]+)`", text_of("docs/write-answers.md"))

    assert told is not None
    assert told[1].split() == sorted(FILTERS)


def test_the_glossary_lacks_a_word_of_the_code() -> None:
    whole = text_of("docs/glossary.md")
    kinds = (*get_args(messages.ChannelEvent), *get_args(conversation.Decision))
    quoted = {*Role, *Surface, *Action, *Handle, *get_args(match.Source)}
    spoken_of = {*get_args(ask.Status), *get_args(waits.Actor)}

    assert {kind.__name__ for kind in kinds} - words_listed(whole) == set()
    assert {str(word) for word in quoted if f"`{word}`" not in whole} == set()
    assert {word for word in spoken_of if not re.search(rf"\b{word}\b", whole)} == set()


def test_a_state_is_not_explained() -> None:
    whole = text_of("docs/glossary.md")
    talking = section(whole, "## Who has the word: conversation states")
    kept = section(whole, "## States of what is kept")

    assert {str(state) for state in State} - words_listed(talking) == set()
    assert {str(state) for state in Item} - words_listed(kept) == set()


def test_a_reason_of_a_handoff_is_not_explained() -> None:
    used = {one.handoff for one in rules.PRIVATE_ANSWERS.values() if one.handoff}
    used |= {one.handoff for one in rules.COMMENT_ANSWERS.values() if one.handoff}
    used |= {*outcomes.REASONS.values(), *re.findall(r'HandOff\(\s*reason="(\w+)"', source())}
    table = section(text_of("docs/glossary.md"), "### Reasons of a hand-off")

    assert words_listed(table) - {"reason", "---"} == used


def test_a_type_of_event_in_the_log_is_not_explained() -> None:
    used = set(re.findall(r'Entry\(\s*type="(\w+)"', source()))
    used |= set(re.findall(r'_log\(connection, "(\w+)"', source()))
    used |= {"decided", "ignored", "joined"}
    table = section(text_of("docs/glossary.md"), "## The log")

    assert words_listed(table) - {"type", "---"} == used


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_leads_nowhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]*)#?([^)]*)\)", document.read_text("utf-8"))
    files = {path: document.parent / path for path, _ in links}

    assert [path for path, file in files.items() if not file.exists()] == []
    for path, anchor in links:
        if anchor:
            headings = re.findall(r"^#+ (.*)$", files[path].read_text("utf-8"), re.MULTILINE)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}
