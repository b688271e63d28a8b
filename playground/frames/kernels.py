"""One kernel of a convolution as numbers, and the kernels that can be put in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from playground.models.cnn import split_params
from playground.models.kernels import TIPS, named_kernels
from playground.spec.stack import Block

PARTS = ("first convolution", "second convolution")


def kernel_choices(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """The convolutions of a stack: layer, title, filters, maps before it, side, and named kernels of that side.

    A residual block has two; its second one's maps count on from `first_map`, behind those of the first.
    """
    return [
        {
            "layer": layer,
            "title": f"{block.title}, {PARTS[part]}" if block.kind == "res" else block.title,
            "n_filters": n_filters,
            "n_maps": n_maps,
            "first_map": part * n_maps,
            "size": size,
            "named": [
                {"name": name, "tip": TIPS[name], "values": values.ravel().tolist()}
                for name, values in named_kernels(size).items()
            ],
        }
        for layer, block in enumerate(blocks)
        for part, (n_filters, n_maps, size, _) in enumerate(block.kernel_shapes)
    ]


def show_kernel(params: Tensor, blocks: Sequence[Block], place: tuple[int, int, int] | None) -> dict[str, Any]:
    """The weights of one filter for one map: `kernel` names the place, or is None; `kernel_values` (side, side)."""
    if place is None or place[0] >= len(blocks) or not blocks[place[0]].kernel_shapes:
        return {"kernel": None}
    layer, unit, number = place
    kernels = [part for part in split_params(params, blocks)[layer] if part.dim() == 4]
    weights = torch.cat(kernels, dim=1)  # (filters, maps of all convolutions, side, side)
    if unit >= weights.shape[0] or number >= weights.shape[1]:
        return {"kernel": None}
    return {"kernel": list(place), "kernel_values": weights[unit, number].numpy().copy()}
