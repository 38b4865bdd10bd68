"""What it costs to report on an export: a made-up LINE Official Account zip, stage by stage.

    python benchmarks/exports.py [--messages 500000] [--chats 4000] [--keep FILE] [--file FILE]

All times are processor time of one core, in a fresh process; the machine may be busy. *opening*
reads every message, finds the brand and what is automatic; *asks* pairs and measures; *figures*
works out curves and hours. --keep writes the zip that was made, --file takes one that exists.
"""

import argparse
import csv
import io
import os
import random
import resource
import sys
import tempfile
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

_ASKED = (
    "請問這個還有貨嗎？",
    "訂單 {} 什麼時候到",
    "可以改地址嗎",
    "Do you ship to Japan? {}",
    "謝謝",
    "想退貨，怎麼處理\n收到的顏色不對 {}",
    "You received a photo.",
)
_SAID = ("有的喔", "訂單 {} 今天會出貨", "可以，請給我新地址", "Yes, we do. {}", '好的 "收到" {}')
_START = datetime(2025, 11, 1, 9, 0, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500_000)
    parser.add_argument("--chats", type=int, default=4_000)
    parser.add_argument("--keep", type=Path, metavar="FILE")
    parser.add_argument("--file", type=Path, metavar="FILE")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        _measure(args.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = args.file or args.keep or Path(folder) / "line.zip"
        if not args.file:
            _write(file, messages=args.messages, chats=args.chats)
        print(f"{file.stat().st_size / 2**20:.1f} MB", flush=True)
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        os.spawnv(os.P_WAIT, sys.executable, [sys.executable, __file__, "--measure", str(file)])


def _measure(file: Path) -> None:
    began = time.process_time()
    from bot.cli import prepare_memory
    from bot.exports.export import Export
    from bot.exports.formats import Reading
    from bot.exports.outcome import _outcome, cohort_of, window_of

    prepare_memory()
    zone = ZoneInfo("Asia/Taipei")
    stages = [("imports", time.process_time() - began)]
    at = time.process_time()
    with Export(file, Reading(zone=zone)) as export:
        stages.append(("opening", time.process_time() - at))
        at = time.process_time()
        window = window_of(export, zone, start_at=None, end_at=None, as_of=None)
        cohort = cohort_of(export, window)
        stages.append(("asks", time.process_time() - at))
        at = time.process_time()
        found = _outcome(cohort, window, zone, named=True)
        stages.append(("figures", time.process_time() - at))
        counts = export.counts
    stages.append(("all", time.process_time() - began))
    print(f"{counts.messages:,} messages, {counts.conversations:,} chats, {found.either.n:,} asks")
    for name, seconds in stages:
        print(f"{name:<8}  {seconds:6.2f} s")
    print(f"memory    {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:6.0f} MiB")


def _write(file: Path, *, messages: int, chats: int) -> None:
    chance = random.Random(7)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(chats):
            name = f"{number + 1}_20251101_20260301_客戶{number + 1}.csv"
            archive.writestr(name, _chat(number, messages // chats, chance))


def _chat(number: int, messages: int, chance: random.Random) -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerows(
        [
            ("Account name", "示範店 Demo"),
            ("Time zone", "'+09:00"),
            ("Downloaded on", "2026/03/01 13:00"),
            ("Sender type", "Sender name", "Date", "Time", "Message"),
        ]
    )
    at = _START + timedelta(seconds=chance.randrange(86400))
    customer = True
    for place in range(messages):
        at += timedelta(seconds=chance.expovariate(1 / (600 if place % 3 else 120_000)) + 1)
        sender = (
            ("User", f"客戶{number + 1}")
            if customer
            else ("Account", chance.choice(("小美", "Bo", "Unknown")))
        )
        said = chance.choice(_ASKED if customer else _SAID).format(chance.randrange(10**6))
        rows.writerow((*sender, f"{at:%Y/%m/%d}", f"{at:%H:%M:%S}", said))
        customer = chance.random() < 0.55
    return b"\xef\xbb\xbf" + text.getvalue().encode()


if __name__ == "__main__":
    main()
