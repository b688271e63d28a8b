"""The columns of a table: which hold numbers, which hold categories, and whether a column can be learned from.

Nothing here fails on odd cells: what is no number counts as missing, what tells nothing is left out, and a notice
names the column and the rule. Only a table that leaves nothing to learn is refused.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from playground.spec.points import MAX_CLASSES, MAX_NAME

MAX_VALUE = 1e50  # of points; so that neither a mean nor a square ever overflows
MAX_SINGLE = 1e30  # of tables, which XGBoost reads as float32
MAX_CATEGORIES = 30  # of one column when each gets a column of its own
MAX_WIDTH = 300  # columns once each category has its own
FEW_VALUES = 10  # a target of at most so many different numbers is taken as classes
MIN_ROWS = 10
MIN_CLASS_ROWS = 5
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})


class TableError(ValueError):
    """A file or a choice of columns that cannot be learned from: which row and column, which rule, what came."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table.

    Attributes:
        name: 1 to 40 printable characters.
        values: (n,) float64; a number, or the place of a category in `categories`; NaN where the value is missing.
        categories: different names; none when the column holds numbers.
    """

    name: str
    values: NDArray[np.float64]
    categories: tuple[str, ...] = ()

    @property
    def n_missing(self) -> int:
        """Rows without a value."""
        return int(np.isnan(self.values).sum())

    @property
    def n_different(self) -> int:
        """Different values that occur."""
        return len(np.unique(self.values[~np.isnan(self.values)]))

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Column:
        """The same column with some rows only; categories that no longer occur make way."""
        values = self.values[rows]
        if not self.categories:
            return replace(self, values=values)
        kept = np.unique(values[~np.isnan(values)]).astype(int)
        place = np.full(len(self.categories) + 1, np.nan)  # the last one is for missing values
        place[kept] = np.arange(len(kept))
        codes = np.where(np.isnan(values), len(self.categories), values).astype(int)
        return Column(self.name, place[codes], tuple(self.categories[k] for k in kept))


@dataclass(frozen=True, eq=False)
class LearnableTable:
    """What is to be predicted, and from what.

    Attributes:
        features: two or more columns of n rows each, n is 10 or more; none is constant.
        target: no value is missing; 2 to 20 categories of 5 or more rows each, or different numbers.
        places: for each feature where its column stands in the whole table, from 0.
        notices: what the reader should know: column, rule and what was done, one sentence each.
    """

    features: tuple[Column, ...]
    target: Column
    places: tuple[int, ...]
    notices: tuple[str, ...]


def number_in(cell: str) -> float | None:
    """The number in a cell; None for text. `inf` is a number, `nan` and `1_000` are not."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return None if math.isnan(value) or "_" in cell else value


def clean_name(name: str) -> str:
    """A name on one line, printable and at most 40 characters long."""
    shown = "".join(c for c in name if c.isprintable() or c.isspace())
    return " ".join(shown.split())[:MAX_NAME].strip()


def in_order(found: set[str]) -> Sequence[str]:
    """Names in order of size if all are numbers, else in order of alphabet: `9` stands before `10`."""
    numbers = {cell: number_in(cell) for cell in found}
    if None in numbers.values():
        return sorted(found)
    return sorted(found, key=lambda cell: (numbers[cell] or 0.0, cell))


def read_column(
    name: str, cells: Sequence[str], rows: Sequence[int], kind: str = "a"
) -> tuple[Column, tuple[str, ...]]:
    """Text cells as a column, and notices.

    Args:
        name: the column's name.
        cells: text of each row.
        rows: the number of each row in its file, for notices; empty where nobody knows them any more.
        kind: `n` numbers, `c` categories, `a` as found: numbers if more than half of the values are.
    """
    present = [cell.lower() not in MISSING for cell in cells]
    numbers = [number_in(cell) if here else None for cell, here in zip(cells, present, strict=True)]
    found = sum(value is not None for value in numbers)
    if kind == "n" or (kind == "a" and 2 * found > sum(present)):
        return _read_numbers(name, cells, rows, numbers)
    names = [clean_name(cell) if here else "" for cell, here in zip(cells, present, strict=True)]
    categories = tuple(in_order(set(names) - {""}))
    place = {category: float(k) for k, category in enumerate(categories)}
    return Column(name, np.array([place.get(cell, math.nan) for cell in names]), categories or ("",)), ()


def _read_numbers(
    name: str, cells: Sequence[str], rows: Sequence[int], numbers: Sequence[float | None]
) -> tuple[Column, tuple[str, ...]]:
    values = np.array([math.nan if v is None or abs(v) > MAX_SINGLE else v for v in numbers])
    stray = [k for k, cell in enumerate(cells) if math.isnan(values[k]) and cell.lower() not in MISSING]
    if not stray:
        return Column(name, values), ()
    first, more = stray[0], f" (and {len(stray) - 1} more)" if len(stray) > 1 else ""
    where = f"{f'row {rows[first]}' if rows else 'a row'} holds {cells[first][:MAX_NAME]!r}{more}"
    rule = "must hold numbers" if numbers[first] is None else f"must hold numbers up to {MAX_SINGLE:g}"
    return Column(name, values), (f"Column {name} {rule}; {where}: taken as missing.",)


