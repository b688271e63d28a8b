"""Gaps and categories for trees that know only "is this number below that one?".

XGBoost sends a gap to the side where it fits best, and asks of a category whether it is this one or not. Both become
plain questions on rows with more columns: each number and each category stands there twice, once with gaps below
everything and once with gaps above everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from playground.data.preparation import Question, Values
from playground.spec.columns import Column
from playground.spec.wording import value_text

MOST_TOLD = 12  # columns of a row


@dataclass(frozen=True, eq=False)
class NativeColumns:
    """The columns of a table as XGBoost reads them, and as plain trees do.

    Attributes:
        columns: the k features of a table.
        train: (n_train, k) their training rows, which say from where a column is counted.
    """

    columns: tuple[Column, ...]
    train: Values

    @property
    def feature_types(self) -> tuple[str, ...]:
        """XGBoost's letter for each feature: `q` numbers, `c` categories."""
        return tuple("c" if column.categories else "q" for column in self.columns)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where the questions of each feature begin; numbers have one, categories one each."""
        widths = [max(1, len(column.categories)) for column in self.columns]
        return tuple(int(start) for start in np.cumsum([0, *widths]))

    @property
    def questions(self) -> tuple[Question, ...]:
        """What each column of the wider rows is about: first those with gaps below, then those with gaps above."""
        once = [
            Question(column.name, title, offset, spread=_spread(known))
            for column, offset, known in zip(self.columns, self.offsets, self._known, strict=True)
            for title in column.categories or ("",)
        ]
        return (*once, *once)

    @cached_property
    def offsets(self) -> Values:
        """From where each number is counted, (k,): 0, unless float32 does not tell its training values apart."""
        offsets = np.zeros(len(self.columns))
        for k, (column, known) in enumerate(zip(self.columns, self._known, strict=True)):
            if not column.categories and len(np.unique(known.astype(np.float32))) < len(np.unique(known)):
                offsets[k] = known.mean()
        return offsets

    @cached_property
    def _known(self) -> list[Values]:
        """The training values of each column that are not missing."""
        return [values[~np.isnan(values)] for values in self.train.T]

    def words(self, row: Values) -> str:
        """A row (k,) of the table in its own words: `age = 34, sex = male, fare = missing, and 3 more columns`."""
        told = []
        for column, known, value in zip(self.columns[:MOST_TOLD], self._known, row, strict=False):
            said = "missing" if np.isnan(value) else value_text(value, _spread(known))
            told.append(
                f"{column.name} = {column.categories[int(value)] if column.categories and said != 'missing' else said}"
            )
        more = len(self.columns) - len(told)
        return ", ".join(told) + (f", and {more} more columns" if more else "")

    def single(self, native: Values) -> Values:
        """Rows as XGBoost reads them: counted from the offsets, in the precision of float32."""
        return (native - self.offsets).astype(np.float32).astype(np.float64)

    def widen(self, native: Values) -> Values:
        """Rows for plain trees: (n, k) of `single` with NaN -> (n, 2 q) with infinities, for q questions."""
        parts = [
            (native[:, [k]] == np.arange(len(column.categories))) * 1.0 if column.categories else native[:, [k]]
            for k, column in enumerate(self.columns)
        ]
        widths = np.diff(self.starts)
        gaps = np.repeat(np.isnan(native), widths, axis=1)  # (n, q)
        once = np.concatenate(parts, axis=1)
        return np.concatenate([np.where(gaps, -np.inf, once), np.where(gaps, np.inf, once)], axis=1)

    def question(self, feature: int, category: int | None, *, gaps_left: bool) -> int:
        """The wide column that a split of XGBoost asks about."""
        place = self.starts[feature] + (category or 0)
        return place if gaps_left else self.starts[-1] + place


def _spread(values: Values) -> float:
    """The standard deviation; 1 where there is none."""
    return float(values.std()) or 1.0 if len(values) else 1.0
