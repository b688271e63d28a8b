"""How one number of a layer came about: what it looks at, the weights, and the sum."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.models.cnn import split_params
from playground.spec.stack import Block


def explain_unit(
    params: Tensor,
    blocks: tuple[Block, ...],
    layers: list[Tensor],
    X: Tensor,
    unit: tuple[int, int] | None,
    point: tuple[float, float] | None,
) -> dict[str, Any]:
    """The arithmetic of one place of a feature map.

    Args:
        params: (n_params,).
        blocks: the stack.
        layers: what `forward` gave for one image.
        X: (1, 1, 28, 28), that image.
        unit: (layer, channel) under the pointer.
        point: (row, column) in that channel's map.

    Returns:
        `sum`: None, or title, channel, row, column, kind, total before the activation, bias, value after it; with
        `sum_inputs` and, for a convolution, `sum_weights`, both (channels, kernel, kernel) float32.
    """
    if unit is None or point is None or not _exists(blocks, unit, point):
        return {"sum": None}
    (layer, channel), (row, column) = unit, (int(point[0]), int(point[1]))
    block, before = blocks[layer], (layers[layer - 1] if layer else X)[0]  # before: (channels, h, w)
    padded = torch.nn.functional.pad(before, [block.padding] * 4)
    top, left, size = row * block.stride, column * block.stride, block.kernel
    patch = padded[:, top : top + size, left : left + size]  # (channels, kernel, kernel)
    facts = {
        "title": block.title, "kind": block.kind, "channel": channel, "row": row, "column": column,
        "value": float(layers[layer][0, channel, row, column]),
    }  # fmt: skip
    if block.kind != "conv":
        return {"sum": facts, "sum_inputs": patch[channel : channel + 1].numpy().astype(np.float32)}
    weights, bias = (part[channel] for part in split_params(params, blocks)[layer])  # (channels, kernel, kernel), ()
    facts |= {"bias": float(bias), "total": float((weights * patch).sum() + bias)}
    return {"sum": facts, "sum_inputs": patch.numpy().copy(), "sum_weights": weights.numpy().copy()}


def _exists(blocks: tuple[Block, ...], unit: tuple[int, int], point: tuple[float, float]) -> bool:
    layer, channel = unit
    if layer >= len(blocks) or blocks[layer].kind not in ("conv", "pool", "avg"):
        return False
    channels, height, width = blocks[layer].shape_out
    return channel < channels and 0 <= point[0] < height and 0 <= point[1] < width
