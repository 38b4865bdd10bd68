"""Separators, beside those that all messages together would draw."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.svm import LinearSVC

from intents.separators import separators
from intents.weights import Floats

LABELS = 8


def messages(count: int) -> tuple[csr_array, NDArray[np.intp]]:
    """So many messages of eight labels: some words of their own, some that anyone says."""
    chance = np.random.default_rng(5)
    truth = np.arange(count) % LABELS
    own = truth[:, np.newaxis] * 20 + chance.integers(0, 20, (count, 2))
    said = np.concatenate((own, chance.integers(0, 400, (count, 6))), axis=1)
    rows = np.repeat(np.arange(count, dtype=np.int32), said.shape[1])
    present = csr_array(
        (np.ones(said.size), (rows, said.ravel().astype(np.int32))), shape=(count, 400)
    )
    present.data[:] = 1 / np.sqrt(said.shape[1])
    return present, truth


def plain(matrix: csr_array, truth: NDArray[np.intp], *, tolerance: float) -> Floats:
    machine = LinearSVC(C=1.0, tol=tolerance, random_state=0, max_iter=5000).fit(matrix, truth)
    told: Floats = machine.decision_function(matrix)
    return told


@pytest.mark.parametrize("count", [24, 2000])
@pytest.mark.parametrize("hint", ["none", "wrong"])
def test_messages_left_out_would_have_moved_a_border(count: int, hint: str) -> None:
    matrix, truth = messages(count)
    exact = plain(matrix, truth, tolerance=1e-4)
    # The worst hint there is: it takes for near what is not.
    likely = None if hint == "none" else -exact.astype(np.float32)

    weights, bias = separators(matrix, truth, labels=LABELS, likely=likely)

    ours = np.abs(matrix @ weights + bias - exact)
    theirs = np.abs(plain(matrix, truth, tolerance=0.1) - exact)
    assert ours.mean() <= theirs.mean()


def test_a_label_with_most_of_the_messages_has_nobody_to_differ_from() -> None:
    matrix, truth = messages(2000)
    truth = np.minimum(truth, 1)

    weights, bias = separators(matrix, truth, labels=2)

    assert ((matrix @ weights + bias).argmax(axis=1) == truth).mean() > 0.9
