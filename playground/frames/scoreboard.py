"""The scoreboard of a comparison: its columns, who leads in each, and what contenders cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS: dict[str, tuple[str, str, str, str]] = {
    "train_loss": ("Training loss", "low", "loss", "Its mean over training points: cross-entropy or squared error."),
    "test_loss": ("Test loss", "low", "loss", "The same on points that trained nobody. The fairest single figure."),
    "test_accuracy": ("Accuracy", "high", "share", "Share of test points whose most probable class is right."),
    "auc": ("AUC", "high", "score", "Chance that a point of {1} gets more probability for that than a point of {0}."),
    "brier": ("Brier", "low", "score", "Mean squared distance between probability and truth. 0 is perfect."),
    "calibration": (
        "Calibration", "low", "score",
        "Mean gap between what was said and what came true, in ten bins. Of 70% answers, 7 of 10 should come true. "
        "With few test points a perfect forecast shows some too.",
    ),
    "test_r2": ("R²", "high", "score", "Part of the test variance that is explained. 1 is perfect, 0 is the mean."),
    "size": (
        "Size", "low", "count",
        "Numbers the fitted model keeps: weights; 2 a split, 1 a leaf (or a share for each class but one); support "
        "vectors or points as they stand. Scaling of columns counts for nobody.",
    ),
    "seconds": (
        "Fit", "low", "seconds",
        "Seconds to fit once from scratch on one core of the server; XGBoost by a call of its own, all rounds at "
        "once. A fit of less than 0.1 s is timed twice and the faster counts: small differences are chance.",
    ),
    "micros": ("Predict", "low", "micros", "Microseconds to answer for one point, when all points are asked at once."),
}  # fmt: skip
"""Columns of the scoreboard: title, which end wins, how it is written, what it means."""

AUC_OF_MANY = (
    "Chance that a point of a class gets more of its probability than a point of another class: the mean over classes."
)
COSTS = ("seconds", "micros")
ABSENT = {
    "classification": {"test_r2"},
    "regression": {"test_accuracy", "auc", "brier", "calibration"},
}


def columns_of(task: str) -> list[str]:
    """The scoreboard's columns for a task."""
    return [name for name in COLUMNS if name not in ABSENT[task]]


def draw_costs(costs: Sequence[Mapping[str, float | None]]) -> dict[str, Any]:
    """What each contender costs, and who costs least."""
    return {"costs": [dict(cost) for cost in costs], "cost_winners": winners(costs, COSTS)}


def winners(rows: Sequence[Mapping[str, float | None]], columns: Sequence[str]) -> dict[str, list[int]]:
    """Who has the best figure in each column; several when they are equal, nobody when nobody has one."""
    best: dict[str, list[int]] = {}
    for name in columns:
        sign = 1 if COLUMNS[name][1] == "low" else -1
        values = {k: sign * value for k, row in enumerate(rows) if (value := row.get(name)) is not None}
        lowest = min(values.values(), default=0.0)
        best[name] = [k for k, value in values.items() if value <= lowest + 1e-12]
    return best


def draw_columns(task: str, class_names: Sequence[str]) -> list[dict[str, str]]:
    """The scoreboard's columns as the view takes them."""
    told = [dict(zip(("key", "title", "best", "form", "tip"), (k, *COLUMNS[k]), strict=True)) for k in columns_of(task)]
    for column in told:
        if column["key"] == "auc":
            column["tip"] = AUC_OF_MANY if len(class_names) > 2 else column["tip"].format(*class_names)
    return told
