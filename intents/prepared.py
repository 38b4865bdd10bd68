"""An utterance made ready once for every stage of the pipeline."""

from typing import NamedTuple

from intents.entities import reading
from intents.features import tokens
from intents.language import language_of
from intents.match import OUT_OF_SCOPE, Entity, IntentMatch, Source, Utterance
from intents.normalize import MAX_CHARACTERS, normalized


class Prepared(NamedTuple):
    """What the stages see of *utterance*.

    *text* is normalised, with placeholders where entities stood. *tokens* are its words and
    characters without punctuation; equal tokens are equal messages.
    """

    utterance: Utterance
    text: str
    tokens: list[str]
    language: str | None
    entities: tuple[Entity, ...]

    def found(
        self, intent: str, *, source: Source, evidence: str, confidence: float = 1.0
    ) -> IntentMatch:
        """Say that this message is *intent*, and nothing else was weighed."""
        return IntentMatch(
            intent=intent,
            confidence=confidence,
            source=source,
            evidence=(evidence,) if evidence else (),
            ranking=((intent, confidence),) if intent != OUT_OF_SCOPE else (),
            language=self.language,
            entities=self.entities,
            rejected=False,
        )


def prepared(utterance: Utterance) -> Prepared:
    """Normalise *utterance*, read its entities and tell its language."""
    read = reading(utterance.text[:MAX_CHARACTERS])
    text = normalized(read.masked)[:MAX_CHARACTERS]
    return Prepared(
        utterance=utterance,
        text=text,
        tokens=tokens(text),
        language=language_of(text, sticky=utterance.language),
        entities=read.entities,
    )
