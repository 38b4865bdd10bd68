"""How often alarms are false, and how soon true ones come: `python benchmarks/alarms.py`.

Asks come around the clock of a working day; each is late with a chance that is known, five times as
high at night. Half of the runs stay calm for six weeks; in the others the chance rises on the last
Monday. What is run is the code of the service, from asks to alarms.
"""

import sys
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

from bot.reports.ask import Ask
from bot.reports.drifts import BASE_DAYS, alarms
from bot.reports.hours import Calendar
from bot.reports.verdicts import verdicts
from bot.reports.waits import measured

ZONE = ZoneInfo("Asia/Taipei")
BEGIN = datetime(2026, 3, 2, tzinfo=ZONE).astimezone(UTC)
DAY, TARGET = timedelta(days=1), 3600
WATCHED_DAYS = 14
RISE = BEGIN + (BASE_DAYS + 7) * DAY
RUNS = 100


def run(luck: Random, a_day: int, share: float, times: float) -> list[datetime]:
    """When alarms were raised in two weeks after four; the chance rises after the first."""
    asks = []
    for day in range(BASE_DAYS + WATCHED_DAYS):
        for place in range(a_day):
            hour = min(max(luck.gauss(15, 4), 0), 23.99)
            opened_at = BEGIN + day * DAY + timedelta(hours=hour)
            chance = share * (times if opened_at >= RISE else 1) * (5 if hour < 8 else 1)
            after = 2 * TARGET if luck.random() < min(chance, 0.95) else luck.uniform(30, 3000)
            asks.append(_ask(f"m{day}-{place}", opened_at, after))
    as_of = BEGIN + (BASE_DAYS + WATCHED_DAYS) * DAY
    known = verdicts(
        measured(asks, as_of=as_of, clock=Calendar()), target_seconds=TARGET, clock=Calendar()
    )
    return [each.raised_at for each in alarms(known, since=BEGIN + BASE_DAYS * DAY, zone=ZONE)]


def _ask(id: str, opened_at: datetime, after: float) -> Ask:
    return Ask(
        channel="line",
        surface="dm",
        conversation=id,
        post=None,
        author=None,
        message_ids=(id,),
        opened_at=opened_at,
        expires_at=opened_at + 7 * DAY,
        first_in_thread=True,
        answered_at=opened_at + timedelta(seconds=after),
        answered_by="agent",
    )


def main() -> None:
    """Print a table in Markdown."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    print(
        "| asks a day | usually late | days per false alarm | twice: found, after | three times |"
    )
    print("|---|---|---|---|---|")
    for a_day in (30, 100, 300):
        for share in (0.05, 0.1, 0.2):
            luck = Random(f"{a_day} {share}")
            false = sum(len(run(luck, a_day, share, 1)) for _ in range(runs))
            every = f"{WATCHED_DAYS * runs / false:.0f}" if false else f"over {WATCHED_DAYS * runs}"
            found = [_found(luck, a_day, share, times, runs) for times in (2, 3)]
            print(f"| {a_day} | {share:.0%} | {every} | {found[0]} | {found[1]} |", flush=True)


def _found(luck: Random, a_day: int, share: float, times: float, runs: int) -> str:
    delays = []
    for _ in range(runs):
        later = [at for at in run(luck, a_day, share, times) if at >= RISE]
        if later:
            delays.append((later[0] - RISE) / timedelta(hours=1))
    if not delays:
        return "0 %"
    asks = median(delays) / 24 * a_day
    return f"{len(delays) / runs:.0%}, {median(delays):.0f} h (some {asks:.0f} asks)"


if __name__ == "__main__":
    main()
