"""The real tables by name. Five come with scikit-learn, two stand in assets/data; sources are named there."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from playground.spec.columns import Column, LearnableTable, make_learnable, read_column
from playground.spec.real_tables import REAL_TABLES, TableName

SHIPPED: tuple[TableName, ...] = ("penguins", "titanic")
_FOLDER = Path(__file__).parents[2] / "assets" / "data"


@lru_cache(maxsize=8)
def real_columns(name: TableName) -> tuple[Column, ...]:
    """All columns of a real table, in the order of `REAL_TABLES`.

    Returns:
        Columns of the same length: 150 for iris, 1309 for titanic.

    Raises:
        KeyError: no real table has this name.
    """
    return _READERS[name]() if name in _READERS else _read_asset(name)


def real_table(name: TableName, kinds: str, target: int) -> LearnableTable:
    """A real table as it is learned from. For `kinds` and `target` see `TableChoices`."""
    columns = real_columns(name)
    skipped = frozenset(k for k, letter in enumerate(kinds) if letter == "-")
    return make_learnable(columns, target % len(columns), skipped=skipped)


def _read_asset(name: TableName) -> tuple[Column, ...]:
    with open(_FOLDER / f"{name}.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    numbers = range(2, len(rows) + 2)
    return tuple(read_column(title, [row[k] for row in rows], numbers)[0] for k, title in enumerate(header))


def _sklearn(name: str, **how: Any) -> Any:
    from sklearn import datasets  # here: only workers, and only these tables, pay for loading it

    return getattr(datasets, f"load_{name}")(**how)


def _of_sklearn(name: TableName, bunch: Any, classes: tuple[str, ...]) -> tuple[Column, ...]:
    *titles, answer = REAL_TABLES[name].columns
    numbers = [Column(title, np.array(x, dtype=np.float64)) for title, x in zip(titles, bunch.data.T, strict=True)]
    return (*numbers, Column(answer, bunch.target.astype(np.float64), classes))


def _iris() -> tuple[Column, ...]:
    return _of_sklearn("iris", _sklearn("iris"), ("setosa", "versicolor", "virginica"))


def _wine() -> tuple[Column, ...]:
    return _of_sklearn("wine", _sklearn("wine"), ("grower 1", "grower 2", "grower 3"))


def _breast_cancer() -> tuple[Column, ...]:
    return _of_sklearn("breast_cancer", _sklearn("breast_cancer"), ("malignant", "benign"))


def _diabetes() -> tuple[Column, ...]:
    age, sex, *others = _of_sklearn("diabetes", _sklearn("diabetes", scaled=False), ())
    return age, Column(sex.name, sex.values - 1, ("1", "2")), *others  # a code: the source does not say which is which


def _digits() -> tuple[Column, ...]:
    bunch = _sklearn("digits")
    bunch.data = bunch.data[:, np.ptp(bunch.data, axis=0) > 0]  # three pixels are dark in every picture
    return _of_sklearn("digits", bunch, tuple(str(digit) for digit in range(10)))


_READERS: dict[TableName, Callable[[], tuple[Column, ...]]] = {
    "iris": _iris,
    "wine": _wine,
    "breast_cancer": _breast_cancer,
    "diabetes": _diabetes,
    "digits": _digits,
}
