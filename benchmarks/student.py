"""How much of a sentence encoder a table of n-grams can learn: a student, which needs no encoder.

    python benchmarks/student.py --train FILE --test FILE [--unlabelled FILE ...]

Ridge regression from a text's n-grams to its vector, taught by the encoder on the texts of --train
and --unlabelled, whose intents are not looked at. Then the classifier learns --train three times:
from n-grams alone, with the encoder, and with the student in its place. Nothing of it is shipped;
see docs/understanding.md.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from intents.encoder import Encoder, encoder
from intents.evaluation import figures, judged
from intents.exact_product import Floats
from intents.features import phrases, tokens
from intents.labelled import Labelled, catalog_of, read
from intents.match import EncoderName, Utterance
from intents.pipeline import PipelineSettings, pipeline
from intents.prepared import prepared
from intents.training import train

_LEAST_TEXTS = 2
_DIRECTIONS = 128
_RIDGE = 1.0
_STEPS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, metavar="FILE")
    parser.add_argument("--test", type=Path, required=True, metavar="FILE")
    parser.add_argument("--unlabelled", type=Path, nargs="*", default=[], metavar="FILE")
    args = parser.parse_args()
    learnt, asked = read([args.train]), read([args.test])
    began = time.process_time()
    student = Student(_texts([*learnt, *read(args.unlabelled)]), teacher=encoder("use"))
    took = time.process_time() - began
    print(f"{student.texts} texts, {student.table.size / 1e6:.1f} MB as bytes, {took:.0f} s")
    likeness = (student.vectors(_texts(asked)) * encoder("use").vectors(_texts(asked))).sum(axis=1)
    print(f"cosine to the encoder's vectors of what is asked: {likeness.mean():.3f}")
    print(f"n-grams alone      {_accuracy(learnt, asked, None):.1%}")
    print(f"with the encoder   {_accuracy(learnt, asked, 'use'):.1%}")
    with (
        patch("intents.sense_lesson.encoder", lambda _: student),
        patch("intents.senses.encoder", lambda _: student),
    ):
        print(f"with the student   {_accuracy(learnt, asked, 'use'):.1%}")


class Student:
    """Stands where an `Encoder` stands, and only adds up a row for each n-gram of a text."""

    made_by = "student"

    def __init__(self, texts: Sequence[str], *, teacher: Encoder) -> None:
        self.texts = len(texts)
        self.knows = teacher.knows
        counts = Counter(gram for text in texts for gram in _grams(text))
        known = sorted(gram for gram, count in counts.items() if count >= _LEAST_TEXTS)
        self._rows = {gram: row for row, gram in enumerate(known)}
        vectors = teacher.vectors(texts)
        spread = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)
        self._directions = spread.eigenvectors[:, -_DIRECTIONS:].astype(np.float32)
        self.table = _ridge(self._matrix(texts), vectors @ self._directions)

    def vectors(self, texts: Sequence[str]) -> Floats:
        told = self._matrix(texts) @ self.table
        told /= np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-6)
        vectors: Floats = told @ self._directions.T
        return vectors

    def _matrix(self, texts: Sequence[str]) -> Any:
        from scipy.sparse import csr_array

        named = [_grams(text) for text in texts]
        rows = [[self._rows[gram] for gram in grams if gram in self._rows] for grams in named]
        weights = np.repeat(
            [max(len(grams), 1) ** -0.5 for grams in named], [len(each) for each in rows]
        )
        ends = np.cumsum([0, *map(len, rows)])
        places = np.array([row for each in rows for row in each], np.int64)
        shape = (len(texts), len(self._rows))
        return csr_array((weights.astype(np.float32), places, ends), shape=shape)


def _ridge(matrix: Any, aims: Floats) -> Floats:
    """Solve for all columns of *aims* at once, by conjugate gradients on the normal equations."""
    rest: Floats = matrix.T @ aims
    table = np.zeros_like(rest)
    way, size = rest.copy(), (rest * rest).sum(axis=0)
    for _ in range(_STEPS):
        image = matrix.T @ (matrix @ way) + _RIDGE * way
        step = size / np.maximum((way * image).sum(axis=0), 1e-12)
        table += step * way
        rest -= step * image
        before, size = size, (rest * rest).sum(axis=0)
        way = rest + size / np.maximum(before, 1e-20) * way
    return table


def _grams(text: str) -> set[str]:
    return set(phrases(tokens(text)))


def _texts(messages: Sequence[Labelled]) -> list[str]:
    return sorted({prepared(Utterance(text=each.text)).text for each in messages})


def _accuracy(
    learnt: Sequence[Labelled], asked: Sequence[Labelled], name: EncoderName | None
) -> float:
    catalog = catalog_of(learnt)
    model = train(catalog, encoder=name)
    match = pipeline(PipelineSettings(), catalog=catalog, model=model).match
    return figures([*judged(asked, match)]).in_scope_accuracy or 0.0


if __name__ == "__main__":
    main()
