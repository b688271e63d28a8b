"""How one number of a layer came about: what it looks at, the weights, and the sum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from playground.models.cnn import ACTIVATIONS, EPSILON, split_params
from playground.spec.network import Activation
from playground.spec.stack import Block

N_TERMS = 5  # products of a fully connected unit that are written out


class Place:
    """One number of one layer, and what it was computed from.

    Attributes:
        block: the layer.
        weights: its parameters.
        before: (channels, height, width) or (units,), what came into the layer.
        channel, row, column: the place; a unit has row and column 0.
        value: the number.
    """

    def __init__(self, block: Block, weights: list[Tensor], before: Tensor, after: Tensor, at: tuple[int, ...]) -> None:
        self.block, self.weights, self.before = block, weights, before
        self.channel, self.row, self.column = at
        self.value = float(after[at] if after.dim() == 3 else after[self.channel])

    @property
    def corner(self) -> tuple[int, int]:
        """First row and column of the window in what came in, below 0 within the padding."""
        return self.row * self.block.stride - self.block.padding, self.column * self.block.stride - self.block.padding

    def patch(self, values: Tensor) -> Tensor:
        """What the window sees of (channels, height, width): (channels, kernel, kernel)."""
        padding, size, (top, left) = self.block.padding, self.block.kernel, self.corner
        padded = F.pad(values, [padding] * 4)
        return padded[:, top + padding : top + padding + size, left + padding : left + padding + size]


def explain_unit(
    params: Tensor,
    blocks: tuple[Block, ...],
    activation: Activation,
    layers: list[Tensor],
    X: Tensor,
    unit: tuple[int, int] | None,
    point: tuple[float, float] | None,
) -> dict[str, Any]:
    """The arithmetic of one number of a layer.

    Args:
        params: (n_params,).
        blocks: the stack.
        activation: of the network.
        layers: what `forward` gave for one image.
        X: (1, 1, 28, 28), that image.
        unit: (layer, channel or unit) under the pointer.
        point: (row, column) in that channel's map; anything for a unit.

    Returns:
        `sum`: None, or title, kind, channel, row, column, value, `bend` (the activation that follows at once, or None)
        and `seen`, what it was computed from in the layer before: [map or None for all maps, top, left, size] each (of
        a fully connected unit the strongest terms, of a norm the number itself). To which the kind adds:
        conv: bias and `total` before the activation, of which `part` comes from the map `strongest` and `rest` from the
            `n_rest` other maps; of that map `sum_inputs`, `sum_weights` (1, kernel, kernel) float32.
        res: the same for the second convolution within the block, `passed`, what is added to its total, and `whole`,
            both together; the box is what both convolutions see.
        pool, avg: `sum_inputs` (1, kernel, kernel).
        dense: total, bias, the strongest `terms` [place, input, weight, product], `rest` and `n_rest` of the others.
        bnorm, norm: mean, deviation, gain, bias and the `input`. act, drop: the `input`.
    """
    if unit is None or point is None or not _exists(blocks, unit, point):
        return {"sum": None}
    (layer, channel), (row, column) = unit, (int(point[0]), int(point[1]))
    block = blocks[layer]
    at = (channel, row, column) if len(block.shape_out) == 3 else (channel, 0, 0)
    before = (layers[layer - 1] if layer else X)[0]  # (channels, h, w) or (units,)
    place = Place(block, split_params(params, blocks)[layer], before, layers[layer][0], at)
    facts = {
        "title": block.title, "kind": block.kind, "channel": at[0], "row": at[1], "column": at[2],
        "value": place.value, "layer": layer,
        "flat": len(block.shape_out) == 1, "is_output": layer == len(blocks) - 1, "bend": _bend(block, activation),
    }  # fmt: skip
    found = _KINDS[block.kind](place, activation)
    arrays = {name: value for name, value in found.items() if isinstance(value, np.ndarray)}
    return {"sum": facts | {name: value for name, value in found.items() if name not in arrays}, **arrays}


def _bend(block: Block, activation: Activation) -> str | None:
    if block.kind == "act":
        return block.text
    return activation if block.bends or block.kind == "res" else None


def _convolution(place: Place, activation: Activation) -> dict[str, Any]:
    found = _products(place.patch(place.before), place.weights[0][place.channel], place.weights[1][place.channel])
    return found | {"seen": [[None, *place.corner, place.block.kernel]]}


def _products(patch: Tensor, weights: Tensor, bias: Tensor) -> dict[str, Any]:
    products = weights * patch  # (channels, kernel, kernel)
    parts = products.sum(dim=(1, 2))  # (channels,)
    strongest = int(parts.abs().argmax())
    part, total = float(parts[strongest]), float(products.sum() + bias)
    facts = {"bias": float(bias), "total": total, "strongest": strongest, "part": part}
    others = {"rest": total - part - float(bias), "n_rest": len(parts) - 1}
    chosen = slice(strongest, strongest + 1)
    return facts | others | {"sum_inputs": patch[chosen].numpy().copy(), "sum_weights": weights[chosen].numpy().copy()}


def _residual(place: Place, activation: Activation) -> dict[str, Any]:
    first, first_bias, second, second_bias = place.weights
    inner = ACTIVATIONS[activation](F.conv2d(place.before[None], first, first_bias, padding=1))[0]  # (channels, h, w)
    found = _products(place.patch(inner), second[place.channel], second_bias[place.channel])
    seen = [[None, place.row - 2, place.column - 2, 5]]  # two 3 x 3 windows, one on the other
    passed = float(place.before[place.channel, place.row, place.column])
    return {**found, "seen": seen, "passed": passed, "whole": found["total"] + passed}


def _window(place: Place, activation: Activation) -> dict[str, Any]:
    seen = [[place.channel, *place.corner, place.block.kernel]]
    return {"sum_inputs": place.patch(place.before)[place.channel : place.channel + 1].numpy().copy(), "seen": seen}


def _dense(place: Place, activation: Activation) -> dict[str, Any]:
    inputs, weights = place.before.flatten(), place.weights[0][place.channel]  # (n_inputs,) each
    products = inputs * weights  # (n_inputs,)
    chosen = products.abs().argsort(descending=True, stable=True)[:N_TERMS].tolist()
    terms = [[_name(k, place.before), float(inputs[k]), float(weights[k]), float(products[k])] for k in chosen]
    bias, whole = float(place.weights[1][place.channel]), float(products.sum())
    seen = [[*_place(k, place.before), 1] for k in chosen]
    rest, n_rest = whole - float(products[chosen].sum()), len(inputs) - len(terms)
    return {"terms": terms, "rest": rest, "n_rest": n_rest, "bias": bias, "total": whole + bias, "seen": seen}


def _place(k: int, before: Tensor) -> list[int]:
    """Map, row and column of the k-th input of a fully connected layer; of a unit row and column are 0."""
    return [int(place) for place in np.unravel_index(k, (*before.shape, 1, 1)[:3])]


def _name(k: int, before: Tensor) -> str:
    """The same in words."""
    if before.dim() == 1:
        return f"unit {k + 1}"
    channel, row, column = (place + 1 for place in _place(k, before))
    return (f"map {channel}, " if len(before) > 1 else "") + f"row {row}, column {column}"


def _norm(place: Place, activation: Activation) -> dict[str, Any]:
    return _normalized(place, place.before.mean(), place.before.var(correction=0))


def _batch_norm(place: Place, activation: Activation) -> dict[str, Any]:
    return _normalized(place, *(statistic[place.channel] for statistic in place.weights[2:]))


def _normalized(place: Place, mean: Tensor, variance: Tensor) -> dict[str, Any]:
    gain, bias = (float(part[place.channel]) for part in place.weights[:2])
    deviation = float((variance + EPSILON).sqrt())
    return {"mean": float(mean), "deviation": deviation, "gain": gain, "bias": bias, **_same(place)}


def _same(place: Place, activation: Activation = "linear") -> dict[str, Any]:
    at = (place.channel, place.row, place.column)
    return {"input": float(place.before[at[: place.before.dim()]]), "seen": [[*at, 1]]}


_KINDS: dict[str, Callable[[Place, Activation], dict[str, Any]]] = {
    "conv": _convolution, "res": _residual, "pool": _window, "avg": _window, "dense": _dense, "norm": _norm,
    "bnorm": _batch_norm, "act": _same, "drop": _same,
}  # fmt: skip


def _exists(blocks: tuple[Block, ...], unit: tuple[int, int], point: tuple[float, float]) -> bool:
    layer, channel = unit
    if layer >= len(blocks) or channel >= blocks[layer].shape_out[0]:
        return False
    height, width = blocks[layer].shape_out[1:] or (1, 1)
    return 0 <= point[0] < height and 0 <= point[1] < width
