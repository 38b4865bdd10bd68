"""What a brand may write into config.yml, and what it is told when it is wrong."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import BUILT_IN_CATALOG, Config, ConfigError, built_in_responses, load
from bot.reports.hours import OpeningHours
from bot.settings_source import CONFIG_BOUNDS, MAX_DEPTH, did_you_mean, read

BRAND = """\
brand:
  name: {zh-Hant: 好日子, en: Good Days}
  timezone: Asia/Taipei
  languages: [zh-Hant, en]
"""
LEAST = BRAND + "channels: {webchat: [{account: site}]}\n"
LINE = "channels:\n  line:\n    - {account: shop, secret: s3cret-word, token: t0ken-word}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def loaded(folder: Path, text: str, **environ: str) -> Config:
    file = folder / "config.yml"
    file.write_text(text, encoding="utf-8")
    return load(file, environ)


def problems(folder: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, **environ)
    return [str(each).removeprefix(f"{folder}/") for each in caught.value.problems]


def test_the_least_config_gets_the_documented_defaults(folder: Path) -> None:
    config = loaded(folder, LEAST)

    assert config.store.embedded
    assert config.redis is None
    assert (config.web.host, config.web.port) == ("127.0.0.1", 8080)
    assert config.freshness.answer_within == timedelta(minutes=10)
    assert config.handoff.return_after == timedelta(hours=12)
    assert [(name, each.account) for name, each in config.accounts()] == [("webchat", "site")]
    assert config.catalog_folders == (BUILT_IN_CATALOG,)
    assert config.response_folders == (built_in_responses(),)


def test_a_whole_config_says_what_it_says(folder: Path) -> None:
    (folder / "words").mkdir()
    config = loaded(
        folder,
        BRAND.replace("en]", "en]\n  hours: {monday: ['13:00-18:00', '09:00-24:00']}").replace(
            "13:00-18:00", "06:00-08:30"
        )
        + """\
  special_hours: {2026-12-31: ["09:00-15:00"]}
channels: {webchat: [{account: site}]}
answers:
  order_status: {action: action_order_status}
  refund: {handoff: rule, template: refund_soon}