def make_learnable(
    columns: Sequence[Column], target: int, *, as_number: bool = False, skipped: frozenset[int] = frozenset()
) -> LearnableTable:
    """Choose what is predicted and from what.

    Args:
        columns: all columns of a table, of the same length.
        target: the place of the column to predict.
        as_number: whether a target of few different numbers is a number all the same; else it is taken as classes.
        skipped: places of columns that are not to be learned from.

    Raises:
        TableError: too few rows, classes or columns are left.
    """
    notices: list[str] = []
    wanted = columns[target]
    if not wanted.categories and not as_number and wanted.n_different <= FEW_VALUES:
        wanted = _as_classes(wanted)
    rows = _usable_rows(wanted, notices)
    answer = wanted.take(rows)
    _check_target(answer, wanted)
    features: list[Column] = []
    places: list[int] = []
    for place, column in enumerate(columns):
        if place == target or place in skipped:
            continue
        here = column.take(rows)
        if _tells_something(here, notices):
            features.append(here)
            places.append(place)
    if len(features) < 2:
        got = f"{len(features)} ({features[0].name})" if features else "none"
        raise TableError(" ".join([f"a table must leave two columns to learn from; got {got}.", *notices]))
    _check_width(features, len(answer.values), notices)
    return LearnableTable(tuple(features), answer, tuple(places), tuple(notices))


def _as_classes(column: Column) -> Column:
    found = np.unique(column.values[~np.isnan(column.values)])
    codes = np.where(np.isnan(column.values), np.nan, np.searchsorted(found, column.values))
    return Column(column.name, codes, tuple(f"{value:g}" for value in found))


def _usable_rows(target: Column, notices: list[str]) -> NDArray[np.bool_]:
    """Which rows have an answer, and one of a class that occurs often enough."""
    here = ~np.isnan(target.values)
    if not here.all():
        notices.append(
            f"Column {target.name} is to be predicted, so it must have a value; rows without one are left out: "
            f"{(~here).sum()}."
        )
    counts = Counter(target.values[here].tolist()) if target.categories else {}
    rare = {code for code, count in counts.items() if count < MIN_CLASS_ROWS}
    if rare and len(counts) <= MAX_CLASSES:
        names = ", ".join(target.categories[int(code)] for code in sorted(rare))
        notices.append(
            f"Column {target.name} must have at least {MIN_CLASS_ROWS} rows of each class; those of {names} are left "
            "out."
        )
        here &= ~np.isin(target.values, list(rare))
    return here


def _check_target(answer: Column, wanted: Column) -> None:
    name, n_rows = f"column {wanted.name}", len(answer.values)
    if not wanted.categories and answer.n_different < 2:
        raise TableError(f"{name} must hold different numbers to be predicted; got {answer.n_different}")
    if wanted.categories and not 2 <= len(answer.categories) <= MAX_CLASSES:
        found = wanted.n_different
        rule = f"{name} must hold 2 to {MAX_CLASSES} classes of at least {MIN_CLASS_ROWS} rows to be predicted"
        few = f", only {len(answer.categories)} of that size" if 2 <= found <= MAX_CLASSES else ""
        raise TableError(f"{rule}; got {found}" + (f" ({wanted.categories[0]})" if found == 1 else few))
    if n_rows < MIN_ROWS:
        raise TableError(f"a table must have at least {MIN_ROWS} rows with a value in {name}; got {n_rows}")


def _tells_something(column: Column, notices: list[str]) -> bool:
    n_present = len(column.values) - column.n_missing
    different = column.n_different
    if n_present == 0:
        notices.append(f"Column {column.name} must have a value in some row; it has none and is left out.")
    elif different == 1:
        value = column.values[~np.isnan(column.values)][0]
        shown = column.categories[int(value)] if column.categories else f"{value:g}"
        notices.append(f"Column {column.name} must hold different values; it holds only {shown} and is left out.")
    elif column.categories and different > MAX_CATEGORIES and 2 * different > n_present:
        notices.append(
            f"Column {column.name} must hold categories that come again; it holds {different} different texts in "
            f"{n_present} rows and is left out."
        )
    else:
        if column.categories and different > MAX_CATEGORIES:
            notices.append(
                f"Column {column.name} may hold {MAX_CATEGORIES} categories; it holds {different}. The "
                f"{MAX_CATEGORIES - 1} most frequent get a column each, the others share one. XGBoost takes them all."
            )
        return True
    return False


def _check_width(features: Sequence[Column], n_rows: int, notices: list[str]) -> None:
    width = sum(min(len(column.categories), MAX_CATEGORIES) or 1 for column in features)
    if width > MAX_WIDTH:
        raise TableError(
            f"a table may have {MAX_WIDTH} columns, each category counts as one; got {width}: leave some out"
        )
    if width >= n_rows:
        notices.append(
            f"There should be more rows than columns; this table has {n_rows} rows and {width} columns (each category "
            "counts). A model can then fit anything: only the test scores tell."
        )
