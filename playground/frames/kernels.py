"""One kernel of a convolution as numbers, and the kernels that can be put in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from playground.models.cnn import split_params
from playground.models.kernels import TIPS, named_kernels
from playground.spec.stack import Block


def kernel_choices(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """The convolutions of a stack: layer, title, filters, maps before it, side, and named kernels of that side."""
    return [
        {
            "layer": layer,
            "title": block.title,
            "n_filters": block.size,
            "n_maps": block.shape_in[0],
            "size": block.kernel,
            "named": [
                {"name": name, "tip": TIPS[name], "values": values.ravel().tolist()}
                for name, values in named_kernels(block.kernel).items()
            ],
        }
        for layer, block in enumerate(blocks)
        if block.kind == "conv"
    ]


def show_kernel(params: Tensor, blocks: Sequence[Block], place: tuple[int, int, int] | None) -> dict[str, Any]:
    """The weights of one filter for one map: `kernel` names the place, or is None; `kernel_values` (side, side)."""
    if place is None or place[0] >= len(blocks) or blocks[place[0]].kind != "conv":
        return {"kernel": None}
    layer, unit, number = place
    weights = split_params(params, blocks)[layer][0]  # (filters, maps, side, side)
    if unit >= weights.shape[0] or number >= weights.shape[1]:
        return {"kernel": None}
    return {"kernel": list(place), "kernel_values": weights[unit, number].numpy().copy()}
