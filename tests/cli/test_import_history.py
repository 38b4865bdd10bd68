"""`antiphon import history`: an export in the brand's log, as somebody at the keyboard has it."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, func, insert, select

from bot import handoff
from bot.cli import main
from bot.store import agents, schema
from bot.store.agents import Role
from bot.store.database import engine, sqlite_url
from bot.store.desk import Tab, queue
from bot.store.tables import conversations, events, inbox, messages, outbox, reviews
from bot.store.thread import thread
from channels.base import Capabilities
from channels.messages import Surface
from tests.exports.layouts import LAYOUTS, Layout
from tests.exports.scenario import ACK, CHATS, Chat, at
from tests.postgres import new_database

CONFIG = """\
brand: {{name: Demo, timezone: Asia/Taipei, languages: [zh-Hant, en]}}
channels: {{webchat: [{{account: site}}, {{account: other}}]}}
store: {{url: "{url}"}}
"""
Output = pytest.CaptureFixture[str]
layouts = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())


class Brand:
    """A brand's folder with a real database, and the command line on it."""

    def __init__(self, folder: Path, url: str, capsys: Output) -> None:
        folder.mkdir()
        self.folder = folder
        self.url = url
        self._capsys = capsys
        told = "sqlite" if url.startswith("sqlite") else url.replace("+psycopg", "")
        (folder / "config.yml").write_text(CONFIG.format(url=told), encoding="utf-8")

    def run(self, *words: object) -> int:
        where = ("--config", str(self.folder / "config.yml"), "--data", str(self.folder))
        return main([*map(str, words), *where])

    def told(self, *words: object) -> Any:
        self._capsys.readouterr()
        assert self.run(*words, "--json") == 0
        return json.loads(self._capsys.readouterr().out)

    def bring(self, path: Path, *more: object) -> Any:
        return self.told("import", "history", path, "--account", "webchat/site", *more)

    @contextmanager
    def log(self) -> Iterator[Connection]:
        made = engine(self.url)
        schema.prepare(made)
        with made.connect().execution_options(writes=True) as connection:
            yield connection
            connection.commit()
        made.dispose()

    def rows(self) -> list[Any]:
        """All that the log holds but for our own clock."""
        m, c = messages.c, conversations.c
        kept = [one for one in m if one.name != "received_at"]
        with self.log() as log:
            said = log.execute(select(*kept).order_by(m.id)).all()
            chats = log.execute(select(conversations).order_by(c.id)).all()
            told = log.execute(select(events).order_by(events.c.id)).all()
            return [*map(tuple, said), *map(tuple, chats), *map(tuple, told)]


@pytest.fixture(params=["sqlite", "postgresql"])
def brand(request: pytest.FixtureRequest, tmp_path: Path, capsys: Output) -> Brand:
    """A brand on each kind of database."""
    folder = tmp_path / "brand"
    url = sqlite_url(folder) if request.param == "sqlite" else new_database()
    return Brand(folder, url, capsys)


def written(layout: Layout, folder: Path, chats: Sequence[Chat] = CHATS) -> Path:
    folder.mkdir()
    return layout.write(folder, chats)


def acks(layout: Layout) -> tuple[str, ...]:
    return () if layout.marked else ("--ack", ACK)


WINDOW = ("--start", "2026-03-17", "--end", "2026-03-19", "--as-of", "2026-03-20T12:00+08:00")
ZONE = ("--tz", "Asia/Taipei")


def told_asks(file: Path) -> list[dict[str, str]]:
    """The asks of a report, but for what they and their channel are called."""
    names = {"ask", "answer_id", "message_ids", "conversation", "author", "channel", "account"}
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    return sorted(
        ({name: value for name, value in row.items() if name not in names} for row in rows),
        key=lambda row: sorted(row.items()),
    )


@layouts
def test_the_log_tells_other_asks_than_the_export(
    layout: Layout, brand: Brand, tmp_path: Path
) -> None:
    path, more = written(layout, tmp_path / "export"), acks(layout)
    of_export, of_log = tmp_path / "export.csv", tmp_path / "log.csv"

    brand.bring(path, *more)

    brand.told("report", path, *ZONE, *WINDOW, *more, "--csv", of_export)
    brand.told("report", *WINDOW, "--csv", of_log)
    assert told_asks(of_log) == told_asks(of_export)
    assert len(told_asks(of_log)) == 5
    assert brand.told("recompute")["differences"] == []


