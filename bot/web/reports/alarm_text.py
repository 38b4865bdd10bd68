"""What an alarm says: where to look, and how much worse than usual it is."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.reports.drifts import Alarm
from bot.reports.verdicts import Verdict
from bot.store.alarms import Raised
from bot.web.reports.instants import At
from bot.web.reports.numbers import Numbers


def facts_of(alarm: Alarm, *, target_seconds: int, zone: ZoneInfo) -> dict[str, Any]:
    """The counts that an alarm's text is made of, as they stood when it was raised."""
    late = [each for each in alarm.verdicts if each.late]
    channel = _most(each.asked.ask.channel for each in late)
    there = [each for each in alarm.verdicts if each.asked.ask.channel == channel]
    hour = _most(_hour(each, zone) for each in there if each.late)
    return {
        "n": len(alarm.verdicts),
        "missed": len(late),
        "unanswered": sum(_unanswered(each, alarm.raised_at) for each in late),
        "usual": alarm.usual,
        "target": target_seconds,
        "channel": channel,
        "channel_n": len(there),
        "channel_missed": sum(each.late for each in there),
        "hour": hour,
        "hour_missed": sum(each.late and _hour(each, zone) == hour for each in there),
    }


def alarm_text(alarm: Raised, numbers: Numbers, at: At) -> tuple[str, ...]:
    """The sentences of an alarm."""
    facts, t = alarm.facts, numbers.t
    missed, unanswered = facts["missed"], facts["unanswered"]
    return (
        t(
            "reports.alarm.what",
            missed=numbers.count(missed),
            n=numbers.count(facts["n"]),
            share=numbers.share(missed / facts["n"]),
            usual=numbers.share(facts["usual"]),
            target=numbers.duration(facts["target"]),
            since=at.short(alarm.began_at),
        ),
        t(
            "reports.alarm.how",
            unanswered=numbers.count(unanswered),
            late=numbers.count(missed - unanswered),
            share=numbers.share(unanswered / facts["n"]),
        ),
        t(
            "reports.alarm.where",
            channel=t.name("channel", facts["channel"]),
            missed=numbers.count(facts["channel_missed"]),
            n=numbers.count(facts["channel_n"]),
            hour=at.hour(datetime.fromisoformat(facts["hour"])),
            there=numbers.count(facts["hour_missed"]),
        ),
    )


def _unanswered(each: Verdict, at: datetime) -> bool:
    answered_at = each.asked.ask.answered_at
    return answered_at is None or answered_at > at


def _hour(each: Verdict, zone: ZoneInfo) -> str:
    opened = each.asked.ask.opened_at.astimezone(zone)
    return opened.replace(minute=0, second=0, microsecond=0).isoformat()


def _most(values: Any) -> str:
    counted: Sequence[tuple[str, int]] = sorted(
        Counter(values).items(), key=lambda each: (-each[1], each[0])
    )
    return counted[0][0]
