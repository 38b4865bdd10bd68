"""An evaluation as one page that needs nothing else: confusions and calibration, drawn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.cli.evaluate_table import percent
from intents.evaluation import Judged, confusions, figures, per_language, reliability
from intents.match import OUT_OF_SCOPE

_TEMPLATES = Path(__file__).with_name("templates")
_WORST = 25
_NAMED = 80
_SIDE = 960
_MARGIN = 170
_PLOT = 360


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """*share* (0 to 1) of the messages of one intent that were taken for another, or for it."""

    row: int
    column: int
    messages: int
    share: float
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Intents against answers, both in order of *names*; only cells with messages."""

    names: Sequence[str]
    cells: Sequence[Cell]

    side = _SIDE
    margin = _MARGIN

    @property
    def step(self) -> float:
        """The side of a cell."""
        return (_SIDE - _MARGIN) / max(len(self.names), 1)

    @property
    def named(self) -> bool:
        """Whether there is room for the names."""
        return len(self.names) <= _NAMED


def page(found: Sequence[Judged]) -> str:
    """The page as HTML: inline SVG, no scripts, nothing fetched."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    rows = [("", figures(found)), *per_language(found).items()]
    return environment.get_template("evaluation.html").render(
        rows=rows,
        matrix=_matrix(found),
        worst=confusions(found)[:_WORST],
        bins=reliability(found),
        plot=_PLOT,
        most=max((each.messages for each in reliability(found)), default=1),
    )


def _matrix(found: Sequence[Judged]) -> Matrix:
    names = sorted({name for each in found for name in (each.truth, each.answer)}, key=_last_oos)
    place = {name: at for at, name in enumerate(names)}
    of_intent = Counter(each.truth for each in found)
    counts = Counter((each.truth, each.answer) for each in found)
    return Matrix(
        names=names,
        cells=[
            Cell(
                row=place[truth],
                column=place[answer],
                messages=count,
                share=count / of_intent[truth],
                told=f"{truth} → {answer}: {count} / {of_intent[truth]}",
            )
            for (truth, answer), count in sorted(counts.items())
        ],
    )


def _last_oos(name: str) -> tuple[bool, str]:
    return name == OUT_OF_SCOPE, name
