"""What the contenders of a comparison learn from, and the places that their maps show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from playground.data.dataset import Dataset, make_dataset
from playground.data.features import make_features
from playground.data.samples import Samples
from playground.spec.network import DataChoices
from playground.spec.points import Axis

SIDE = 100  # cells along each axis of a map
LARGEST_SCALE, MOST_OFFSET = 1e30, 1e4
RANGE = 6.0  # the map shows [-6, 6] x [-6, 6]


@dataclass(frozen=True, eq=False)
class Arena:
    """One data set for all contenders: they differ in nothing but themselves.

    Attributes:
        samples: the rows that train and test, in the data's own units.
        plane: the same rows as places on the map, training rows first.
        grid: (side * side, d) rows at the cells of the map, top row first.
        centers: ascending places of the map's columns and rows when both are columns of the samples; None else.
        features: (rows, names) -> (n_features, n), what a network sees.
    """

    samples: Samples
    plane: Dataset
    grid: np.ndarray
    centers: tuple[np.ndarray, np.ndarray] | None
    features: Callable[[np.ndarray, Sequence[str]], np.ndarray]

    @property
    def rows(self) -> np.ndarray:
        """All rows, training first: (n + m, d) float64."""
        return np.vstack([self.samples.train_x, self.samples.test_x])

    @property
    def labels(self) -> np.ndarray:
        """The truth of all rows: (n + m,) float64."""
        return np.concatenate([self.samples.train_y, self.samples.test_y])

    @property
    def n_train(self) -> int:
        """Rows that train."""
        return len(self.samples.train_y)

    def place(self, point: tuple[float, float]) -> np.ndarray:
        """A place on the map as one row (1, d)."""
        return _in_units(self.plane, np.array([point]))


def make_arena(choices: DataChoices) -> Arena:
    """Points in the plane as an arena. The same choices always give the same one."""
    return _cached(
        choices.dataset, choices.n_samples, choices.train_share, choices.noise, choices.data_seed, choices.points
    )


@lru_cache(maxsize=48)
def _cached(name: str, n_samples: int, train_share: float, noise: float, data_seed: int, points: str) -> Arena:
    given = {"n_samples": n_samples, "train_share": train_share, "noise": noise, "data_seed": data_seed}
    plain: dict[str, Any] = {**given, "dataset": name, "points": points}
    data = make_dataset(DataChoices.model_construct(**plain))  # a spec has checked them
    data = replace(data, axes=(_usable(data.axes[0]), _usable(data.axes[1])))
    rows, n = _in_units(data, data.X), data.n_train
    columns = tuple(axis.name for axis in data.axes)
    samples = Samples(rows[:n], data.y[:n], rows[n:], data.y[n:], columns, data.class_names)
    for array in (rows, *vars(samples).values()):
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    cells = (np.arange(SIDE) + 0.5) / SIDE * 2 * RANGE - RANGE
    x1, x2 = np.meshgrid(cells, cells[::-1])  # (side, side)
    grid = _in_units(data, np.stack([x1.ravel(), x2.ravel()], axis=1))  # (side * side, 2)
    first, second = (axis.center + axis.scale * cells for axis in data.axes)

    def features(rows: np.ndarray, names: Sequence[str]) -> np.ndarray:
        places = [(column - axis.center) / axis.scale for axis, column in zip(data.axes, rows.T, strict=True)]
        return make_features(np.stack(places, axis=1), names)

    return Arena(samples, data, grid, (first, second), features)


def _usable(axis: Axis) -> Axis:
    """The axis if float32 tells its values apart, as the trees of all libraries need; else that of the map itself."""
    fits = 1 / LARGEST_SCALE < axis.scale < LARGEST_SCALE and abs(axis.center) < MOST_OFFSET * axis.scale
    return axis if fits else Axis(axis.name)


def _in_units(data: Dataset, X: np.ndarray) -> np.ndarray:
    """Places on the map (n, 2) in the data's own units."""
    return np.stack([axis.center + axis.scale * x for axis, x in zip(data.axes, X.T, strict=True)], axis=1)
