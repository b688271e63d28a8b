"""What a stack of layers says of images, and how good that is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from playground.models.cnn import as_input, forward
from playground.spec.network import Activation
from playground.spec.stack import Block

N_LIVE = 500  # test images behind the numbers while a run plays; all of them count when it stands still
CHUNK = 250  # images that go through together: their values stay in the processor's caches


def probabilities(params: Tensor, images: np.ndarray, blocks: Sequence[Block], activation: Activation) -> np.ndarray:
    """Softmax of the logits: (n, 28, 28) uint8 -> (n, 10) float32, rows sum to 1."""
    with torch.no_grad():
        logits = [
            forward(params, as_input(images[at : at + CHUNK]), blocks, activation)[-1]
            for at in range(0, len(images), CHUNK)
        ]
        return torch.cat(logits).softmax(dim=1).numpy()  # (n, 10)


def mean_loss(proba: np.ndarray, labels: np.ndarray) -> float:
    """Mean cross-entropy in nats: equal shares for ten digits give ln 10 = 2.303. NaN stays NaN."""
    said = proba[np.arange(len(labels)), labels]  # (n,)
    return float(-np.log(np.maximum(said, 1e-12)).mean(dtype=np.float64))


def accuracy(proba: np.ndarray, labels: np.ndarray) -> float:
    """Share of images whose most probable digit is the right one, in [0, 1]."""
    return float((proba.argmax(axis=1) == labels).mean())
