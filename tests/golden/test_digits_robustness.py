"""The shipped network with centering reads digits wherever, however large and however slanted they are drawn."""

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data.digits import load_digits
from playground.data.drawing import center_drawing
from playground.models.shipped import load_params
from playground.spec.digits import READER, STACKS
from playground.spec.stack import read_stack
from playground.training.evaluation import accuracy, probabilities

N, MIDDLE, MARGIN_PX = 1000, 32, 18


def changed(image: np.ndarray, shift: float, scale: float, degrees: float) -> np.ndarray:
    field = Image.fromarray(np.pad(image, MARGIN_PX)).rotate(degrees, Image.Resampling.BILINEAR)
    start = MIDDLE - MIDDLE / scale - shift
    matrix = (1 / scale, 0, start, 0, 1 / scale, start)
    return np.asarray(field.transform(field.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR))


@pytest.mark.parametrize(
    ("shift", "scale", "degrees"), [(6, 1, 0), (-6, 1, 0), (0, 0.6, 0), (0, 1.4, 0), (0, 1, 15), (0, 1, -15)]
)
def test_98_of_100_are_still_read(shift: float, scale: float, degrees: float) -> None:
    data = load_digits()
    images = np.stack([center_drawing(changed(image, shift, scale, degrees)) for image in data.test_images[:N]])
    proba = probabilities(torch.tensor(load_params()), images, read_stack(STACKS[READER]), "relu")
    assert accuracy(proba, data.test_labels[:N]) >= 0.98
