"""Who a customer is: WhatsApp knows people by phone number, by ids of its own, or by all of them.

A phone number may pass to somebody else; an id of the business belongs to one person alone. So that
id comes first among a thread's names, and the number, which is sure to be routed, is written to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from channels.messages import Contact
from channels.webhook import Unreadable
from channels.whatsapp.payloads import IdUpdate, Message, Person, Preference, Status

# How a group's thread is told from a person's.
GROUP = "group:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """One person's names. *earlier* are those that they had before."""

    phone: str | None = None
    scoped: str | None = None
    parent: str | None = None
    earlier: tuple[str, ...] = ()

    @property
    def thread(self) -> str:
        """Where a reply goes; empty where nobody is named."""
        return self.phone or self.scoped or self.parent or ""

    @property
    def keys(self) -> tuple[str, ...]:
        """All names, the surest first; empty where there is none."""
        known = (self.scoped, self.phone, self.parent, *self.earlier)
        return tuple(dict.fromkeys(name for name in known if name))


def sender(message: Message, people: Sequence[Person]) -> Ids:
    """Who wrote *message*; raise Unreadable where nobody is named."""
    given = Ids(
        phone=message.from_, scoped=message.from_user_id, parent=message.from_parent_user_id
    )
    return _complete(given, people)


def receiver(echo: Message, people: Sequence[Person]) -> Ids:
    """To whom the brand wrote *echo*; raise Unreadable where nobody is named."""
    given = Ids(phone=echo.to, scoped=echo.to_user_id, parent=echo.to_parent_user_id)
    return _complete(given, people)


def recipient(status: Status, people: Sequence[Person]) -> Ids:
    """To whom the message went that *status* is about."""
    given = Ids(
        phone=status.recipient_id,
        scoped=status.recipient_user_id,
        parent=status.parent_recipient_user_id,
    )
    return _joined(given, _person(given, people)) if given.keys else given


def chooser(preference: Preference, people: Sequence[Person]) -> Ids:
    """Whose *preference* it is."""
    return _complete(Ids(phone=preference.wa_id, scoped=preference.user_id), people)


def renamed(update: IdUpdate) -> Ids:
    """The names of a customer whose id is another now."""
    return Ids(
        phone=update.wa_id,
        scoped=update.user_id.current,
        parent=update.parent_user_id.current,
        earlier=tuple(
            old for old in (update.user_id.previous, update.parent_user_id.previous) if old
        ),
    )


def moved(message: Message) -> Ids:
    """The names of a customer of whom a system *message* says that one has changed."""
    system = message.system
    if system is None:
        raise Unreadable("system: missing")
    before = (message.from_, message.from_user_id, system.previous_user_id)
    return Ids(
        phone=system.wa_id or message.from_,
        scoped=system.user_id,
        parent=system.parent_user_id,
        earlier=tuple(old for old in before if old),
    )


def contact(ids: Ids, people: Sequence[Person]) -> Contact:
    """The customer of these *ids*."""
    person = _person(ids, people)
    profile = person.profile if person else None
    return Contact(
        id=ids.thread,
        name=profile.name if profile else None,
        username=profile.username if profile else None,
        aliases=tuple(name for name in ids.keys if name != ids.thread),
    )


def _complete(given: Ids, people: Sequence[Person]) -> Ids:
    if not given.keys and len(people) == 1:
        given = _joined(given, people[0])
    if not given.keys:
        raise Unreadable("nobody is named")
    return _joined(given, _person(given, people))


def _person(ids: Ids, people: Sequence[Person]) -> Person | None:
    """Who among *people* it is. Some senders are not among them at all."""
    for one in people:
        if (one.user_id and one.user_id == ids.scoped) or (one.wa_id and one.wa_id == ids.phone):
            return one
    return None


def _joined(ids: Ids, person: Person | None) -> Ids:
    if person is None:
        return ids
    return Ids(
        phone=ids.phone or person.wa_id,
        scoped=ids.scoped or person.user_id,
        parent=ids.parent or person.parent_user_id,
    )
