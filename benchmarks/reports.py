"""What reports cost, beside the same questions in plain SQL and in lifelines.

    python benchmarks/reports.py [--asks 100000] [--rounds 3]

Processor time of one core, the best of the rounds: the machine may be busy. Events are made up:
bursts, answers by bot and people, one in seven never answered. The page is asked over HTTP from a
service on SQLite whose tallies hold a million asks of a year.
"""

import argparse
import asyncio
import gc
import importlib
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.long_page import answered_in  # noqa: E402
from bot.reports.ask import Ask  # noqa: E402
from bot.reports.asks import asks  # noqa: E402
from bot.reports.choice import Choice, answer  # noqa: E402
from bot.reports.closed import AGENT, BOT, CUT_OFF  # noqa: E402
from bot.reports.estimate import curve  # noqa: E402
from bot.reports.events import Event  # noqa: E402
from bot.reports.hours import Calendar  # noqa: E402
from bot.reports.long import Piece, long_view  # noqa: E402
from bot.reports.report import Window  # noqa: E402
from bot.reports.tally import Tally  # noqa: E402
from bot.reports.waits import answer_waits, measured  # noqa: E402

ZONE = ZoneInfo("Asia/Taipei")
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
# The same as an ask is, as far as one statement can say it: the customer's first message since the
# brand's last, and the brand's next.
_SQL = """
WITH said AS (
  SELECT conversation, at, actor,
    LAG(actor) OVER (PARTITION BY conversation ORDER BY at) AS before,
    MIN(CASE WHEN actor <> 'customer' THEN at END) OVER (
      PARTITION BY conversation ORDER BY at ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS answered
  FROM events
)
SELECT COUNT(*), AVG(answered - at) FROM said
WHERE actor = 'customer' AND COALESCE(before, '') <> 'customer'
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asks", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--million", type=int, default=1_000_000, help="for a quick try: less")
    args = parser.parse_args()
    events = log(args.asks)
    found = asks(events)
    gc.freeze()
    pairing = best(args.rounds, lambda: asks(events))
    print(f"{len(events):,} events -> {len(found):,} asks: {len(events) / pairing:,.0f} events/s")
    in_sql = len(events) / by_sql(events, args)
    print(f"  plain SQL (SQLite), without most rules: {in_sql:,.0f} events/s")
    reporting = best(args.rounds, lambda: reported(found))
    print(f"report over {len(found):,} exact asks: {reporting:.2f} s")
    print(f"  lifelines, one curve of these: {by_lifelines(found, args.rounds)}")
    many = args.million
    pieces = year(10 * many)
    summing = best(args.rounds, lambda: seen(pieces))
    print(f"year of {10 * many:,} asks from tallies: {summing * 1000:.0f} ms")
    with tempfile.TemporaryDirectory() as folder:
        served = asyncio.run(answered_in(Path(folder), year(many), LAST, args.rounds * 3))
    print(f"page over {many:,} asks, on the server: {served * 1000:.0f} ms")


def log(count: int) -> list[Event]:
    """About *count* asks of a quarter of a year, in order."""
    luck = Random(1)
    events: list[Event] = []
    for number in range(count):
        at = BEGIN + timedelta(days=90) * luck.random()
        place = {"channel": "line", "conversation": f"c{luck.randrange(count // 3)}"}
        for burst in range(luck.choice((1, 1, 1, 2))):
            later = at + timedelta(seconds=7 * burst)
            events.append(_event(f"q{number}.{burst}", later, "customer", **place))
        if luck.random() < 0.86:
            later = at + timedelta(seconds=20 + luck.lognormvariate(5, 1.5))
            actor = "bot" if luck.random() < 0.6 else "agent"
            events.append(_event(f"a{number}", later, actor, **place))
    return sorted(events, key=lambda event: event.at)


def _event(name: str, at: datetime, actor: str, **place: str) -> Event:
    return Event(id=name, at=at, actor=actor, text="請問有貨嗎？", **place)  # type: ignore[arg-type]


def reported(found: list[Ask]) -> None:
    """Make the whole report of a quarter."""
    end = BEGIN + timedelta(days=98)
    answer(found, Choice(window=Window(start_at=BEGIN, end_at=end, as_of=end), zone=ZONE))


def year(count: int) -> list[Piece]:
    """The tallies of *count* asks of 365 days on five channels."""
    luck = np.random.default_rng(2)
    days = range(FIRST.toordinal(), LAST.toordinal() + 1)
    places = [(day, channel) for day in days for channel in ("line", "messenger", "x", "web", "y")]
    pieces = []
    for place, (day, channel) in enumerate(places):
        size = count * (place + 1) // len(places) - count * place // len(places)
        kinds = luck.choice([CUT_OFF, BOT, AGENT], size, p=[0.14, 0.5, 0.36]).astype(np.int8)
        pieces.append(Piece(day, channel, Tally.of(luck.lognormal(6, 1.7, size), kinds).dump()))
    return pieces


def seen(pieces: list[Piece]) -> None:
    """Make the long view of the year."""
    long_view(
        pieces,
        [],
        first=FIRST,
        last=LAST,
        measure="answer",
        actor="either",
        target_seconds=3600,
    )


def by_sql(events: list[Event], args: argparse.Namespace) -> float:
    """Count runs and their mean wait in SQLite; the table is not part of it."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE events (conversation TEXT, at REAL, actor TEXT)")
    rows = ((event.conversation, event.at.timestamp(), event.actor) for event in events)
    connection.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
    return best(args.rounds, lambda: connection.execute(_SQL).fetchall())


def by_lifelines(found: list[Ask], rounds: int) -> str:
    """One curve of the same waits, where lifelines is installed."""
    try:
        lifelines = importlib.import_module("lifelines")
    except ImportError:
        return "not installed"
    waits = answer_waits(measured(found, as_of=BEGIN + timedelta(days=98), clock=Calendar()))
    theirs = best(rounds, lambda: lifelines.KaplanMeierFitter().fit(waits.seconds, waits.answered))
    return f"{theirs:.2f} s; ours {best(rounds, lambda: curve(waits)):.2f} s"


def best(rounds: int, work: Callable[[], object]) -> float:
    """The least processor time of *work*, in seconds."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


if __name__ == "__main__":
    main()
