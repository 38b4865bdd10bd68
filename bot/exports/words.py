"""An export's outcome in the words of the acceptance cases, for programs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.exports.events import event_id
from bot.exports.export import Export
from bot.exports.message import Conversation, ExportedMessage
from bot.exports.outcome import Outcome
from bot.reports import casewords
from bot.reports.asks import Rules
from bot.reports.waits import answer_waits, human_waits

Json = dict[str, Any]
# What is asked of the curve: the first hour, and the same day.
_WITHIN = (3600, 43200)
_MEAN_SECONDS = 43200


class Numbers:
    """Names conversations 1, 2, ... and messages m00, m01, ... in the order of the export."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._width = max(2, len(str(max(export.counts.messages - 1, 0))))
        self._first: dict[str, int] = {}
        self._places: dict[tuple[str, str], int] = {}
        place = 0
        for number, conversation in enumerate(export.conversations(), 1):
            self._first[conversation.id] = number
            for message in conversation.messages:
                self._places[conversation.id, event_id(message)] = place
                place += 1

    def conversation(self, id: str) -> str:
        """The conversation's number."""
        return str(self._first[id])

    def message(self, conversation: str, id: str) -> str:
        """The number of the message with that event id."""
        return f"m{self._places[conversation, id]:0{self._width}}"


def events_json(export: Export, numbers: Numbers) -> Iterator[Json]:
    """Tell every message of the export, one after the other."""
    for conversation in export.conversations():
        customer = _customer(conversation)
        for message in conversation.messages:
            yield {
                "id": numbers.message(conversation.id, event_id(message)),
                "conversation": numbers.conversation(conversation.id),
                "customer": customer,
                "at": casewords.iso(message.at),
                "direction": "in" if message.author == "customer" else "out",
                "type": message.sort,
                "text": message.text,
                "sender": message.sender,
                "actor": message.author,
                **_flags(export, message),
            }


def outcome_json(export: Export, outcome: Outcome, numbers: Numbers, rules: Rules) -> Json:
    """Tell all but the messages."""
    counted = [each for each in outcome.cohort if each.status != "withdrawn"]
    config = _config(outcome.zone, rules)
    named = export.format.names_agents
    counts = casewords.counts(outcome.cohort)
    return {
        "resolution": "min" if export.facts.resolution_seconds >= 60 else "s",
        "config": config,
        "ack_patterns": sorted({*export.automatic.patterns, *export.automatic.texts}),
        "window": {
            name: _local(getattr(outcome.window, attribute), outcome.zone)
            for name, attribute in (("start", "start_at"), ("end", "end_at"), ("as_of", "as_of"))
        },
        "asks": [_ask(each, numbers, named=named) for each in outcome.cohort],
        "metrics": {
            **casewords.metrics(answer_waits(counted), config),
            **counts,
            "answered_by": counts["answered_by"] if named else None,
            "human_wait": casewords.human_metrics(human_waits(counted)),
        },
        "counts": {
            "conversations": export.counts.conversations,
            "messages": export.counts.messages,
            "inbound": export.counts.inbound,
            "outbound": export.counts.outbound,
        },
        "format": export.format.name,
        "brand": export.brand.name,
        "suspected_ack": export.automatic.suspects,
        "broadcasts": len(export.automatic.broadcasts),
        "unread": export.facts.unread,
        "limits": [*export.format.limits, *sorted(export.facts.notes)],
    }


def _ask(each: Any, numbers: Numbers, *, named: bool) -> Json:
    told = casewords.ask(each)
    told["first_message"] = numbers.message(each.ask.conversation, told["first_message"])
    if not named and told["answered_by"] is not None:
        told["answered_by"] = "brand"
    return told


def _flags(export: Export, message: ExportedMessage) -> Json:
    if message.author == "customer":
        return {}
    flags = {
        "ack": export.automatic.replies(message),
        "broadcast": export.automatic.broadcast(message),
        "note": message.note,
    }
    return {name: True for name, raised in flags.items() if raised}


def _customer(conversation: Conversation) -> str:
    if conversation.title:
        return conversation.title
    return next((each.sender for each in conversation.messages if each.author == "customer"), "")


def _config(zone: ZoneInfo, rules: Rules) -> Json:
    return {
        "timezone": zone.key,
        "clock": "calendar",
        "ask_ttl_s": int(rules.expiry.total_seconds()),
        "closer_window_s": int(rules.closer_window.total_seconds()),
        "closers": sorted(rules.closers),
        "percentiles": [0.5, 0.9],
        "within_s": list(_WITHIN),
        "rmst_tau_s": _MEAN_SECONDS,
        "sla_s": 3600,
    }


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat()
