"""What customers did after each variant of a template: pure counting over what the log told.

A conversation counts once for each file of a template, by the first time that it was told any of
its variants, and is followed for a day or until a person has the word. Replies of one
conversation are no independent evidence: its customer always reads the same variant.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.reports.difference import Difference, Share, difference

Outcome = Literal["asked_again", "handed_over", "thanked", "chose"]
OUTCOMES: tuple[Outcome, ...] = ("asked_again", "handed_over", "thanked", "chose")
WITHIN = timedelta(hours=24)
# Intents of a customer who was not helped, and of one who was.
UNCLEAR = frozenset({"oos", "repeat_or_unclear"})
GLAD = frozenset({"thanks", "praise_comment"})
# A sticker is not understood either, but asks for nothing.
_WORDLESS = "sticker_received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A template's variant in one reply to *message*, whose outbox item is *outbox*.

    *place* orders the lines of the log. The variant was chosen by chance unless *wording* is above
    0. *choices* were offered; *asks*: the reply ends in a question of ours; *hands_over*: a person
    was called with it. *sent*: the platform took it.
    """

    place: int
    conversation: int
    at: datetime
    message: str
    outbox: str
    template: str
    language: str
    version: str
    variant: int
    draw: str
    wording: int
    intent: str
    choices: int
    asks: bool
    hands_over: bool
    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What happened in a conversation: a customer's *message* was decided on or ignored, a person
    was called (handoff) or took over (taken).
    """

    place: int
    conversation: int
    at: datetime
    type: Literal["decided", "ignored", "handoff", "taken"]
    message: str | None = None
    intent: str = ""
    source: str = ""
    decision: str = ""
    templates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """The first time that a conversation was told a file's variants, and what came of it.

    *outcomes* name the line that made each true. *settled*: it was followed long enough.
    """

    said: Said
    outcomes: Mapping[Outcome, Line]
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of variants as it stands now. A variant of weight 0 is no longer said."""

    language: str
    version: str
    draw: str
    weights: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One variant: where it was *said*, the conversations that *met* it, shares of its outcomes.

    *differences* compare it with the first variant that is said; that one has none.
    """

    variant: int
    said: tuple[Said, ...]
    met: tuple[Met, ...]
    shares: Mapping[Outcome, Share]
    differences: Mapping[Outcome, Difference | None]

    @property
    def sends(self) -> int:
        """How often it was sent."""
        return len(self.said)

    @property
    def pending(self) -> int:
        """Conversations that met it less than a day ago; they count in no share yet."""
        return sum(not each.settled for each in self.met)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All variants of one *file* side by side, of which *comparisons* were made.

    *earlier* replies came from another draw, *repeated* ones not by chance, *unsent* never left.
    """

    file: File
    arms: tuple[Arm, ...]
    comparisons: int
    earlier: tuple[Said, ...]
    repeated: tuple[Said, ...]
    unsent: tuple[Said, ...]

    @property
    def base(self) -> int:
        """The variant that the others are compared with: the first that is said."""
        return next(at for at, weight in enumerate(self.file.weights) if weight)


def compare(
    file: File, said: Iterable[Said], lines: Iterable[Line], *, as_of: datetime
) -> Comparison:
    """Count what came of each variant of *file* by *as_of*; *said* may hold other files, too."""
    ours = sorted(
        (one for one in said if (one.language, one.version) == (file.language, file.version)),
        key=lambda one: one.place,
    )
    sent = [one for one in ours if one.sent]
    present = [one for one in sent if one.draw == file.draw]
    by_chance = [one for one in present if not one.wording]
    met = meetings(by_chance, lines, as_of=as_of)
    spoken = [at for at, weight in enumerate(file.weights) if weight]
    comparisons = max(len(spoken) - 1, 1) * len(OUTCOMES)
    shares = {at: _shares(met, at) for at in range(len(file.weights))}
    arms = tuple(
        Arm(
            variant=at,
            said=tuple(one for one in by_chance if one.variant == at),
            met=tuple(each for each in met if each.said.variant == at),
            shares=shares[at],
            differences={}
            if at not in spoken[1:]
            else {
                outcome: difference(
                    shares[at][outcome], shares[spoken[0]][outcome], comparisons=comparisons
                )
                for outcome in OUTCOMES
            },
        )
        for at in range(len(file.weights))
    )
    return Comparison(
        file=file,
        arms=arms,
        comparisons=comparisons,
        earlier=tuple(one for one in sent if one.draw != file.draw),
        repeated=tuple(one for one in present if one.wording),
        unsent=tuple(one for one in ours if not one.sent),
    )


def meetings(said: Iterable[Said], lines: Iterable[Line], *, as_of: datetime) -> list[Met]:
    """The first of *said* in each conversation, and what followed; *said* is of one file."""
    later: dict[int, list[Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.place):
        later[line.conversation].append(line)
    first: dict[int, Said] = {}
    for one in sorted(said, key=lambda one: one.place):
        if one.at <= as_of:
            first.setdefault(one.conversation, one)
    return [
        Met(
            said=one,
            outcomes=_outcomes(one, later[one.conversation], min(one.at + WITHIN, as_of)),
            settled=one.at + WITHIN <= as_of,
        )
        for one in first.values()
    ]


def counts(outcome: Outcome, said: Said) -> bool:
    """Whether *outcome* can come of *said* at all."""
    match outcome:
        case "handed_over":
            return not said.hands_over
        case "chose":
            return said.choices > 0
        case _:
            return True


def behind(met: Iterable[Met], outcome: Outcome, *, hit: bool = False) -> list[Met]:
    """The conversations that a share counts, or only those of them in which it came true."""
    of_share = (each for each in met if each.settled and counts(outcome, each.said))
    return [each for each in of_share if not hit or outcome in each.outcomes]


def _shares(met: Sequence[Met], variant: int) -> dict[Outcome, Share]:
    ours = [each for each in met if each.said.variant == variant]
    return {
        outcome: Share(hits=len(behind(ours, outcome, hit=True)), n=len(behind(ours, outcome)))
        for outcome in OUTCOMES
    }


def _outcomes(said: Said, lines: Iterable[Line], until: datetime) -> dict[Outcome, Line]:
    found: dict[Outcome, Line] = {}
    answered = False
    for line in lines:
        # Its own hand-off, or the same words edited, is not what came of it.
        if line.place <= said.place or line.message == said.message:
            continue
        if line.at > until:
            break
        if line.type == "handoff" and said.hands_over:
            continue
        if line.type in {"handoff", "taken"}:
            found["handed_over"] = line
            break
        for outcome in _told(line, said, first=not answered):
            found.setdefault(outcome, line)
        answered = True
    if not counts("handed_over", said):
        found.pop("handed_over", None)
    return found


def _told(line: Line, said: Said, *, first: bool) -> Iterable[Outcome]:
    chose = first and line.source == "payload" and said.choices > 0
    if chose:
        yield "chose"
    if line.intent in GLAD:
        yield "thanked"
    if not chose and not (first and said.asks) and _asks_again(line, said):
        yield "asked_again"


def _asks_again(line: Line, said: Said) -> bool:
    if line.intent in UNCLEAR:
        answers = line.decision in {"RunAction", "Ignore"} or _WORDLESS in line.templates
        return not answers
    return line.intent == said.intent and line.intent not in GLAD
