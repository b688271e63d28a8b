"""Spec -> data: the points that a model learns from, split into training and test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.data import regression, three_class, two_class
from playground.data.boosting_sets import AXES, boosting_set, draw_boosting_set
from playground.data.chance import Chance
from playground.data.own import own_points
from playground.spec.network import DataChoices
from playground.spec.points import PLANE, Axis, PointTable
from playground.spec.trees import BOOSTING_DATA

Generator = Callable[[int, float, Chance], tuple[NDArray[np.float64], NDArray[np.float64]]]

GENERATORS: dict[str, Generator] = {
    "circle": two_class.circle,
    "xor": two_class.xor,
    "gauss": two_class.gauss,
    "spiral": two_class.spiral,
    "moons": two_class.moons,
    "checkerboard": two_class.checkerboard,
    "rings": two_class.rings,
    "heart": two_class.heart,
    "blobs": three_class.blobs,
    "spiral3": three_class.spiral3,
    "plane": regression.plane,
    "multi_gauss": regression.multi_gauss,
}
N_CLASSES = {"blobs": 3, "spiral3": 3, "plane": 0, "multi_gauss": 0}  # the others have 2


@dataclass(frozen=True, eq=False)
class Dataset:
    """Points in the plane and what is to be learned about them; arrays are read-only.

    Attributes:
        X: (n, 2) float64 places; the map shows [-6, 6].
        y: (n,) float64; the class 0 to n_classes - 1, or a number in about [-1, 1] for regression.
        n_train: rows 0 to n_train - 1 train, the others test; 1 to n - 1.
        task: what kind of answer is wanted.
        n_classes: 0 for regression.
        class_names: one for each class; none for regression.
        axes: names and units of x1 and x2.
    """

    X: NDArray[np.float64]
    y: NDArray[np.float64]
    n_train: int
    task: Literal["classification", "regression"]
    n_classes: int
    class_names: tuple[str, ...]
    axes: tuple[Axis, Axis] = PLANE


def make_dataset(choices: DataChoices) -> Dataset:
    """Make the points that a spec asks for. The same choices always give the same points, on any machine.

    Own points and tables come as they are: `n_samples` and `noise` do nothing to them, and to the original points
    of the gradient boosting playground neither does `train_share`. A single own point stands in
    both parts. Otherwise each point is in one part; which one comes from `data_seed` alone, so neither noise
    nor a changed network moves a point from training to test.

    Args:
        choices: a spec's data choices, or the structure of a page that has them.

    Returns:
        The data set; by default 500 points of which 250 train.

    Raises:
        ValueError: `points` is no packed table (a validated spec never holds such a text).
    """
    fixed = choices.dataset in BOOSTING_DATA and choices.original
    return _cached(
        choices.dataset, choices.n_samples, choices.train_share, choices.noise, choices.data_seed, choices.points, fixed
    )


@lru_cache(maxsize=32)  # about 120 kB at most for each of them
def _cached(
    name: str, n_samples: int, train_share: float, noise: float, data_seed: int, points: str, fixed: bool
) -> Dataset:
    if fixed:
        X, y, n_train = boosting_set(name)
        return _split(X, y, n_train / len(X), 2, _plain_names(2), AXES)
    chance = Chance(data_seed)
    if name in BOOSTING_DATA:
        (X, y), axes = draw_boosting_set(name, n_samples, noise, chance), AXES
    elif name in GENERATORS:
        (X, y), axes = GENERATORS[name](n_samples, noise, chance), PLANE
    else:
        return _of_table(own_points(points), train_share, chance)
    n_classes = N_CLASSES.get(name, 2)
    order = mixed(np.zeros(n_samples, dtype=np.int64), chance)
    return _split(X[order], y[order], train_share, n_classes, _plain_names(n_classes), axes)


def _of_table(table: PointTable, train_share: float, chance: Chance) -> Dataset:
    order = mixed(table.labels, chance)
    if len(order) == 1:
        order = order.repeat(2)  # the lone point trains and tests
    names = table.class_names or _plain_names(table.n_classes)
    X, y = table.X[order], table.labels[order].astype(np.float64)
    return _split(X, y, train_share, table.n_classes, names, table.axes)


def mixed(labels: NDArray[np.int64], chance: Chance) -> NDArray[np.intp]:
    """A random order in which every beginning holds about the same share of each class, and a point of each early on.

    So a few own points never train on one class alone, and one point more hardly changes who trains.
    """
    order = chance.shuffle("order", len(labels))
    mixed = labels[order]
    counts = np.bincount(mixed)
    seen = np.empty(len(mixed))
    for label in np.flatnonzero(counts):
        seen[mixed == label] = np.arange(counts[label]) / counts[label]  # share of its class that came before a point
    return order[np.argsort(seen, kind="stable")]


def _split(
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    train_share: float,
    n_classes: int,
    class_names: tuple[str, ...],
    axes: tuple[Axis, Axis],
) -> Dataset:
    n_train = min(max(round(len(X) * train_share), 1), len(X) - 1)
    X.setflags(write=False)
    y.setflags(write=False)
    task: Literal["classification", "regression"] = "classification" if n_classes else "regression"
    return Dataset(X, y, n_train, task, n_classes, class_names, axes)


def _plain_names(n_classes: int) -> tuple[str, ...]:
    return tuple(f"class {k}" for k in range(n_classes))
