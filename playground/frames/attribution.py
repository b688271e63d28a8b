"""Why this answer: how much each pixel of a drawing speaks for one digit, in three ways."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from playground.models.cnn import as_input, forward
from playground.spec.drawing import SIDE
from playground.spec.network import Activation
from playground.spec.stack import Block

STEPS, MOST_STEPS = 32, 512  # of the path from an empty image: doubled until the sum is right
GAP = 0.01  # between the sum and the difference of scores, as a share of the larger of the two scores
WINDOW, STRIDE = 6, 2  # of the patch that is blanked, in pixels


class Reader:
    """The logit of one digit as a function of images."""

    def __init__(self, params: Tensor, blocks: Sequence[Block], activation: Activation, digit: int) -> None:
        self.params, self.blocks, self.activation, self.digit = params, blocks, activation, digit

    def score(self, X: Tensor) -> Tensor:
        """(n, 1, 28, 28) -> (n,) logits."""
        return forward(self.params, X, self.blocks, self.activation)[-1][:, self.digit]

    def ends(self, X: Tensor) -> tuple[float, float]:
        """The score of one image (1, 1, 28, 28), and of an empty one."""
        with torch.no_grad():
            full, empty = self.score(torch.cat([X, torch.zeros_like(X)]))
        return float(full), float(empty)

    def gradient(self, X: Tensor) -> Tensor:
        """How the score of each image changes with each of its pixels: (n, 1, 28, 28)."""
        leaf = X.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.score(leaf).sum(), leaf)
        return gradient


def gradient_times_input(reader: Reader, drawing: np.ndarray) -> np.ndarray:
    """Gradient times ink: (28, 28) float32; pixels without ink get 0.

    Source: Shrikumar et al. 2016, "Not Just a Black Box".
    """
    X = as_input(drawing[None])
    return (X * reader.gradient(X))[0, 0].numpy()


def integrated_gradients(reader: Reader, drawing: np.ndarray) -> np.ndarray:
    """Ink times the mean gradient on the way from an empty image: (28, 28) float32.

    The sum is the score of the drawing less the score of an empty image, to 1% of the larger one where 512 steps
    suffice; in a deep network with normalized layers they may not, so the page says both. Near the empty image, where
    such networks bend most, steps are small: the share of ink is the square of the way.

    Source: Sundararajan, Taly, Yan 2017, eq. 1, by the midpoint rule. Checked in tests/golden/test_attribution.py.
    """
    X = as_input(drawing[None])  # (1, 1, 28, 28)
    full, empty = reader.ends(X)
    n = STEPS
    while True:
        summed = torch.zeros_like(X)
        for begin in range(0, n, STEPS):
            way = (torch.arange(begin, begin + STEPS) + 0.5)[:, None, None, None] / n  # (32, 1, 1, 1)
            summed += (2 * way * reader.gradient(way**2 * X)).sum(dim=0, keepdim=True)
        found = X * summed / n
        if n >= MOST_STEPS or abs(float(found.sum()) - (full - empty)) <= GAP * max(abs(full), abs(empty), 1.0):
            return found[0, 0].numpy()
        n *= 2


def occlusion(reader: Reader, drawing: np.ndarray) -> np.ndarray:
    """How much the score falls when a 6 x 6 patch is blanked, averaged over each pixel's patches: (28, 28) float32.

    Source: Zeiler and Fergus 2014, section 4.2.
    """
    X = as_input(drawing[None])  # (1, 1, 28, 28)
    corners = [(r, c) for r in range(0, SIDE - WINDOW + 1, STRIDE) for c in range(0, SIDE - WINDOW + 1, STRIDE)]
    masks = torch.ones(len(corners), 1, SIDE, SIDE)  # (144, 1, 28, 28)
    for mask, (row, column) in zip(masks, corners, strict=True):
        mask[0, row : row + WINDOW, column : column + WINDOW] = 0
    with torch.no_grad():
        drop = reader.score(X) - reader.score(X * masks)  # (144,)
    blanked = 1 - masks
    total, times = (drop[:, None, None, None] * blanked).sum(dim=0), blanked.sum(dim=0)  # (1, 28, 28) each
    return (total / times.clamp(min=1))[0].numpy()


METHODS = {
    "gradient_input": gradient_times_input,
    "integrated_gradients": integrated_gradients,
    "occlusion": occlusion,
}
