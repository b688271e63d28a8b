"""What a network's outputs say: probabilities, classes, scores. The one place where a loss decides that."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from playground.spec.network import LossName

Task = Literal["classification", "regression"]


def confidence(outputs: np.ndarray, loss: LossName) -> np.ndarray:
    """How much the outputs speak for each class.

    Cross-entropy: the probability, sigmoid for one output and softmax for several. Squared error on tanh:
    (tanh + 1) / 2. Hinge: (output + 1) / 2 within [0, 1], since the margin ends at -1 and 1. The last two are
    no probabilities but are drawn on the same scale.

    Args:
        outputs: (n_outputs, n) raw outputs; one row when there are two classes.
        loss: the loss that the outputs were trained with.

    Returns:
        (n_outputs, n) in [0, 1]; for one row, the side of class 1. `confidence([[0.0]], "cross_entropy")` is 0.5.
    """
    outputs = np.asarray(outputs, dtype=np.float64)
    if loss == "cross_entropy" and len(outputs) > 1:
        e = np.exp(outputs - outputs.max(axis=0))
        return e / e.sum(axis=0)  # (n_outputs, n)
    if loss == "cross_entropy":
        return 0.5 * (1 + np.tanh(outputs / 2))  # sigmoid without overflow
    if loss == "squared_error_tanh":
        return 0.5 * (1 + np.tanh(outputs))
    return np.clip(0.5 * (1 + outputs), 0, 1)


def lead(outputs: np.ndarray, loss: LossName) -> np.ndarray:
    """How far the strongest of several classes is ahead of the next, on the scale of `confidence`: (n,) in [0, 1].

    For hinge before the scores are cut off at their ends: two classes above 1 are not alike.
    """
    shares = 0.5 * (1 + outputs) if loss == "hinge" else confidence(outputs, loss)
    second, first = np.sort(shares, axis=0)[-2:]  # (n,) each
    return np.asarray(np.clip(first - second, 0, 1))


def probabilities(outputs: np.ndarray, loss: LossName) -> np.ndarray:
    """Shares of all classes that sum to 1, in the order of the outputs: (n_outputs, n) -> (n_classes, n).

    For cross-entropy and squared error on tanh `confidence`, several rows divided by their sum. Hinge gives no
    probabilities: its outputs go through the sigmoid (softmax for several) as if they were log-odds.
    """
    shares = confidence(outputs, "cross_entropy" if loss == "hinge" else loss)
    if len(shares) == 1:
        return np.concatenate([1 - shares, shares])
    shares = shares + np.finfo(np.float64).tiny  # all of them may be 0
    return shares / shares.sum(axis=0)


def predicted_class(outputs: np.ndarray) -> np.ndarray:
    """The class of each column: (n_outputs, n) -> (n,) int64; one row means class 1 where it is positive."""
    return outputs.argmax(axis=0) if len(outputs) > 1 else (outputs[0] > 0).astype(np.int64)


def true_class(targets: np.ndarray) -> np.ndarray:
    """The class that +1 marks in each column: (n_outputs, n) -> (n,) int64."""
    return predicted_class(targets)


def score(task: Task, outputs: np.ndarray, targets: np.ndarray) -> float:
    """Accuracy in [0, 1] for classification; for regression R^2 = 1 - SSE / SST, at most 1.

    Args:
        task: what the outputs answer.
        outputs: (n_outputs, n) raw outputs.
        targets: (n_outputs, n); +1 and -1 by class, or the true value.
    """
    if task == "classification":
        return float(np.mean(predicted_class(outputs) == true_class(targets)))
    residual = float(np.sum((outputs - targets) ** 2, dtype=np.float64))
    spread = float(np.sum((targets - targets.mean()) ** 2, dtype=np.float64))
    return 1 - residual / spread if spread > 0 else float("nan")


def confusion(outputs: np.ndarray, targets: np.ndarray, n_classes: int) -> np.ndarray:
    """How often class i was taken for class j: (n_classes, n_classes) int64, rows are the truth."""
    pairs = true_class(targets) * n_classes + predicted_class(outputs)
    return np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)


def under_look(answer: dict[str, Any]) -> dict[str, Any]:
    """The map of the answer under other names: a ghost keeps its boundary, though a part of the model is looked at."""
    return {f"output_{name}": answer[name] for name in ("map", "map_kind", "map_class") if name in answer}
