"""Stacks of convolutions and dense layers as one flat parameter vector, evaluated by torch.

For each layer in order the vector holds its weights, its bias and its statistics, as `Block.stored_shapes` says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from playground.spec.network import Activation
from playground.spec.stack import Block

torch.set_num_threads(1)  # for layers this small a second thread costs more than it brings

ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "linear": lambda values: values,
}
NON_NEGATIVE: tuple[Activation, ...] = ("relu", "sigmoid")
MOMENTUM, EPSILON = 0.1, 1e-5  # of batch normalization, as in torch.nn.BatchNorm2d

Drop = Callable[[int, Tensor, float], Tensor]
"""(layer, values, share) -> values with a share of them switched off and the others grown by 1 / (1 - share)."""


def split_params(params: Tensor, blocks: Sequence[Block]) -> list[list[Tensor]]:
    """The parameters of each layer in the shapes of `Block.stored_shapes`; views, not copies."""
    shapes = [shape for block in blocks for shape in block.stored_shapes]
    parts = iter(params.split([math.prod(shape) for shape in shapes]))
    return [[next(parts).view(shape) for shape in block.stored_shapes] for block in blocks]


def forward(
    params: Tensor,
    X: Tensor,
    blocks: Sequence[Block],
    activation: Activation,
    *,
    dropout: float = 0.0,
    drop: Drop | None = None,
    statistics: list[Tensor] | None = None,
) -> list[Tensor]:
    """Values of every layer, the last being the logits.

    Args:
        params: (n_stored,) float32.
        X: (n, 1, 28, 28) float32, 1 is full ink.
        blocks: the stack.
        activation: after each convolution and each fully connected layer but the last, where `Block.bends`.
        dropout: share of the units of fully connected hidden layers to switch off, in [0, 1).
        drop: how values are switched off; None, as for every prediction: not at all.
        statistics: takes the running mean and variance after this batch, layer by layer; given only in training, where
            batch normalization uses the batch's own mean and variance. None, as for every prediction: the running ones.

    Returns:
        For each layer (n, channels, height, width) or (n, units).

    Checked against torch.nn modules in tests/golden/test_cnn.py.
    """
    bend, values, layers = ACTIVATIONS[activation], X, []
    for layer, (block, weights) in enumerate(zip(blocks, split_params(params, blocks), strict=True)):
        values = (
            _normalize(weights, values, statistics) if block.kind == "bnorm" else _compute(block, weights, values, bend)
        )
        if block.bends:
            values = bend(values)
        if drop is not None:
            share = block.size / 100 if block.kind == "drop" else dropout if _is_hidden_dense(layer, blocks) else 0.0
            values = drop(layer, values, share) if share else values
        layers.append(values)
    return layers


def _compute(block: Block, weights: list[Tensor], values: Tensor, bend: Callable[[Tensor], Tensor]) -> Tensor:
    if block.kind == "conv":
        return F.conv2d(values, weights[0], weights[1], block.stride, block.padding)  # (n, filters, h, w)
    if block.kind == "pool":
        return F.max_pool2d(values, block.kernel)  # (n, channels, h // kernel, w // kernel)
    if block.kind == "avg":
        return F.avg_pool2d(values, block.kernel)  # (n, channels, h // kernel, w // kernel)
    if block.kind == "res":
        inner = bend(F.conv2d(values, weights[0], weights[1], padding=1))  # (n, channels, h, w)
        return bend(values + F.conv2d(inner, weights[2], weights[3], padding=1))  # (n, channels, h, w)
    if block.kind == "norm":
        return torch.group_norm(values, 1, weights[0], weights[1])  # the same shape; F's refuses a single number
    if block.kind == "act":
        return ACTIVATIONS[cast(Activation, block.text)](values)  # the same shape
    if block.kind == "dense":
        return F.linear(values.flatten(1), *weights)  # (n, units)
    return values  # drop: only while training


def _normalize(weights: list[Tensor], values: Tensor, statistics: list[Tensor] | None) -> Tensor:
    """Batch normalization; in training its running mean and variance move a tenth of the way to the batch's own.

    Source: Ioffe and Szegedy 2015, algorithm 1; torch.nn.BatchNorm2d, which keeps the unbiased variance.
    """
    gain, bias, mean, variance = weights
    if statistics is None:
        return F.batch_norm(values, mean, variance, gain, bias, eps=EPSILON)  # the same shape
    mean, variance = mean.detach().clone(), variance.detach().clone()
    if values.numel() == values.shape[1]:  # a single number has no variance: the running ones stay
        statistics += [mean, variance]
        return torch.batch_norm(values, gain, bias, None, None, True, 0.0, EPSILON, False)  # the same shape
    normal = F.batch_norm(values, mean, variance, gain, bias, training=True, momentum=MOMENTUM, eps=EPSILON)
    statistics += [mean, variance]  # changed in place
    return normal  # the same shape


def last_hidden(params: Tensor, X: Tensor, blocks: Sequence[Block], activation: Activation) -> Tensor:
    """The layer before the outputs, where the page's activation follows before it: (n, 1, 28, 28) -> (n, n_units).

    What the activation would cut off still tells images apart. Without a hidden layer: the pixels.
    """
    before = [X, *forward(params, X, blocks, activation)][:-1]
    if len(blocks) > 1 and blocks[-2].bends:
        weights = split_params(params, blocks)[-2]
        return _compute(blocks[-2], weights, before[-2], ACTIVATIONS[activation]).flatten(1)
    return before[-1].flatten(1)


def _is_hidden_dense(layer: int, blocks: Sequence[Block]) -> bool:
    return blocks[layer].kind == "dense" and layer < len(blocks) - 1


def as_input(images: np.ndarray) -> Tensor:
    """Images as the network takes them: (n, 28, 28) uint8 -> (n, 1, 28, 28) float32 in [0, 1]."""
    return torch.tensor(images)[:, None].float().div_(255)  # in place: half the time of a new array
