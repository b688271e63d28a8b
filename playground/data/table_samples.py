"""Choices of a table -> training and test rows for every kind of model, and their map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from playground.data.chance import Chance
from playground.data.dataset import Dataset, mixed
from playground.data.native import NativeColumns
from playground.data.plane import Plane, by_columns, by_components
from playground.data.preparation import Preparation, Values, fit_preparation, knock_out, seen_in_training
from playground.data.real_tables import real_table
from playground.data.samples import Samples
from playground.spec.columns import Column, LearnableTable
from playground.spec.points import Axis
from playground.spec.tables import TableChoices, own_table


@dataclass(frozen=True, eq=False)
class TableSamples:
    """One table, split and prepared; arrays are read-only.

    Attributes:
        prepared: rows without gaps, numbers scaled, a column for each category: for networks and scikit-learn.
        native: rows as they are, NaN where a value is missing, categories as whole numbers: for XGBoost.
        native_columns: what the columns of `native` are.
        answer: name and unit of what is predicted: a number is `center + scale * y`; center and scale are the mean and
            the spread of the training rows. 0 and 1 for classes.
        preparation: how `native` became `prepared`.
        plane: the map of the rows, training rows first.
        n_missing: values that are missing in `native`, knocked out ones among them.
        notices: what the reader should know of the columns, one sentence each.
    """

    prepared: Samples
    native: Samples
    native_columns: NativeColumns
    answer: Axis
    preparation: Preparation
    plane: Plane
    n_missing: int
    notices: tuple[str, ...]

    @property
    def dataset(self) -> Dataset:
        """The rows as points of the map."""
        y = np.concatenate([self.native.train_y, self.native.test_y])
        names = self.native.class_names
        return Dataset(self.plane.X, y, len(self.native.train_y), self.native.task, len(names), names, self.plane.axes)


def make_table_samples(choices: TableChoices) -> TableSamples:
    """The rows that a spec asks for. The same choices always give the same rows, on any machine.

    Which row trains comes from `data_seed` alone; training rows hold each class in its share. Values are knocked out
    of training and test rows alike.

    Args:
        choices: a spec's choices; `choices.is_table` is true.

    Returns:
        For iris by default 75 training and 75 test rows of four columns.

    Raises:
        TableError: the own table is no table (a validated spec never holds such a text).
    """
    own = choices.table if choices.dataset == "table" else ""
    return _cached(
        choices.dataset, own, choices.kinds, choices.target, choices.train_share, choices.data_seed,
        choices.knocked_out, choices.flag_missing, choices.map_by, choices.map_x, choices.map_y,
    )  # fmt: skip


@lru_cache(maxsize=16)  # up to 5 MB for each of them
def _cached(
    name: str, own: str, kinds: str, target: int, train_share: float, seed: int, knocked_out: float, flag: bool,
    map_by: str, map_x: int, map_y: int,
) -> TableSamples:  # fmt: skip
    table = own_table(own, kinds, target) if own else real_table(name, kinds, target)  # type: ignore[arg-type]
    chance = Chance(seed)
    order = mixed(_strata(table.target), chance)
    n_train = min(max(round(len(order) * train_share), 2), len(order) - 2)
    features = [column.take(order) for column in knock_out(table.features, knocked_out, chance)]
    columns = seen_in_training(features, n_train)
    native = np.stack([column.values for column in columns], axis=1)  # (n, k)
    preparation = fit_preparation(columns, native[:n_train], flag_missing=flag)
    prepared = preparation.prepare(native)  # (n, d)
    y, answer = _answers(table.target, order, n_train)
    if map_by == "columns":
        plane = by_columns(preparation, native, _chosen(table, map_x, map_y), chance)
    else:
        plane = by_components(preparation, prepared, n_train)
    plane.X.setflags(write=False)
    classes = table.target.categories
    return TableSamples(
        _samples(prepared, y, n_train, preparation.names, classes),
        _samples(native, y, n_train, tuple(column.name for column in columns), classes),
        NativeColumns(columns, native[:n_train]),
        answer,
        preparation,
        plane,
        int(np.isnan(native).sum()),
        table.notices,
    )


def _strata(target: Column) -> np.ndarray:
    if target.categories:
        return target.values.astype(np.int64)
    return np.zeros(len(target.values), dtype=np.int64)


def _answers(target: Column, order: np.ndarray, n_train: int) -> tuple[Values, Axis]:
    y = target.values[order]
    if target.categories:
        return y, Axis(target.name)
    center, scale = float(y[:n_train].mean()), float(y[:n_train].std())
    scale = scale if scale > 1e-100 else 1.0
    return (y - center) / scale, Axis(target.name, center, scale)


def _chosen(table: LearnableTable, map_x: int, map_y: int) -> tuple[int, int]:
    """The two features of the map; what names none makes way for the first numbers that are free."""
    numbers_first = sorted(range(len(table.features)), key=lambda k: bool(table.features[k].categories))
    x = table.places.index(map_x) if map_x in table.places else -1
    y = table.places.index(map_y) if map_y in table.places and map_y != map_x else -1
    if x < 0:
        x = next(k for k in numbers_first if k != y)
    return x, y if y >= 0 else next(k for k in numbers_first if k != x)


def _samples(rows: Values, y: Values, n_train: int, names: tuple[str, ...], classes: tuple[str, ...]) -> Samples:
    parts = rows[:n_train], y[:n_train], rows[n_train:], y[n_train:]
    for part in parts:
        part.setflags(write=False)
    return Samples(*parts, names, classes)
