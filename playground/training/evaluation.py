"""What a stack of layers says of images, and how good that is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from playground.models.cnn import as_input, forward
from playground.spec.network import Activation
from playground.spec.stack import Block

CHUNK = 250  # images that go through together: their values stay in the processor's caches


def logits_of(params: Tensor, images: np.ndarray, blocks: Sequence[Block], activation: Activation) -> np.ndarray:
    """What the last layer says: (n, 28, 28) uint8 -> (n, 10) float32."""
    with torch.no_grad():
        logits = [
            forward(params, as_input(images[at : at + CHUNK]), blocks, activation)[-1]
            for at in range(0, len(images), CHUNK)
        ]
        return torch.cat(logits).numpy()  # (n, 10)


def softmax(logits: np.ndarray) -> np.ndarray:
    """(n, 10) float32, rows sum to 1."""
    return torch.tensor(logits).softmax(dim=1).numpy()


def probabilities(params: Tensor, images: np.ndarray, blocks: Sequence[Block], activation: Activation) -> np.ndarray:
    """Softmax of the logits: (n, 28, 28) uint8 -> (n, 10) float32."""
    return softmax(logits_of(params, images, blocks, activation))


def mean_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """Mean cross-entropy in nats: equal logits for ten digits give ln 10 = 2.303. NaN stays NaN.

    From logits: a probability of a network that is very sure and wrong is too small for a float32.
    """
    return F.cross_entropy(torch.tensor(logits, dtype=torch.float64), torch.tensor(labels, dtype=torch.int64)).item()


def accuracy(said: np.ndarray, labels: np.ndarray) -> float:
    """Share of images whose largest logit, or probability, is that of the right digit, in [0, 1]."""
    return float((said.argmax(axis=1) == labels).mean())