@layouts
def test_an_export_given_twice_changes_the_log(
    layout: Layout, brand: Brand, tmp_path: Path
) -> None:
    path, more = written(layout, tmp_path / "export"), acks(layout)
    first = brand.bring(path, *more)
    before = brand.rows()

    again = brand.bring(path, *more)

    assert first["messages"] == first["seen"] > 10
    assert (again["id"], again["messages"], again["conversations"]) == (None, 0, 0)
    assert brand.rows() == before


@layouts
def test_an_overlapping_export_brings_what_is_there_already(
    layout: Layout, brand: Brand, tmp_path: Path
) -> None:
    less = [Chat(number=c.number, customer=c.customer, said=c.said[:3]) for c in CHATS[:2]]
    more = ("--brand", "示範小舖 Demo") if layout.format not in {"x", *HELP_DESKS} else ()
    part = brand.bring(written(layout, tmp_path / "part", less), *more, *acks(layout))
    whole = written(layout, tmp_path / "whole")
    would = brand.bring(whole, *more, *acks(layout), "--dry-run")

    came = brand.bring(whole, *more, *acks(layout))

    assert part["messages"] > 3
    assert came["messages"] + part["messages"] == came["seen"]
    assert (would["messages"], would["conversations"]) == (came["messages"], 2)
    with brand.log() as log:
        assert log.scalar(select(func.count()).select_from(conversations)) == 4


HELP_DESKS = {"chatwoot", "zendesk", "intercom"}


def test_what_is_undone_leaves_a_trace_or_takes_more_than_it_brought(
    brand: Brand, tmp_path: Path
) -> None:
    layout = LAYOUTS["intercom"]
    part = brand.bring(written(layout, tmp_path / "part", CHATS[:2]))
    brand.told("recompute")
    before = [row for row in brand.rows() if "undone" not in row]
    whole = brand.bring(written(layout, tmp_path / "whole"))
    brand.told("recompute")

    undone = brand.told("import", "history", "--undo", whole["id"])

    assert undone["rows"] >= whole["messages"] > 0
    assert [row for row in brand.rows() if "undone" not in row] == before
    assert brand.told("recompute")["differences"] == []
    listed = brand.told("import", "list")
    assert [(one["id"], bool(one["undone_at"])) for one in listed] == [
        (whole["id"], True),
        (part["id"], False),
    ]
    assert brand.bring(tmp_path / "whole" / "intercom.json")["messages"] == whole["messages"]


def test_a_chat_that_somebody_wrote_in_since_goes_with_its_import(
    brand: Brand, tmp_path: Path
) -> None:
    came = brand.bring(written(LAYOUTS["intercom"], tmp_path / "export"))
    with brand.log() as log:
        alive = log.scalar(select(conversations.c.id).order_by(conversations.c.id))
        log.execute(insert(messages), heard(alive or 0, "back again", at("12:00:00", day=30)))

    brand.told("import", "history", "--undo", came["id"])

    with brand.log() as log:
        assert log.scalars(select(conversations.c.id)).all() == [alive]
        assert log.scalars(select(messages.c.text)).all() == ["back again"]


def heard(conversation: int, text: str, when: datetime, id: str = "hook-1") -> dict[str, Any]:
    """A message as a webhook brought it."""
    return {
        "conversation_id": conversation,
        "inbox_id": 1,
        "direction": "in",
        "author": "customer",
        "contact_id": "U1",
        "visibility": "public",
        "kind": "message",
        "platform_id": id,
        "text": text,
        "ack": False,
        "handoff": False,
        "expects_reply": False,
        "answerable": True,
        "sent_at": when,
        "received_at": when,
    }


def talk(log: Connection, thread: str = "U1", state: str = "agent") -> int:
    """A conversation that the service has with a customer."""
    row = {
        "key": f"webchat/site/{thread}",
        "channel": "webchat",
        "account": "site",
        "thread": thread,
        "surface": str(Surface.DIRECT),
        "state": state,
        "contact_id": thread,
        "created_at": at("09:00:00"),
    }
    made = insert(conversations).returning(conversations.c.id)
    return int(log.execute(made, row).scalar_one())


