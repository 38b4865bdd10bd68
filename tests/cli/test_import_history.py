"""`antiphon import history`: an export in the brand's log, as somebody at the keyboard has it."""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from bot.cli import main
from bot.store import schema
from bot.store.database import engine, sqlite_url
from bot.store.tables import conversations, events, messages
from tests.exports.layouts import LAYOUTS, Layout
from tests.exports.scenario import ACK, CHATS, Chat
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
