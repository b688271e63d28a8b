"""What the contenders of a comparison learn from, and the places that their maps show.

Points in the plane are their own map. A table of many columns has a map of its own (`playground.data.plane`), and a
second form for XGBoost, which reads gaps and categories as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from playground.data.cells import cell_centers, cell_places
from playground.data.dataset import Dataset, make_dataset
from playground.data.features import make_features
from playground.data.native import NativeColumns
from playground.data.preparation import Question
from playground.data.samples import Samples
from playground.data.table_samples import TableSamples, make_table_samples
from playground.spec.network import DataChoices
from playground.spec.points import Axis
from playground.spec.tables import TableChoices
from playground.spec.wording import number_text, value_text

SIDE = 100  # cells along each axis of a map
SNAP = 1e-4  # a place of the map so near to a point stands for the point's own row

NO_ROW = "No row of the table stands here. What is asked about is made up from the place on the map and may not exist."

Rows = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Arena:
    """One data set for all contenders: they differ in nothing but themselves.

    Attributes:
        samples: the rows that train and test, in the data's own units.
        plane: the same rows as places on the map, training rows first.
        grid: (side * side, d) rows at the cells of the map, top row first.
        centers: ascending places of the map's columns and rows when both are columns of the samples; None else.
        features: (rows, names) -> (n_features, n), what a network sees.
        at: places of the map (m, 2) -> the rows that they stand for (m, d).
        answer: unit of a value that is predicted: `center + scale * y`.
        questions: what each column is in the words of the data, for splits.
        axis_categories: for each axis of the map what its whole numbers stand for; nothing where it shows numbers.
        title: what the map shows, in one sentence; empty for points in the plane.
        meaning: what its colored areas are and are not.
        told: place of the map -> which row is asked about there, in the words of the table; None for points.
        native: a table as XGBoost reads it; None for points in the plane.
        as_is: only in `native`: its rows with gaps, (n + m, k), and what their columns are.
    """

    samples: Samples
    plane: Dataset
    grid: np.ndarray
    centers: tuple[np.ndarray, np.ndarray] | None
    features: Callable[[np.ndarray, Sequence[str]], np.ndarray]
    at: Rows
    questions: tuple[Question, ...]
    answer: Axis = Axis("output")
    axis_categories: tuple[tuple[str, ...], ...] = ((), ())
    title: str = ""
    meaning: str = ""
    told: Callable[[tuple[float, float]], str] | None = None
    native: Arena | None = None
    as_is: tuple[np.ndarray, NativeColumns] | None = None

    @property
    def is_plane(self) -> bool:
        """Whether the samples are points in the plane, which are their own map."""
        return not self.title

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
        return self.at(np.array([point]))

    def nearest_truth(self, point: tuple[float, float]) -> str:
        """The class, or the value, of the row nearest to a place on the map."""
        y = self.labels[int(np.argmin(np.sum((self.plane.X - np.array(point)) ** 2, axis=1)))]
        return self.samples.class_names[int(y)] if self.samples.class_names else self.value_text(y)

    def value_text(self, y: float) -> str:
        """A value to be predicted in its own unit."""
        center, scale = self.answer.center, self.answer.scale
        return number_text(y, ".3f") if scale == 1 else value_text(center + scale * y, scale)


def make_arena(choices: TableChoices) -> Arena:
    """Points in the plane or a table as an arena. The same choices always give the same one."""
    if choices.is_table:
        return _of_table(make_table_samples(choices))
    return _cached(
        choices.dataset, choices.n_samples, choices.train_share, choices.noise, choices.data_seed, choices.points
    )


@lru_cache(maxsize=48)
def _cached(name: str, n_samples: int, train_share: float, noise: float, data_seed: int, points: str) -> Arena:
    given = {"n_samples": n_samples, "train_share": train_share, "noise": noise, "data_seed": data_seed}
    plain: dict[str, Any] = {**given, "dataset": name, "points": points}
    data = make_dataset(DataChoices.model_construct(**plain))  # a spec has checked them
    data = replace(data, axes=(data.axes[0].readable, data.axes[1].readable))
    rows, n = _in_units(data, data.X), data.n_train
    columns = tuple(axis.name for axis in data.axes)
    samples = Samples(rows[:n], data.y[:n], rows[n:], data.y[n:], columns, data.class_names)
    for array in (rows, *vars(samples).values()):
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    grid = _in_units(data, cell_places(SIDE))  # (side * side, 2)
    first, second = (axis.values(cell_centers(SIDE)) for axis in data.axes)

    center, spread = _of_training_rows(data) if name == "csv" else (np.zeros(2), np.ones(2))

    def features(rows: np.ndarray, names: Sequence[str]) -> np.ndarray:
        places = [(column - axis.center) / axis.scale for axis, column in zip(data.axes, rows.T, strict=True)]
        return make_features((np.stack(places, axis=1) - center) / spread, names)

    questions = tuple(Question(axis.name, spread=axis.scale) for axis in data.axes)
    return Arena(samples, data, grid, (first, second), features, lambda places: _in_units(data, places), questions)


@lru_cache(maxsize=16)
def _of_table(table: TableSamples) -> Arena:
    places, plane, columns = cell_places(SIDE), table.dataset, table.native_columns
    prepared, as_is = table.plane.rows(places)
    titles: dict[str, Any] = {
        "answer": table.answer,
        "axis_categories": table.plane.categories,
        "title": table.plane.title,
        "meaning": f"{table.plane.meaning} {_unit_of_losses(table)}".strip(),
    }

    def widen(native: np.ndarray) -> np.ndarray:
        return columns.widen(columns.single(native))

    def arena(
        samples: Samples, grid: np.ndarray, elsewhere: Rows, questions: tuple[Question, ...], **more: Any
    ) -> Arena:
        rows = np.vstack([samples.train_x, samples.test_x])
        at = _snapping(plane.X, rows, elsewhere)
        return Arena(samples, plane, grid, None, lambda rows, _: rows.T, at, questions, **titles, **more)

    native = table.native
    natives = np.vstack([native.train_x, native.test_x])

    def told(point: tuple[float, float]) -> str:
        distance = np.abs(plane.X - np.array(point)).max(axis=1)
        if distance.min() >= SNAP:
            return NO_ROW
        return f"The row: {columns.words(natives[distance.argmin()])}."

    names = tuple(question.name for question in columns.questions)
    wide = replace(native, train_x=widen(native.train_x), test_x=widen(native.test_x), columns=names)
    whole = (columns.single(natives), columns)
    inner = arena(wide, widen(as_is), lambda at: widen(table.plane.rows(at)[1]), columns.questions, as_is=whole)
    return arena(
        table.prepared,
        prepared,
        lambda at: table.plane.rows(at)[0],
        table.preparation.questions,
        told=told,
        native=inner,
    )


def _unit_of_losses(table: TableSamples) -> str:
    answer = table.answer
    if table.native.class_names:
        return ""
    one = value_text(answer.scale, answer.scale)
    return f"Losses are squared errors in standard deviations of {answer.name}, of which one is {one}."


def _snapping(X: np.ndarray, rows: np.ndarray, elsewhere: Rows) -> Rows:
    """Places -> rows: a point's own row where a point stands, else the row of the map."""

    def at(places: np.ndarray) -> np.ndarray:
        distance = np.abs(X[:, None] - places[None]).max(axis=2)  # (n, m)
        return np.where(distance.min(axis=0)[:, None] < SNAP, rows[distance.argmin(axis=0)], elsewhere(places))

    return at


def _of_training_rows(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """By what places on the map are centered and scaled for a network: (2,) each, so that training rows spread by 2.

    The map itself is scaled by all rows of a table; a network must not hear of the test rows.
    """
    train = data.X[: data.n_train]
    spread = train.std(axis=0) / 2
    return train.mean(axis=0), np.where(spread > 0, spread, 1.0)


def _in_units(data: Dataset, X: np.ndarray) -> np.ndarray:
    """Places on the map (n, 2) in the data's own units."""
    return np.stack([axis.values(x) for axis, x in zip(data.axes, X.T, strict=True)], axis=1)
