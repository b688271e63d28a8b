"""Which images a step of the Digits page trains on: a function of (seed, epoch, place) alone."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from playground.data.digits import Digits
from playground.models.randomness import STREAM_SHUFFLE, STREAM_TAUGHT, hash_of, unit_interval
from playground.spec.digits import DigitsSpec
from playground.spec.drawing import unpack_labelled

EPOCH_IMAGES = 1000
N_LIVE = 500  # test images behind the numbers while a run plays; 2 000 count when it stands still


def epoch_size(data: Digits) -> int:
    """Images that an epoch has: 1 000, so that curves and timeline are fine enough, or all of a smaller set."""
    return min(EPOCH_IMAGES, len(data.train_images))


def batch_images(spec: DigitsSpec, data: Digits, epoch: int, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels at some places of an epoch.

    Args:
        spec: with the own drawings and the part of the images that they take.
        data: the training images.
        epoch: of 1 000 images.
        places: (n,) of that epoch, 0 to 999.

    Returns:
        (n, 28, 28) uint8 and (n,) int64. Each place is an own drawing by chance, else the training image whose turn it
        is: ten epochs go through all 10 000.
    """
    structure, settings = spec.structure, spec.settings
    chosen = epoch_order(structure.seed, epoch, data)[places]  # (n,)
    images, labels = data.train_images[chosen], data.train_labels[chosen].astype(np.int64)
    if not settings.taught:
        return images, labels
    own_labels, own_images = taught_drawings(settings.taught)
    chance = hash_of(structure.seed, STREAM_TAUGHT, np.array([[epoch]]), places[:, None], np.arange(2)[None])  # (n, 2)
    own = unit_interval(chance[:, 0]) < settings.taught_share  # (n,)
    which = (chance[own, 1] % np.uint64(len(own_labels))).astype(np.int64)  # (n_own,)
    images[own], labels[own] = own_images[which], own_labels[which]
    return images, labels


@lru_cache(maxsize=64)
def taught_drawings(taught: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Own drawings: labels (n,) int64 and images (n, 28, 28) uint8, read-only."""
    pairs = [unpack_labelled(text) for text in taught]
    labels = np.array([label for label, _ in pairs], np.int64)
    images = np.array([image for _, image in pairs], np.uint8).reshape(-1, 28, 28)
    for array in (labels, images):
        array.setflags(write=False)
    return labels, images


@lru_cache(maxsize=8)
def _order_of_pass(seed: int, number: int, n_train: int) -> np.ndarray:
    places = np.arange(n_train)
    return np.argsort(hash_of(seed, STREAM_SHUFFLE, np.array([number]), places), kind="stable")  # (n_train,)


def epoch_order(seed: int, epoch: int, data: Digits) -> np.ndarray:
    """The training images of an epoch: its part of the mixed order of the pass it belongs to, (epoch_size,)."""
    n_train, size = len(data.train_images), epoch_size(data)
    number, part = divmod(epoch, n_train // size)
    return _order_of_pass(seed, number, n_train)[part * size : (part + 1) * size]
