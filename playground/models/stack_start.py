"""Start weights of a stack of layers as one flat vector, by numpy alone: programs and pages need them too.

For each layer in order the vector holds its weights, its bias and its statistics, as `Block.stored_shapes` says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from playground.models.randomness import STREAM_WEIGHTS, hash_of, unit_interval
from playground.spec.stack import Block

RESIDUAL_SHARE = 0.3  # a residual block starts close to passing on what came in, so that many of them do not explode


def init_params(blocks: Sequence[Block], seed: int) -> np.ndarray:
    """Start weights, each a function of (seed, layer, place): U(-a, a) with a = sqrt(6 / fan_in); biases 0; gains 1.

    Returns:
        (n_stored,) float32; the running mean and variance of a batch normalization start at 0 and 1.

    Source: He et al. 2015, eq. 10, as a uniform distribution.
    """
    parts = [_draw(block, layer, place, seed) for layer, block in enumerate(blocks) for place in _places(block)]
    return np.concatenate(parts).astype(np.float32)  # (n_stored,)


def _places(block: Block) -> range:
    return range(len(block.stored_shapes))


def _draw(block: Block, layer: int, place: int, seed: int) -> np.ndarray:
    shape = block.stored_shapes[place]
    if block.kind in ("bnorm", "norm"):
        return np.full(shape, (1.0, 0.0, 0.0, 1.0)[place])  # gain, bias, running mean, running variance
    if len(shape) == 1:
        return np.zeros(shape)
    units, inputs = np.arange(shape[0])[:, None], np.arange(math.prod(shape[1:]))[None]
    share = unit_interval(hash_of(seed, STREAM_WEIGHTS, np.array([[layer]]), units, inputs, np.array([[place]])))
    limit = math.sqrt(6 / inputs.size) * (RESIDUAL_SHARE if block.kind == "res" and place else 1.0)
    return (limit * (2 * share - 1)).ravel()  # (n_out * n_in,)
