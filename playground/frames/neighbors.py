"""The training images most like a drawing as a network sees them, and whether it is like any of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from playground.data.digits import Digits
from playground.models.cnn import as_input, last_hidden
from playground.spec.network import Activation
from playground.spec.stack import Block, read_stack

N_NEAREST = 6
PERCENTILE = 99.0  # of the test digits' own distances
N_TRAIN, N_TEST = 10_000, 2_000  # images compared with, and digits whose distances make the limit
CHUNK = 250
FOUND_OUT = {"letters": 74, "scribbles": 79, "noise": 38}
"""Of 100 each, called no digit with the shipped larger CNN: `python -m benchmarks.strangers`, held by a test."""
WORK = 2_000_000_000  # multiplications in one look, some 0.1 s: what takes longer is spread over several looks


def nearest_images(
    stack: str, activation: Activation, params: np.ndarray, drawing: np.ndarray, data: Digits
) -> dict[str, Any]:
    """The nearest training images by the angle between their values in the last hidden layer and the drawing's.

    Of the distances tried with the shipped larger CNN (angle and Euclidean, before and after the activation), this one
    finds the most letters and scribbles out, also of kinds that took no part in the choice.

    A network that was not looked at before needs several calls until all images went through it; until then only
    `nearest_progress`, 0 to 1, comes back.

    Returns:
        `nearest` (6, 28, 28) uint8, their labels and distances in degrees, `n_compared`, the training images they are
        the nearest of, and `distance_limit`: 99 of 100 test digits have one of these nearer than that. A drawing beyond
        it is like no digit that was compared. One within it may still be no digit: `python -m benchmarks.strangers`
        counts how many letters and scribbles are.
    """
    memory = memory_of(stack, activation, params.tobytes(), data)
    if not memory.is_complete:
        memory.go_on()
    if not memory.is_complete:
        return {"nearest_labels": None, "nearest_progress": memory.progress}
    distances = angles(memory.features(drawing[None]), memory.train)[0]  # (n_train,)
    values, places = distances.topk(N_NEAREST, largest=False)
    return {
        "nearest": data.train_images[places.numpy()],
        "nearest_labels": data.train_labels[places.numpy()].tolist(),
        "nearest_distances": values.tolist(),
        "nearest_progress": 1.0,
        "n_compared": memory.n_train,
        "distance_limit": memory.limit,
        "found_out": FOUND_OUT,
    }


class Memory:
    """The last hidden layer of the training images, and the distance that 99% of the test digits keep to.

    It fills by calls of `go_on`, each of about the same work, so that no call takes long.
    """

    def __init__(self, blocks: tuple[Block, ...], activation: Activation, params: Tensor, data: Digits) -> None:
        self.blocks, self.activation, self.params, self.data = blocks, activation, params, data
        self.n_train, self.n_test = min(N_TRAIN, len(data.train_images)), min(N_TEST, len(data.test_images))
        self._train: list[Tensor] = []
        self._nearest: list[Tensor] = []
        self.train, self.limit = torch.zeros(0), 0.0

    @property
    def n_done(self) -> int:
        """Images that went through the network so far."""
        return sum(map(len, (*self._train, *self._nearest)))

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return self.n_done / (self.n_train + self.n_test)

    @property
    def is_complete(self) -> bool:
        """Whether `train` and `limit` are known."""
        return self.n_done >= self.n_train + self.n_test

    def go_on(self) -> None:
        """Put some more images through the network, the training images first."""
        for_one = sum(block.n_multiplications for block in self.blocks)
        for _ in range(max(1, WORK // (CHUNK * for_one))):
            if not self.is_complete:
                self._add_chunk()

    def _add_chunk(self) -> None:
        at = self.n_done
        if at < self.n_train:
            self._train.append(self.features(self.data.train_images[at : min(at + CHUNK, self.n_train)]))
            self.train = torch.cat(self._train) if self.n_done >= self.n_train else self.train  # (n_train, n_units)
            return
        images = self.data.test_images[at - self.n_train : min(at - self.n_train + CHUNK, self.n_test)]
        self._nearest.append(angles(self.features(images), self.train).amin(dim=1))  # (n,)
        if self.is_complete:
            self.limit = float(np.percentile(torch.cat(self._nearest).numpy(), PERCENTILE))

    def features(self, images: np.ndarray) -> Tensor:
        """The last hidden layer as directions: (n, 28, 28) uint8 -> (n, n_units), each row of length 1."""
        with torch.no_grad():
            return F.normalize(last_hidden(self.params, as_input(images), self.blocks, self.activation))


def angles(some: Tensor, others: Tensor) -> Tensor:
    """Angles between directions, 0 to 180 degrees: (n, n_units) and (m, n_units) -> (n, m)."""
    return torch.rad2deg((some @ others.T).clamp(-1, 1).arccos())


@lru_cache(maxsize=4)
def memory_of(stack: str, activation: Activation, params: bytes, data: Digits) -> Memory:
    """The memory of a network, as full as it is by now."""
    return Memory(read_stack(stack), activation, torch.tensor(np.frombuffer(params, np.float32).copy()), data)
