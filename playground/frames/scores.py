"""How good predictions are: the figures of a scoreboard and the curves behind them, in numpy.

Predictions are (n_classes, n) probabilities, or (1, n) values for regression. Every figure is checked against
sklearn.metrics in tests/golden/test_scores.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

N_BINS = 10
# The least probability that the loss believes, as in sklearn.metrics.log_loss.
EPSILON = float(np.finfo(np.float64).eps)
Curve = tuple[np.ndarray, np.ndarray]


def log_loss(proba: np.ndarray, y: np.ndarray) -> float:
    """Mean cross-entropy in nats; two equal shares give ln 2 = 0.693."""
    said = np.take_along_axis(proba, y.astype(np.int64)[None], axis=0)[0]  # (n,)
    return float(-np.log(np.clip(said, EPSILON, 1 - EPSILON)).mean())


def accuracy(proba: np.ndarray, y: np.ndarray) -> float:
    """Share of rows whose most probable class is the true one."""
    return float(np.mean(proba.argmax(axis=0) == y))


def auc(proba: np.ndarray, y: np.ndarray) -> float | None:
    """The chance that a row of a class gets more of its probability than a row of another class.

    With more than two classes the mean over the classes, each against the rest. None when a class is missing in `y`,
    or nothing else is there. Source: Mann and Whitney, 1947.
    """
    ranked = [1] if len(proba) == 2 else range(len(proba))
    areas = [_area(proba[k], y == k) for k in ranked]
    known = [area for area in areas if area is not None]
    return float(np.mean(known)) if len(known) == len(areas) else None


def _area(score: np.ndarray, truth: np.ndarray) -> float | None:
    n_true, n_false = int(truth.sum()), int((~truth).sum())
    if not n_true or not n_false:
        return None
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2  # equal scores share their mean rank
    ranks = middle[place]
    return float((ranks[truth].sum() - n_true * (n_true + 1) / 2) / (n_true * n_false))


def brier(proba: np.ndarray, y: np.ndarray) -> float:
    """Mean squared distance between probability and truth: of class 1 for two classes, else summed over classes."""
    truth = y == np.arange(len(proba))[:, None]  # (n_classes, n)
    total = float(np.mean(np.sum((proba - truth) ** 2, axis=0)))
    return total / 2 if len(proba) == 2 else total


def calibration_error(proba: np.ndarray, y: np.ndarray) -> float:
    """Mean distance between what was said and what came true, over ten equal bins weighted by their rows.

    For two classes of class 1's probability, else of the most probable class's. Source: Guo et al., 2017, eq. 3.
    """
    said, true, counts = calibration_bins(*_sureness(proba, y))
    return float(np.sum(counts * np.abs(said - true)) / max(1, counts.sum()))


def calibration_bins(score: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each bin that holds rows: mean probability, share that came true, number of rows."""
    bins = _bins_of(score)
    counts = np.bincount(bins, minlength=N_BINS)
    kept = counts > 0
    said, true = (np.bincount(bins, values, N_BINS)[kept] / counts[kept] for values in (score, truth.astype(float)))
    return said, true, counts[kept]


def _sureness(proba: np.ndarray, y: np.ndarray) -> Curve:
    if len(proba) == 2:
        return proba[1], y == 1
    return proba.max(axis=0), proba.argmax(axis=0) == y


def squared_error(said: np.ndarray, y: np.ndarray) -> float:
    """Mean squared error of values (1, n)."""
    return float(np.mean((said[0] - y) ** 2))


def r2(said: np.ndarray, y: np.ndarray) -> float:
    """The part of the variance that values (1, n) explain: 1 is perfect, 0 no better than the mean of these rows."""
    spread = float(np.sum((y - y.mean()) ** 2))
    return 1 - float(np.sum((said[0] - y) ** 2)) / spread if spread > 0 else 0.0


def figures(train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]) -> dict[str, float | None]:
    """All figures that come from predictions. Each part is (said, y); one row of `said` means regression."""
    if len(test[0]) == 1:
        losses = {f"{name}_loss": squared_error(*part) for name, part in _named(train, test)}
        return {**losses, "train_r2": r2(*train), "test_r2": r2(*test)}
    return {
        **{f"{name}_loss": log_loss(*part) for name, part in _named(train, test)},
        **{f"{name}_accuracy": accuracy(*part) for name, part in _named(train, test)},
        "auc": auc(*test),
        "brier": brier(*test),
        "calibration": calibration_error(*test),
    }


def _named(train: Curve, test: Curve) -> tuple[tuple[str, Curve], tuple[str, Curve]]:
    return ("train", train), ("test", test)


def roc_curve(score: np.ndarray, truth: np.ndarray) -> Curve:
    """Share of false rows and of true rows above every threshold, from none to all."""
    true, false = _counts(score, truth)
    return false / max(1, false[-1]), true / max(1, true[-1])


def precision_recall_curve(score: np.ndarray, truth: np.ndarray) -> Curve:
    """Recall and precision above every threshold, from the highest score to the lowest."""
    true, false = _counts(score, truth)
    return true[1:] / max(1, true[-1]), true[1:] / (true[1:] + false[1:])


def roc_at(score: np.ndarray, truth: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The true positive rate at given false positive rates, for vertical averaging; NaN when a kind of row is missing.

    Source: Fawcett, "An introduction to ROC analysis", 2006, algorithm 3.
    """
    if truth.all() or not truth.any():
        return np.full(len(places), np.nan)
    return np.interp(places, *roc_curve(score, truth))


def precision_at(score: np.ndarray, truth: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The precision at the highest threshold that reaches each of these recalls; NaN when there are no true rows.

    Nothing is interpolated: between two thresholds precision does not follow a straight line (Davis, Goadrich, 2006).
    """
    if not truth.any():
        return np.full(len(places), np.nan)
    recall, precision = precision_recall_curve(score, truth)
    return precision[np.searchsorted(recall, places - 1e-12)]


def calibration_at(score: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean probability and share that came true of each of the ten bins: (2, 10); NaN for a bin without rows."""
    out = np.full((2, N_BINS), np.nan)
    said, true, _ = calibration_bins(score, truth)
    out[:, np.unique(_bins_of(score))] = said, true
    return out


def _bins_of(score: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.linspace(0, 1, N_BINS + 1)[1:-1], score)


def _counts(score: np.ndarray, truth: np.ndarray) -> Curve:
    """How many true and false rows lie at or above each different score, from the highest one; both begin at 0."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)  # the last row of each score
    true = np.cumsum(truth[order])[last]
    return np.append(0, true), np.append(0, last + 1 - true)


def confusion_at(proba: np.ndarray, y: np.ndarray, threshold: float) -> np.ndarray:
    """How often class i was taken for class j: (n_classes, n_classes), rows are the truth.

    For two classes class 1 is said above this probability; for more the most probable class is said.
    """
    n = len(proba)
    said = (proba[1] > threshold).astype(np.int64) if n == 2 else proba.argmax(axis=0)
    return np.bincount(y.astype(np.int64) * n + said, minlength=n * n).reshape(n, n)


def rights(matrices: Mapping[int, Sequence[Sequence[float]]]) -> dict[int, float]:
    """The share of each confusion matrix that lies on its diagonal; 0 for one without rows."""
    return {k: float(np.trace(matrix) / max(np.sum(matrix), 1)) for k, matrix in matrices.items()}
