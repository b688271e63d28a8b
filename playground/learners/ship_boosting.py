"""Trains the boosted trees that read digits: `python -m playground.learners.ship_boosting mnist.npz`."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from playground.data.digits import Digits, load_complete
from playground.models.shipped import BOOSTING, as_pixels

N_ROUNDS = 48
PARAMS = {
    "objective": "multi:softprob", "num_class": 10, "tree_method": "hist", "max_bin": 16, "max_depth": 5, "eta": 0.3,
    "min_child_weight": 10, "colsample_bytree": 0.5, "subsample": 0.7, "seed": 0, "nthread": 1,
}  # fmt: skip


def train(data: Digits) -> Any:
    """A booster of `N_ROUNDS` rounds, ten trees each, on all training images as they are."""
    import xgboost

    images = xgboost.DMatrix(as_pixels(data.train_images), data.train_labels)
    return xgboost.train(PARAMS, images, N_ROUNDS)


def test_accuracy(data: Digits, booster: Any) -> float:
    """On all test images of the set."""
    proba = booster.inplace_predict(as_pixels(data.test_images))  # (n, 10)
    return float(np.mean(proba.argmax(axis=1) == data.test_labels))


if __name__ == "__main__":
    complete = load_complete(sys.argv[1])
    trees = train(complete)
    reached = test_accuracy(complete, trees)
    trees.set_attr(accuracy=f"{reached:.4f}")
    trees.save_model(BOOSTING)
    print(f"{reached:.2%} of {len(complete.test_labels)} test images")  # noqa: T201
