"""Handwritten digits: 28 x 28 gray images, white strokes on black, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

N_CLASSES = 10
SMALL_CUT = Path(__file__).parents[2] / "assets/data/mnist_small.npz"


@dataclass(frozen=True, eq=False)
class Digits:
    """Images and what they show.

    Attributes:
        train_images: (n_train, 28, 28) uint8, 255 is full ink.
        train_labels: (n_train,) uint8, 0 to 9.
        test_images: (n_test, 28, 28) uint8; never trained on.
        test_labels: (n_test,) uint8.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray

    def __post_init__(self) -> None:
        for array in vars(self).values():
            array.setflags(write=False)


def load_complete(path: str | Path) -> Digits:
    """An npz file with the four arrays of `Digits` by name; the complete MNIST has 60 000 and 10 000 images."""
    with np.load(path) as arrays:
        return Digits(*(arrays[name] for name in Digits.__dataclass_fields__))


@lru_cache(maxsize=1)
def load_digits() -> Digits:
    """The cut that the app ships: 10 000 training images of MNIST and 2 000 of its official test images."""
    return load_complete(SMALL_CUT)
