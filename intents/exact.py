"""The sure stages: what a button carries, and a message that is word for word an example."""

import re
from collections.abc import Sequence

from intents.catalog import Catalog
from intents.match import OUT_OF_SCOPE, IntentMatch
from intents.prepared import Prepared

_PAYLOAD = re.compile(r"(?:intent:|/)?(?P<intent>\w+)(?:\{.*\})?", re.DOTALL)


class Payload:
    """Match the payload of a button or quick reply that names an intent: ``intent:NAME`` or NAME.

    ``oos`` always does: it is what "something else" stands for. What else the button means may
    follow: ``NAME{"size": "large"}``. Any other payload, and payload syntax typed as text, is left
    to the other stages.
    """

    name = "payload"

    def __init__(self, catalog: Catalog) -> None:
        self._names = frozenset({*catalog.names, OUT_OF_SCOPE})

    def match(self, prepared: Sequence[Prepared]) -> list[IntentMatch | None]:
        return [self._one(each) for each in prepared]

    def _one(self, prepared: Prepared) -> IntentMatch | None:
        payload = prepared.utterance.payload
        named = _PAYLOAD.fullmatch(payload) if payload is not None else None
        if payload is None or named is None or named["intent"] not in self._names:
            return None
        return prepared.found(named["intent"], source="payload", evidence=payload)


class Exact:
    """Match a message that says, token for token, what an example of the catalogue says."""

    name = "exact"

    def __init__(self, catalog: Catalog) -> None:
        self._examples = {
            example.tokens: (intent.name, example.text)
            for intent in catalog.intents
            for example in reversed(intent.examples)
        }

    def match(self, prepared: Sequence[Prepared]) -> list[IntentMatch | None]:
        return [self._one(each) for each in prepared]

    def _one(self, prepared: Prepared) -> IntentMatch | None:
        if (known := self._examples.get(tuple(prepared.tokens))) is None:
            return None
        intent, example = known
        return prepared.found(intent, source="exact", evidence=example)
