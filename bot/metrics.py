"""Counters and timings in Prometheus's text format, cheap enough for every message."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600)
Labels = tuple[tuple[str, str], ...]

HELP = {
    "antiphon_events_total": "Events that platforms delivered, by channel and result.",
    "antiphon_duplicates_total": "Events that were delivered again.",
    "antiphon_late_events_total": "Events that came a minute or more after their own time.",
    "antiphon_signature_failures_total": "Webhooks refused for their signature.",
    "antiphon_decisions_total": "Decisions by kind.",
    "antiphon_sends_total": "Ended tries to send, by channel and result.",
    "antiphon_parked_total": "Events parked after three failed tries or for a malformed body.",
    "antiphon_ack_seconds": "From a webhook's arrival to its 200.",
    "antiphon_reply_seconds": "From the customer's message (platform time) to the platform's yes.",
    "antiphon_inbox_depth": "Inbox rows by state.",
    "antiphon_account_paused": "1 while a platform refuses an account's token.",
    "antiphon_outbox_depth": "Unfinished outbox items by state.",
}


class Metrics:
    """The process's own counts. Gauges are set when the page is asked for."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, Labels], float] = defaultdict(float)
        self._times: dict[tuple[str, Labels], list[int]] = {}
        self._sums: defaultdict[tuple[str, Labels], float] = defaultdict(float)
        self._gauges: dict[tuple[str, Labels], float] = {}

    def count(self, name: str, labels: Mapping[str, str] | None = None, by: float = 1) -> None:
        """Add *by* to a counter."""
        self._counts[name, _labels(labels)] += by

    def sent(self, channel: str, state: str) -> None:
        """Count one ended try to send."""
        self._counts["antiphon_sends_total", (("channel", channel), ("result", str(state)))] += 1

    def observe(self, name: str, seconds: float, labels: Mapping[str, str] | None = None) -> None:
        """Add one duration to a histogram."""
        key = name, _labels(labels)
        buckets = self._times.setdefault(key, [0] * (len(SECONDS) + 1))
        buckets[bisect_left(SECONDS, seconds)] += 1
        self._sums[key] += seconds

    def gauge(self, name: str, value: float, labels: Mapping[str, str] | None = None) -> None:
        """Set a gauge."""
        self._gauges[name, _labels(labels)] = value

    def page(self) -> str:
        """Everything, in the text format that Prometheus reads."""
        return "\n".join([*self._lines(), ""])

    def _lines(self) -> Iterator[str]:
        for kind, values in (("counter", self._counts), ("gauge", self._gauges)):
            for name in sorted({name for name, _ in values}):
                yield from _head(name, kind)
                for (each, labels), value in sorted(values.items()):
                    if each == name:
                        yield f"{name}{_braces(labels)} {value:g}"
        for name in sorted({name for name, _ in self._times}):
            yield from _head(name, "histogram")
            for (each, labels), buckets in sorted(self._times.items()):
                if each == name:
                    yield from self._histogram(name, labels, buckets)

    def _histogram(self, name: str, labels: Labels, buckets: list[int]) -> Iterator[str]:
        total = 0
        for bound, count in zip((*map(str, SECONDS), "+Inf"), buckets, strict=True):
            total += count
            yield f"{name}_bucket{_braces((*labels, ('le', bound)))} {total}"
        yield f"{name}_sum{_braces(labels)} {self._sums[name, labels]:g}"
        yield f"{name}_count{_braces(labels)} {total}"


def _labels(labels: Mapping[str, str] | None) -> Labels:
    return tuple(sorted(labels.items())) if labels else ()


def _head(name: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {HELP.get(name, name)}"
    yield f"# TYPE {name} {kind}"


def _braces(labels: Labels) -> str:
    if not labels:
        return ""
    quoted = (f'{name}="{_escape(value)}"' for name, value in labels)
    return "{" + ",".join(quoted) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
