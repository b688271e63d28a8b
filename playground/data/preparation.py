"""A table in the two forms that models read: as it is, and filled in, split into one column a category, and scaled.

Everything that is estimated (typical values, categories, means, spreads) comes from the training rows alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.data.chance import Chance
from playground.spec.columns import MAX_CATEGORIES, Column
from playground.spec.wording import value_text

Values = NDArray[np.float64]


def knock_out(columns: Sequence[Column], share: float, chance: Chance) -> tuple[Column, ...]:
    """Take values away by chance, each with the same probability, whatever it is and whatever else is missing.

    A larger share takes the same values and more: what 10% takes, 20% takes too. The chance of a value comes from
    the seed, its column's name and its row, so another column more or less changes nothing.

    Args:
        columns: of n rows each.
        share: probability, 0 to 1.
        chance: where chance comes from.
    """
    if share == 0:
        return tuple(columns)
    return tuple(
        _without(column, chance.uniform(f"missing {column.name}", 0, 1, len(column.values)) < share)
        for column in columns
    )


def _without(column: Column, gone: NDArray[np.bool_]) -> Column:
    return replace(column, values=np.where(gone, np.nan, column.values))


@dataclass(frozen=True)
class Question:
    """What a split of a tree on a prepared column asks, in the words of the table.

    Attributes:
        name: the column of the table.
        category: which category is asked for, or `missing`; empty for numbers.
        center: a number x of the prepared column stands for `center + scale * x`.
        scale: see `center`.
        spread: of the numbers in the unit of the table; it decides how many digits they need.
    """

    name: str
    category: str = ""
    center: float = 0.0
    scale: float = 1.0
    spread: float = 1.0

    def condition(self, value: float, threshold: float, sign: str) -> str:
        """How a row passes a split: `age < 12`, `sex is not female`, `age is missing`.

        Args:
            value: what the row has there; an infinity stands for a gap.
            threshold: of the split.
            sign: how the value stands to it, one of < ≥ ≤ >.
        """
        if np.isinf(value):
            return f"{self.name} is missing"
        if self.category:
            return f"{self.name} is {'not ' if sign in '<≤' else ''}{self.category}"
        own, cut = self.center + self.scale * value, self.center + self.scale * threshold
        grain = 1e-9 * self.spread  # what scaling leaves of a value

        def is_true(shown: float) -> bool:
            return own <= shown + grain if sign in "<≤" else own >= shown - grain

        return f"{self.name} {sign} {value_text(cut, self.spread, is_true)}"


@dataclass(frozen=True, eq=False)
class Preparation:
    """How rows become what a model reads; fitted on training rows only.

    Attributes:
        columns: the k features; categories are those of the training rows.
        names: of the d prepared columns.
        typical: (k,) what stands for a missing value: the median, or the most frequent category.
        sources: (d,) which feature a prepared column comes from.
        codes: (d,) which category of that feature it stands for; NaN for numbers and for "is missing".
    """

    columns: tuple[Column, ...]
    names: tuple[str, ...]
    typical: Values
    sources: NDArray[np.intp]
    codes: Values
    _fitted: Any

    def prepare(self, native: Values) -> Values:
        """Rows as they are -> rows without gaps: (n, k) with NaN -> (n, d), finite.

        Numbers get the median of the training rows where they are missing, then mean 0 and spread 1. Categories get the
        most frequent one, then a column each of 0 and 1; two categories share one column.
        """
        return np.asarray(self._fitted.transform(native), dtype=np.float64)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What each prepared column says in the words of the table."""
        scaler = self._fitted.named_transformers_["numbers"][-1]
        numbers = [k for k, column in enumerate(self.columns) if not column.categories]
        found = [
            Question(self.columns[k].name, "", center, scale, scale)
            for k, center, scale in _with_scales(numbers, scaler)
        ]
        for name, source in list(zip(self.names, self.sources, strict=True))[len(found) :]:
            column = self.columns[source].name
            found.append(Question(column, name.removeprefix(column).removeprefix(": ").removeprefix(" is ")))
        return tuple(found)

    def restore(self, prepared: Values) -> Values:
        """The rows that prepared ones stand for: (n, d) -> (n, k). Of several categories the strongest is taken."""
        native = np.empty((len(prepared), len(self.columns)))
        n_numbers = 0
        for k, column in enumerate(self.columns):
            if column.categories:
                native[:, k] = self._strongest(prepared, k)
            else:
                scaler = self._fitted.named_transformers_["numbers"][-1]
                native[:, k] = prepared[:, n_numbers] * scaler.scale_[n_numbers] + scaler.mean_[n_numbers]
                n_numbers += 1
        return native

    def _strongest(self, prepared: Values, feature: int) -> Values:
        """The category of each row: the one with the largest part; one without a column has what the others leave."""
        here = np.flatnonzero((self.sources == feature) & ~np.isnan(self.codes))
        codes, parts = self.codes[here], prepared[:, here]
        every = np.arange(len(self.columns[feature].categories), dtype=np.float64)
        if len(every) == 2 and len(codes) == 1:
            codes = np.append(codes, every[every != codes[0]])
            parts = np.column_stack([parts, 1 - parts])
        return np.asarray(codes[parts.argmax(axis=1)]) if len(codes) else np.zeros(len(prepared))


