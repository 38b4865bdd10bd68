"""What agents taught the bot: examples of intents, and intents of their own."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.config_sections import Answer

# The reason of a hand-off to which an agent sent an intent.
REASON = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtExample:
    """A message that means *intent*, as an agent said."""

    intent: str
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtIntent:
    """An intent that an agent started: a person answers it, or *answers* do, (language, text).

    *label* is what customers call it, (language, words); without one they are never asked about it.
    """

    name: str
    handoff: bool
    answers: tuple[tuple[str, str], ...] = ()
    label: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """All that counts beside the brand's own catalogue; of equal examples the last counts."""

    examples: tuple[TaughtExample, ...] = ()
    intents: tuple[TaughtIntent, ...] = ()

    def rules(self) -> Mapping[str, Answer]:
        """Which of the intents a person answers."""
        return {each.name: Answer(handoff=REASON) for each in self.intents if each.handoff}

    def texts(self) -> Mapping[tuple[str, str], str]:
        """What the bot says, by the template's name and language."""
        return {
            (each.name, language): text
            for each in self.intents
            if not each.handoff
            for language, text in each.answers
        }


NOTHING = Taught()
