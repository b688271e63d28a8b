"""The charts of a comparison over seeds: ROC, precision and recall, calibration and confusion with their spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from playground.data.arena import Arena
from playground.frames import scores
from playground.frames.compare import CALIBRATION, CONFUSION, PRECISION, ROC

PLACES = np.linspace(0, 1, 41)  # of the false positive rate, and of the recall
THRESHOLDS = np.linspace(0, 1, 101)  # of the slider
NAMES = {ROC: "roc", PRECISION: "precision", CALIBRATION: "calibration"}
METHOD = {
    ROC: "the true positive rate at each false positive rate (vertical averaging)",
    PRECISION: "the precision at each recall",
    CALIBRATION: "the share that came true in each of ten bins",
    CONFUSION: "each count",
}


def charts_of(arena: Arena, rows: np.ndarray) -> dict[str, np.ndarray]:
    """What a contender's charts are at fixed places, so that those of several seeds can be averaged.

    Args:
        arena: the data.
        rows: what it says of all rows, (n_classes, n) or (1, n).

    Returns:
        `roc`, `precision` (n_classes, 41), `calibration` (n_classes, 2, 10): probability said and share that came true;
        NaN where there is none. `confusion` (101, 2, 2) by threshold, or (1, n_classes, n_classes). Nothing for
        regression.
    """
    if len(rows) == 1:
        return {}
    said, y = rows[:, arena.n_train :], arena.labels[arena.n_train :]
    each = [(score, y == k) for k, score in enumerate(said)]
    thresholds = THRESHOLDS if len(said) == 2 else THRESHOLDS[:1]
    return {
        "roc": np.array([scores.roc_at(*one, PLACES) for one in each], np.float32),
        "precision": np.array([scores.precision_at(*one, PLACES) for one in each], np.float32),
        "calibration": np.array([scores.calibration_at(*one) for one in each], np.float32),
        "confusion": np.array([scores.confusion_at(said, y, at) for at in thresholds], np.int32),
    }


def draw_bands(parts: Mapping[int, Sequence[Mapping[str, Any]]], unit: tuple[int, int] | None) -> dict[str, Any]:
    """The chart asked for as mean and standard deviation over seeds, in place of that of one run; nothing without any.

    Args:
        parts: for each contender its parts of the study, one a seed.
        unit: which chart, and its class or its threshold in thousandths.
    """
    kind, number = unit or (0, 0)
    known = {k: [part for part in own if "confusion" in part] for k, own in parts.items()}
    known = {k: own for k, own in known.items() if len(own) > 1}
    if kind not in METHOD or not known:
        return {}
    note = {"chart_note": f"Mean ± standard deviation over {max(map(len, known.values()))} seeds of {METHOD[kind]}."}
    if kind == CONFUSION:
        return {"chart": kind, **_confusions(known, number), **note}
    n_classes = len(next(iter(known.values()))[0]["roc"])
    k_class = min(number, n_classes - 1)
    lines = [_band(kind, np.array([part[NAMES[kind]][k_class] for part in own])) for own in known.values()]
    joined = {
        f"chart_{name}": np.concatenate([line[at] for line in lines]).astype(np.float32)
        for at, name in enumerate(("x", "y", "low", "high"))
    }
    ends = np.cumsum([len(line[0]) for line in lines]).tolist()
    return {"chart": kind, "chart_class": k_class, "chart_of": list(known), "chart_ends": ends, **joined, **note}


def _band(kind: int, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Places, means and both edges, where at least two seeds have a value: runs (n_seeds, 41) or (n_seeds, 2, 10)."""
    values = runs[:, 1] if kind == CALIBRATION else runs  # (n_seeds, n_places)
    kept = np.isfinite(values).sum(axis=0) > 1
    values = values[:, kept].astype(np.float64)
    places = np.nanmean(runs[:, 0, kept], axis=0) if kind == CALIBRATION else PLACES[kept]
    mean, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0, ddof=1)
    return places, mean, mean - spread, mean + spread


def _confusions(known: Mapping[int, Sequence[Mapping[str, Any]]], number: int) -> dict[str, Any]:
    """Mean and standard deviation of each count at a threshold in thousandths."""
    means, spreads = {}, {}
    for k, own in known.items():
        tables = np.array([part["confusion"] for part in own])  # (n_seeds, n_thresholds, n_classes, n_classes)
        at = min(round(number / 10), tables.shape[1] - 1)
        means[k], spreads[k] = (t.tolist() for t in (tables[:, at].mean(axis=0), tables[:, at].std(axis=0, ddof=1)))
    return {"confusions": means, "confusion_spreads": spreads, "confusion_rights": scores.rights(means)}