def _with_scales(numbers: list[int], scaler: Any) -> list[tuple[int, float, float]]:
    """Each number's place with mean and spread of its training rows; only then is `scaler` fitted."""
    if not numbers:
        return []
    kept = len(numbers)
    return list(zip(numbers, map(float, scaler.mean_[:kept]), map(float, scaler.scale_[:kept]), strict=True))


def seen_in_training(columns: Sequence[Column], n_train: int) -> tuple[Column, ...]:
    """The columns with categories of the training rows only; a category that only test rows have counts as missing."""
    return tuple(_only_known(column, n_train) if column.categories else column for column in columns)


def _only_known(column: Column, n_train: int) -> Column:
    train = column.values[:n_train]
    known = np.unique(train[~np.isnan(train)]).astype(int)
    place = np.full(len(column.categories) + 1, np.nan)
    place[known] = np.arange(len(known))
    codes = np.where(np.isnan(column.values), len(column.categories), column.values).astype(int)
    return Column(column.name, place[codes], tuple(column.categories[k] for k in known) or column.categories[:1])


def fit_preparation(columns: Sequence[Column], native: Values, *, flag_missing: bool) -> Preparation:
    """Learn from training rows how to prepare rows.

    Args:
        columns: the features, from `seen_in_training`.
        native: (n_train, k) their training rows, NaN where a value is missing.
        flag_missing: whether a column more says where a number was missing, and "missing" is a category.
    """
    fitted = _pipelines(columns, native, flag_missing).fit(native)
    numbers = [k for k, column in enumerate(columns) if not column.categories]
    parts = [(columns[k].name, k, np.nan) for k in numbers]
    if numbers and flag_missing:
        flagged = fitted.named_transformers_["numbers"][0].indicator_.features_
        parts += [(f"{columns[numbers[j]].name} is missing", numbers[j], np.nan) for j in flagged]
    for name, _, places in fitted.transformers_:
        if name != "numbers" and places:
            encoder = fitted.named_transformers_[name][-1]
            for j, k in enumerate(places):
                parts += [(f"{columns[k].name}: {title}", k, code) for title, code in _encoded(encoder, j, columns[k])]
    names, sources, codes = zip(*parts, strict=True)
    return Preparation(tuple(columns), names, _typical(columns, native), np.array(sources), np.array(codes), fitted)


def _encoded(encoder: Any, j: int, column: Column) -> list[tuple[str, float]]:
    """Title and category of each column that an encoder makes of its feature `j`."""
    found, rare = encoder.categories_[j], encoder.infrequent_categories_[j]
    kept = np.ones(len(found), dtype=bool) if rare is None else ~np.isin(_comparable(found), _comparable(rare))
    if encoder.drop_idx_ is not None and encoder.drop_idx_[j] is not None:
        kept[encoder.drop_idx_[j]] = False
    codes = [float(code) for code in found[kept]]
    titles = [("missing" if np.isnan(code) else column.categories[int(code)], code) for code in codes]
    return titles if rare is None else [*titles, (f"one of {len(rare)} others", float(rare[0]))]


def _comparable(codes: Values) -> Values:
    return np.where(np.isnan(codes), -1, codes)


def _typical(columns: Sequence[Column], native: Values) -> Values:
    typical = np.zeros(len(columns))
    for k, column in enumerate(columns):
        here = native[~np.isnan(native[:, k]), k]
        if len(here):
            typical[k] = np.bincount(here.astype(int)).argmax() if column.categories else np.median(here)
    return typical


def _pipelines(columns: Sequence[Column], native: Values, flag_missing: bool) -> Any:
    from sklearn.compose import ColumnTransformer  # here: only workers pay for loading it
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    encoder = OneHotEncoder(sparse_output=False, drop="if_binary", max_categories=MAX_CATEGORIES)
    median = SimpleImputer(strategy="median", keep_empty_features=True, add_indicator=flag_missing)
    frequent = SimpleImputer(strategy="most_frequent", keep_empty_features=True)
    numbers = [k for k, column in enumerate(columns) if not column.categories]
    categories = [k for k, column in enumerate(columns) if column.categories]
    flagged = [k for k in categories if flag_missing and np.isnan(native[:, k]).any()]  # "missing" is one of them
    filled = [k for k in categories if k not in flagged]
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(median, StandardScaler()), numbers),
            ("flagged", make_pipeline(encoder), flagged),
            ("filled", make_pipeline(frequent, encoder), filled),
        ]
    )
