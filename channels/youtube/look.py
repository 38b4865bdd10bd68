"""One look at a channel: new threads, new replies in old ones, and what was edited.

YouTube lists threads by when they began. So new ones are on top, down to where we read before;
threads further down are asked for by their ids, to see whether they have more replies now.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pydantic import ValidationError

from channels.errors import Rejected
from channels.messages import ChannelEvent, EchoedReply
from channels.webhook import Unreadable, fault
from channels.youtube.calls import Calls, Page, items, next_page
from channels.youtube.cursor import EPOCH, Cursor, Known
from channels.youtube.events import Reading, is_hidden, thread_of
from channels.youtube.payloads import Piece, instant, pieces, told

# Bounds of one look; what is left waits for the next, which then comes at once.
PAGES = 20
CALLS = 40
REPLY_PAGES = 5
# As many ids as one call takes.
IDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look brought. *items* are what the events were read from; *more*: look at once."""

    events: Sequence[ChannelEvent]
    items: Sequence[object]
    cursor: Cursor
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """A comment that is new, or was *edited* after we may have told of it."""

    piece: Piece
    new: bool
    edited: bool


@dataclass(slots=True, kw_only=True)
class Look:
    """One look from *cursor* on; good for one call of `seen`. *made* counts its calls."""

    calls: Calls
    cursor: Cursor
    now: datetime
    overlap: timedelta
    watch: timedelta
    watch_threads: int
    held: bool
    made: int = 0
    _more: bool = False
    _found: dict[str, object] = field(default_factory=dict)
    _known: dict[str, Known] = field(default_factory=dict)

    async def seen(self, reading: Reading) -> Seen:
        """Read what is new. Raises a SendError; then nothing of it counts as read."""
        page, newest = await self._walk()
        if self.held:
            self._keep(await self._threads(status="heldForReview"))
        await self._look_again()
        news = [one for thread in [*self._found] for one in await self._news(thread)]
        cursor = replace(
            self.cursor,
            page=page,
            newest=newest,
            read_to=self.cursor.read_to if page else newest,
            threads=self._watched(),
        )
        return Seen(
            events=self._events(news, reading),
            items=_items(news),
            cursor=cursor,
            more=self._more or page is not None,
        )

    async def _walk(self) -> tuple[str | None, datetime]:
        """Read new threads from the top, or where the last look stopped.

        Returns where to go on, None at the end, and when the newest thread began.
        """
        page, newest = self.cursor.page, self.cursor.newest
        for _ in range(PAGES):
            try:
                got = await self._threads(page)
            except Rejected:
                if page is None:
                    raise
                # The page's token died while we waited. From the top again: keys tell what we have.
                page = None
                continue
            begun = [at for one in items(got) if (at := _begun_at(one)) is not None]
            newest = max([newest, *begun])
            self._keep(got)
            page = next_page(got)
            if page is None or not begun or begun[-1] < self.cursor.read_to - self.overlap:
                return None, newest
        return page, newest

    async def _look_again(self) -> None:
        """Ask for watched threads that were not on the pages, those seen longest ago first."""
        others = [id for id in self.cursor.threads if id not in self._found]
        asked = sorted(others, key=lambda id: self.cursor.threads[id].seen)[:IDS]
        answer: Page = {}
        if asked:
            self.made += 1
            answer = await self.calls.these(asked)
            self._keep(answer)
        # Who is not in a whole answer is gone, and no longer watched.
        gone = asked if next_page(answer) is None else []
        self._known |= {id: self.cursor.threads[id] for id in others if id not in gone}

    async def _news(self, thread: str) -> list[_News]:
        """What is new in *thread*."""
        listed = self._found[thread]
        before, after = self.cursor.threads.get(thread), _known(listed, self.now)
        self._known[thread] = after
        if before is not None and before.same(after):
            return []
        if before is not None and before.hidden and not after.hidden:
            # It is published now: told like something new.
            before = None
        since = self.cursor.began if before is None else before.at - self.overlap
        shown = list(pieces(listed))
        grown = after.replies > len(shown) - 1 and (
            before is None or before.replies < after.replies
        )
        if grown and after.changed >= since.timestamp():
            shown += await self._replies(thread, since, before)
        return [
            _News(piece=piece, new=new, edited=edited)
            for piece in _distinct(shown)
            for new, edited in [_new_or_edited(piece, since, before)]
            if new or edited
        ]

    async def _replies(self, thread: str, since: datetime, before: Known | None) -> list[Piece]:
        """All replies of *thread* that were written after *since*."""
        found: list[Piece] = []
        page: str | None = None
        for _ in range(REPLY_PAGES):
            if self.made >= CALLS:
                # As if we had not looked: the next look finds the same and reads on.
                self._more = True
                self._forget(thread, before)
                break
            self.made += 1
            got = await self.calls.replies(thread, page)
            found += [Piece(comment=one, thread=self._found[thread]) for one in items(got)]
            page = next_page(got)
            if page is None or not found or _written_at(found[-1]) < since:
                break
        return found

    def _forget(self, thread: str, before: Known | None) -> None:
        del self._known[thread]
        if before is not None:
            self._known[thread] = before

    async def _threads(self, page: str | None = None, *, status: str = "published") -> Page:
        self.made += 1
        return await self.calls.threads(page, status=status)

    def _keep(self, page: Page) -> None:
        for one in items(page):
            first = next(pieces(one))
            self._found.setdefault(thread_of(first), one)

    def _watched(self) -> dict[str, Known]:
        """The threads to look at again: those in which something was said last."""
        oldest = (self.now - self.watch).timestamp()
        recent = [(id, known) for id, known in self._known.items() if known.changed >= oldest]
        recent.sort(key=lambda one: one[1].changed, reverse=True)
        return dict(recent[: self.watch_threads])

    def _events(self, news: Sequence[_News], reading: Reading) -> list[ChannelEvent]:
        reading = reading.aware_of([one.piece for one in news])
        found = [event for one in news for event in _told(one, reading)]
        # What a person wrote elsewhere comes first where the bot could answer the same comment; but
        # in a new thread nothing can be taken over before somebody asked.
        return sorted(
            found,
            key=lambda event: (
                not (isinstance(event, EchoedReply) and event.thread in self.cursor.threads),
                event.sent_at,
            ),
        )


