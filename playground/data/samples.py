"""Rows and columns as a model of scikit-learn, XGBoost or the kernel reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Samples:
    """Training and test rows of one task; arrays are read-only.

    Attributes:
        train_x: (n, d) float64.
        train_y: (n,) float64; the class 0 to K - 1, or the value of a regression.
        test_x: (m, d) float64.
        test_y: (m,) float64.
        columns: a name for each of the d columns.
        class_names: one for each class; none for regression.
    """

    train_x: NDArray[np.float64]
    train_y: NDArray[np.float64]
    test_x: NDArray[np.float64]
    test_y: NDArray[np.float64]
    columns: tuple[str, ...]
    class_names: tuple[str, ...]

    @property
    def task(self) -> Literal["classification", "regression"]:
        """What kind of answer is wanted."""
        return "classification" if self.class_names else "regression"
