"""Every layout of the same week tells the same asks."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from bot.exports.events import events
from bot.exports.export import Export, Told
from bot.exports.formats import Reading
from bot.reports.ask import Ask
from bot.reports.asks import asks
from tests.exports.layouts import LAYOUTS, Layout
from tests.exports.scenario import ACK, BRAND, CHATS, EXPECTED, ZONE, to_the_minute

layouts = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())


def opened(path: Path, **told: object) -> Export:
    return Export(path, Reading(zone=ZONE), Told(**told))  # type: ignore[arg-type]


def asks_of(export: Export) -> list[Ask]:
    found = [
        ask
        for conversation in export.conversations()
        for ask in asks(
            events(
                conversation,
                export.automatic,
                channel=export.format.channel,
                names_agents=export.format.names_agents,
            )
        )
    ]
    return sorted(found, key=lambda ask: ask.opened_at)


def outline(found: Sequence[Ask]) -> tuple[tuple[datetime, datetime | None, int], ...]:
    return tuple((ask.opened_at, ask.answered_at, len(ask.message_ids)) for ask in found)


@layouts
def test_a_layout_tells_other_asks_than_the_others(layout: Layout, tmp_path: Path) -> None:
    path = layout.write(tmp_path, CHATS)

    with opened(path, automatic=() if layout.marked else (ACK,)) as export:
        found = outline(asks_of(export))

        assert export.format.name == layout.format
        assert found == (to_the_minute(EXPECTED) if layout.minutes else EXPECTED)
        assert export.facts.unread == 0
        assert export.facts.resolution_seconds == (60 if layout.minutes else 1)
        if layout.format not in {"x", "chatwoot", "zendesk", "intercom"}:
            assert export.brand.name == BRAND


# Two chats are too few to tell an automatic reply from their minutes.
@pytest.mark.parametrize("name", [name for name, each in LAYOUTS.items() if not each.minutes])
def test_an_automatic_reply_counts_as_an_answer_when_nobody_named_it(
    name: str, tmp_path: Path
) -> None:
    layout = LAYOUTS[name]

    with opened(layout.write(tmp_path, CHATS)) as export:
        assert [ask.answered_at for ask in asks_of(export)] == [each[1] for each in EXPECTED]


@layouts
def test_an_export_given_twice_counts_twice(layout: Layout, tmp_path: Path) -> None:
    for half in ("one", "other"):
        (tmp_path / half).mkdir()
    layout.write(tmp_path / "one", CHATS)
    layout.write(tmp_path / "other", CHATS)

    with opened(tmp_path, automatic=(ACK,)) as export:
        found = outline(asks_of(export))

    assert found == (to_the_minute(EXPECTED) if layout.minutes else EXPECTED)


@layouts
def test_an_id_changes_from_one_export_to_the_next(layout: Layout, tmp_path: Path) -> None:
    ids = []
    for half in ("one", "other"):
        (tmp_path / half).mkdir()
        # The second export has all chats, the first only some.
        chats = CHATS[:2] if half == "one" else CHATS
        with opened(layout.write(tmp_path / half, chats), automatic=(ACK,)) as export:
            ids.append(
                {
                    (conversation.id, message.id): (message.at, message.text)
                    for conversation in export.conversations()
                    for message in conversation.messages
                }
            )

    assert ids[0].items() <= ids[1].items()


@pytest.mark.parametrize(
    ("layout", "agents"),
    [(name, {"阿寶", "Bo"}) for name in ("line_oa en", "chatwoot", "intercom")],
)
def test_agents_lose_their_names(layout: str, agents: set[str], tmp_path: Path) -> None:
    with opened(LAYOUTS[layout].write(tmp_path, CHATS)) as export:
        assert {ask.agent for ask in asks_of(export)} - {None} == agents


def test_texts_are_changed(tmp_path: Path) -> None:
    expected = [[said.text for said in chat.said] for chat in CHATS]
    for name in ("line_oa zh-Hant", "facebook", "messenger_e2e", "whatsapp ios", "line_app en"):
        (folder := tmp_path / name).mkdir()
        with opened(LAYOUTS[name].write(folder, CHATS), automatic=(ACK,)) as export:
            told = [[m.text for m in each.messages] for each in export.conversations()]
        if name == "line_app en":
            told[-1].append("")
        assert sorted(told) == sorted(expected), name
