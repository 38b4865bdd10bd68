"""Judge the replies of conversations by the marks they bear."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.simulation.ledger import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Messages without a reply, replies too many, replies before an older message's, and replies
    that answer nothing that was asked there."""

    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    misdirected: int = 0

    @property
    def clean(self) -> bool:
        """Whether all is well."""
        return self == Verdict()


def judged(expected: Mapping[str, Sequence[str]], entries: Iterable[Entry]) -> Verdict:
    """Compare *entries* with the marks *expected* of each thread's replies, in order.

    A mark may be expected several times; then the first reply with it is the first one's.
    """
    said: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        said[entry.thread].append(entry.text)
    each = [_chat(expected.get(thread, ()), said[thread]) for thread in {**expected, **said}]
    return Verdict(
        lost=sum(verdict.lost for verdict in each),
        doubled=sum(verdict.doubled for verdict in each),
        out_of_order=sum(verdict.out_of_order for verdict in each),
        misdirected=sum(verdict.misdirected for verdict in each),
    )


def _chat(marks: Sequence[str], texts: Sequence[str]) -> Verdict:
    open_ = dict(enumerate(marks))
    places: list[int] = []
    doubled = misdirected = 0
    for text in texts:
        place = next((place for place, mark in open_.items() if mark in text), None)
        if place is not None:
            del open_[place]
            places.append(place)
        elif any(mark in text for mark in marks):
            doubled += 1
        else:
            misdirected += 1
    crossed = sum(place < max(places[:index]) for index, place in enumerate(places) if index)
    return Verdict(lost=len(open_), doubled=doubled, out_of_order=crossed, misdirected=misdirected)
