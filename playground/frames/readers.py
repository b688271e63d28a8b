"""The same drawing read by others: shipped networks, boosted trees, and nearest neighbors."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch

from playground.data.digits import load_digits
from playground.models.nearest import neighbor_shares
from playground.models.shipped import as_pixels, load_booster, load_params, shipped_accuracy
from playground.spec.digits import DEEP, READER, STACKS
from playground.spec.stack import read_stack
from playground.training.evaluation import probabilities

NETWORKS = {"Shipped CNN": READER, "Shipped dense": "dense", "Shipped residual": DEEP}
NEIGHBORS_ACCURACY = 0.9485  # 5 nearest of the 10 000 shipped training images, on the 10 000 official test images
NOTES = {
    "Shipped CNN": "Convolutions look for the same strokes everywhere in the image.",
    "Shipped dense": "Two layers of units, each connected to every pixel: it has no idea that pixels have neighbors.",
    "Shipped residual": "15 residual blocks: each adds a correction to what came in.",
    "Shipped XGBoost": "480 boosted trees that ask for single pixels.",
    "Nearest neighbors": "The 5 of 10,000 training images with the most similar pixels vote. Nothing was learned.",
}


def read_by_others(drawing: np.ndarray) -> list[dict[str, Any]]:
    """What each reader says of a drawing.

    Args:
        drawing: (28, 28) uint8.

    Returns:
        For each reader its name, one line on how it reads, its accuracy on the 10 000 official test images in [0, 1],
        and `proba`: ten numbers that sum to 1.
    """
    return [
        {"name": name, "note": NOTES[name], "accuracy": accuracy_of(name), "proba": [float(p) for p in proba]}
        for name, proba in zip(NOTES, _all_shares(drawing.tobytes()), strict=True)
    ]


def accuracy_of(name: str) -> float:
    """As measured when the reader was made."""
    if name in NETWORKS:
        return shipped_accuracy(STACKS[NETWORKS[name]])
    return float(load_booster().attr("accuracy")) if name == "Shipped XGBoost" else NEIGHBORS_ACCURACY


@lru_cache(maxsize=64)
def _all_shares(drawing: bytes) -> tuple[np.ndarray, ...]:
    """In the order of `NOTES`; kept, since hovering asks again."""
    image = np.frombuffer(drawing, np.uint8).reshape(1, 28, 28)
    networks = [shares_of(name, image)[0] for name in NETWORKS]
    return (*networks, shares_of("Shipped XGBoost", image)[0], shares_of("Nearest neighbors", image)[0])


def shares_of(name: str, images: np.ndarray) -> np.ndarray:
    """Probabilities by one reader: (n, 28, 28) uint8 -> (n, 10)."""
    if name in NETWORKS:
        stack = STACKS[NETWORKS[name]]
        return probabilities(torch.tensor(load_params(stack)), images, read_stack(stack), "relu")
    if name == "Shipped XGBoost":
        return np.asarray(load_booster().inplace_predict(as_pixels(images)))
    return neighbor_shares(images, load_digits())
