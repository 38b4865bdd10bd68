"""Which kind of export the files are: by their paths, else by how they begin."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.exports import (
    chatwoot,
    intercom,
    line_app,
    line_oa,
    messenger,
    meta,
    telegram,
    whatsapp,
    x,
    zendesk,
)
from bot.exports.errors import MixedFormats, UnknownFormat
from bot.exports.formats import Format
from bot.exports.source import Member
from bot.exports.text import head_of

# Those that begin alike stand in the order in which they are asked.
FORMATS: tuple[Format, ...] = (
    line_oa.FORMAT,
    line_app.FORMAT,
    meta.INSTAGRAM,
    meta.FACEBOOK,
    messenger.FORMAT,
    whatsapp.FORMAT,
    x.FORMAT,
    telegram.FORMAT,
    intercom.FORMAT,
    zendesk.FORMAT,
    chatwoot.FORMAT,
)
# So many files of one folder are looked into before it counts as something else.
_LOOKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A format with the files that are of it."""

    format: Format
    members: Sequence[Member]


def detect(members: Sequence[Member], *, wanted: str | None = None) -> Found:
    """Find the format of *members*, or theirs of the *wanted* one.

    Raises UnknownFormat, MixedFormats, BrokenFile.
    """
    found: dict[str, list[Member]] = {}
    rest: dict[tuple[str, str, str], list[Member]] = {}
    for member in members:
        format = next((each for each in FORMATS if each.named(member)), None)
        if format is None:
            rest.setdefault((member.container, member.folder, member.suffix), []).append(member)
        else:
            found.setdefault(format.name, []).append(member)
    for group in rest.values():
        format = _of_group(group)
        if format is not None:
            found.setdefault(format.name, []).extend(_of(group, format))
    return _chosen(found, members, wanted)


def _chosen(found: dict[str, list[Member]], members: Sequence[Member], wanted: str | None) -> Found:
    if wanted is not None:
        found = {name: each for name, each in found.items() if name == wanted}
    if not found:
        kinds = "; ".join(f"{each.name} ({each.title})" for each in FORMATS)
        seen = ", ".join(sorted({member.base for member in islice(members, 200)})[:5])
        raise UnknownFormat(
            f"{f'no {wanted}' if wanted else 'nothing'} among {len(members):,} files"
            f"{f' ({seen}, ...)' if seen else ''} is an export that can be read. These can: {kinds}"
        )
    if len(found) > 1:
        listed = ", ".join(f"{name} ({len(each):,} files)" for name, each in sorted(found.items()))
        raise MixedFormats(
            f"exports of several kinds lie together: {listed}; give one of them, or --format NAME"
        )
    ((name, theirs),) = found.items()
    format = next(each for each in FORMATS if each.name == name)
    return Found(format=format, members=theirs)


def _of_group(group: Iterable[Member]) -> Format | None:
    for member in islice(group, _LOOKS):
        if (format := _of_head(member)) is not None:
            return format
    return None


def _of(group: list[Member], format: Format) -> list[Member]:
    """Files beside each other with one ending are alike; a few may be read me files."""
    if len(group) > _LOOKS:
        return group
    return [member for member in group if _of_head(member) is format]


def _of_head(member: Member) -> Format | None:
    head = head_of(member)
    return next((each for each in FORMATS if each.begins(head)), None)
