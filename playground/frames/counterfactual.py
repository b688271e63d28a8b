"""What would have to change: a drawing moved in small steps until the network reads another digit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from playground.models.cnn import as_input, forward
from playground.spec.network import Activation
from playground.spec.stack import Block, read_stack

STEP = 0.3  # length of a step, as a Euclidean distance between images of ink 0 to 1
MAX_STEPS = 60
SURE = 0.9  # the probability at which it ends
N_SHOWN = 7
_SMOOTH = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]])[None, None] / 16


def move_towards(
    stack: str, activation: Activation, params: np.ndarray, drawing: np.ndarray, digit: int
) -> dict[str, Any]:
    """The way from a drawing to another digit, as far as 60 small steps lead.

    Each step goes 0.3 along the gradient of log p(digit) by the pixels. The gradient is smoothed over neighboring
    pixels, so that ink moves in strokes rather than in single dots: smoothing by (1, 2, 1) in both directions is
    positive semidefinite, so a step that is small enough makes the digit more probable. Ink stays within 0 and 1.

    Returns:
        `change_images` (up to 7, 28, 28) uint8 from the drawing to the last step, about evenly spaced, the one that
        turns the answer among them; `change_steps`, their numbers; `change_proba`, for each the ten probabilities that
        the network gives to exactly that image; `change_turn`, the first step after which it reads the digit, or None;
        `change_difference` (28, 28) int: last image less first, and `change_share`, its Euclidean length as a share of
        the drawing's.

    Checked against the forward pass in tests/golden/test_attribution.py.
    """
    images, proba = _way(stack, activation, params.tobytes(), drawing.tobytes(), digit)
    turned = np.flatnonzero(proba.argmax(axis=1) == digit)
    turn = int(turned[0]) if len(turned) else None
    difference = images[-1].astype(int) - images[0]
    chosen = _chosen(len(images), turn)
    return {
        "change_digit": digit,
        "change_images": images[chosen],
        "change_steps": chosen.tolist(),
        "change_proba": proba[chosen].tolist(),
        "change_turn": turn,
        "change_difference": difference,
        "change_share": float(np.linalg.norm(difference)) / max(float(np.linalg.norm(images[0].astype(int))), 1e-9),
    }


def _chosen(n: int, turn: int | None) -> np.ndarray:
    """Which of n images are shown: the nearest to the turn, between the first and the last, gives way to it."""
    chosen = np.unique(np.rint(np.linspace(0, n - 1, N_SHOWN)).astype(int))
    if turn is not None and turn not in chosen:
        chosen[1 + np.abs(chosen[1:-1] - turn).argmin()] = turn
    return chosen


@lru_cache(maxsize=32)
def _way(stack: str, activation: Activation, params: bytes, drawing: bytes, digit: int) -> tuple[np.ndarray, ...]:
    """Every image of the way, rounded to bytes, and what is said of each: (n, 28, 28) uint8 and (n, 10)."""
    weights, blocks = torch.tensor(np.frombuffer(params, np.float32).copy()), read_stack(stack)
    X = as_input(np.frombuffer(drawing, np.uint8).reshape(1, 28, 28))  # (1, 1, 28, 28)
    images, proba = [], []
    for _ in range(MAX_STEPS + 1):
        shown = torch.round(255 * X)  # (1, 1, 28, 28)
        images.append(shown[0, 0].to(torch.uint8).numpy())
        share, gradient = _slope(weights, blocks, activation, shown / 255, digit)
        proba.append(share)
        direction = F.conv2d(gradient, _SMOOTH, padding=1)  # (1, 1, 28, 28)
        length = float(direction.norm())
        if share[digit] >= SURE or not 0 < length < float("inf"):
            break
        X = (X + STEP / length * direction).clamp(0, 1)
    return np.stack(images), np.stack(proba)


def _slope(
    weights: Tensor, blocks: Sequence[Block], activation: Activation, X: Tensor, digit: int
) -> tuple[np.ndarray, Tensor]:
    """What is said of one image, and the gradient of log p(digit) by its pixels: (10,) and (1, 1, 28, 28)."""
    leaf = X.detach().requires_grad_()
    logs = forward(weights, leaf, blocks, activation)[-1][0].log_softmax(dim=0)  # (10,)
    (gradient,) = torch.autograd.grad(logs[digit], leaf)
    return logs.detach().exp().numpy(), gradient
