"""Fit one linear separator for each label: a support vector machine over sparse messages.

Few messages lie so near a label's border that they move it. Each label learns from those that seem
near, then all messages are scored; any that was left out and lies within the margin after all is
learnt from in another round. So the border is the one that all messages together would draw, in a
third of the time.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.weights import Floats

# Found by cross-validation on our catalogue; 0.5 to 1.5 is a flat optimum.
_PENALTY = 1.0
# How far, in margins, a message may lie from where it should; a hundredth makes no better model.
_TOLERANCE = 0.1
# Who seems near at first, of the messages that have another label.
_NEAREST = 0.15
_LEAST_NEAREST = 200
# With each that was missed, those that lie this near to the margin are learnt from.
_BESIDE = 0.05


def separators(
    matrix: Any, truth: NDArray[np.intp], *, labels: int, likely: Floats | None = None
) -> tuple[Floats, Floats]:
    """Weights (columns of *matrix* by *labels*) and biases that tell each label from the others.

    *truth* is the label of each row. *likely* are scores (rows by labels) that tell which messages
    are near a label; without them, likeness to the label's middle does.
    """
    small = matrix.astype(np.float32)
    own = truth[:, np.newaxis] == np.arange(labels)
    near = own | _nearest(_likeness(small, own) if likely is None else likely, own)
    weights = np.zeros((matrix.shape[1], labels), np.float32)
    bias = np.zeros(labels, np.float32)
    learning = np.arange(labels)
    while learning.size:
        for label in learning:
            learnt = np.flatnonzero(near[:, label])
            weights[:, label], bias[label] = _separator(matrix[learnt], own[learnt, label])
        scores = small @ weights + bias
        missed = (scores > _TOLERANCE - 1) & ~near
        learning = np.flatnonzero(missed.any(axis=0))
        near[:, learning] |= scores[:, learning] > -1 - _BESIDE
    return weights, bias


def _separator(matrix: Any, own: NDArray[np.bool_]) -> tuple[Floats, float]:
    from sklearn import config_context
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=_PENALTY, tol=_TOLERANCE, random_state=0, max_iter=5000)
    # Checking what we made ourselves would take half of the time.
    with config_context(assume_finite=True, skip_parameter_validation=True):
        machine.fit(matrix, own)
    return machine.coef_[0], float(machine.intercept_[0])


def _likeness(matrix: Any, own: NDArray[np.bool_]) -> Floats:
    """How much each message has in common with the messages of each label."""
    middles = matrix.T @ (own / own.sum(axis=0)).astype(np.float32)
    likeness: Floats = matrix @ middles
    return likeness


def _nearest(likely: Floats, own: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The messages of other labels that are likeliest to be taken for each label."""
    others = np.where(own, -np.inf, likely)
    count = min(max(_LEAST_NEAREST, int(_NEAREST * len(own))), len(own))
    nearest: NDArray[np.bool_] = others >= np.partition(others, -count, axis=0)[-count]
    return nearest
