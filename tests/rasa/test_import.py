"""A Rasa bot moves in: what is told of it, and what the project is worth."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cli import main
from bot.rasa.plan import planned
from bot.rasa.project import ProjectWriter
from bot.rasa.reading import read_bot
from tests.house import MODELS, house
from tests.rasa.conftest import BOTS, Moved

Output = pytest.CaptureFixture[str]


def report(name: str, out: Path, capsys: Output) -> dict[str, Any]:
    assert main(["import", "rasa", str(BOTS / name), "--out", str(out), "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def trained(folder: Path) -> Path:
    """*folder*, with the models of earlier runs."""
    MODELS.mkdir(exist_ok=True)
    (folder / "data").mkdir()
    (folder / "data" / "models").symlink_to(MODELS)
    return folder


def lines_of(told: dict[str, Any], file: str) -> set[tuple[int, str]]:
    return {(each["line"], each["outcome"]) for each in told["findings"] if each["file"] == file}


@pytest.mark.parametrize("name", ["teahouse", "noodles"])
def test_a_moved_project_is_not_valid(moved: Moved, name: str) -> None:
    assert main(["validate", "--config", str(moved(name) / "config.yml")]) == 0


def test_a_part_that_is_lost_or_bent_is_not_told(tmp_path: Path, capsys: Output) -> None:
    told = report("teahouse", tmp_path / "out", capsys)

    assert told["counts"]["taken"] > told["counts"]["not taken"] > 0
    places = {
        (each["file"], each["line"], each["outcome"], each["what"]) for each in told["findings"]
    }
    assert places >= {
        ("data/nlu.yml", 9, "not taken", "a line of examples"),
        ("data/nlu.yml", 45, "not taken", "an annotation"),
        ("data/nlu.yml", 103, "not taken", "regex size"),
        ("data/nlu.yml", 109, "not taken", "a block of nlu"),
        ("data/rules.yml", 52, "changed", "utter_please_rephrase in not understood"),
        ("data/rules.yml", 71, "not taken", "mystery of rule strange"),
        ("data/rules.yml", 75, "not taken", "dance in strange"),
        ("data/stories.yml", 24, "not taken", "intent affirm in after the stock"),
        ("data/nlu.yml", 14, "not taken", "an example of goodbye"),
        ("data/stories.yml", 51, "not taken", "intent goodbye in goodbye as no rule says it"),
        ("data/stories.yml", 31, "not taken", "intent affirm in yes ends it"),
        ("domain.yml", 103, "not taken", "a mapping of slot oracle"),
        ("domain.yml", 188, "not taken", "weather"),
        ("endpoints.yml", 6, "changed", "tracker_store.password"),
    }


def test_a_key_of_the_domain_is_passed_over_in_silence(tmp_path: Path, capsys: Output) -> None:
    told = report("teahouse", tmp_path / "out", capsys)

    sections: Any = yaml.compose((BOTS / "teahouse" / "domain.yml").read_text("utf-8"))
    named = {
        item.start_mark.line + 1
        for key, section in sections.value
        if key.value in {"entities", "slots", "forms", "responses", "session_config"}
        for item in (
            [name for name, _ in section.value] if section.tag.endswith("map") else section.value
        )
    }
    assert named <= {line for line, _ in lines_of(told, "domain.yml")}


def test_an_answer_is_another_than_the_rules_say(moved: Moved) -> None:
    folder = moved("teahouse")

    answers = yaml.safe_load((folder / "config.yml").read_text("utf-8"))["answers"]

    assert answers == {
        "affirm": {"action": "answers"},
        "ask_sizes": {"action": "answers"},
        "ask_stock": {"action": "answers"},
        "choose_gift": {"action": "answers"},
        "complain_loudly": {"handoff": "rule"},
        "deny": {"action": "answers"},
        "faq_ask_hours": {"action": "answers"},
        "faq_ask_wifi": {"action": "answers"},
        "goodbye": {"action": "answers"},
        "greet": {"action": "answers"},
        "inform": {"action": "answers"},
        "order_tea": {"action": "order_form"},
        "out_of_scope": {"template": "not_sure"},
        "stop": {"action": "answers"},
        "subscribe": {"action": "answers"},
        "talk_to_human": {"handoff": "rule"},
    }


def test_a_test_story_is_judged_wrongly(moved: Moved, capsys: Output) -> None:
    folder = trained(moved("teahouse"))
    capsys.readouterr()

    assert main(["test", "--config", str(folder / "config.yml")]) == 1
    miss, sum_of = capsys.readouterr().out.splitlines()
    assert miss.endswith("'hello': expected utter_goodbye, found utter_greet")
    assert sum_of == "2 of 3 stories go as told"


def test_a_form_of_rasa_2_does_not_talk_to_its_end(moved: Moved, capsys: Output) -> None:
    folder = trained(moved("noodles"))
    capsys.readouterr()

    code = main(["test", "--config", str(folder / "config.yml")])

    assert (code, capsys.readouterr().out) == (0, "1 of 1 stories go as told\n")


async def test_a_customer_cannot_order_at_the_moved_brand(moved: Moved) -> None:
    folder = moved("teahouse")
    sections = yaml.safe_load((folder / "config.yml").read_text("utf-8"))
    del sections["channels"]

    async with house(folder, **sections) as h:
        for text in ("can I order some oolong", "30", "3", "which sizes do you sell", "yes"):
            count = len(h.sent("ann"))
            await h.says("ann", text)
            await h.until(lambda count=count: len(h.sent("ann")) > count)  # type: ignore[misc]
            await h.settled()
        await h.says("ann", "For Ada from Ben")
        await h.settled()

        said = [entry.text for entry in h.sent("ann")]
        assert [text for text in said if "machine" not in text][-1] == (
            "3 cups of oolong tea with the card: For Ada from Ben"
        )
        assert said.count("Twenty cups at most.") == 1
        assert said.count("Is it a gift?") == 2


@pytest.mark.parametrize(
    "content", ["a: [", "\t", "- 1", "nlu: &a [*a]", "\x00", "nlu: !!python/x 1"]
)
def test_a_broken_file_is_fatal(tmp_path: Path, content: str, capsys: Output) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "domain.yml").write_text(content, encoding="utf-8")

    assert main(["import", "rasa", str(tmp_path / "bot"), "--out", str(tmp_path / "out")]) == 0
    assert "domain.yml:" in capsys.readouterr().out


def test_an_alias_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "nlu.yml").write_text(
        "nlu:\n- intent: a\n  examples: &same |\n    - hi\n- intent: b\n  examples: *same\n"
    )

    nlu = read_bot(tmp_path).nlu

    assert [example.text for example in nlu.intents["b"]] == ["hi"]


def test_yes_is_taken_for_a_truth_value(tmp_path: Path) -> None:
    (tmp_path / "domain.yml").write_text(
        "slots:\n  answer:\n    type: categorical\n    values: [yes, no]\n    initial_value: no\n"
    )

    assert read_bot(tmp_path).domain.slots["answer"].initial == "no"


def test_a_folder_that_is_in_use_is_written_to(tmp_path: Path, capsys: Output) -> None:
    assert main(["import", "rasa", str(BOTS / "noodles"), "--out", str(BOTS)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert main(["import", "rasa", str(tmp_path / "none"), "--out", str(tmp_path / "o")]) == 2


WORDS = st.sampled_from(
    [
        *("intent", "examples", "synonym", "lookup", "regex", "text", "metadata", "user", "bot"),
        *("steps", "action", "active_loop", "slot_was_set", "checkpoint", "or", "rule", "story"),
        *("condition", "type", "mappings", "from_entity", "entity", "required_slots", "buttons"),
        *("title", "payload", "channel", "utter_a", "name", "value", "a", "- [a](b)", "/a{", ""),
    ]
)
TREES = st.recursive(
    st.one_of(WORDS, st.none(), st.booleans(), st.integers(0, 3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=25,
)
SECTIONS = st.sampled_from(
    [
        *("nlu", "intents", "entities", "slots", "forms", "responses", "actions", "rules"),
        *("stories", "session_config", "pipeline", "language", "policies", "e2e_actions"),
    ]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.dictionaries(SECTIONS, TREES, max_size=5))
def test_what_is_no_rasa_is_fatal(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("bot")
    for name in ("all.yml", "test_all.yml"):
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")

    bot = read_bot(folder)
    writer = ProjectWriter(bot, planned(bot), path=folder, out=folder / "out")
    writer.write(name="Demo", zone="Asia/Taipei", language=None)

    assert yaml.safe_load((folder / "out" / "config.yml").read_text("utf-8"))["brand"]