comments: {spam: {hide: true, ignore: true}}
handoff: {after_misses: 3, return_after: 2d, usual_wait: 90s}
responses: words
actions: ["actions.order_status:ActionOrderStatus"]
store: {url: "postgresql://me:pw@db/antiphon"}
redis: {url: "valkey://127.0.0.1:6379/0"}
canned: {thanks: 謝謝, hi: {zh-Hant: 您好, en: Hello}}
""",
    )

    assert config.brand.hours == {
        "monday": ((time(6), time(8, 30)), (time(9), time(0))),
    }
    assert config.brand.special_hours == {date(2026, 12, 31): ((time(9), time(15)),)}
    assert config.answers["refund"].template == "refund_soon"
    assert config.handoff.usual_wait == timedelta(seconds=90)
    assert config.response_folders == (folder / "words", built_in_responses())
    assert config.store.url.get_secret_value() == "postgresql+psycopg://me:pw@db/antiphon"
    assert config.redis is not None
    assert config.redis.url.get_secret_value() == "redis://127.0.0.1:6379/0"
    assert config.canned == {"thanks": {"": "謝謝"}, "hi": {"zh-Hant": "您好", "en": "Hello"}}


def test_changed_hours_change_reports_of_the_past(folder: Path) -> None:
    hours = (
        "en]\n  hours: {monday: ['09:00-18:00']}"
        "\n  earlier_hours: {2026-06-01: {monday: ['10:00-12:00']}}"
    )
    found = loaded(folder, LEAST.replace("en]", hours)).brand.opening_hours((2026,))

    assert found is not None
    assert [len_of(found, date(2026, month, day)) for month, day in ((5, 25), (6, 1))] == [2, 9]


def test_earlier_hours_without_hours_are_taken(folder: Path) -> None:
    hours = "en]\n  earlier_hours: {2026-06-01: {monday: ['10:00-12:00']}}"

    [told] = problems(folder, LEAST.replace("en]", hours))
    assert "say which under hours" in told


def len_of(hours: OpeningHours, day: date) -> float:
    """How many hours of *day* are open."""
    return sum((closes - opens) / timedelta(hours=1) for opens, closes in hours.shifts(day))


def test_opening_hours_know_weekdays_holidays_and_special_days(folder: Path) -> None:
    hours = "en]\n  hours: {thursday: ['09:00-18:00'], friday: ['09:00-18:00']}\n  holidays: TW"
    brand = loaded(folder, LEAST.replace("en]", hours)).brand
    opening = brand.opening_hours([2026, 2027])

    assert opening is not None
    assert opening.is_open(datetime(2026, 11, 26, 2, tzinfo=UTC))
    assert not opening.is_open(datetime(2026, 11, 24, 2, tzinfo=UTC))
    assert not opening.is_open(datetime(2027, 1, 1, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "Asia/Taipei",
            "Asia/Taipe",
            "3:13 brand.timezone: unknown time zone 'Asia/Taipe'; did you mean 'Asia/Taipei'?",
        ),
        (
            "Asia/Taipei",
            "Taipei",
            "3:13 brand.timezone: unknown time zone 'Taipei'; did you mean 'Asia/Taipei'?",
        ),
        ("timezone", "timezon", "3:3 brand.timezon: unknown key; did you mean 'timezone'?"),
        (", en]", ", en_US]", "4:24 brand.languages.1: 'en_US' is not a language tag"),
        (", en]", ", en, en]", "2:3 brand: a language is listed twice"),
        (", en: Good Days", "", "2:3 brand: the name is missing in en"),
        (
            "webchat:",
            "webchatt:",
            "5:12 channels.webchatt: unknown channel; did you mean 'webchat'?",
        ),
        ("[{account: site}]", "[]", "5:21 channels.webchat: must be a list of accounts"),
        ("{account: site}", "{}", "5:22 channels.webchat.0.account: is missing"),
        (
            "{account: site}",
            "{account: site, orgins: []}",
            "5:38 channels.webchat.0.orgins: unknown key; did you mean 'origins'?",
        ),
        (
            "{account: site}",
            "{account: 7}",
            "5:32 channels.webchat.0.account: must be text; put it in quotes",
        ),
        (
            "{account: site}",
            "{account: a/b}",
            "5:32 channels.webchat.0.account: must be 1 to 64 letters",
        ),
        (
            "{account: site}",
            "{account: site}, {account: site}",
            "5:49 channels.webchat.1.account: the account 'site' is already in this channel",
        ),
    ],
)
def test_an_error_names_file_line_column_and_the_nearest_word(
    folder: Path, old: str, new: str, told: str
) -> None:
    found = problems(folder, LEAST.replace(old, new, 1))

    assert any(each.startswith(f"config.yml:{told}") for each in found), found


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("handof: {}", "6:1 handof: unknown key; did you mean 'handoff'?"),
        ("channel: {}", "6:1 channel: unknown key; did you mean 'channels'?"),
        ("file: /etc/passwd", "6:1 file: unknown key"),
        (
            "answers: {a: {tmplate: b}}",
            "6:15 answers.a.tmplate: unknown key; did you mean 'template'?",
        ),
        ("answers: {a: {action: b, template: c}}", "6:14 answers.a: choose one of"),
        ("answers: {a: {}}", "6:14 answers.a: choose one of"),
        ("answers: {A-b: {ignore: true}}", "6:11 answers.A-b: 'A-b' is no name"),
        ("comments: {a: {ignore: true, template: b}}", "6:15 comments.a: what is ignored gets no"),
        ("freshness: {answer_within: 10}", "6:28 freshness.answer_within: 10 is not a duration"),
        (
            "freshness: {answer_within: 0m}",
            "6:28 freshness.answer_within: a duration must be longer",
        ),
        ("web: {port: 65536}", "6:13 web.port: must be less than or equal to 65535"),
        ("web: {secure_cookies: yes}", "6:23 web.secure_cookies"),
        ("web: {trusted_proxies: [10.0.0.1/8]}", "6:25 web.trusted_proxies.0: "),
        ("store: {url: mysql://x}", '6:14 store.url: must be "sqlite" or'),
        ("understanding: {threshold: 1.5}", "6:28 understanding.threshold: must be less than"),
        ("understanding: {lists: {date: [a]}}", "6:25 understanding.lists.date: 'date' is found"),
        ("understanding: {lists: {tea: ['!']}}", None),
        ("understanding: {lists: {tea: ['']}}", "6:31 understanding.lists.tea.0: '' has no"),
        ("understanding: {lists: {tea: [{also: [a]}]}}", "6:31 understanding.lists.tea.0.name: "),
        (
            "understanding: {lists: {tea: tea.yml}}",
            "6:30 understanding.lists.tea: there is no",
        ),
        ("understanding: {date_order: {en: dm}}", "6:34 understanding.date_order.en: must be"),
        ("understanding: {encoder: bert}", "6:26 understanding.encoder: must be"),
        ("responses: nowhere", "6:12 responses: there is no folder"),
        ("action_server: {names: [a]}", "6:16 action_server.url: is missing"),
        ("action_server: {url: 'http://a', names: []}", "6:41 action_server.names: must not be"),
        ("action_server: {url: a, names: [a]}", "6:22 action_server.url: must be an address"),
        ("action_server: {url: 'http://a', names: ['a b']}", "6:42 action_server.names.0: 'a b'"),
        ("action_server: {url: 'http://a', names: [a], tries: 0}", "6:53 action_server.tries: "),
        ("action_server: {url: 'http://a', names: [a], timeout: 2m}", "6:55 action_server.timeou"),
        ("action_server: {url: 'http://a', names: [a], secret: x}", "6:54 action_server.secret: "),
        ("action_server: {url: 'http://a', names: [a], headers: {'a b': x}}", "6:"),
        ("actions: [demo]", "6:11 actions.0: 'demo' is no action"),
        ("actions: demo:X", "6:10 actions: must be a list"),
        ("brand: {}", "6:1 brand: this key is already in line 1"),
        ("web: &a {}", None),
        ("web: *a", "6:6 aliases (*name) are not supported"),
        ("web: !!python/object:os.system {}", "6:6 tags"),
        ("? {a: 1}\n: b", "1:1 a key must be a word"),
        ("web: {", "7:1 "),
        ("web: \x07", "6:6 the character U+0007 is not allowed"),
        ("redis: {url: '${REDIS}'}", "6:14 redis.url: the environment variable REDIS is not set"),
        ("redis: {url: '${RE DIS}'}", "6:14 redis.url: ${RE DIS} is not the name of"),
    ],
)
def test_a_wrong_line_is_told_with_its_place(folder: Path, line: str, told: str | None) -> None:
    text = f"{LEAST}{line}\n"
    if told is None:
        loaded(folder, text)
        return
    found = problems(folder, text)

    assert any(each.startswith(f"config.yml:{told}") for each in found), found


def test_a_wrong_weekday_or_period_is_told_at_its_place(folder: Path) -> None:
    hours = """\
  hours:
    mondey: ["09:00-12:00"]
    tuesday: ["9-18"]
    friday: ["09:00-12:00", "11:00-13:00"]
