"""Plays test stories against a brand as it would answer, without any platform or store."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.actions import ActionResult, ActionRunner
from bot.answers import Answers
from bot.config import Config
from bot.conversation import Decision, HandOff, Ignore, Respond, RunAction
from bot.settings_source import Problem, Source, read
from bot.talk import Talk
from bot.understanding import Understand, answers, understanding
from channels.base import Capabilities
from channels.messages import Surface
from intents.match import IntentMatch

_CHANNEL = "webchat"
_CALL_A_PERSON = "action_handoff"
_DIRECT = Capabilities(
    surface=Surface.DIRECT, max_text=4_000, max_quick_replies=13, max_quick_reply_title=20
)


@dataclass(slots=True, kw_only=True)
class Turn:
    """What a customer says, and what is expected then; *intent* is None where nobody says."""

    text: str
    line: int
    intent: str | None = None
    actions: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One test story."""

    file: str
    line: int
    name: str
    turns: Sequence[Turn]


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """Where a brand answers otherwise than a story says."""

    story: Story
    line: int
    said: str
    expected: str
    found: str

    def __str__(self) -> str:
        place = f"{self.story.file}:{self.line}"
        return f"{place} {self.said!r}: expected {self.expected}, found {self.found}"


def stories(file: Path) -> tuple[list[Story], list[Problem]]:
    """The test stories of *file*, and what is wrong with it."""
    source = read(file, {})
    problems = list(source.problems)
    given = source.value.get("stories") if isinstance(source.value, dict) else None
    if not isinstance(given, list):
        return [], problems or [source.problem((), "there are no stories in it")]
    found = []
    for at, story in enumerate(given):
        try:
            found.append(_story(source, at, story))
        except (KeyError, TypeError, IndexError):
            message = "a story has a name and steps, each with user (and intent) or action"
            problems.append(source.problem(("stories", at), message))
    return found, problems


class Player:
    """Plays stories against the brand of *config*; its model is in *models*, or made (seconds)."""

    def __init__(self, config: Config, models: Path, *, now: datetime) -> None:
        self._now = now
        self._understand: Understand = understanding(config, models=models)
        self._answers: Answers = answers(
            config, capabilities={_CHANNEL: _DIRECT}, usual_wait=lambda: None, now=now
        )
        self._heard = _Heard(self._answers.actions)
        self._answers.actions = self._heard if self._answers.actions else None

    async def play(self, story: Story) -> list[Miss]:
        """Every turn of *story* that goes otherwise."""
        talk = Talk(
            self._understand,
            self._answers,
            channel=_CHANNEL,
            capabilities=_DIRECT,
            clock=lambda: self._now,
            customer=f"{story.file}:{story.line}",
        )
        misses: list[Miss] = []
        for turn in story.turns:
            tapped = turn.text[1:] if turn.text.startswith("/") else None
            said = await talk.says(None if tapped else turn.text, payload=tapped)
            for expected, seen in _compared(turn, said.match, self._taken(said.decision)):
                miss = Miss(
                    story=story, line=turn.line, said=turn.text, expected=expected, found=seen
                )
                misses.append(miss)
        return misses

    def _taken(self, decision: Decision) -> list[str]:
        """What was done, in the words of a story."""
        match decision:
            case RunAction(name=name):
                result = self._heard.result
                failed = f"{name}, which failed: {result.failed}" if result.failed else None
                return [failed] if failed else list(result.steps or (name,))
            case Respond(template=template):
                return [f"utter_{template}"] if template else []
            case HandOff(template=template):
                told = [f"utter_{template}"] if template not in {None, "handoff"} else []
                return [*told, _CALL_A_PERSON]
            case Ignore():
                return []


class _Heard(ActionRunner):
    """The brand's actions; what the last one wanted stays in *result*."""

    def __init__(self, actions: ActionRunner | None) -> None:
        self._actions = actions
        self.result = ActionResult()

    async def run(self, name: str, **given: Any) -> ActionResult:
        assert self._actions is not None  # noqa: S101 - without actions nobody calls us
        self.result = await self._actions.run(name, **given)
        return self.result


def _story(source: Source, at: int, given: dict[str, Any]) -> Story:
    turns: list[Turn] = []
    for number, step in enumerate(given["steps"]):
        line, _ = source.marks["stories", at, "steps", number]
        if "user" in step:
            turns.append(Turn(text=str(step["user"]), line=line, intent=step.get("intent")))
        elif "action" in step:
            turns[-1].actions.append(str(step["action"]))
    line, _ = source.marks["stories", at]
    return Story(file=source.file, line=line, name=str(given["story"]), turns=turns)


def _compared(turn: Turn, match: IntentMatch, found: list[str]) -> Iterator[tuple[str, str]]:
    if turn.intent is not None and match.intent != turn.intent:
        yield f"the intent {turn.intent}", f"{match.intent} at {match.confidence:.2f}"
    if turn.actions and found != turn.actions:
        yield ", ".join(turn.actions), ", ".join(found) or "silence"
