"""What became of each part of a Rasa bot: taken, changed on the way, or not taken, and why."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from bot.rasa.source import Part

Outcome = Literal["taken", "changed", "not taken"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One part and what became of it. *file* is below the bot's folder, *line* counts from 1."""

    file: str
    line: int
    outcome: Outcome
    what: str
    why: str = ""

    def __str__(self) -> str:
        reason = f": {self.why}" if self.why else ""
        return f"{self.file}:{self.line} {self.outcome}: {self.what}{reason}"


@dataclass(slots=True)
class Report:
    """All findings, in the order of files and lines."""

    _findings: set[Finding] = field(default_factory=set)

    def taken(self, part: Part, what: str) -> None:
        """Note that *what* means here what it meant there."""
        self._add(part, "taken", what, "")

    def changed(self, part: Part, what: str, why: str) -> None:
        """Note that *what* was taken, but is not quite the same here."""
        self._add(part, "changed", what, why)

    def left(self, part: Part, what: str, why: str) -> None:
        """Note that *what* was not taken."""
        self._add(part, "not taken", what, why)

    def __iter__(self) -> Iterator[Finding]:
        return iter(sorted(self._findings))

    def counts(self) -> dict[Outcome, int]:
        """How many parts met each outcome."""
        found = Counter(each.outcome for each in self._findings)
        return {
            "taken": found["taken"],
            "changed": found["changed"],
            "not taken": found["not taken"],
        }

    def as_json(self) -> dict[str, Any]:
        """The report for programs."""
        return {"counts": self.counts(), "findings": [asdict(each) for each in self]}

    def _add(self, part: Part, outcome: Outcome, what: str, why: str) -> None:
        self._findings.add(
            Finding(file=part.file, line=part.line, outcome=outcome, what=what, why=why)
        )