def _told(one: _News, reading: Reading) -> Iterator[ChannelEvent]:
    try:
        if one.new:
            yield reading.event(one.piece)
        if one.edited and not reading.is_own(one.piece):
            yield reading.edit(one.piece)
    except ValidationError as exc:
        yield reading.unreadable(one.piece, fault(exc))
    except Unreadable as exc:
        yield reading.unreadable(one.piece, str(exc))


def _new_or_edited(piece: Piece, since: datetime, before: Known | None) -> tuple[bool, bool]:
    written = instant(told(piece.comment, "snippet", "publishedAt"))
    changed = instant(told(piece.comment, "snippet", "updatedAt"))
    if written is None:
        return True, False
    later = changed is not None and changed > written and changed >= since
    return written >= since, later and before is not None and written <= before.at


def _distinct(shown: Sequence[Piece]) -> list[Piece]:
    """*shown* without what is listed twice: with the thread, and among its replies."""
    return list({_id(piece) or id(piece): piece for piece in shown}.values())


def _id(piece: Piece) -> str | None:
    found = told(piece.comment, "id")
    return found if isinstance(found, str) else None


def _items(news: Sequence[_News]) -> list[object]:
    """What `parse` can read *news* from once more: threads, and replies listed apart from them."""
    whole = {id(one.piece.thread): one.piece.thread for one in news if one.piece.thread}
    inside = {_id(piece) for thread in whole.values() for piece in pieces(thread)}
    apart = [one.piece.comment for one in news if _id(one.piece) not in inside]
    return [*whole.values(), *apart]


def _known(thread: object, now: datetime) -> Known:
    count = told(thread, "snippet", "totalReplyCount")
    return Known(
        replies=count if isinstance(count, int) else 0,
        changed=int(max(_changed_at(piece) for piece in pieces(thread)).timestamp()),
        seen=int(now.timestamp()),
        hidden=is_hidden(next(pieces(thread))),
    )


def _changed_at(piece: Piece) -> datetime:
    changed = instant(told(piece.comment, "snippet", "updatedAt"))
    return max(changed or EPOCH, _written_at(piece))


def _written_at(piece: Piece) -> datetime:
    return instant(told(piece.comment, "snippet", "publishedAt")) or EPOCH


def _begun_at(thread: object) -> datetime | None:
    return instant(told(thread, "snippet", "topLevelComment", "snippet", "publishedAt"))
