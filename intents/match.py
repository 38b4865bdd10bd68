"""What goes into the intent pipeline and what comes out: the words every stage shares."""

from dataclasses import dataclass
from typing import Literal

LANGUAGES = ("zh-Hant", "en")
OUT_OF_SCOPE = "oos"
# Intents that accuse the writer: said only when nearly certain.
SCREENED = ("abuse", "spam")

Language = Literal["zh-Hant", "en"]
EntityName = Literal["order_number", "phone", "email"]
Source = Literal["payload", "exact", "keyword", "classifier", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One message of a customer, as typed.

    *language* is the conversation's so far, None when nothing is known yet. *public* marks a
    comment. *payload* is what a button or quick reply carries; typed text never goes there.
    """

    text: str
    language: str | None = None
    public: bool = False
    payload: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A value found in the text; ``text[start:end]`` is how the customer wrote it.

    *value* is half-width: an order number upper-case and without ``#``, a phone as digits with an
    optional leading ``+``, an e-mail address in lower case.
    """

    name: EntityName
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentMatch:
    """What a message means and why.

    *intent* is a name of the catalogue, or ``oos``. *confidence* (0 to 1) is that of *intent*, so
    for a rejected message it says how sure we are that no intent fits. *evidence* holds the
    payload, the example, the keyword or the heaviest n-grams. *ranking* is the classifier's best
    three (before any rejection), else the one match. *rejected* means that the classifier had a
    favourite and was not sure enough of it. *language* is None when nobody knows it.
    """

    intent: str
    confidence: float
    source: Source
    evidence: tuple[str, ...]
    ranking: tuple[tuple[str, float], ...]
    language: str | None
    entities: tuple[Entity, ...]
    rejected: bool
