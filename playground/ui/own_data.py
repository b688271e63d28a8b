"""Own points placed on the map, and own tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from playground.data.own import own_points
from playground.data.table import Table, TableError, read_csv
from playground.data.table_points import MAX_CLASSES, check_labels, choose_columns, refused_labels
from playground.spec.points import MAX_POINTS, PointTable, pack_points
from playground.ui.session import Visit
from playground.ui.upload import offer_table, plain, upload_csv

MOST_NAMED = 5  # columns of a table that a notice names


def change_points(visit: Visit, choice: dict[str, Any]) -> None:
    """A choice made on the view: see `Visit.take`; or a point placed, moved or taken away."""
    if {"change", "show", "predict", "boxes"} & choice.keys():
        visit.take(choice)
        return
    table = own_points(visit.spec.structure.points)
    try:
        X, labels = _changed(table.X, table.labels, choice)
        if len(X):
            visit.change(points=pack_points(PointTable(X, labels, table.axes, table.class_names)))
    except (ValueError, IndexError, TypeError) as error:
        st.toast(f"That point was not taken: {error}")


def _changed(X: np.ndarray, labels: np.ndarray, choice: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    match choice:
        case {"add_point": [x1, x2, label]}:
            if len(X) >= MAX_POINTS:
                raise ValueError(f"there may be at most {MAX_POINTS} points")
            return np.vstack([X, [[float(x1), float(x2)]]]), np.append(labels, int(label))
        case {"move_point": [index, x1, x2]}:
            moved = X.copy()
            moved[int(index)] = float(x1), float(x2)
            return moved, labels
        case {"delete_point": index}:
            return np.delete(X, int(index), axis=0), np.delete(labels, int(index))
    raise ValueError(f"a choice must change fields or a point; got {', '.join(choice)}")


def choose_table(visit: Visit, *, else_try: str = "") -> None:
    """Upload a CSV, look at it, and choose two columns and a label; `else_try` is said of a table that has none."""
    if "dataset" in visit.hidden:
        return
    upload_csv(
        f"{visit.page}.csv",
        lambda content: _choose_columns(visit, read_csv(content)),
        tip="Two numeric columns and a label become points on the map. Watch which columns part the classes.",
        rules="The first row names the columns. At most 5 MB; the label may have 2 to 20 classes.",
        else_try=else_try,
    )
    if visit.spec.structure.dataset == "csv":
        table = own_points(visit.spec.structure.points)
        across, upward = (axis.name for axis in table.axes)
        st.caption(plain(f"In use: your table, {len(table.X)} points, {across} across, {upward} upward."))


def _choose_columns(visit: Visit, table: Table) -> None:
    for notice in table.notices:
        st.info(plain(notice))
    check_labels(table)
    st.dataframe([dict(zip(table.columns, row, strict=True)) for row in table.rows[:5]], hide_index=True)
    x1 = st.selectbox(
        "Across",
        table.numeric_columns,
        index=0,
        help="The column that runs across the map. Watch which two part the classes best.",
    )
    x2 = st.selectbox(
        "Upward",
        table.numeric_columns,
        index=1,
        help="The column that runs up the map. Watch which two part the classes best.",
    )
    labels = [name for name in table.label_columns if name not in (x1, x2)]
    if not labels:
        empty = f"; without any value: {', '.join(table.empty_columns)}" if table.empty_columns else ""
        rule = f"a table must have a column of 2 to {MAX_CLASSES} different values to predict beside {x1} and {x2}"
        counts = [f"{name} has {len(set(table.cells(name)))}" for name in table.columns if name not in (x1, x2)]
        raise TableError(f"{rule}; none is left: {', '.join(counts[:MOST_NAMED])}{empty}")
    for broken in refused_labels(table)[:MOST_NAMED]:
        st.info(plain(f"Not offered as label: {broken}."))
    label = st.selectbox(
        "Label",
        labels,
        index=len(labels) - 1,
        help="The column that is to be predicted. Watch how many classes it has.",
    )
    points = choose_columns(table, x1, x2, label)
    st.caption(plain(f"{len(points.X)} points: {x1} runs across, {x2} upward, {label} is predicted."))
    offer_table(f"{visit.page}.csv", lambda: visit.change(dataset="csv", points=pack_points(points)))
