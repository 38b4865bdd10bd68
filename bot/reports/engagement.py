"""Beyond the response: links followed and orders told, opinions in public, who asks what where.

Counts, not causes: who follows a link might have bought anyway.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple, get_args

from bot.reports.choice import Cohort
from bot.reports.estimate import Estimate, wilson
from bot.reports.groups import Group, group, grouped
from bot.reports.intents import Share, share_of
from bot.reports.long import step_for, steps
from bot.reports.only import NOTHING
from bot.reports.topics import OPINIONS, topic
from bot.reports.waits import Measured

# What links can be grouped by.
Facet = Literal["intent", "template", "channel", "author"]
FACETS: tuple[Facet, ...] = get_args(Facet)
RESOLUTION = timedelta(microseconds=1)


class Linked(NamedTuple):
    """A reply with counted links: how often they were followed, and the *orders* that came of it.

    An order is its value (None: not told), its currency, and whether the brand signed it.
    """

    channel: str
    intent: str | None
    template: str | None
    author: str
    clicks: int
    orders: tuple[tuple[Decimal | None, str | None, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfLinks:
    """Count the replies of one *key*: *clicked* and *led* (to an order) of *replies*.

    *orders* are all orders, *signed* those that the brand's server told; *values* adds up what
    they were worth, by currency.
    """

    key: str
    replies: int
    clicked: int
    clicked_share: Estimate
    led: int
    led_share: Estimate
    orders: int
    signed: int
    values: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Hold all replies with counted links, and the same by each facet, the most frequent first."""

    whole: OfLinks
    by: dict[Facet, tuple[OfLinks, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """Count the public comments of one kind in some days; *answered* of those that were asked."""

    topic: str
    comments: int
    answered: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Hold the opinions of the days from *first* to *last*."""

    first: date
    last: date
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Count the contacts who asked about one topic on one channel, and how they were answered."""

    topic: str
    channel: str
    contacts: int
    asks: int
    by_bot: Share
    by_person: Share
    unanswered: Share
    asked_again: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """Hold what asks tell: opinions in public as a whole and over time, and segments."""

    opinions: tuple[Group[str], ...]
    periods: tuple[Period, ...]
    segments: tuple[Segment, ...] = field(default=())


def links(replies: Sequence[Linked]) -> Links:
    """Count replies with links."""
    return Links(whole=_links("all", replies), by={facet: _by(facet, replies) for facet in FACETS})


def engagement(cohort: Cohort) -> Engagement:
    """Count opinions in public, and segments."""
    public = [each for each in cohort.counted if each.ask.surface == "comment"]
    opinions = grouped(public, lambda each: topic(each.ask.intent))
    return Engagement(
        opinions=tuple(
            group(name, opinions[name], (), cohort.choice) for name in OPINIONS if name in opinions
        ),
        periods=_periods(cohort, public),
        segments=_segments(cohort.counted),
    )


def _links(key: str, replies: Sequence[Linked]) -> OfLinks:
    clicked = sum(reply.clicks > 0 for reply in replies)
    led = sum(bool(reply.orders) for reply in replies)
    orders = [order for reply in replies for order in reply.orders]
    values: dict[str, Decimal] = {}
    for value, currency, _ in orders:
        if value is not None and currency is not None:
            values[currency] = values.get(currency, Decimal()) + value
    return OfLinks(
        key=key,
        replies=len(replies),
        clicked=clicked,
        clicked_share=wilson(clicked, len(replies)),
        led=led,
        led_share=wilson(led, len(replies)),
        orders=len(orders),
        signed=sum(signed for *_, signed in orders),
        values=tuple(sorted(values.items())),
    )


def _by(facet: Facet, replies: Iterable[Linked]) -> tuple[OfLinks, ...]:
    groups: dict[str, list[Linked]] = {}
    for reply in replies:
        groups.setdefault(getattr(reply, facet) or NOTHING, []).append(reply)
    made = (_links(key, group) for key, group in groups.items())
    return tuple(sorted(made, key=lambda one: (-one.replies, one.key)))


def _periods(cohort: Cohort, public: Iterable[Measured]) -> tuple[Period, ...]:
    zone, window = cohort.choice.zone, cohort.choice.window
    days = grouped(public, lambda each: each.ask.opened_at.astimezone(zone).date())
    if not days:
        return ()
    first = window.start_at.astimezone(zone).date()
    # A window ends where the next day begins.
    last = (window.end_at - RESOLUTION).astimezone(zone).date()
    return tuple(
        _period(begin, end, [each for day in days if begin <= day <= end for each in days[day]])
        for begin, end in steps(first, last, step_for(first, last))
    )


def _period(first: date, last: date, public: Sequence[Measured]) -> Period:
    kinds = grouped(public, lambda each: topic(each.ask.intent))
    return Period(
        first=first,
        last=last,
        opinions=tuple(
            Opinion(
                topic=name,
                comments=len(asks),
                answered=share_of(each.ask.answered_by is not None for each in asks),
            )
            for name in OPINIONS
            for asks in [kinds.get(name, [])]
        ),
    )


def _segments(asks: Sequence[Measured]) -> tuple[Segment, ...]:
    groups = grouped(asks, lambda each: (topic(each.ask.intent), each.ask.channel))
    made = (_segment(*key, several) for key, several in groups.items())
    return tuple(sorted(made, key=lambda one: (-one.contacts, one.topic, one.channel)))


def _segment(name: str, channel: str, asks: Sequence[Measured]) -> Segment:
    def share(true: Callable[[Measured], bool]) -> Share:
        return share_of(true(each) for each in asks)

    again = [each.asked_again for each in asks if each.asked_again is not None]
    return Segment(
        topic=name,
        channel=channel,
        contacts=len({_contact(each) for each in asks}),
        asks=len(asks),
        by_bot=share(lambda each: each.ask.answered_by == "bot"),
        by_person=share(lambda each: each.ask.answered_by == "agent"),
        unanswered=share(lambda each: each.ask.answered_by is None),
        asked_again=share_of(again),
    )


def _contact(each: Measured) -> tuple[str, str, str]:
    """Who asked: in public an author, in private the conversation is theirs alone."""
    ask = each.ask
    return ask.channel, ask.account, ask.author or ask.conversation
