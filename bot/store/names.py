"""The names of a thread: by whichever a platform calls it, its conversation stays one.

WhatsApp knows a customer by phone number, by an id of its own, or by both, and both may change. The
inbox asks here under which thread an event belongs; events without `thread_keys` never come here.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from bot.store.dialect import inserted
from bot.store.joining import join
from bot.store.tables import thread_names as table
from channels.messages import Event

# The kind of event in which a platform itself says that all the names are one customer's.
MOVED = "user.id_changed"


Named = tuple[str, str, bool, tuple[str, ...]]


def named(event: Event) -> Named:
    """By what `threads` knows the customer of *event*."""
    return event.channel, event.account, event.kind == MOVED, event.thread_keys


def threads(connection: Connection, events: Iterable[Event]) -> dict[Named, str]:
    """The threads under which the conversations of *events* are kept, now and later.

    Only events with `thread_keys` have one here. All locks are taken in one order, and kept until
    what was found is committed along with the events.
    """
    asked = {named(event): event for event in events if event.thread_keys}
    found = {who: _thread(connection, asked[who]) for who in sorted(asked)}
    if len(asked) > 1:
        # One may have joined the thread of another to its own.
        found = {who: _thread(connection, asked[who]) for who in sorted(asked)}
    return found


def _thread(connection: Connection, event: Event) -> str:
    """Find the thread of *event*, and note the names by which it was not known yet.

    The first of `thread_keys` belongs to one customer alone. Another, such as a phone number, may
    have passed to somebody else: it does not lead to a thread that has a sure name which is not
    among these. Threads that turn out to be one customer's are joined.
    """
    keys = event.thread_keys
    known = _known(connection, event)
    found = dict.fromkeys(known[name] for name in keys if name in known)
    ours = [one for one in found if one == known.get(keys[0]) or _same(connection, event, one)]
    home = ours[0] if ours else keys[0]
    # What is busy stays apart until an event names both again.
    apart = {one for one in ours[1:] if not join(connection, event, one, into=home)}
    if event.kind == MOVED:
        # A new number brings a new id as well: the old one must not keep it out.
        theirs = update(table).where(_is(event), table.c.thread == home)
        connection.execute(theirs.values(sure=table.c.name == keys[0]))
    due = [name for name in keys if known.get(name) not in {home, *apart}]
    if _give(connection, event, due, home):
        return home
    # Another process met the same customer at this moment: what it wrote counts.
    return _thread(connection, event)


def of(connection: Connection, *, channel: str, account: str, thread: str) -> list[str]:
    """All names of a thread that has others than its own."""
    return list(connection.scalars(select(table.c.name).where(_leads(channel, account, thread))))


def also(connection: Connection, *, channel: str, account: str, thread: str, name: str) -> None:
    """Note another name of a thread, by which no event tells it."""
    row = {"channel": channel, "account": account, "name": name}
    inserted(connection, table, row | {"thread": thread, "sure": False})


def forget(connection: Connection, *, channel: str, account: str, thread: str) -> None:
    """Forget all names of a thread."""
    connection.execute(delete(table).where(_leads(channel, account, thread)))


def _leads(channel: str, account: str, thread: str) -> ColumnElement[bool]:
    return and_(table.c.channel == channel, table.c.account == account, table.c.thread == thread)


def _is(event: Event) -> ColumnElement[bool]:
    return and_(table.c.channel == event.channel, table.c.account == event.account)


def _known(connection: Connection, event: Event) -> dict[str, str]:
    query = select(table.c.name, table.c.thread).where(
        _is(event), table.c.name.in_(event.thread_keys)
    )
    return dict(connection.execute(query.order_by(table.c.name).with_for_update()).all())


def _same(connection: Connection, event: Event, thread: str) -> bool:
    """Whether *thread* has no sure name but those of *event*, so that it is the same customer's."""
    if event.kind == MOVED:
        return True
    others = select(table.c.name).where(
        _is(event),
        table.c.thread == thread,
        table.c.sure,
        table.c.name.not_in(event.thread_keys),
    )
    return connection.scalar(others.limit(1)) is None


def _give(connection: Connection, event: Event, due: Iterable[str], thread: str) -> bool:
    """Let the *due* names lead to *thread*. False if one was given elsewhere meanwhile."""
    for name in sorted(due):
        sure = name == event.thread_keys[0]
        given = connection.execute(
            update(table).where(_is(event), table.c.name == name).values(thread=thread, sure=sure)
        )
        if given.rowcount:
            continue
        row = {"channel": event.channel, "account": event.account, "name": name}
        if not inserted(connection, table, row | {"thread": thread, "sure": sure}):
            return False
    return True
