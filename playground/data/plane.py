"""A map of many columns: where each row stands on it, and which row a place of it stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.data.cells import RANGE, TYPICAL
from playground.data.chance import Chance
from playground.data.preparation import Preparation, Values
from playground.spec.columns import Column
from playground.spec.points import Axis
from playground.spec.wording import value_text

_JITTER = 0.3  # of the distance between two categories, so that rows do not hide one another


@dataclass(frozen=True, eq=False)
class Plane:
    """A two-dimensional cut through the space of all columns.

    Attributes:
        axes: names and units of both directions.
        X: (n, 2) float64 where the rows stand, each in [-6, 6].
        title: what the map shows, in one sentence.
        meaning: what its colored areas are and are not.
        corner: (d,) the prepared row in the middle of the map; for two columns the typical row as it is, (k,).
        directions: (2, d) what one unit of an axis adds to a prepared row; empty for two columns.
        places: which two features the axes are; empty for components.
    """

    axes: tuple[Axis, Axis]
    X: Values
    title: str
    meaning: str
    preparation: Preparation
    corner: Values
    directions: Values
    places: tuple[int, ...] = ()

    @property
    def categories(self) -> tuple[tuple[str, ...], ...]:
        """For each axis what its whole numbers stand for; nothing where it shows numbers."""
        return tuple(self.preparation.columns[place].categories for place in self.places) or ((), ())

    def rows(self, places: Values) -> tuple[Values, Values]:
        """The rows that places of the map stand for, prepared and as they are: (m, 2) -> (m, d) and (m, k)."""
        if not self.places:
            scores = places * [axis.scale for axis in self.axes]
            prepared = self.corner + scores @ self.directions
            return prepared, self.preparation.restore(prepared)
        native = np.tile(self.corner, (len(places), 1))  # (m, k)
        for axis, feature, x in zip(self.axes, self.places, places.T, strict=True):
            values = axis.center + axis.scale * x
            n_categories = len(self.preparation.columns[feature].categories)
            native[:, feature] = np.clip(np.rint(values), 0, n_categories - 1) if n_categories else values
        return self.preparation.prepare(native), native


def by_components(preparation: Preparation, prepared: Values, n_train: int) -> Plane:
    """The plane of the two principal components of the training rows, through their mean.

    A place between the points stands for a row that differs from the mean row along these two directions only.

    Args:
        preparation: fitted on the training rows.
        prepared: (n, d) all rows, training rows first.
        n_train: how many train.

    Source: checked against `sklearn.decomposition.PCA` in tests/golden/test_tables.py.
    """
    mean = prepared[:n_train].mean(axis=0)
    _, spread, directions = np.linalg.svd(prepared[:n_train] - mean, full_matrices=False)
    directions = directions[:2] if len(directions) > 1 else np.eye(2, prepared.shape[1])
    strongest = np.abs(directions).argmax(axis=1)
    directions = directions * np.sign(directions[np.arange(2), strongest])[:, None]  # no sign by luck
    scores = (prepared - mean) @ directions.T  # (n, 2)
    parts = [float(part) for part in (spread**2 / max(np.sum(spread**2), 1e-300))[:2]]
    scales = [_scale_of(x) for x in scores.T]
    first, second = (Axis(f"component {k + 1}", 0.0, scale) for k, scale in enumerate(scales))
    leading = [_leading(preparation.names, direction) for direction in directions]
    n_columns, width = len(preparation.columns), prepared.shape[1]
    counted = f" ({width} when each category has its own)" if width != n_columns else ""
    title = (
        f"The maps show the two principal components of {n_columns} columns{counted}: {parts[0]:.0%} and "
        f"{sum(parts[1:]):.0%} of all differences between the rows."
    )
    meaning = (
        f"A component is a direction in which the rows differ most. Component 1 is mostly {leading[0]}, component 2 "
        f"mostly {leading[1]}. The colored areas are a cut through the middle of the data: what a model says of a row "
        "that is average in everything else. The points have all their columns, so one may be right though its area is "
        "wrong."
    )
    return Plane((first, second), scores / scales, title, meaning, preparation, mean, directions)


def _leading(names: tuple[str, ...], direction: Values) -> str:
    order = np.argsort(-np.abs(direction), kind="stable")[:2]
    return " and ".join(f"{'' if direction[k] > 0 else 'minus '}{names[k]}" for k in order)


def by_columns(preparation: Preparation, native: Values, places: tuple[int, int], chance: Chance) -> Plane:
    """The plane of two columns; all others stand at their typical value.

    Args:
        preparation: fitted on the training rows.
        native: (n, k) all rows, NaN where a value is missing.
        places: two different features.
        chance: scatters the rows of a category, so that they do not hide one another.
    """
    filled = np.where(np.isnan(native), preparation.typical, native)
    axes, X = [], []
    for place in places:
        column = preparation.columns[place]
        axis = _axis_of(column, filled[:, place])
        n_categories = len(column.categories)
        shift = chance.uniform(f"jitter {column.name}", -_JITTER, _JITTER, len(native)) if n_categories else 0.0
        axes.append(axis)
        X.append(np.clip((filled[:, place] + shift - axis.center) / axis.scale, -RANGE, RANGE))
    here = [preparation.columns[place] for place in places]
    others = [
        f"{column.name} {_shown(column, preparation.typical[k], filled[:, k])}"
        for k, column in enumerate(preparation.columns)
        if k not in places
    ]
    title = f"The maps show two of {len(preparation.columns)} columns: {here[0].name} and {here[1].name}."
    meaning = "".join(_gaps(column, native[:, place]) for column, place in zip(here, places, strict=True)).lstrip()
    if others:
        more = f" and {len(others) - 4} more" if len(others) > 4 else ""
        meaning = (
            f"In the colored areas all other columns stand at their typical value: {', '.join(others[:4])}{more}. The "
            f"points have their own, so a point may be right though its area is wrong. {meaning}"
        )
    return Plane(
        (axes[0], axes[1]),
        np.stack(X, axis=1),
        title,
        meaning,
        preparation,
        preparation.typical,
        np.empty((0, 0)),
        places,
    )


def _axis_of(column: Column, values: Values) -> Axis:
    name = column.name
    if column.categories:
        n = len(column.categories)
        return Axis(name, (n - 1) / 2, n / 2 / RANGE)  # a band for each
    middle = float(values.mean())
    unit = _scale_of(values - middle)
    center = float(np.rint(middle / unit) * unit)
    return Axis(name, center, _scale_of(values - center))


def _scale_of(shifted: NDArray[np.float64]) -> float:
    """Units of a column for 1 on the map, rounded up to two digits so that the axis reads well."""
    scale = max(float(shifted.std()) / TYPICAL, float(np.abs(shifted).max()) / RANGE)
    if not scale > 1e-100:
        return 1.0
    digit = 10.0 ** (np.floor(np.log10(scale)) - 1)
    return float(np.ceil(scale / digit * (1 - 1e-12)) * digit)


def _shown(column: Column, value: float, values: Values) -> str:
    return column.categories[int(value)] if column.categories else value_text(value, float(values.std()) or 1.0)


def _gaps(column: Column, values: Values) -> str:
    n = int(np.isnan(values).sum())
    return f" {n} points whose {column.name} is missing stand at its typical value." if n else ""