"""
    found = problems(folder, BRAND + hours + "channels: {webchat: [{account: site}]}\n")

    assert [each.split(" ", 1)[0] for each in found] == [
        "config.yml:6:5",
        "config.yml:7:15",
        "config.yml:8:13",
    ]
    assert found[0].endswith("did you mean 'monday'?")


def test_all_errors_of_a_file_are_told_together(folder: Path) -> None:
    found = problems(
        folder,
        LEAST.replace("Taipei", "Taipe").replace("webchat", "webchatt")
        + "handof: {}\nredis: {url: '${REDIS}'}\nweb: {}\nweb: {}\n",
    )

    assert [each.split(" ")[1] for each in found] == [
        "brand.timezone:",
        "channels.webchatt:",
        "handof:",
        "redis.url:",
        "web:",
    ]


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]", "hello", "null"])
def test_a_file_without_settings_is_refused(folder: Path, text: str) -> None:
    assert problems(folder, text) == ["config.yml:1:1 the file holds no settings"]


def test_no_channel_at_all_is_refused(folder: Path) -> None:
    assert problems(folder, BRAND + "channels:\n") == [
        "config.yml:5:10 channels: no channel is configured; webchat needs least"
    ]


def test_a_section_whose_lines_are_all_commented_out_is_as_good_as_absent(folder: Path) -> None:
    assert loaded(folder, LEAST + "handoff:\n  # after_misses: 3\n").handoff.after_misses == 2


def test_a_secret_comes_from_the_environment_and_is_never_shown(folder: Path) -> None:
    config = loaded(
        folder,
        BRAND
        + LINE.replace("s3cret-word", "'${SECRET}'").replace("t0ken-word", "'${TOKEN:-none-set}'"),
        SECRET="hush-hush-hush",
    )
    [(_, settings)] = config.accounts()

    assert settings.token.get_secret_value() == "none-set"  # type: ignore[attr-defined]
    assert set(config.secrets()) == {"hush-hush-hush", "none-set"}
    assert "hush" not in f"{config!r} {config}"


def test_an_error_never_shows_a_secret(folder: Path) -> None:
    found = problems(folder, BRAND + LINE.replace("account: shop", "acount: shop"))
    found += problems(folder, LEAST + "store: {url: 'mysql://me:s3cret-word@x'}\n")
    found += problems(folder, LEAST + "redis: {url: 's3cret-word'}\n")

    assert "s3cret-word" not in "".join(found)
    assert "t0ken-word" not in "".join(found)


def test_an_empty_variable_is_no_secret(folder: Path) -> None:
    found = problems(folder, BRAND + LINE.replace("s3cret-word", "'${SECRET}'"), SECRET="")

    assert found == [
        "config.yml:7:31 channels.line.0.secret: the environment variable SECRET is empty"
    ]


def test_yaml_of_today_is_read_not_that_of_2005(folder: Path) -> None:
    file = folder / "x.yml"
    file.write_text("[no, on, 09:30, 1_000, 2026-12-31, 0o7, true, 012, 1.5, ~, '$${A}']")

    assert read(file, {}).value == [
        "no",
        "on",
        "09:30",
        "1_000",
        "2026-12-31",
        "0o7",
        True,
        12,
        1.5,
        None,
        "${A}",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "x" * CONFIG_BOUNDS.bytes,
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
        "[" + "1," * (CONFIG_BOUNDS.nodes + 1) + "]",
        "[" * 100_000,
    ],
)
def test_a_bomb_is_refused_without_being_unpacked(folder: Path, text: str) -> None:
    assert len(problems(folder, text)) == 1


def test_text_that_is_not_utf8_is_told_with_its_place(folder: Path) -> None:
    (folder / "x.yml").write_bytes("a: 1\nb: 好".encode() + "好".encode("big5"))

    [problem] = read(folder / "x.yml", {}).problems
    assert (problem.line, problem.column, problem.message[:16]) == (2, 5, "is not UTF-8 tex")


def test_a_missing_file_is_a_problem_not_a_traceback(folder: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(folder / "none.yml", {})


_ANY = st.text() | st.text(alphabet="[]{}:,-&*!|>'\"%@`# \n\t${}ab1~?", max_size=60)


@given(text=_ANY)
def test_no_text_at_all_makes_reading_raise(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))

    source = read(file, {})

    assert source.problems or source.marks or source.value is None


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text("a${}:", max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["brand", "channels", "webchat", "hours", "x"]), inner
            )
        ),
        max_leaves=8,
    )
)
def test_no_shape_of_settings_makes_loading_raise_anything_but_config_error(
    value: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import json

    file = tmp_path_factory.getbasetemp() / "shape.yml"
    file.write_text(json.dumps({"channels": value, "brand": value, "answers": value}))

    with pytest.raises(ConfigError):
        load(file, {})


def test_a_far_word_gets_no_suggestion() -> None:
    assert did_you_mean("qqqq", ["messenger", "line"]) == ""
