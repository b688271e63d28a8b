"""Stacks of convolutions and dense layers as one flat parameter vector, evaluated by torch.

For each layer in order the vector holds its weights and then its bias, as `Block.param_shapes` says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from playground.models.randomness import STREAM_WEIGHTS, hash_of, unit_interval
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
RESIDUAL_SHARE = 0.3  # a residual block starts close to passing on what came in, so that many of them do not explode

Drop = Callable[[int, Tensor, float], Tensor]
"""(layer, values, share) -> values with a share of them switched off and the others grown by 1 / (1 - share)."""


def init_params(blocks: Sequence[Block], seed: int) -> np.ndarray:
    """Start weights, each a function of (seed, layer, place): U(-a, a) with a = sqrt(6 / fan_in); biases 0; gains 1.

    Returns:
        (n_params,) float32.

    Source: He et al. 2015, eq. 10, as a uniform distribution.
    """
    parts = [_draw(block, layer, place, seed) for layer, block in enumerate(blocks) for place in _places(block)]
    return np.concatenate(parts).astype(np.float32)  # (n_params,)


def _places(block: Block) -> range:
    return range(len(block.param_shapes))


def _draw(block: Block, layer: int, place: int, seed: int) -> np.ndarray:
    shape = block.param_shapes[place]
    if block.kind == "norm":
        return np.full(shape, 1.0 - place)  # gain 1, bias 0
    if len(shape) == 1:
        return np.zeros(shape)
    units, inputs = np.arange(shape[0])[:, None], np.arange(math.prod(shape[1:]))[None]
    share = unit_interval(hash_of(seed, STREAM_WEIGHTS, np.array([[layer]]), units, inputs, np.array([[place]])))
    limit = math.sqrt(6 / inputs.size) * (RESIDUAL_SHARE if block.kind == "res" and place else 1.0)
    return (limit * (2 * share - 1)).ravel()  # (n_out * n_in,)


def split_params(params: Tensor, blocks: Sequence[Block]) -> list[list[Tensor]]:
    """The parameters of each layer in the shapes of `Block.param_shapes`; views, not copies."""
    shapes = [shape for block in blocks for shape in block.param_shapes]
    parts = iter(params.split([math.prod(shape) for shape in shapes]))
    return [[next(parts).view(shape) for shape in block.param_shapes] for block in blocks]


def forward(
    params: Tensor,
    X: Tensor,
    blocks: Sequence[Block],
    activation: Activation,
    *,
    dropout: float = 0.0,
    drop: Drop | None = None,
) -> list[Tensor]:
    """Values of every layer, the last being the logits.

    Args:
        params: (n_params,) float32.
        X: (n, 1, 28, 28) float32, 1 is full ink.
        blocks: the stack.
        activation: after each convolution and each fully connected layer but the last.
        dropout: share of the units of fully connected hidden layers to switch off, in [0, 1).
        drop: how values are switched off; None, as for every prediction: not at all.

    Returns:
        For each layer (n, channels, height, width) or (n, units).

    Checked against torch.nn modules in tests/golden/test_cnn.py.
    """
    bend, values, layers = ACTIVATIONS[activation], X, []
    for layer, (block, weights) in enumerate(zip(blocks, split_params(params, blocks), strict=True)):
        values = _compute(block, weights, values, bend)
        if block.kind == "dense" and layer < len(blocks) - 1:
            values = bend(values)  # (n, units)
        if drop is not None:
            share = block.size / 100 if block.kind == "drop" else dropout if _is_hidden_dense(layer, blocks) else 0.0
            values = drop(layer, values, share) if share else values
        layers.append(values)
    return layers


def _compute(block: Block, weights: list[Tensor], values: Tensor, bend: Callable[[Tensor], Tensor]) -> Tensor:
    if block.kind == "conv":
        return bend(F.conv2d(values, weights[0], weights[1], block.stride, block.padding))  # (n, filters, h, w)
    if block.kind == "pool":
        return F.max_pool2d(values, block.kernel)  # (n, channels, h // kernel, w // kernel)
    if block.kind == "avg":
        return F.avg_pool2d(values, block.kernel)  # (n, channels, h // kernel, w // kernel)
    if block.kind == "res":
        inner = bend(F.conv2d(values, weights[0], weights[1], padding=1))  # (n, channels, h, w)
        return bend(values + F.conv2d(inner, weights[2], weights[3], padding=1))  # (n, channels, h, w)
    if block.kind == "norm":
        return F.group_norm(values, 1, weights[0], weights[1])  # the same shape
    if block.kind == "dense":
        return F.linear(values.flatten(1), *weights)  # (n, units)
    return values  # drop: only while training


def _is_hidden_dense(layer: int, blocks: Sequence[Block]) -> bool:
    return blocks[layer].kind == "dense" and layer < len(blocks) - 1


def as_input(images: np.ndarray) -> Tensor:
    """Images as the network takes them: (n, 28, 28) uint8 -> (n, 1, 28, 28) float32 in [0, 1]."""
    return torch.tensor(images)[:, None].float() / 255
