"""Which variant of a template a conversation gets, and what that choice was made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

_BITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The variant that one reply is said in, as the log keeps it.

    *version* is the file's name without ``.j2`` ("greet.line"), *variant* counts from 0 among *of*.
    *draw* names the words, offers and weights that it was chosen from: figures of two draws are
    never mixed. *wording* counts further choices, where the first words stood under a post already.
    """

    language: str
    version: str
    variant: int
    of: int
    draw: str
    wording: int = 0


def drawn(seed: str, weights: Sequence[int]) -> int:
    """The place in *weights* (not all 0) that *seed* falls on; the same *seed*, the same place.

    More weight for one place moves seeds towards it, never away.
    """
    digest = blake2b(seed.encode("utf-8", "replace"), digest_size=_BITS // 8).digest()
    at = int.from_bytes(digest) * sum(weights) >> _BITS
    for place, weight in enumerate(weights):
        at -= weight
        if at < 0:
            return place
    raise AssertionError("the digest is below 1")


def draw_of(texts: Sequence[str], weights: Sequence[int], also: str) -> str:
    """A short name for a set of variants; it changes with any of their words or *weights*."""
    parts = [*texts, ",".join(map(str, weights)), also]
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=4).hexdigest()
