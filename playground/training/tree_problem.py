"""A structure of boosted trees as arrays: the points in their own units, what is made small, where scores begin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from playground.data.dataset import Dataset, make_dataset
from playground.data.native import NativeColumns
from playground.models.boosting import Objective, turned
from playground.spec.trees import Engine, TreesStructure
from playground.training import xgboost_round


@dataclass(frozen=True)
class Problem:
    """A structure as arrays.

    Attributes:
        data: the points as the map shows them, turned by `rotate`.
        X: (n, 2) float64 places in the data's own units, training points first; of float32 precision for XGBoost.
        objective: what is made small.
        base: (n_outputs,) score without trees: 0, or the mean of the training values for the squared error.
        as_is: a table's rows with gaps and what their columns are, for XGBoost; X then are the wide rows made of them.
    """

    data: Dataset
    X: np.ndarray
    objective: Objective
    base: np.ndarray
    as_is: tuple[np.ndarray, NativeColumns] | None = None

    @cached_property
    def for_xgboost(self) -> Any:
        """Training points in XGBoost's form."""
        rows, columns = self.as_is or (self.X, None)
        n = self.data.n_train
        return xgboost_round.data_of(rows[:n], self.data.y[:n], columns)


@lru_cache(maxsize=32)
def make_problem(structure: TreesStructure) -> Problem:
    """The arrays of a structure; cached, since every slice needs them."""
    data = make_dataset(structure)
    if structure.rotate:
        data = replace(data, X=turned(data.X, np.deg2rad(structure.rotate)))
    X = np.stack([axis.center + axis.scale * x for axis, x in zip(data.axes, data.X.T, strict=True)], axis=1)  # (n, 2)
    return problem_of(data, X, structure.engine, structure.objective)


def problem_of(data: Dataset, X: np.ndarray, engine: Engine, chosen: Objective = "logistic") -> Problem:
    """What an engine needs of rows (n, n_features) in the data's own units; two classes make `chosen` small."""
    if engine == "xgboost":
        X = X.astype(np.float32).astype(np.float64)  # so that thresholds fall between the same points
    objective = objective_of(data, chosen)
    base = np.zeros(data.n_classes if objective == "softmax" else 1)
    if objective == "squared_error":
        base[0] = np.float32(np.mean(data.y[: data.n_train]))
    return Problem(data, X, objective, base)


def objective_of(data: Dataset, chosen: Objective) -> Objective:
    """What is made small: only two classes leave a choice."""
    if data.task == "regression":
        return "squared_error"
    return "softmax" if data.n_classes > 2 else chosen
