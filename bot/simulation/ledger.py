"""What the fake platform was asked to send, in order: the other side's proof."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import orjson

Kind = Literal["reply", "private_reply", "hide"]
Status = Literal["accepted", "refused", "swallowed"]

KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One call that would show a customer something.

    *at* is the platform's monotonic clock and *wall* its Unix time, both in seconds. *thread* is
    the recipient, or the comment that was answered or hidden. *outbound_id* is Messenger's metadata
    or LINE's retry key, None where the call carried none. *text* is the address of a picture or
    file. *status* swallowed: the platform said yes and showed nobody (LINE, when the customer
    blocked the account; an own app, when it had shown the message before). *lost* names the
    misbehaviour that kept the answer from us; *reason* is why a call was refused.
    """

    at: float
    wall: float
    channel: str
    account: str
    thread: str
    kind: str
    status: Status
    text: str = ""
    outbound_id: str | None = None
    ids: tuple[str, ...] = ()
    tag: str | None = None
    lost: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule of the platform that we broke. *rule* is a short word, *detail* is for people."""

    wall: float
    channel: str
    account: str
    rule: str
    detail: str


class Ledger:
    """Entries in the order of arrival.

    With *path*, each entry is also one JSON line, written in a single call before the platform
    answers: it outlives a kill of the process. With *sync* it outlives the machine as well.
    """

    def __init__(self, path: Path | None = None, *, sync: bool = False) -> None:
        self._entries: list[Entry] = []
        self._watchers: list[Callable[[Entry], None]] = []
        self._sync = sync
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file = None if path is None else os.open(path, flags, 0o600)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]

    def add(self, entry: Entry) -> None:
        """Record *entry* and tell the watchers."""
        if self._file is not None:
            os.write(self._file, orjson.dumps(entry) + b"\n")
            if self._sync:
                os.fdatasync(self._file)
        self._entries.append(entry)
        for watcher in self._watchers:
            watcher(entry)

    def watch(self, watcher: Callable[[Entry], None]) -> None:
        """Call *watcher* with every further entry."""
        self._watchers.append(watcher)

    def since(self, index: int) -> list[Entry]:
        """Entries from the one numbered *index* on."""
        return self._entries[index:]

    def accepted(self, thread: str | None = None) -> list[Entry]:
        """Entries that the platform took, of *thread* only where it is given."""
        return [
            entry
            for entry in self._entries
            if entry.status == "accepted" and thread in (None, entry.thread)
        ]

    def doubles(self) -> list[Entry]:
        """Accepted entries whose outbound id had been accepted before."""
        return doubles(self._entries)

    def close(self) -> None:
        """Close the file; entries stay readable."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def doubles(entries: list[Entry]) -> list[Entry]:
    """Accepted *entries* whose outbound id had been accepted before."""
    seen: set[tuple[str, str, str]] = set()
    twice: list[Entry] = []
    for entry in entries:
        if entry.status != "accepted" or entry.outbound_id is None:
            continue
        key = (entry.channel, entry.account, entry.outbound_id)
        if key in seen:
            twice.append(entry)
        seen.add(key)
    return twice


def read(path: Path) -> list[Entry]:
    """Entries of a ledger file, also while it is being written: a torn last line is left out."""
    lines = path.read_bytes().split(b"\n")
    return [_entry(orjson.loads(line)) for line in lines[:-1] if line]


def as_json(items: list[Entry] | list[Violation]) -> list[dict[str, object]]:
    """*items* as plain JSON objects."""
    return [asdict(item) for item in items]


def now() -> tuple[float, float]:
    """Monotonic and Unix time, in seconds."""
    return time.monotonic(), time.time()


def _entry(fields: dict[str, object]) -> Entry:
    ids = fields.pop("ids", ())
    return Entry(**fields, ids=tuple(str(id_) for id_ in ids))  # type: ignore[arg-type,attr-defined]
