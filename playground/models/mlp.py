"""Dense networks as one flat parameter vector: where each weight stands, and how weights start.

For each layer in order the vector holds the weights (n_out, n_in) row by row, then the bias (n_out,).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground.models.randomness import STREAM_WEIGHTS, hash_of, unit_interval
from playground.spec.network import Initializer, NetworkStructure
from playground.spec.weights import unpack_weights

START_BIAS = 0.1  # TensorFlow Playground, nn.ts: `bias = 0.1`, and 0 when the network starts with zeros


@dataclass(frozen=True)
class LayerSlices:
    """Where one layer stands in the parameter vector."""

    weights: slice
    bias: slice
    shape: tuple[int, int]  # (n_out, n_in)


def layer_sizes(n_features: int, hidden_sizes: Sequence[int], n_outputs: int) -> np.ndarray:
    """Units in each layer from the features to the outputs: `layer_sizes(2, (4, 2), 1)` is `[2, 4, 2, 1]`, int64."""
    return np.array([n_features, *hidden_sizes, n_outputs], dtype=np.int64)


def count_params(sizes: np.ndarray) -> int:
    """Weights and biases of a network: `count_params([2, 4, 2, 1])` is 12 + 10 + 3 = 25."""
    return int(sum((n_in + 1) * n_out for n_in, n_out in _shapes(sizes)))


def layer_slices(sizes: np.ndarray) -> list[LayerSlices]:
    """Where each layer stands: `params[s.weights].reshape(s.shape)` are its weights, `params[s.bias]` its bias."""
    slices, start = [], 0
    for n_in, n_out in _shapes(sizes):
        middle, end = start + n_out * n_in, start + n_out * (n_in + 1)
        slices.append(LayerSlices(slice(start, middle), slice(middle, end), (n_out, n_in)))
        start = end
    return slices


def weight_index(sizes: np.ndarray, layer: int, unit: int, input: int | None) -> int:
    """The place of one parameter: `weight_index([2, 4, 2, 1], 0, 3, 1)` is 7.

    Args:
        sizes: (n_layers + 1,) units in each layer.
        layer: 0 for the first hidden layer, `len(sizes) - 2` for the output layer.
        unit: unit of that layer that the link ends in.
        input: unit of the layer before that the link starts from; None means the unit's bias.

    Raises:
        ValueError: there is no such parameter.
    """
    shapes = _shapes(sizes)
    if not 0 <= layer < len(shapes):
        raise ValueError(f"layer must be 0 to {len(shapes) - 1}; got {layer}")
    n_in, n_out = shapes[layer]
    if not 0 <= unit < n_out:
        raise ValueError(f"unit must be 0 to {n_out - 1} in layer {layer}; got {unit}")
    if input is not None and not 0 <= input < n_in:
        raise ValueError(f"input must be 0 to {n_in - 1} in layer {layer}, or None for the bias; got {input}")
    place = layer_slices(sizes)[layer]
    return int(place.bias.start + unit if input is None else place.weights.start + unit * n_in + input)


def init_params(sizes: np.ndarray, initializer: Initializer, seed: int) -> np.ndarray:
    """Start weights; each is a draw by (seed, layer, unit, input), times the spread of its layer.

    So a new unit or layer leaves the draws of all others as they were. With uniform, normal and zeros their weights
    stay too; xavier, he and lecun scale the same draws anew, since the spread follows from the layer's size.

    With fan_in = n_in and fan_out = n_out of the layer:
    xavier U(-a, a), a = sqrt(6 / (fan_in + fan_out)); he N(0, 2 / fan_in); lecun N(0, 1 / fan_in);
    uniform U(-0.5, 0.5); normal N(0, 1); zeros 0. N names the variance. Biases are 0.1, and 0 with zeros.

    Args:
        sizes: (n_layers + 1,) units in each layer.
        initializer: name from the spec.
        seed: seed of the run.

    Returns:
        (n_params,) float32.

    Source: Glorot and Bengio 2010 eq. 16; He et al. 2015 eq. 10; LeCun et al. 1998 eq. 16; TensorFlow Playground nn.ts
        for uniform and the bias. Checked in tests/golden/test_kernel.py.
    """
    params = np.zeros(count_params(sizes), dtype=np.float32)
    if initializer == "zeros":
        return params
    for layer, place in enumerate(layer_slices(sizes)):
        n_out, n_in = place.shape
        params[place.weights] = _draw(initializer, seed, layer, n_out, n_in).ravel()
        params[place.bias] = START_BIAS
    return params


def start_params(structure: NetworkStructure) -> np.ndarray:
    """The weights that a run starts from: those of the link, or drawn from the seed. (n_params,) float32."""
    if structure.weights:
        return unpack_weights(structure.weights)
    sizes = layer_sizes(len(structure.features), structure.hidden_sizes, structure.n_outputs)
    return init_params(sizes, structure.initializer, structure.seed)


def _draw(initializer: Initializer, seed: int, layer: int, n_out: int, n_in: int) -> np.ndarray:
    units, inputs = np.arange(n_out)[:, None], np.arange(n_in)[None, :]
    first, second = (
        unit_interval(hash_of(seed, STREAM_WEIGHTS, np.array([[layer]]), units, inputs, np.array([[part]])))
        for part in (0, 1)
    )  # (n_out, n_in)
    limits = {"xavier": math.sqrt(6 / (n_in + n_out)), "uniform": 0.5}
    if initializer in limits:
        return np.asarray(limits[initializer] * (2 * first - 1))
    spread = {"he": math.sqrt(2 / n_in), "lecun": math.sqrt(1 / n_in), "normal": 1.0}[initializer]
    return np.asarray(spread * np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second))  # Box-Muller


def _shapes(sizes: np.ndarray) -> list[tuple[int, int]]:
    plain = [int(size) for size in sizes]
    return list(itertools.pairwise(plain))
