"""A structure as arrays: what the kernel needs besides the state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from playground.data.dataset import Dataset, make_dataset
from playground.data.features import make_features
from playground.models.mlp import layer_sizes
from playground.spec import NetworkStructure
from playground.training.codes import ACTIVATIONS, LOSSES


@dataclass(frozen=True)
class Problem:
    """Points, features and targets, with the codes of the network that learns them.

    Attributes:
        data: the points.
        X: (n_features, n_samples) float32, training points first.
        targets: (n_outputs, n_samples) float32: +1 and -1 by class, or the value to predict.
        sizes: units in each layer, features and outputs included.
        activations: code of each hidden layer.
        loss: code.
    """

    data: Dataset
    X: np.ndarray
    targets: np.ndarray
    sizes: np.ndarray
    activations: np.ndarray
    loss: int

    @cached_property
    def train(self) -> tuple[np.ndarray, np.ndarray]:
        """X and targets of the training points, contiguous."""
        n = self.data.n_train
        return np.ascontiguousarray(self.X[:, :n]), np.ascontiguousarray(self.targets[:, :n])


@lru_cache(maxsize=64)
def make_problem(structure: NetworkStructure) -> Problem:
    """The arrays of a structure; cached, since every slice needs them."""
    data = make_dataset(structure)
    X = make_features(data.X, structure.features).astype(np.float32)  # (n_features, n_samples)
    targets = make_targets(data)
    sizes = layer_sizes(len(structure.features), structure.hidden_sizes, len(targets))
    codes = [ACTIVATIONS[structure.activation_of(layer)] for layer in range(len(structure.hidden_sizes))]
    return Problem(data, X, targets, sizes, np.array(codes, dtype=np.int64), LOSSES[structure.loss])


def make_targets(data: Dataset) -> np.ndarray:
    """What the outputs should say: (n_outputs, n_samples) float32.

    Two classes need one output (+1 for class 1, -1 for class 0); K classes need K; regression has its value.
    """
    if data.task == "regression":
        return data.y[None].astype(np.float32)  # (1, n_samples)
    if data.n_classes == 2:
        return np.where(data.y[None] == 1, 1, -1).astype(np.float32)  # (1, n_samples)
    return np.where(data.y[None] == np.arange(data.n_classes)[:, None], 1, -1).astype(np.float32)  # (n_classes, n)
