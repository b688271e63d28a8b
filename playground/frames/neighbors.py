"""The training images most like a drawing as a network sees them, and whether it is like any of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.data.digits import Digits
from playground.models.cnn import as_input, forward
from playground.spec.network import Activation
from playground.spec.stack import read_stack
from playground.training.evaluation import CHUNK

N_NEAREST = 6
PERCENTILE = 99.0  # of the test digits' own distances


def nearest_images(
    stack: str, activation: Activation, params: np.ndarray, drawing: np.ndarray, data: Digits
) -> dict[str, Any]:
    """The nearest training images by Euclidean distance in the last hidden layer.

    Returns:
        `nearest` (6, 28, 28) uint8, their labels and distances, and `distance_limit`: 99 of 100 test digits have a
        training image nearer than that. A drawing beyond it is like no digit that the network has learned from. One
        within it may still be no digit: a cross is found out by the shipped network, noise and an A are not.
    """
    train, limit = _known(stack, activation, params.tobytes(), data)
    weights = torch.tensor(params)
    distances = torch.cdist(_features(stack, activation, weights, drawing[None]), train)[0]  # (n_train,)
    values, places = distances.topk(N_NEAREST, largest=False)
    return {
        "nearest": data.train_images[places.numpy()],
        "nearest_labels": data.train_labels[places.numpy()].tolist(),
        "nearest_distances": values.tolist(),
        "distance_limit": limit,
    }


@lru_cache(maxsize=2)
def _known(stack: str, activation: Activation, params: bytes, data: Digits) -> tuple[Tensor, float]:
    """The last hidden layer of all training images, and the distance that 99 % of the test digits keep to."""
    weights = torch.tensor(np.frombuffer(params, np.float32).copy())
    train = _features(stack, activation, weights, data.train_images)  # (n_train, n_units)
    test = _features(stack, activation, weights, data.test_images)  # (n_test, n_units)
    nearest = torch.cat([torch.cdist(part, train).amin(dim=1) for part in test.split(CHUNK)])  # (n_test,)
    return train, float(np.percentile(nearest.numpy(), PERCENTILE))


def _features(stack: str, activation: Activation, weights: Tensor, images: np.ndarray) -> Tensor:
    """What the output layer is given: (n, n_units)."""
    blocks, parts = read_stack(stack), []
    with torch.no_grad():
        for at in range(0, len(images), CHUNK):
            X = as_input(images[at : at + CHUNK])
            layers = [X, *forward(weights, X, blocks, activation)]
            parts.append(layers[-2].flatten(1))  # (n, n_units)
    return torch.cat(parts)
