"""Signed Messenger webhooks in, replies at a platform out: rate, latency, processor, memory.

    python benchmarks/pipeline.py [--only speed order slow] [--quick] [--json FILE]

The service runs as shipped (SQLite, synced commit before each 200, shipped classifier and
templates) in one process on one core; load generator and platform share another. What bounds it is
measured in the same run: a bare aiohttp handler that only says 200, before and after, and raw
syncs of the disk.
"""

import argparse
import gc
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path

import orjson
import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import figures, machine
from benchmarks.run import FULL, QUICK, SCENARIOS, Benchmark
from benchmarks.service import MODELS, absolute


def main() -> None:
    args = _arguments()
    size = QUICK if args.quick else FULL
    messages, rounds = args.messages or size.messages, args.rounds or size.rounds
    cores = machine.cores()
    benchmark = Benchmark(
        cores=cores,
        size=replace(size, messages=messages, rounds=rounds),
        only=args.only,
        folder=args.folder,
        models=args.models,
        profile=args.profile,
    )
    os.sched_setaffinity(0, {cores[1]})
    # A collection would come between a webhook and its time; nothing here makes cycles.
    gc.disable()
    found = uvloop.run(benchmark.run())
    print(*figures.lines(found), sep="\n")
    if args.json is not None:
        args.json.write_bytes(orjson.dumps(asdict(found), option=orjson.OPT_INDENT_2))
    if args.profile is not None:
        print(f"\n{args.profile.read_text()}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=SCENARIOS,
        default=SCENARIOS,
        help="speed: saturation and half load; order: napping actions and redeliveries; "
        "slow: beside a slow Page and a slow conversation",
    )
    parser.add_argument("--messages", type=int, help="of each round; 20000 if left out")
    parser.add_argument("--rounds", type=int, help="of each figure; 3 if left out")
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument(
        "--profile",
        type=absolute,
        metavar="FILE",
        help="sample the service at saturation, which slows it a little",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path.cwd(),
        help="where the database lies meanwhile; its disk is measured",
    )
    parser.add_argument(
        "--models", type=Path, default=MODELS, help="where the trained model is kept"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
