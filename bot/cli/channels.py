"""`antiphon channels`: what captured bodies and answers mean to us, without any configuration."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson
from aiohttp import ClientSession

from bot.adapters import ADAPTERS, unconfigured
from bot.cli import connect
from channels.base import Channel, Context, WebhookRequest
from channels.errors import MalformedPayload, SendError
from channels.http import answer_of
from channels.messages import Accepted, ChannelEvent, InboundMessage, OutboundMessage
from channels.results import result_class


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `antiphon channels` and its commands to the command line."""
    purpose = "connect platforms, and look into what they send"
    channels = subparsers.add_parser("channels", help=purpose, description=purpose)
    commands = channels.add_subparsers(required=True, metavar="COMMAND")
    connect.add_parsers(commands)
    _add(commands, "parse", parse, "print the events in captured webhook bodies")
    _add(
        commands,
        "classify-response",
        classify_response,
        "print what a platform's answers to a send mean; FILE holds {status, headers, body}, "
        "or several of them under cases",
    )


def parse(channel: str, files: list[Path]) -> int:
    """Print one JSON array with what each of *files* tells; 1 if any cannot be read, else 0."""
    return asyncio.run(_each("parse", channel, files, _events))


def classify_response(channel: str, files: list[Path]) -> int:
    """Print one JSON array with the class of each answer; 1 if a file cannot be read, else 0."""
    return asyncio.run(_each("classify-response", channel, files, _classes))


Look = Callable[[Channel, Path], list[dict[str, object]]]


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[str, list[Path]], int],
    purpose: str,
) -> None:
    command = commands.add_parser(name, help=purpose, description=purpose)
    command.add_argument("channel", choices=sorted(ADAPTERS), metavar="CHANNEL")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.set_defaults(run=lambda args: run(args.channel, args.files))


async def _each(command: str, name: str, files: list[Path], look: Look) -> int:
    seen: list[dict[str, object]] = []
    failed = False
    async with ClientSession() as http:
        context = Context(http=http, clock=lambda: datetime.now(UTC), deliver=_nowhere)
        channel = unconfigured(name, context)
    for file in files:
        try:
            seen += look(channel, file)
        except (OSError, MalformedPayload, NotAnAnswer, orjson.JSONDecodeError) as exc:
            print(f"channels {command}: {file}: {exc}", file=sys.stderr)
            failed = True
    print(json.dumps(seen, ensure_ascii=False, indent=1))
    return 1 if failed else 0


async def _nowhere(message: OutboundMessage) -> str:
    return message.id


class NotAnAnswer(ValueError):
    """The file holds no object with a status, nor a list of such under "cases"."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


def _classes(channel: Channel, file: Path) -> list[dict[str, object]]:
    found = orjson.loads(file.read_bytes())
    cases = found.get("cases", [found]) if isinstance(found, dict) else None
    if not isinstance(cases, list):
        raise NotAnAnswer
    return [
        {"file": file.name, "case": number, **_class(channel, case)}
        for number, case in enumerate(cases)
    ]


def _class(channel: Channel, case: object) -> dict[str, object]:
    if not isinstance(case, dict) or not isinstance(case.get("status"), int):
        raise NotAnAnswer
    body, headers = case.get("body"), case.get("headers") or {}
    raw = body.encode() if isinstance(body, str) else orjson.dumps(body)
    result: Accepted | SendError
    try:
        result = channel.accepted(answer_of(case["status"], headers, raw))
    except SendError as exc:
        result = exc
    resets_at = getattr(result, "resets_at", None)
    return {
        "class": result_class(result),
        "retry_after": getattr(result, "retry_after", None),
        "resets_at": resets_at and resets_at.isoformat(),
        "detail": str(result) if isinstance(result, SendError) else ", ".join(result.ids),
    }


def _events(channel: Channel, file: Path) -> list[dict[str, object]]:
    return [_described(file, channel.parse(_request(file.read_bytes())))]


def _described(file: Path, events: list[ChannelEvent]) -> dict[str, object]:
    details = [_detail(event) for event in events]
    return {
        "file": file.name,
        "path": str(file),
        "events": [event.kind for event in events],
        "answerable": any(detail["answerable"] for detail in details),
        "keys": [event.event_id for event in events],
        "details": details,
    }


def _detail(event: ChannelEvent) -> dict[str, object]:
    incoming = isinstance(event, InboundMessage)
    unanswerable = event.unanswerable if isinstance(event, InboundMessage) else None
    return {
        "kind": event.kind,
        "type": type(event).__name__,
        "event_id": event.event_id,
        "id": getattr(event, "id", None),
        "thread": event.thread,
        "surface": event.surface,
        "text": getattr(event, "text", None),
        "payload": getattr(event, "payload", None),
        "sent_at": event.sent_at.isoformat(),
        "received_at": event.received_at.isoformat(),
        "answerable": incoming and unanswerable is None,
        "unanswerable": unanswerable,
    }


def _request(body: bytes) -> WebhookRequest:
    return WebhookRequest(
        method="POST", headers={}, query={}, body=body, received_at=datetime.now(UTC)
    )
