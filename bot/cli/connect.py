"""`antiphon channels check` and `subscribe`: prove the connection to each platform, or make it."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from aiohttp import ClientSession

from bot.cli import options
from bot.config import Config
from channels.base import Channel, Context, Finding
from channels.messages import OutboundMessage

Look = Callable[[Config, Channel, ClientSession], Awaitable[Sequence[Finding]]]


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both commands to those of `antiphon channels`."""
    _add(
        commands,
        "check",
        _check,
        "prove credentials, permissions, subscriptions, webhook address and clock of each account, "
        "and say what to do next; exits 1 if something is wrong",
    )
    _add(
        commands,
        "subscribe",
        _subscribe,
        "tell each platform our webhook address and what we want to hear, where a call can do that",
    )


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    look: Look,
    purpose: str,
) -> None:
    command = commands.add_parser(name, help=purpose, description=purpose)
    command.add_argument(
        "accounts", nargs="*", metavar="CHANNEL[/ACCOUNT]", help="only these; all if left out"
    )
    options.add_config(command)
    options.add_json(command)
    command.set_defaults(run=lambda args: asyncio.run(_run(args, look)))


async def _run(args: argparse.Namespace, look: Look) -> int:
    from bot import connecting, registry

    config = options.chosen_config(args)
    async with registry.client() as http:
        context = Context(http=http, clock=lambda: datetime.now(UTC), deliver=_nowhere)
        channels = registry.channels(config, context)
        try:
            accounts = connecting.chosen(channels, args.accounts)
        except connecting.UnknownAccount as exc:
            print(f"{connecting.UnknownAccount.__doc__} Not there: {exc}", file=sys.stderr)
            return 2
        found = {
            f"{each.name}/{each.account}": list(await look(config, each, http)) for each in accounts
        }
    _print(found, as_json=args.json)
    return 0 if all(each.ok for findings in found.values() for each in findings) else 1


async def _check(config: Config, channel: Channel, http: ClientSession) -> Sequence[Finding]:
    from bot import connecting

    return await connecting.check(config, channel, http, now=datetime.now(UTC))


async def _subscribe(config: Config, channel: Channel, http: ClientSession) -> Sequence[Finding]:
    from bot import connecting

    return await connecting.subscribe(config, channel)


def _print(found: Mapping[str, Sequence[Finding]], *, as_json: bool) -> None:
    if as_json:
        told = {name: [asdict(each) for each in findings] for name, findings in found.items()}
        print(json.dumps(told, ensure_ascii=False))
        return
    for name, findings in found.items():
        print(name)
        for each in findings or [Finding(name="nothing to check", ok=True)]:
            print(f"  {'ok   ' if each.ok else 'WRONG'}  {each.name}: {each.detail}".rstrip(": "))
            if not each.ok and each.next_step:
                print(f"         -> {each.next_step}")


async def _nowhere(message: OutboundMessage) -> str:
    return message.id
