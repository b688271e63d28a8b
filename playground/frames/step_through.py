"""One head step by step: every matrix between the embeddings and the head's output, in the order of computation."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from playground.models.transformer import Insight, Params, angles, positions_of, slopes
from playground.spec.attention import AttentionStructure


def step_through(
    structure: AttentionStructure,
    params: Params,
    tokens: Tensor,
    insight: Insight,
    which: tuple[int, int],
    *,
    still: bool,
) -> dict[str, Any]:
    """Fields of the frame.

    Args:
        structure, params: the model.
        tokens: (T,) of the shown sequence.
        insight: what the head's layer has computed for it.
        which: (layer, head).
        still: whether the run stands still: only then the learned matrices come along, which may be large.

    Returns:
        float32 arrays, (T, W) embedding and positions (in the first layer) and what attention reads; (T, d) query, key,
        value and output; (T, T) scores, scaled (-inf where a token is not seen) and map; (3, d, W) weights and (3, d)
        bias of query, key and value. With rotary positions also query and key before they are turned, (2, T, d), and
        the angles, (T, d / 2); with ALiBi the slope of this head.
    """
    layer, head = which
    size = structure.width // structure.heads
    rows = [slice(k * structure.width + head * size, k * structure.width + (head + 1) * size) for k in range(3)]
    fields = {
        "read": insight.read[0],
        "query": insight.query[0, head],
        "key": insight.key[0, head],
        "value": insight.value[0, head],
        "scores": insight.scores[0, head],
        "scaled": insight.scaled[0, head],
        "map": insight.maps[0, head],
        "heads": insight.heads[0, head],
        "bias": torch.stack([params[f"{layer}.qkv_bias"][r] for r in rows]),
    }
    if still:
        fields["weights"] = torch.stack([params[f"{layer}.qkv"][r] for r in rows])
    if structure.positions == "rotary":
        parts = [F.linear(fields["read"], params[f"{layer}.qkv"][r], params[f"{layer}.qkv_bias"][r]) for r in rows[:2]]
        fields["unturned"] = torch.stack(parts)
        fields["angles"] = angles(len(tokens), size // 2)
    if structure.positions == "alibi":
        fields["slope"] = slopes(structure.heads)[head : head + 1]
    if layer == 0:
        fields["embedding"] = params["embedding"][tokens]
        positions = positions_of(params, structure, len(tokens))
        if isinstance(positions, Tensor):
            fields["positions"] = positions
    return {f"inside_{name}": np.ascontiguousarray(array.numpy()) for name, array in fields.items()}
