"""A structure of boosted trees as arrays: the points in their own units, what is made small, where scores begin."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from playground.data.boosting_sets import AXES
from playground.data.cells import RANGE
from playground.data.dataset import Dataset, make_dataset
from playground.data.native import NativeColumns
from playground.models.boosting import Objective, turned
from playground.spec.points import MAX_NAME, PLANE, Axis
from playground.spec.trees import Engine, TreesStructure
from playground.training import xgboost_round

LEAST_SHARE = 1e-6  # XGBoost's own way to keep the logarithm of a class without points finite


@dataclass(frozen=True)
class Problem:
    """A structure as arrays.

    Attributes:
        data: the points as the map shows them, turned by `rotate`.
        X: (n, 2) float64 places in the data's own units, training points first; of float32 precision for XGBoost.
        objective: what is made small.
        base: (n_outputs,) score without trees.
        reach: half the width of the map; all of the points lie in it once they are turned.
        as_is: a table's rows with gaps and what their columns are, for XGBoost; X then are the wide rows made of them.
    """

    data: Dataset
    X: np.ndarray
    objective: Objective
    base: np.ndarray
    reach: float = RANGE
    as_is: tuple[np.ndarray, NativeColumns] | None = None

    def place(self, point: tuple[float, float]) -> np.ndarray:
        """A place on the map in the data's own units: (2,)."""
        return np.concatenate([axis.values(np.array([x])) for axis, x in zip(self.data.axes, point, strict=True)])

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
    data = replace(data, axes=(data.axes[0].readable, data.axes[1].readable))
    if structure.rotate:
        data = _rotated(data, structure.rotate)
    X = np.stack([axis.values(x) for axis, x in zip(data.axes, data.X.T, strict=True)], axis=1)  # (n, 2)
    problem = problem_of(data, X, structure.engine, structure.objective)
    return replace(problem, reach=max(RANGE, math.ceil(np.abs(data.X).max()))) if structure.rotate else problem


def _rotated(data: Dataset, degrees: int) -> Dataset:
    """The points turned on the map. A column of an own table is that column no longer, and its axis says so."""
    axes = data.axes
    if data.axes not in (PLANE, AXES):
        turn = f" turned {degrees}\N{DEGREE SIGN}"
        axes = Axis(axes[0].name[: MAX_NAME - len(turn)] + turn), Axis(axes[1].name[: MAX_NAME - len(turn)] + turn)
    return replace(data, X=turned(data.X, np.deg2rad(degrees)), axes=axes)


def problem_of(data: Dataset, X: np.ndarray, engine: Engine, chosen: Objective = "logistic") -> Problem:
    """What an engine needs of rows (n, n_features) in the data's own units; two classes make `chosen` small."""
    if engine == "xgboost":
        X = X.astype(np.float32).astype(np.float64)  # so that thresholds fall between the same points
    objective = objective_of(data, chosen)
    return Problem(data, X, objective, _base(data, engine, objective))


def _base(data: Dataset, engine: Engine, objective: Objective) -> np.ndarray:
    """The score without trees: (n_outputs,) float64.

    The mean of the training values for the squared error. Of classes 0 for classic boosting, and for XGBoost what its
    own `base_score` is by default: the log-odds of class 1, or the logarithms of all shares less their mean.
    """
    known = data.y[: data.n_train]
    if objective == "squared_error":
        return np.array([np.float32(np.mean(known))], float)
    if engine == "classic":
        return np.zeros(data.n_classes if objective == "softmax" else 1)
    shares = (np.bincount(known.astype(int), minlength=data.n_classes) / len(known)).astype(np.float32)
    if objective == "softmax":
        logs = np.log(shares + np.float32(LEAST_SHARE))
        return (logs - logs.mean()).astype(float)
    share = np.clip(shares[1], np.float32(LEAST_SHARE), np.float32(1 - LEAST_SHARE))
    return np.array([-np.log(1 / share - 1)], float)


def objective_of(data: Dataset, chosen: Objective) -> Objective:
    """What is made small: only two classes leave a choice."""
    if data.task == "regression":
        return "squared_error"
    return "softmax" if data.n_classes > 2 else chosen
