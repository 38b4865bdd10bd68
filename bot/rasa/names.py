"""Names that Rasa allows and we do not, spelled so that we do."""

import re
from dataclasses import dataclass, field
from unicodedata import normalize

_LONGEST = 60


@dataclass(slots=True)
class Names:
    """Our names for theirs: the same one every time, and never one for two."""

    prefix: str
    _ours: dict[str, str] = field(default_factory=dict)

    def __call__(self, theirs: str) -> str:
        if theirs not in self._ours:
            self._ours[theirs] = self._free(slug(theirs, self.prefix))
        return self._ours[theirs]

    def theirs(self, ours: str) -> str:
        """What *ours* is called by them."""
        return next(theirs for theirs, known in self._ours.items() if known == ours)

    def remark(self, ours: str) -> str:
        """A comment that says what *ours* is called by them; empty where that is the same."""
        theirs = " ".join(self.theirs(ours).split())
        return "" if theirs == ours else f"  # {theirs}"

    def _free(self, name: str) -> str:
        taken = set(self._ours.values())
        choices = (name, *(f"{name}_{number}" for number in range(2, len(taken) + 3)))
        return next(choice for choice in choices if choice not in taken)


def slug(theirs: str, prefix: str) -> str:
    """Spell *theirs* with a-z, 0-9 and _; *prefix* starts what has no letter left to start with."""
    plain = normalize("NFKD", theirs).casefold()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST]
    return name if re.match(r"[a-z]", name) else f"{prefix}_{name}".rstrip("_")


def class_name(name: str) -> str:
    """Spell a name of ours as a Python class."""
    return "".join(word.capitalize() for word in name.split("_"))


def template_name(response: str) -> str:
    """The template of ``utter_NAME``: NAME."""
    return response.removeprefix("utter_")