@pytest.mark.parametrize("name", ["line_oa zh-Hant", "whatsapp android", "facebook", "intercom"])
def test_what_the_service_heard_itself_comes_in_again(
    name: str, brand: Brand, tmp_path: Path
) -> None:
    layout = LAYOUTS[name]
    said = [one for one in CHATS[0].said if one.who == "customer"]
    with brand.log() as log:
        ours = talk(log)
        for place, one in enumerate(said):
            when = one.at + timedelta(milliseconds=731)
            log.execute(insert(messages), heard(ours, one.text, when, f"hook-{place}"))
        before = log.execute(select(conversations)).one()

    came = brand.bring(written(layout, tmp_path / "export"), *acks(layout))

    assert came["seen"] - came["messages"] == len(said)
    assert came["conversations"] == len(CHATS) - 1
    with brand.log() as log:
        here = select(messages).where(messages.c.conversation_id == ours)
        told = log.execute(here.order_by(messages.c.sent_at)).all()
        after = log.execute(select(conversations).where(conversations.c.id == ours)).one()
    assert [one.text for one in told if one.direction == "in"] == [one.text for one in said]
    assert len(told) == len(CHATS[0].said) + (name == "intercom")
    assert after == before


def test_an_import_touches_what_sends_or_waits(brand: Brand, tmp_path: Path) -> None:
    brand.bring(written(LAYOUTS["line_oa en"], tmp_path / "export"))

    with brand.log() as log:
        for table in (inbox, outbox, reviews):
            assert log.execute(select(table)).all() == []
        assert set(log.scalars(select(conversations.c.state))) == {"closed"}
        assert set(log.scalars(select(messages.c.answerable))) == {False}
        assert queue(log, tab=Tab.OPEN, agent_id=1) == []
        rows = queue(log, tab=Tab.CLOSED, agent_id=1)
        assert {(one.name, one.unread, one.since) for one in rows} == {
            (chat.customer, 0, None) for chat in CHATS
        }
        assert max(one.last_at for one in rows) == CHATS[3].said[0].at
        [found] = queue(log, tab=Tab.CLOSED, agent_id=1, search="加急")
        opened = thread(log, found.id)
        assert opened is not None
        assert not opened.reachable
        assert [line.at for line in opened.lines] == [one.at for one in CHATS[0].said]
        assert {line.agent_name for line in opened.lines} == {None, "阿寶", "Bo"}
        agent = agents.add(
            log,
            email="a@demo.example",
            name="A",
            role=Role.AGENT,
            password_hash="none",
            at=datetime.now(UTC),
        )
        with pytest.raises(handoff.NoAddress):
            handoff.reply(
                log,
                conversation_id=found.id,
                agent_id=agent,
                text="hi",
                client_id=uuid4(),
                seen=0,
                at=datetime.now(UTC),
                capabilities=Capabilities(surface=Surface.DIRECT, max_text=100),
            )


def test_an_import_buries_what_was_said_since(brand: Brand, tmp_path: Path) -> None:
    with brand.log() as log:
        ours = talk(log)
        log.execute(insert(messages), heard(ours, CHATS[0].said[0].text, CHATS[0].said[0].at))
        log.execute(insert(messages), heard(ours, "today", at("12:00:00", day=40), "hook-2"))

    brand.bring(written(LAYOUTS["line_oa en"], tmp_path / "export"))

    with brand.log() as log:
        opened = thread(log, ours, window=3)
        assert opened is not None
        assert [line.text for line in opened.lines][-1] == "today"
        [row] = queue(log, tab=Tab.OPEN, agent_id=1)
        assert (row.last_words, row.unread) == ("today", 2)


def test_a_forgotten_customer_stays_in_what_was_brought(brand: Brand, tmp_path: Path) -> None:
    brand.bring(written(LAYOUTS["line_oa en"], tmp_path / "export"))
    asks = brand.told("recompute")["asks"]
    with brand.log() as log:
        one = select(conversations).where(conversations.c.contact_name == CHATS[0].customer)
        contact = log.execute(one).one().contact_id

    brand.told("erase", "webchat/site", contact)

    rows = repr(brand.rows())
    assert not [said.text for said in CHATS[0].said if said.text in rows and said.who != "auto"]
    assert CHATS[0].customer not in rows
    assert contact not in rows
    proof = brand.told("recompute")
    assert (proof["asks"], proof["differences"]) == (asks, [])


