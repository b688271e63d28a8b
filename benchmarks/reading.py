"""How many digits the shipped readers read rightly: `python -m benchmarks.reading`.

Counts on the 10 000 official test images of MNIST where the complete set is on this machine: the file that `MNIST`
names (an npz with the arrays of `playground.data.digits.Digits`), or what the Digits page has fetched. Elsewhere on the
2 000 of them that come with the app. Robustness is always counted on these 2 000.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from playground.data import complete_digits
from playground.data.digits import Digits, load_complete, load_digits
from playground.data.drawing import center_drawing
from playground.frames.readers import shares_of
from playground.models.shipped import FILES, load_params
from playground.spec.digits import READER, STACKS
from playground.spec.stack import read_stack
from playground.training.evaluation import accuracy, probabilities

MIDDLE, MARGIN_PX = 32, 18
CHANGES = ((6, 1, 0), (-6, 1, 0), (0, 0.6, 0), (0, 1.4, 0), (0, 1, 15), (0, 1, -15))
"""The farthest that a digit is moved in px, scaled, or turned in degrees."""


def test_set() -> Digits:
    """The complete set if it is here, else the shipped cut."""
    known = os.environ.get("MNIST") or complete_digits.file()
    return load_complete(known) if Path(known).exists() else load_digits()


def accuracies(data: Digits) -> dict[str, float]:
    """The share of all test images that each shipped reader reads rightly."""
    found = {}
    for name in FILES:
        blocks = read_stack(STACKS[name])
        proba = probabilities(torch.tensor(load_params(STACKS[name])), data.test_images, blocks, "relu")
        found[name] = accuracy(proba, data.test_labels)
    for name in ("XGBoost", "Nearest neighbors"):
        found[name] = accuracy(shares_of(name, data.test_images), data.test_labels)
    return found


def changed(image: np.ndarray, shift: float, scale: float, degrees: float) -> np.ndarray:
    """A digit in another place, size or slant on a larger field: (28, 28) -> (64, 64) uint8."""
    field = Image.fromarray(np.pad(image, MARGIN_PX)).rotate(degrees, Image.Resampling.BILINEAR)
    start = MIDDLE - MIDDLE / scale - shift
    matrix = (1 / scale, 0, start, 0, 1 / scale, start)
    return np.asarray(field.transform(field.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR))


def read_when_changed(change: tuple[float, float, float], n: int) -> float:
    """The share of the first `n` shipped test images that the shipped CNN reads after this change and centering."""
    data = load_digits()
    images = np.stack([center_drawing(changed(image, *change)) for image in data.test_images[:n]])
    proba = probabilities(torch.tensor(load_params()), images, read_stack(STACKS[READER]), "relu")
    return accuracy(proba, data.test_labels[:n])


def main() -> None:
    """Print all of it."""
    data = test_set()
    for name, share in accuracies(data).items():
        print(f"{name}: reads {share:.2%} of {len(data.test_labels):,} test images")
    n = len(load_digits().test_images)
    least = min(read_when_changed(change, n) for change in CHANGES)
    print(f"moved by 6 px, scaled by 0.6 or 1.4, or turned by 15 degrees: at least {least:.2%} of {n:,} (goal 98 %)")


if __name__ == "__main__":
    main()
