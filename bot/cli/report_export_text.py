"""The response times in an export, for the terminal: honest beside naive, and what is unknown."""

from collections.abc import Iterator, Sequence

from bot.cli.report_table import NONE, duration, share
from bot.exports.export import Export
from bot.exports.limits import limits
from bot.exports.outcome import Outcome
from bot.reports.estimate import Estimate
from bot.web.words import words

_TEXT = 60
_LISTED = 5


def told(export: Export, found: Outcome) -> str:
    """Lay it out."""
    return "\n".join(
        [*_head(export, found), "", *_figures(export, found), "", *_notes(export, found)]
    )


def _head(export: Export, found: Outcome) -> Iterator[str]:
    counts, window = export.counts, found.window
    start, end, as_of = (
        at.astimezone(found.zone).strftime("%Y-%m-%d %H:%M")
        for at in (window.start_at, window.end_at, window.as_of)
    )
    chats = f"{counts.conversations:,} conversation{'s' * (counts.conversations != 1)}"
    messages = f"{counts.messages:,} message{'s' * (counts.messages != 1)}"
    yield f"{export.brand.name}: {chats}, {messages} ({export.format.title})"
    yield f"asks opened from {start} until {end}, {found.zone.key}, as of {as_of}, calendar clock"
    either = found.either
    waiting = found.waiting
    yield (
        f"{either.n:,} asks: {either.answered:,} answered, {len(waiting):,} unanswered"
        + (f", {found.withdrawn:,} withdrawn" if found.withdrawn else "")
    )
    if waiting:
        yield f"longest wait without an answer: {duration(waiting[0].seconds)}"


def _figures(export: Export, found: Outcome) -> Iterator[str]:
    coarse = export.facts.resolution_seconds
    rows = [("", "all asks", "95 % interval", "answered ones only")]
    either = found.either
    naive = {"median": _said(found.naive_median, coarse)}
    for name, estimate in (("median", either.median), ("p90", either.p90)):
        rows.append(
            (
                name,
                _said(estimate.value, coarse) if estimate.value is not None else "not reached",
                _durations(estimate, coarse),
                naive.get(name, ""),
            )
        )
    for within in either.within:
        hour = within.seconds == 3600
        name = f"within {'1 h' if hour else '24 h'}"
        naive_share = share(found.naive_within_hour) if hour else ""
        rows.append((name, share(within.share.value), _shares(within.share), naive_share))
    rows.append(("unanswered", share(_unanswered(found)), "", "left out"))
    yield from _aligned(rows)
    if found.by_actor:
        yield ""
        yield from _aligned(
            [
                ("answered by", "asks", "median"),
                *(
                    (actor, f"{of.answered:,}", duration(of.median.value))
                    for actor, of in found.by_actor.items()
                ),
            ]
        )
    yield ""
    yield _worst(found)


def _unanswered(found: Outcome) -> float | None:
    either = found.either
    return 1 - either.answered / either.n if either.n else None


def _worst(found: Outcome) -> str:
    worst = found.worst_hours
    if not worst:
        return "worst hours: too few asks to tell"
    listed = (
        f"{each.hour:02}:00-{(each.hour + 1) % 24:02}:00 "
        f"({share(each.within_hour.value)} within 1 h, n = {each.n:,})"
        for each in worst
    )
    return f"worst hours: {', '.join(listed)}"


def _notes(export: Export, found: Outcome) -> Iterator[str]:
    t = words("en")
    automatic, brand = export.automatic, export.brand
    if export.format.names_agents:
        yield f"brand: {brand.name}"
    else:
        how = "as you said" if brand.given else "wrong? --brand NAME"
        there = f"in {brand.present:,} of {brand.conversations:,} conversations"
        yield f"brand: {brand.name}, {there} ({how})"
    for text, count in sorted(automatic.texts.items(), key=lambda item: -item[1])[:_LISTED]:
        seen = f"{count:,} conversations"
        yield f"automatic, so no answer: {_short(text)} ({seen}); wrong? --answer TEXT"
    for text in automatic.patterns:
        yield f"automatic, as you said: {_short(text)}"
    for text, count in automatic.suspects.items():
        yield f"perhaps automatic: {_short(text)} ({count:,} conversations); if so: --ack TEXT"
    if automatic.broadcasts:
        yield f"broadcasts, which answer nobody: {len(automatic.broadcasts):,}"
    if export.facts.unread:
        yield f"not understood and left out: {export.facts.unread:,} rows or files"
    for key in limits(export):
        yield f"limit: {t(f'history.limit.{key}')}"


def _said(seconds: float | None, coarse: int) -> str:
    """A duration no finer than the export's times."""
    if seconds is None or seconds >= coarse or coarse == 1:
        return duration(seconds)
    return f"under {duration(coarse)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f'"{line[:_TEXT]}..."' if len(line) > _TEXT else f'"{line}"'


def _durations(estimate: Estimate, coarse: int) -> str:
    if estimate.low is None and estimate.high is None:
        return NONE
    if estimate.high is None:
        return f"at least {_said(estimate.low, coarse)}"
    return f"{_said(estimate.low, coarse)} to {_said(estimate.high, coarse)}"


def _shares(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return NONE
    return f"{share(estimate.low)} to {share(estimate.high)}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
