"""Three columns of a table as points of the map."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from playground.data.cells import RANGE, TYPICAL
from playground.data.table import Table, shown
from playground.spec.columns import MAX_VALUE, MISSING, TableError, clean_name, in_order, number_in
from playground.spec.points import MAX_CLASSES, MAX_NAME, Axis, PointTable

NO_CLASS = MISSING - {"none"}  # what a label cannot be; "none" may be one


def choose_columns(table: Table, x_column: str, y_column: str, label_column: str) -> PointTable:
    """Turn three columns into points of the map.

    Each numeric column is shifted to mean 0 and scaled to standard deviation 2. A column with values further than three
    deviations from its mean is scaled by its furthest value instead, so that this one stands at the map's edge,
    at 6: no point is cut off, moved or hidden. The axis keeps center and scale in the column's own unit.

    Args:
        table: what `read_csv` read.
        x_column: a column of numbers, to the right on the map.
        y_column: another column of numbers, upward on the map.
        label_column: a column of 2 to 20 different texts or numbers; classes are in order of size or alphabet.

    Returns:
        Up to 5000 points. Center and scale of a column 1, 2, 3 are 2 and 0.41.

    Raises:
        TableError: a column or a cell breaks a rule.
    """
    if x_column == y_column:
        raise TableError(f"x1 and x2 must be two different columns; got {shown(x_column)} twice")
    labels, class_names = _classes(table, label_column)
    (x1, axis1), (x2, axis2) = _to_map(table, x_column), _to_map(table, y_column)
    return PointTable(np.stack([x1, x2], axis=1), labels, (axis1, axis2), class_names)


def check_labels(table: Table) -> None:
    """Refuse a table without a column of classes: a TableError says of likely ones why they are none."""
    if not table.label_columns:
        rule = f"a table must have a column of 2 to {MAX_CLASSES} different values to predict"
        raise TableError(f"{'; '.join([rule, *refused_labels(table)[-3:]])}. Compare predicts numbers, too")


def refused_labels(table: Table) -> list[str]:
    """Why columns that a reader would take for the label are not offered: those of words, and the last one."""
    likely = [name for name in table.columns if name not in table.numeric_columns or name == table.columns[-1]]
    return [broken for name in likely if name not in table.empty_columns and (broken := label_rule(table, name))]


def _to_map(table: Table, column: str) -> tuple[NDArray[np.float64], Axis]:
    values = np.empty(len(table.rows))  # (n,)
    for place, (row, cell) in enumerate(zip(table.row_numbers, table.cells(column), strict=True)):
        values[place] = _legal_number(cell, row, column)
    center = float(values.mean())
    shifted = values - center
    scale = max(float(shifted.std()) / TYPICAL, float(np.abs(shifted).max()) / RANGE)
    if len(np.unique(values)) == 1 or scale < 1e-100:
        raise TableError(f"column {column} must hold different numbers; got {values[0]:g} in every row")
    return shifted / scale, Axis(column, center, scale)


def _legal_number(cell: str, row: int, column: str) -> float:
    where = f"row {row}, column {column}"
    if cell.lower() in MISSING:
        raise TableError(f"{where} must be a number; got an empty or missing value ({shown(cell)})")
    value = number_in(cell)
    if value is None:
        raise TableError(f"{where} must be a number; got {shown(cell)}")
    if abs(value) > MAX_VALUE:
        raise TableError(f"{where} must be a number between -{MAX_VALUE:g} and {MAX_VALUE:g}; got {shown(cell)}")
    return value


def _classes(table: Table, column: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    cells = table.cells(column)
    for row, cell in zip(table.row_numbers, cells, strict=True):
        if not clean_name(cell) or cell.lower() in NO_CLASS or math.isinf(number_in(cell) or 0):
            got = shown(cell) if cell else "an empty value"
            raise TableError(f"row {row}, column {column} must name a class; got {got}")
    if broken := label_rule(table, column):
        raise TableError(broken)
    ordered = in_order(set(cells))
    names = tuple(map(clean_name, ordered))
    if len(set(names)) < len(names):
        raise TableError(f"column {column} must hold classes that differ in their first {MAX_NAME} characters; got two")
    index = {cell: k for k, cell in enumerate(ordered)}
    return np.array([index[cell] for cell in cells]), names


def label_rule(table: Table, column: str) -> str:
    """Which rule keeps a column from being the label, with the row where it is broken; empty where none does."""
    cells, rows = table.cells(column), table.row_numbers
    firsts = list(dict.fromkeys(cells))  # in the order of the file
    rule = f"column {column} must hold 2 to {MAX_CLASSES} classes"
    if len(firsts) == 1:
        held = f"rows {rows[0]} to {rows[-1]} all hold" if len(rows) > 1 else f"row {rows[0]} holds"
        return f"{rule}; got 1: {held} {shown(firsts[0])}"
    if len(firsts) > MAX_CLASSES:
        extra = firsts[MAX_CLASSES]
        where = f"row {rows[cells.index(extra)]} holds number {MAX_CLASSES + 1}, {shown(extra)}"
        return f"{rule}; got {len(firsts)}: {where}"
    return ""
