"""The names of a customer: one conversation for one, by whatever name, and two for two."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, insert, select

from bot.conversation import Conversation, State
from bot.store import conversations, inbox, names
from bot.store.database import Database
from bot.store.erase import erase
from bot.store.inbox import Arrival
from bot.store.joining import merged
from bot.store.tables import conversations as table
from bot.store.tables import events, labels, messages, metadata, thread_names
from channels.messages import ChannelNotice, Event, InboundMessage, Surface
from tests.events import message

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PHONE, USER, PARENT = "886912345678", "TW.1", "TW.ENT.1"


def called(*keys: str, id: str = "") -> InboundMessage:
    """An event of somebody who is called by *keys*, the sure one first."""
    told = message(id or "/".join(keys), at=NOW, thread=keys[-1], channel="whatsapp")
    return replace(told, thread_keys=keys)


def moved(*keys: str) -> ChannelNotice:
    """The platform's word that all *keys* are one customer's."""
    return ChannelNotice(
        event_id="moved", kind=names.MOVED, channel="whatsapp", account="shop", thread=keys[0],
        surface=Surface.DIRECT, sent_at=NOW, received_at=NOW, thread_keys=keys,
    )  # fmt: skip


def thread(connection: Connection, event: Event) -> str:
    """Where *event* belongs."""
    return names.threads(connection, [event])[names.named(event)]


async def threads(database: Database, *told: Event) -> list[str]:
    """Where *told* belong, one after the other."""
    return [await database.write(partial(thread, event=one)) for one in told]


def opened(connection: Connection, key: str, **more: Any) -> int:
    """A stored conversation."""
    new = Conversation(
        key=f"whatsapp/shop/{key}", channel="whatsapp", account="shop", thread=key,
        surface=Surface.DIRECT, contact_id=key,
    )  # fmt: skip
    conversations.lock(connection, [new], at=NOW)
    stored = conversations.by_keys(connection, [new.key])[new.key]
    conversations.save(connection, [replace(stored, **more)])
    assert stored.id is not None
    return stored.id


async def test_a_customer_who_hides_the_number_becomes_another(database: Database) -> None:
    found = await threads(
        database, called(PHONE), called(USER, PHONE), called(USER), called(USER, PARENT)
    )

    assert found == [PHONE] * 4


async def test_a_number_that_was_passed_on_leads_to_its_former_owner(database: Database) -> None:
    found = await threads(
        database, called(USER, PHONE), called("TW.2", PHONE), called(PHONE), called(USER)
    )

    assert found == [USER, "TW.2", "TW.2", USER]


async def test_a_new_number_and_its_new_id_begin_anew(database: Database) -> None:
    new = "886987654321"
    found = await threads(
        database, called(USER, PHONE), moved(new, PHONE, USER), called("TW.2", new), called(USER)
    )

    assert found == [USER] * 4


async def test_a_move_that_is_told_twice_opens_the_door_to_strangers(database: Database) -> None:
    told = moved("TW.2", "886987654321", PHONE, USER)
    found = await threads(database, called(USER, PHONE), told, told, called("TW.3", "886987654321"))

    assert found == [USER, USER, USER, "TW.3"]


async def test_two_conversations_of_one_customer_lose_something_when_joined(
    database: Database,
) -> None:
    def write(connection: Connection) -> None:
        thread(connection, called(PHONE))
        thread(connection, called(USER))
        for key, text in ((PHONE, "one"), (USER, "two")):
            id = opened(connection, key, last_in_at=NOW)
            row = {
                "conversation_id": id,
                "direction": "in",
                "author": "customer",
                "kind": "dm.text",
            }
            row |= {"visibility": "public", "text": text, "sent_at": NOW, "received_at": NOW}
            connection.execute(insert(messages), row)
            connection.execute(
                insert(labels),
                [{"conversation_id": id, "label": label} for label in ("both", text)],
            )
        thread(connection, called(USER, PHONE))

    await database.write(write)

    def look(connection: Connection) -> list[Sequence[object]]:
        return [
            list(connection.scalars(select(column).order_by(column)))
            for column in (table.c.key, messages.c.text, labels.c.label, events.c.type)
        ]

    key = f"whatsapp/shop/{USER}"
    assert await database.read(look) == [[key], ["one", "two"], ["both", "one", "two"], ["joined"]]
    assert await threads(database, called(PHONE), called(USER)) == [USER, USER]


async def test_a_conversation_at_work_is_joined_under_the_workers_hands(database: Database) -> None:
    await threads(database, called(PHONE), called(USER))
    waiting = Arrival(
        channel="whatsapp", account="shop", body=b"1", events=[called(PHONE)], received_at=NOW
    )
    await database.submit(inbox.add, waiting)

    assert await threads(database, called(USER, PHONE), called(PHONE)) == [USER, PHONE]

    def done(connection: Connection) -> None:
        [row] = inbox.pending(connection, owned=range(64), after=0, limit=9, now=NOW)
        assert row.conversation == f"whatsapp/shop/{PHONE}"
        assert inbox.done(connection, [row.id])

    await database.write(done)
    assert await threads(database, called(USER, PHONE), called(PHONE)) == [USER, USER]


async def test_names_that_meet_in_one_body_are_stored_under_two_conversations(
    database: Database,
) -> None:
    await threads(database, called(PHONE), called(USER))
    told = [called(PHONE, id="a"), called(USER, PHONE, id="b"), called(USER, id="c")]
    arrival = Arrival(channel="whatsapp", account="shop", body=b"1", events=told, received_at=NOW)

    await database.submit(inbox.add, arrival)

    rows = await database.read(
        lambda connection: inbox.pending(connection, owned=range(64), after=0, limit=9, now=NOW)
    )
    assert [row.conversation for row in rows] == [f"whatsapp/shop/{USER}"] * 3


async def test_the_same_customer_met_in_two_places_at_once_becomes_two(
    database: Database, store_url: str
) -> None:
    beside = Database(store_url)
    beside.start()
    told = [called(USER, PHONE), called(PHONE), called(USER)] * 4
    places = [database, beside] * 6

    found = await asyncio.gather(
        *(place.write(partial(thread, event=one)) for place, one in zip(places, told, strict=True))
    )
    await beside.close()

    last = await threads(database, called(USER, PHONE), called(USER), called(PHONE))
    assert len(set(last)) == 1
    assert set(found) <= {USER, PHONE}


async def test_the_names_of_an_erased_customer_are_kept(database: Database) -> None:
    await threads(database, called(USER, PHONE))

    def kept(connection: Connection) -> Sequence[str]:
        return connection.scalars(select(thread_names.c.name)).all()

    assert len(await database.read(kept)) == 2

    await database.write(lambda connection: erase(connection, f"whatsapp/shop/{USER}", at=NOW))

    assert await database.read(kept) == []


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.sampled_from([(USER, PHONE), (PHONE,), (USER,), (USER, PARENT), (PARENT, PHONE)]))
)
def test_names_of_one_customer_end_in_two_threads(told: list[tuple[str, ...]]) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)

    with engine.begin() as connection:
        for keys in told:
            thread(connection, called(*keys))
        final = {thread(connection, called(USER, PHONE, PARENT))}
        final |= {thread(connection, called(name)) for name in (USER, PHONE, PARENT)}

    assert len(final) == 1


def test_joining_takes_the_word_from_a_person_or_forgets_an_opt_out() -> None:
    later = NOW + timedelta(hours=1)
    one = Conversation(
        key="a", channel="whatsapp", account="shop", thread="a", surface=Surface.DIRECT,
        contact_id="a", fence=1, last_in_at=later,
    )  # fmt: skip
    other = replace(
        one, key="b", state=State.AGENT, agent_id=7, fence=4, opted_out_at=NOW, last_in_at=NOW,
        contact_name="林小姐",
    )  # fmt: skip

    assert merged(one, other) == replace(
        one, state=State.AGENT, agent_id=7, fence=5, opted_out_at=NOW, contact_name="林小姐"
    )