KILLED = """
import os, sys
from bot import history
from bot.cli import main
from bot.store import history as store
history.BATCH = 3
bring, left = store.bring, [4]
def dies(*given, **more):
    done = bring(*given, **more)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), 9)
    return done
store.bring = dies
main(sys.argv[1:])
"""


@pytest.mark.parametrize("name", ["line_oa en", "whatsapp ios", "zendesk audits", "x"])
def test_what_was_killed_begins_anew_or_comes_in_twice(
    name: str, brand: Brand, tmp_path: Path
) -> None:
    layout = LAYOUTS[name]
    path = written(layout, tmp_path / "export")
    words = ["import", "history", str(path), "--account", "webchat/site", *acks(layout)]
    words += ["--config", str(brand.folder / "config.yml"), "--data", str(brand.folder)]

    killed = subprocess.run([sys.executable, "-c", KILLED, *words], check=False)

    assert killed.returncode == -9
    [cut] = brand.told("import", "list")
    assert cut["ended_at"] is None
    came = brand.bring(path, *acks(layout))
    assert came["id"] == cut["id"]
    assert 0 < came["messages"] < came["seen"]
    [done] = brand.told("import", "list")
    assert (done["messages"], done["conversations"]) == (came["seen"], len(CHATS))
    with brand.log() as log:
        assert log.scalar(select(func.count()).select_from(messages)) == came["seen"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--account", "nobody"), "config.yml has no account nobody"),
        ((), "say with --account whose it is: webchat/site, webchat/other"),
        (("--account", "site", "--tz", "Mars/Base"), "is no time zone"),
        (("--account", "site", "--brand", "Nobody"), "--brand"),
        (("--undo", "77"), "antiphon import list"),
    ],
)
def test_a_refusal_does_not_say_what_to_do(
    words: tuple[str, ...], says: str, tmp_path: Path, capsys: Output
) -> None:
    brand = Brand(tmp_path / "brand", sqlite_url(tmp_path / "brand"), capsys)
    path = written(LAYOUTS["telegram"], tmp_path / "export")

    assert brand.run("import", "history", path, *words) == 2

    assert says in capsys.readouterr().err


def test_times_to_come_are_believed(tmp_path: Path, capsys: Output) -> None:
    brand = Brand(tmp_path / "brand", sqlite_url(tmp_path / "brand"), capsys)
    late = datetime.now(UTC) + timedelta(hours=5)
    chat = Chat(number=1, customer="A", said=(replace(CHATS[0].said[0], at=late),))
    path = written(LAYOUTS["intercom"], tmp_path / "export", [chat])

    assert brand.run("import", "history", path, "--account", "site") == 2

    assert "--tz" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["line_oa zh-Hant", "line_app en", "whatsapp ios"])
def test_a_later_export_that_numbers_chats_anew_makes_them_new_customers(
    name: str, brand: Brand, tmp_path: Path
) -> None:
    layout = LAYOUTS[name]
    brand.bring(written(layout, tmp_path / "early"), *acks(layout))
    more = replace(CHATS[0].said[0], at=at("9:00:00", day=5), text="又來了")
    later = [
        replace(chat, number=chat.number + 40, said=(*chat.said[1:], more)) for chat in CHATS[:3]
    ]

    came = brand.bring(written(layout, tmp_path / "later", later), *acks(layout))

    assert (came["messages"], came["conversations"]) == (len(later), 0)


def test_a_broadcast_counts_as_an_answer(brand: Brand, tmp_path: Path) -> None:
    said = CHATS[0].said
    many = [
        Chat(
            number=place,
            customer=f"客人{place}",
            said=(
                replace(said[0], at=said[0].at + timedelta(seconds=place), text=f"{place} 有貨嗎"),
                replace(CHATS[2].said[0], at=at("12:00:00")),
            ),
        )
        for place in range(60)
    ]
    path = written(LAYOUTS["line_oa en"], tmp_path / "export", many)

    brand.bring(path)

    brand.told("report", *WINDOW, "--csv", tmp_path / "log.csv")
    assert {one["answered_at"] for one in told_asks(tmp_path / "log.csv")} == {""}
    with brand.log() as log:
        assert log.scalar(select(func.count()).where(messages.c.broadcast)) == 60
