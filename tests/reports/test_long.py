"""Years at a glance: counts as exact as ask by ask, values within 1 %."""

from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from bot.reports.asks import asks
from bot.reports.closed import tallies
from bot.reports.events import Event
from bot.reports.hours import Calendar
from bot.reports.long import Long, Piece, Span, Still, long_view, step_for
from bot.reports.report import Window, asks_of, report
from bot.reports.waits import Measure, Wait, measured, waits_for

TAIPEI = ZoneInfo("Asia/Taipei")
BEGIN = datetime(2025, 11, 3, tzinfo=TAIPEI)
AS_OF = datetime(2026, 3, 2, 12, tzinfo=TAIPEI)


def log(count: int = 3000) -> list[Event]:
    luck = Random(11)
    found = []
    for number in range(count):
        at = BEGIN + (AS_OF - BEGIN) * luck.random()
        place = {"channel": luck.choice(["line", "x"]), "conversation": f"c{number}"}
        found.append(Event(id="q", at=at, actor="customer", text="有貨嗎？", **place))  # type: ignore[arg-type]
        if luck.random() < 0.8:
            later = at + timedelta(seconds=luck.lognormvariate(7, 1.5))
            actor = luck.choice(["bot", "agent"])
            found.append(Event(id="a", at=later, actor=actor, text="有喔", **place))  # type: ignore[arg-type]
    return [event for event in found if event.at <= AS_OF]


def seen(first: date, last: date, measure: Measure = "answer") -> Long:
    found = asks(log())
    ended = [ask for ask in found if ask.status(AS_OF) != "open"]
    waiting = [ask for ask in found if ask.status(AS_OF) == "open"]
    within = range(first.toordinal(), last.toordinal() + 1)
    pieces = [
        Piece(facets.day, facets.channel, tally.dump())
        for facets, tally in tallies(ended, zone=TAIPEI, as_of=AS_OF).items()
        if facets.measure == measure and facets.day in within
    ]
    still = [
        Still(each.ask.opened_at.astimezone(TAIPEI).toordinal(), each.ask.channel, wait)
        for each in measured(waiting, as_of=AS_OF, clock=Calendar())
        for wait in waits_for([each], measure)
    ]
    return long_view(
        pieces,
        [each for each in still if each.day in within],
        first=first,
        last=last,
        measure=measure,
        actor="either",
        target_seconds=3600,
    )


def exact(span: Span, channel: str | None = None) -> Span:
    window = Window(
        start_at=datetime.combine(span.first, datetime.min.time(), TAIPEI),
        end_at=datetime.combine(span.last + timedelta(days=1), datetime.min.time(), TAIPEI),
        as_of=AS_OF,
    )
    group = [ask for ask in asks_of(asks(log()), window) if channel in {None, ask.channel}]
    either = report(group, window, zone=TAIPEI).by_actor.either
    return Span(
        first=span.first,
        last=span.last,
        n=either.spread.n,
        answered=either.spread.answered,
        open=either.open,
        share=either.spread.answered_to_date,
        within=either.spread.within[2].share,
        median=either.spread.median,
        p90=either.spread.p90,
    )


def compare(found: Span, true: Span) -> None:
    assert (found.n, found.answered, found.open) == (true.n, true.answered, true.open)
    assert found.share == true.share
    assert found.median.value == pytest.approx(true.median.value, rel=0.0205)
    assert found.within.value == pytest.approx(true.within.value, abs=0.02)
    assert (found.p90.value is None) == (true.p90.value is None)


def test_the_long_view_counts_otherwise_than_ask_by_ask() -> None:
    made = seen(BEGIN.date(), AS_OF.date())

    assert made.step == "week"
    compare(made.whole, exact(made.whole))
    for span in made.spans:
        compare(span, exact(span))
    for name, span in made.channels:
        compare(span, exact(span, name))
    assert sum(span.n for span in made.spans) == made.whole.n == 3000


def test_steps_overlap_or_leave_a_day_out() -> None:
    made = seen(date(2025, 12, 30), date(2026, 3, 2))
    days = [
        span.first + timedelta(days=n)
        for span in made.spans
        for n in range((span.last - span.first).days + 1)
    ]

    assert days == [date(2025, 12, 30) + timedelta(days=n) for n in range(63)]
    assert [span.first.weekday() for span in made.spans[1:]] == [0] * (len(made.spans) - 1)


@pytest.mark.parametrize(
    ("last", "step"),
    [(date(2026, 2, 14), "day"), (date(2026, 2, 15), "week"), (date(2026, 12, 31), "month")],
)
def test_a_table_is_too_long_to_read(last: date, step: str) -> None:
    assert step_for(date(2026, 1, 1), last) == step


def test_months_have_other_days() -> None:
    made = seen(date(2024, 1, 15), date(2026, 3, 2))

    assert made.step == "month"
    assert (made.spans[0].first, made.spans[0].last) == (date(2024, 1, 15), date(2024, 1, 31))
    assert (made.spans[1].first, made.spans[1].last) == (date(2024, 2, 1), date(2024, 2, 29))
    assert made.spans[-1].last == date(2026, 3, 2)


def test_nobody_asked_is_a_figure() -> None:
    made = long_view(
        [],
        [],
        first=BEGIN.date(),
        last=AS_OF.date(),
        measure="answer",
        actor="bot",
        target_seconds=9,
    )

    assert (made.whole.n, made.whole.median.value, made.channels) == (0, None, ())


def test_who_still_waits_is_missing() -> None:
    day = AS_OF.date()
    waiting = [Still(day.toordinal(), "line", Wait(60.0, False))]
    made = long_view(
        [], waiting, first=day, last=day, measure="answer", actor="either", target_seconds=30
    )

    assert (made.whole.n, made.whole.open, made.whole.within.value) == (1, 1, 0.0)
