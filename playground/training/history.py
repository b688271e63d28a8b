"""What is recorded of a run, and when: a rule of the epoch alone, never of the frame rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EVERY_EPOCH_UNTIL = 200


def next_record(epoch: int, stop_epoch: int = 0) -> int:
    """The epoch after `epoch` at which losses are evaluated: each one up to 200, then 1% further each time.

    Args:
        epoch: of the record before.
        stop_epoch: at which the run shall stop; it is recorded too.

    >>> [next_record(e) for e in (0, 199, 200, 250, 1000)]
    [1, 200, 202, 252, 1010]
    >>> next_record(398, stop_epoch=400)
    400
    """
    then = epoch + max(1, epoch // 100)
    return stop_epoch if epoch < stop_epoch < then else then


@dataclass(frozen=True)
class History:
    """A table that only grows at its end.

    Attributes:
        columns: names; the first two are always `epoch` and `step`.
        rows: (n_records, n_columns) float64, one row a recorded epoch.
    """

    columns: tuple[str, ...]
    rows: np.ndarray

    @classmethod
    def empty(cls, *columns: str) -> History:
        """A history without records whose columns are `epoch`, `step` and the given ones."""
        names = ("epoch", "step", *columns)
        return cls(names, np.empty((0, len(names))))

    def add(self, *values: float) -> History:
        """A longer history; this one stays as it was. `values` stand in the order of `columns`."""
        return History(self.columns, np.vstack([self.rows, np.asarray([values], dtype=float)]))

    def until(self, epoch: int) -> History:
        """The records up to and including `epoch`."""
        return History(self.columns, self.rows[: np.searchsorted(self.rows[:, 0], epoch, side="right")])

    def column(self, name: str) -> np.ndarray:
        """One column, shape (n_records,)."""
        return self.rows[:, self.columns.index(name)]

    def last(self, name: str) -> float:
        """The newest value of a column; NaN while nothing is recorded."""
        return float(self.column(name)[-1]) if len(self.rows) else float("nan")
