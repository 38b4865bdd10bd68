"""`antiphon channels`: what a captured webhook body means to us, without any configuration."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ClientSession

from channels import line, messenger, page_comments
from channels.base import Channel, WebhookRequest
from channels.errors import MalformedPayload
from channels.messages import ChannelEvent, InboundMessage


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `channels parse CHANNEL FILE...` to the command line."""
    channels = subparsers.add_parser("channels", help="look into what platforms send")
    commands = channels.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("parse", help="print the events in captured webhook bodies")
    command.add_argument("channel", choices=sorted(_CHANNELS), metavar="CHANNEL")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.set_defaults(run=lambda args: parse(args.channel, args.files))


def parse(channel: str, files: list[Path]) -> int:
    """Print one JSON array with what each of *files* tells; 1 if any cannot be read, else 0."""
    if channel not in _CHANNELS:
        print(
            f"channels parse: no channel {channel!r}, only {', '.join(_CHANNELS)}", file=sys.stderr
        )
        return 1
    return asyncio.run(_parse(channel, files))


async def _parse(name: str, files: list[Path]) -> int:
    read, failed = [], False
    async with ClientSession() as http:
        channel = _CHANNELS[name](http)
    for file in files:
        try:
            read.append(_described(file, channel.parse(_request(file.read_bytes()))))
        except (OSError, MalformedPayload) as exc:
            print(f"channels parse: {file}: {exc}", file=sys.stderr)
            failed = True
    print(json.dumps(read, ensure_ascii=False, indent=1))
    return 1 if failed else 0


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


_PAGE = {"account": "any", "secret": "none", "verify_token": "none", "token": "none"}
_LINE = {"account": "any", "secret": "none", "token": "none"}
_CHANNELS: dict[str, Callable[[ClientSession], Channel]] = {
    "line": lambda http: line.Line(
        line.Settings.model_validate(_LINE), http, lambda: datetime.now(UTC)
    ),
    "messenger": lambda http: messenger.Messenger(messenger.Settings.model_validate(_PAGE), http),
    "page_comments": lambda http: page_comments.PageComments(
        page_comments.Settings.model_validate(_PAGE), http
    ),
}
