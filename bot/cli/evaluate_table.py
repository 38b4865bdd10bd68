"""What an evaluation found, for people and for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from intents.evaluation import (
    BUDGET,
    Bin,
    Figures,
    Judged,
    confusions,
    figures,
    per_language,
    reliability,
)

NONE = "-"
_WORST = 15
_HEAD = (
    *("language", "messages", "accuracy", "in scope", "oos rejected", "false rejects"),
    *("wrong", "calibration error"),
)


def as_json(found: Sequence[Judged]) -> dict[str, Any]:
    """Everything as JSON has it: shares 0 to 1, None where no message could tell."""
    return {
        **asdict(figures(found)),
        "per_language": {name: asdict(each) for name, each in per_language(found).items()},
        "confusions": [
            {"intent": truth, "answer": answer, "messages": count}
            for truth, answer, count in confusions(found)
        ],
        "reliability": [asdict(each) for each in reliability(found)],
    }


def table(found: Sequence[Judged]) -> str:
    """Lay out figures by language, the worst confusions and how far to trust the confidence."""
    return "\n".join(_lines(found))


def percent(share: float | None) -> str:
    """Say a share, 0 to 1, in percent."""
    return NONE if share is None else f"{share * 100:.1f} %"


def _lines(found: Sequence[Judged]) -> Iterator[str]:
    overall = figures(found)
    languages = per_language(found).items()
    rows = [_row("all", overall), *(_row(*each) for each in languages)]
    yield from _aligned([_HEAD, *rows])
    if overall.reject_recall is not None:
        yield ""
        yield f"accuracy at the best threshold: {percent(overall.any_threshold_accuracy)}"
        yield (
            f"oos rejected at {percent(BUDGET)} false rejects: "
            f"{percent(overall.reject_recall_at_budget)}; "
            f"area under the curve {percent(overall.reject_auroc)}"
        )
    worst = [(intent, answer, str(n)) for intent, answer, n in confusions(found)[:_WORST]]
    yield from ("", *_aligned([("intent", "taken for", "messages"), *worst], names=2))
    bins = [_bin(each) for each in reliability(found)]
    yield from ("", *_aligned([("confidence", "messages", "mean", "right"), *bins]))


def _row(name: str, told: Figures) -> tuple[str, ...]:
    shares = (
        *(told.accuracy, told.in_scope_accuracy, told.reject_recall, told.false_reject_rate),
        *(told.wrong_rate, told.ece),
    )
    return name, str(told.messages), *map(percent, shares)


def _bin(told: Bin) -> tuple[str, ...]:
    edges = f"{told.low:.2f} to {told.high:.2f}"
    return edges, str(told.messages), percent(told.confidence), percent(told.accuracy)


def _aligned(rows: Sequence[Sequence[str]], *, names: int = 1) -> list[str]:
    """Columns side by side, the first *names* of them flush left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if at < names else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
