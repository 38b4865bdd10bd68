"""Opens a webhook of either API into items, one for each thing that happened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import ValidationError

from channels.errors import MalformedPayload
from channels.webhook import fault, read_json
from channels.x.payloads import Envelope, Filter, Media, Person

_POST_WORDS = ("post.", "like.")
_POST_LISTS = frozenset({"tweet_create_events", "tweet_delete_events", "favorite_events"})
_ABOUT = frozenset({"for_user_id", "user_has_blocked", "users", "apps"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that happened, in X's word for it. *owner* is whose events these are."""

    kind: str
    value: object
    owner: str | None = None
    users: Mapping[str, Person] = field(default_factory=dict)
    media: Mapping[str, Media] = field(default_factory=dict)
    blocked: bool = False

    @property
    def public(self) -> bool:
        """Whether it is for the adapter of posts."""
        return self.kind.startswith(_POST_WORDS) or self.kind in _POST_LISTS


def items(body: bytes, *, channel: str) -> list[Item]:
    """Everything in *body*; raise MalformedPayload if it is of neither API."""
    told = read_json(body, channel=channel)
    if not isinstance(told, dict):
        raise MalformedPayload(channel, "not an object")
    try:
        found = list(_activity(told["data"]) if "data" in told else _account_activity(told))
    except ValidationError as exc:
        raise MalformedPayload(channel, fault(exc)) from exc
    if not found:
        raise MalformedPayload(channel, "no event in it")
    return found


def listed(answer: Mapping[str, object], *, kind: str, owner: str) -> list[Item]:
    """The entries of a list that X was asked for, oldest first."""
    includes = answer.get("includes")
    users, media = people(includes), pictures(includes)
    entries = answer.get("data")
    return [
        Item(kind=kind, value=value, owner=owner, users=users, media=media)
        for value in reversed(entries if isinstance(entries, list) else [])
    ]


def people(value: object) -> dict[str, Person]:
    """Users by id, from the includes or from a map; whoever is badly written is left out."""
    if not isinstance(value, Mapping):
        return {}
    users = value.get("users", {})
    pairs = (
        list(users.items())
        if isinstance(users, Mapping)
        else [(None, each) for each in users]
        if isinstance(users, Sequence) and not isinstance(users, str)
        else []
    )
    found: dict[str, Person] = {}
    for key, each in pairs:
        inner = each.get("data", each) if isinstance(each, Mapping) else None
        try:
            person = Person.model_validate(inner)
        except ValidationError:
            continue
        found[key or person.id] = person
    return found


def pictures(includes: object) -> dict[str, Media]:
    """Attached media by key."""
    shown = includes.get("media") if isinstance(includes, Mapping) else None
    found: dict[str, Media] = {}
    for each in shown if isinstance(shown, list) else []:
        try:
            media = Media.model_validate(each)
        except ValidationError:
            continue
        if media.media_key:
            found[media.media_key] = media
    return found


def instant(value: object) -> datetime | None:
    """The UTC time that X writes as *value*, ISO 8601 or the older way; None if it is neither."""
    if not isinstance(value, str):
        return None
    for read in (datetime.fromisoformat, _older):
        try:
            found = read(value)
            return found.astimezone(UTC) if found.tzinfo is not None else None
        except (ValueError, OverflowError):
            continue
    return None


def _older(value: str) -> datetime:
    return datetime.strptime(value, "%a %b %d %H:%M:%S %z %Y")


def _activity(data: object) -> Iterator[Item]:
    event = Envelope.model_validate(data)
    payload = event.payload
    entries = [payload]
    if isinstance(payload, dict):
        lists = [each for name, each in payload.items() if name.endswith("_events")]
        entries = lists[0] if lists and isinstance(lists[0], list) else entries
    users = people(event.includes) | people(payload)
    media = pictures(event.includes)
    for value in entries:
        yield Item(
            kind=event.event_type,
            value=value,
            owner=event.filter.user_id,
            users=users,
            media=media,
        )


def _account_activity(told: dict[str, object]) -> Iterator[Item]:
    owner = Filter.model_validate({"user_id": told.get("for_user_id")}).user_id
    users = people(told)
    blocked = str(told.get("user_has_blocked", "")).lower() == "true"
    for name, value in told.items():
        if name in _ABOUT:
            continue
        for each in value if isinstance(value, list) else [value]:
            yield Item(kind=name, value=each, owner=owner, users=users, blocked=blocked)
