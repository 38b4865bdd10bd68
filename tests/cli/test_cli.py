"""What a person at the keyboard sees of the command line."""

import asyncio
import importlib
import io
import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from bot.cli import COMMANDS, main
from bot.config_sections import Weekday
from tests.actions.servers import far_server

Output = pytest.CaptureFixture[str]
LEAST = """\
brand: {name: Demo, timezone: Asia/Taipei, languages: [zh-Hant, en]}
channels: {webchat: [{account: site}]}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.yml"
    file.write_text(LEAST, encoding="utf-8")
    return file


def user(config: Path, *words: str) -> int:
    verb, *rest = words
    return main(["user", verb, "--config", str(config), *rest])


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_of_the_table_does_not_exist(name: str, capsys: Output) -> None:
    importlib.import_module(f"bot.cli.{name}")
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])

    assert left.value.code == 0
    assert f"usage: antiphon {name}" in capsys.readouterr().out


def test_help_imports_no_command_and_nothing_heavy() -> None:
    script = (
        "import sys\nfrom bot.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
        "sys.exit(any(name in sys.modules for name in"
        " ('pydantic', 'aiohttp', 'sqlalchemy', 'numpy', 'bot.config', 'bot.cli.run')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)

    assert done.returncode == 0
    assert b"validate" in done.stdout


def test_a_misspelt_command_gets_the_nearest(capsys: Output) -> None:
    assert main(["vaildate"]) == 2
    assert capsys.readouterr().err == (
        "antiphon: there is no command 'vaildate'; did you mean 'validate'?\n"
    )


def test_validate_is_content_with_a_right_config(config: Path, capsys: Output) -> None:
    assert main(["validate", "--config", str(config)]) == 0
    assert capsys.readouterr().out == f"{config}: all is well\n"


def test_validate_tells_every_problem_to_people_and_programs(config: Path, capsys: Output) -> None:
    config.write_text(LEAST.replace("Taipei", "Taipe") + "handof: {}\n")

    assert main(["validate", "--config", str(config)]) == 1
    assert capsys.readouterr().out.endswith("2 problems\n")
    assert main(["validate", "--config", str(config), "--json"]) == 1
    [zone, _] = json.loads(capsys.readouterr().out)["problems"]
    assert (zone["line"], zone["column"], zone["place"]) == (1, 31, "brand.timezone")


def test_a_project_of_init_is_not_valid(tmp_path: Path, capsys: Output) -> None:
    folder = tmp_path / "shop"

    assert main(["init", str(folder), "--name", '小店: "好" ${X}', "--timezone", "Asia/Tokyo"]) == 0
    assert main(["validate", "--config", str(folder / "config.yml")]) == 0
    assert (folder / ".gitignore").is_file()
    assert '# 小店: "好" ${X} answers' in (folder / "README.md").read_text(encoding="utf-8")
    left = [file for file in folder.rglob("*") if file.is_file() and "@NAME@" in file.read_text()]
    assert left == []
    capsys.readouterr()


def test_the_demo_of_another_brand_loses_its_intents_answers_or_actions(tmp_path: Path) -> None:
    shop, demo = tmp_path / "shop", tmp_path / "demo"
    assert main(["init", str(shop)]) == 0
    demo.mkdir()
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from bot.checks import check\nfrom bot.cli import demo\n"
        "config = demo._with_platforms(*map(Path, sys.argv[1:]))\n"
        "print(sorted(config.channels), *check(config))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, str(shop / "config.yml"), str(demo)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )

    assert done.stdout == "['line', 'messenger', 'page_comments', 'webchat']\n"


def test_init_touches_a_folder_that_is_in_use(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    assert main(["init", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"antiphon init: {tmp_path} is not empty; choose a new folder, nothing was written\n"
    )
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_init_accepts_a_zone_that_does_not_exist(tmp_path: Path, capsys: Output) -> None:
    assert main(["init", str(tmp_path / "x"), "--timezone", "Taipei"]) == 2
    assert "unknown time zone 'Taipei'" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_person_is_added_listed_and_locked_out(config: Path, capsys: Output) -> None:
    assert user(config, "add", "Boss@shop.example", "--name", "Boss", "--role", "admin") == 0
    assert "password, shown only now: " in capsys.readouterr().out
    assert user(config, "add", "mei@shop.example", "--name", "Mei") == 0
    assert user(config, "disable", "MEI@shop.example") == 0
    capsys.readouterr()

    assert user(config, "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)["users"] == [
        {"email": "boss@shop.example", "name": "Boss", "role": "admin", "active": True},
        {"email": "mei@shop.example", "name": "Mei", "role": "agent", "active": False},
    ]


def test_a_password_from_standard_input_is_shown(
    config: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))

    assert user(config, "add", "mei@shop.example", "--name", "Mei", "--password-stdin") == 0
    assert "correct horse" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["add", "boss@shop.example", "--name", "B"], 2, "there is a user boss@shop.example"),
        (["disable", "boss@shop.example"], 2, "Without this admin"),
        (["disable", "nobody@shop.example"], 1, "there is no user nobody@shop.example"),
        (["add", "no-address", "--name", "B"], 2, "'no-address' is no e-mail address"),
    ],
)
def test_what_cannot_be_done_with_a_user_is_one_sentence(
    config: Path, capsys: Output, words: list[str], code: int, told: str
) -> None:
    user(config, "add", "boss@shop.example", "--name", "Boss", "--role", "admin")
    capsys.readouterr()

    try:
        found: object = user(config, *words)
    except SystemExit as left:
        found = left.code
    assert found == code
    assert told in capsys.readouterr().err


def test_doctor_says_what_is_wrong_with_this_machine(config: Path, capsys: Output) -> None:
    blocked = config.parent / "file"
    blocked.write_text("")

    assert main(["doctor", "--config", str(config), "--json"]) == 0
    capsys.readouterr()
    assert main(["doctor", "--config", str(config), "--data", str(blocked), "--json"]) == 1
    findings = {each["name"]: each for each in json.loads(capsys.readouterr().out)["findings"]}
    assert findings["data folder"]["state"] == "wrong"


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        ({}, 0, "ok     action server: {url} answers in"),
        ({"names": ("other",)}, 1, "but lacks far; it has other"),
        (
            {"healthy": 500},
            1,
            "wrong  action server: {url} does not answer: /health with status 500",
        ),
    ],
)
async def test_doctor_overlooks_an_action_server_that_cannot_do_the_work(
    config: Path, capsys: Output, given: dict[str, Any], code: int, told: str
) -> None:
    async with far_server(**given) as far:
        text = f"{LEAST}action_server: {{url: {far.url}/webhook, names: [far]}}\n"
        await asyncio.to_thread(config.write_text, text)

        assert await asyncio.to_thread(main, ["doctor", "--config", str(config)]) == code
    assert told.format(url=far.url) in capsys.readouterr().out


def test_doctor_takes_a_dead_action_server_for_a_live_one(config: Path, capsys: Output) -> None:
    config.write_text(LEAST + "action_server: {url: 'http://127.0.0.1:1', names: [far]}\n")

    assert main(["doctor", "--config", str(config)]) == 1
    assert "http://127.0.0.1:1 does not answer: ClientConnectorError" in capsys.readouterr().out


def test_doctor_knows_a_redis_that_does_not_answer(config: Path, capsys: Output) -> None:
    config.write_text(LEAST + "redis: {url: 'redis://127.0.0.1:1/0'}\n")

    assert main(["doctor", "--config", str(config)]) == 1
    assert "wrong  redis: does not answer" in capsys.readouterr().out


@pytest.mark.parametrize(("closed", "state"), [(6, "ok"), (7, "note")])
def test_doctor_says_nothing_of_a_closure_in_which_asks_expire(
    config: Path, capsys: Output, closed: int, state: str
) -> None:
    today = datetime.now(ZoneInfo("Asia/Taipei")).date()
    days = ", ".join(f"{today + timedelta(days=20 + ahead)}: []" for ahead in range(closed))
    weekly = ", ".join(f"{day}: ['09:00-18:00']" for day in get_args(Weekday))
    hours = f"hours: {{{weekly}}}, special_hours: {{{days}}}"
    config.write_text(LEAST.replace("en]", f"en], {hours}"))

    assert main(["doctor", "--config", str(config), "--json"]) == 0
    findings = json.loads(capsys.readouterr().out)["findings"]
    [found] = [each for each in findings if each["name"].startswith("closures")]
    assert found["state"] == state
    assert f"{today + timedelta(days=20):%m-%d}" in found["told"]


def token(config: Path, *words: str) -> object:
    verb, *rest = words
    try:
        return main(["token", verb, "--config", str(config), *rest])
    except SystemExit as left:
        return left.code


def test_a_token_is_made_listed_without_its_secret_and_revoked(
    config: Path, capsys: Output
) -> None:
    assert token(config, "list") == 0
    assert "none yet" in capsys.readouterr().out
    given = ("--scope", "asks:read", "--scope", "reports:read", "--days", "30")
    assert token(config, "add", "Spreadsheet", *given) == 0
    secret = capsys.readouterr().out.partition("shown only now: ")[2].strip()
    assert secret.startswith("antiphon_")

    assert token(config, "list", "--json") == 0
    out = capsys.readouterr().out
    (one,) = json.loads(out)["tokens"]
    assert secret[9:] not in out
    assert (one["id"], one["name"], one["used_at"], one["revoked_at"]) == (
        *(1, "Spreadsheet"),
        *(None, None),
    )
    assert one["scopes"] == ["asks:read", "reports:read"]
    span = datetime.fromisoformat(one["expires_at"]) - datetime.fromisoformat(one["created_at"])
    assert span == timedelta(days=30)
    assert token(config, "revoke", "1") == 0
    assert token(config, "revoke", "1") == 1
    assert "there is no living token 1" in capsys.readouterr().err
    assert token(config, "list") == 0
    assert "(ended)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["add", "x"],
        ["add", "", "--scope", "asks:read"],
        ["add", "x" * 65, "--scope", "asks:read"],
        ["add", "x", "--scope", "everything"],
        ["add", "x", "--scope", "asks:read", "--days", "0"],
        ["add", "x", "--scope", "asks:read", "--days", "99999999999"],
    ],
)
def test_an_unfit_token_is_made_at_the_keyboard(
    config: Path, capsys: Output, words: list[str]
) -> None:
    assert token(config, *words) == 2
    assert token(config, "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)["tokens"] == []
