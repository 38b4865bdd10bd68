"""`antiphon simulate`: demo customers and a fake platform against a running service."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Mapping

from bot.cli import failures, options
from bot.config import Config
from bot.simulation.drive import PATIENCE_SECONDS, Driver
from bot.simulation.play import CannotSimulate, stage
from bot.simulation.summary import Asked, Summary
from bot.simulation.wire import Wires, request_bytes

_TICK_SECONDS = 1.0


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "simulate",
        help="play customers and platforms against a running service",
        description=(
            "Plays the platforms on the address that the channels' api points to, which must be on "
            "this machine, sends demo customers to the service, and says what was lost, doubled, "
            "out of order, or against a platform's rules. Exits 1 if anything was."
        ),
    )
    parser.add_argument("--service", required=True, metavar="URL", help="where the service listens")
    options.add_config(parser)
    parser.add_argument("--rate", type=_positive, default=2.0, help="messages a second (2)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=_positive, default=None, help="how long (1)")
    length.add_argument("--messages", type=int, default=None, metavar="N", help="how many, about")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other customers")
    parser.add_argument(
        "--platform-port", type=int, metavar="N", help="listen here instead of where api points to"
    )
    parser.add_argument(
        "--patience",
        type=_positive,
        default=PATIENCE_SECONDS,
        metavar="SECONDS",
        help=f"how long an answer may take ({PATIENCE_SECONDS:g})",
    )
    options.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Play, print the summary; 0 clean, 1 faults found, 2 could not play."""
    try:
        with failures.told("simulate"):
            found = asyncio.run(_play(args, options.chosen_config(args)))
    except CannotSimulate as exc:
        print(f"antiphon simulate: {exc}", file=sys.stderr)
        return failures.CANNOT
    print(json.dumps(found.as_json(), ensure_ascii=False, indent=2) if args.json else report(found))
    return 0 if found.clean else 1


def report(found: Summary) -> str:
    """*found* for people."""
    lines = [
        f"{found.messages} messages in {found.webhooks} webhooks, {found.answered} answered 2xx"
        f"{_times(found.acknowledged, 1000, 'ms')}",
        f"{found.asked} needed an answer, {found.replies} calls came"
        f"{_times(found.answered_in, 1, 's')}",
    ]
    for name, values in (
        ("webhooks not answered 2xx", found.refused_webhooks),
        ("questions without an answer", [_asked(each) for each in found.unanswered]),
        ("conversations with a doubled reply", found.doubled),
        ("conversations out of order", found.out_of_order),
        ("violations", [f"{each.rule} ({each.detail})" for each in found.violations]),
    ):
        if values:
            shown = ", ".join(values[:5]) + (", ..." if len(values) > 5 else "")
            lines.append(f"{len(values)} {name}: {shown}")
    if found.quiet:
        lines.append(f"{len(found.quiet)} comments got no answer that we could see (no fault)")
    lines.append("clean" if found.clean else "FAULTS FOUND")
    return "\n".join(lines)


async def _play(args: argparse.Namespace, config: Config) -> Summary:
    await _reachable(args.service)
    stop = asyncio.Event()
    # Windows has no such handler, and threads may not set one: Ctrl-C then ends without a summary.
    with contextlib.suppress(NotImplementedError, RuntimeError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    seconds = None if args.messages is not None else 60.0 * (args.minutes or 1.0)
    async with stage(
        config,
        args.service,
        rate=args.rate,
        seed=args.seed,
        port=args.platform_port,
        patience=args.patience,
    ) as (_, driver):
        async with asyncio.TaskGroup() as tasks:
            progress = tasks.create_task(_show(driver)) if sys.stderr.isatty() else None
            found = await driver.run(stop=stop, seconds=seconds, messages_wanted=args.messages)
            if progress is not None:
                progress.cancel()
        return found


async def _reachable(service: str) -> None:
    wires = _wires(service)
    answer = await wires.ask(request_bytes(service, b"", {}, method="GET"), seconds=5.0)
    wires.close()
    if not answer.status:
        raise CannotSimulate(f"Nobody answers at {service}. Start the service: antiphon run.")


def _wires(service: str) -> Wires:
    try:
        return Wires(service)
    except ValueError as exc:
        raise CannotSimulate(f"--service is {exc}") from exc


async def _show(driver: Driver) -> None:
    while True:
        print(f"\r\x1b[K{driver.progress()}", end="", file=sys.stderr, flush=True)
        try:
            await asyncio.sleep(_TICK_SECONDS)
        except asyncio.CancelledError:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            raise


def _asked(asked: Asked) -> str:
    return f"{asked.topic} {' / '.join(asked.texts)!r} ({asked.thread})"


def _times(seconds: Mapping[str, float], scale: float, unit: str) -> str:
    if not seconds:
        return ""
    shown = (f"{name} {seconds[name] * scale:.3g}" for name in ("p50", "p99"))
    return f" ({', '.join(shown)} {unit})"


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value
