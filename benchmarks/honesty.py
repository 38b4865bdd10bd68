"""How near the report comes to the truth, beside the average of the answered alone.

    python benchmarks/honesty.py [--rounds 20] [--svg FILE]

Inboxes are simulated whose truth is known, since the simulation runs on after the report. Each is
reported at 11:00 of its last day, with a surge of customers in its last two days and without.
Figures are means over the rounds; --svg draws the curves of the last round with a surge.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import fmean

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.inbox import BEGIN, DAYS, ZONE, Truth, inbox, log  # noqa: E402
from bot.reports.choice import Choice, answer, asks_known  # noqa: E402
from bot.reports.estimate import Curve, curve, naive_mean, naive_median  # noqa: E402
from bot.reports.report import Window  # noqa: E402
from bot.reports.waits import answer_waits  # noqa: E402

AS_OF = timedelta(days=DAYS - 1, hours=11)
LIMIT = 86_400
_SECONDS = {"within 1 h": 3_600, "within 4 h": 14_400}


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One inbox by three counts: what was true, what we report, what averages would say."""

    true: dict[str, float]
    honest: dict[str, float]
    naive: dict[str, float]
    curve: Curve
    truths: tuple[Truth, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--svg", type=Path, metavar="FILE")
    args = parser.parse_args()
    for surge in (False, True):
        rounds = [play(Random(f"{surge}{seed}"), surge=surge) for seed in range(args.rounds)]
        print("\n" + ("a surge in the last two days" if surge else "two usual weeks"))
        print("\n".join(table(rounds)))
        if surge and args.svg:
            args.svg.write_text(picture(rounds[-1]), encoding="utf-8")


def play(random: Random, *, surge: bool) -> Round:
    """Report one inbox at `AS_OF`, and look up how it went on."""
    truths = inbox(random, surge=surge)
    as_of = BEGIN + AS_OF
    window = Window(start_at=BEGIN, end_at=as_of, as_of=as_of)
    made = answer(asks_known(log(truths), as_of), Choice(window=window, zone=ZONE))
    waits = answer_waits(made.cohort)
    estimated = curve(waits)
    mean = estimated.mean_within(LIMIT)
    assert mean is not None
    honest = {
        "median": estimated.quantile(0.5).value or LIMIT,
        "mean within a day": mean.value,
        **{name: estimated.within(limit).value or 0.0 for name, limit in _SECONDS.items()},
    }
    answered = [wait for wait in waits if wait.answered]
    naive = {
        "median": naive_median(waits) or 0.0,
        "mean within a day": naive_mean(waits) or 0.0,
        **{
            name: sum(wait.seconds <= limit for wait in answered) / len(answered)
            for name, limit in _SECONDS.items()
        },
    }
    known = tuple(truth for truth in truths if truth.asked < AS_OF.total_seconds())
    return Round(true=_true(known), honest=honest, naive=naive, curve=estimated, truths=known)


def table(rounds: Sequence[Round]) -> list[str]:
    """Set the three counts side by side, with how far two of them are off."""
    never = fmean(fmean(truth.answered is None for truth in each.truths) for each in rounds)
    asked = fmean(len(each.truths) for each in rounds)
    lines = [
        f"{len(rounds)} rounds of {asked:.0f} messages, {never:.1%} never answered",
        f"{'':20}{'true':>10}{'report':>10}{'off':>9}{'average':>10}{'off':>9}",
    ]
    for name in rounds[0].true:
        true, honest, naive = (
            fmean(getattr(each, kind)[name] for each in rounds)
            for kind in ("true", "honest", "naive")
        )
        shown = [_shown(name, value) for value in (true, honest, naive)]
        off = [f"{value / true - 1:+.1%}" for value in (honest, naive)]
        lines.append(f"{name:20}{shown[0]:>10}{shown[1]:>10}{off[0]:>9}{shown[2]:>10}{off[1]:>9}")
    return lines


def picture(played: Round) -> str:
    """Draw how many were answered after how long: the truth, the report, the answered alone."""
    hours = [step / 4 for step in range(97)]
    waits = [truth.wait for truth in played.truths]
    answered = sorted(
        truth.wait
        for truth in played.truths
        if truth.answered is not None and truth.answered <= AS_OF.total_seconds()
    )
    lines = {
        "true": [_share(waits, hour * 3600) for hour in hours],
        "report": [played.curve.within(hour * 3600).value or 0.0 for hour in hours],
        "answered": [_share(answered, hour * 3600) for hour in hours],
    }
    return _SVG.format(**{name: _path(hours, shares) for name, shares in lines.items()})


def _true(known: Sequence[Truth]) -> dict[str, float]:
    waits = sorted(truth.wait for truth in known)
    return {
        "median": waits[(len(waits) - 1) // 2],
        "mean within a day": fmean(min(wait, LIMIT) for wait in waits),
        **{name: _share(waits, limit) for name, limit in _SECONDS.items()},
    }


def _share(waits: Sequence[float], limit: float) -> float:
    return sum(wait <= limit for wait in waits) / len(waits)


def _shown(name: str, value: float) -> str:
    return f"{value:.1%}" if name in _SECONDS else f"{value / 60:.0f} min"


def _path(hours: Sequence[float], shares: Sequence[float]) -> str:
    points = (
        f"{60 + hour * 24:.1f},{320 - share * 280:.1f}"
        for hour, share in zip(hours, shares, strict=True)
    )
    return "M" + " L".join(points)


_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 390" font-family="sans-serif" \
font-size="13" role="img" aria-label="Answered within so many hours: the report lies on the \
truth, the answered alone far above">
<rect width="680" height="390" fill="#fff"/>
<g stroke="#ddd"><path d="M60 320H636M60 250H636M60 180H636M60 110H636M60 40H636"/></g>
<g fill="#444" text-anchor="end"><text x="52" y="324">0 %</text><text x="52" y="254">25 %</text>
<text x="52" y="184">50 %</text><text x="52" y="114">75 %</text>
<text x="52" y="44">100 %</text></g>
<g fill="#444" text-anchor="middle"><text x="60" y="340">0 h</text><text x="204" y="340">6 h</text>
<text x="348" y="340">12 h</text><text x="492" y="340">18 h</text>
<text x="636" y="340">24 h</text></g>
<path d="{answered}" fill="none" stroke="#b42318" stroke-width="2" stroke-dasharray="6 4"/>
<path d="{report}" fill="none" stroke="#175cd3" stroke-width="5" stroke-opacity=".45"/>
<path d="{true}" fill="none" stroke="#111" stroke-width="1.5"/>
<g fill="#111"><path d="M60 368h28" stroke="#111" stroke-width="1.5"/>
<text x="94" y="372">the truth</text>
<path d="M200 368h28" stroke="#175cd3" stroke-width="5" stroke-opacity=".45"/>
<text x="234" y="372">our report</text>
<path d="M350 368h28" stroke="#b42318" stroke-width="2" stroke-dasharray="6 4"/>
<text x="384" y="372">only those who were answered</text></g>
</svg>
"""

if __name__ == "__main__":
    main()
