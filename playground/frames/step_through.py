"""One head step by step: every matrix between the embeddings and the head's output, in the order of computation."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from playground.models.transformer import EPSILON, Insight, Params, angles, positions_of, slopes
from playground.spec.attention import AttentionStructure

SOME = ("embedding", "positions", "weights", "unturned", "angles", "slope", "entered", "moments", "norm")
NOT_HERE = {f"inside_{name}": None for name in SOME}  # said each time, or a view would keep those of another layer


def step_through(
    structure: AttentionStructure,
    params: Params,
    tokens: Tensor,
    insight: Insight,
    which: tuple[int, int],
    *,
    still: bool,
    epsilon: float = EPSILON,
) -> dict[str, Any]:
    """Fields of the frame.

    Args:
        structure, params: the model.
        tokens: (T,) of the shown sequence.
        insight: what the head's layer has computed for it.
        which: (layer, head).
        still: whether the run stands still: only then the learned matrices come along, which may be large.
        epsilon: of layer norm.

    Returns:
        float32 arrays, (T, W) embedding and positions (in the first layer) and what attention reads; (T, d) query, key,
        value and output; (T, T) scores, scaled (-inf where a token is not seen) and map; (3, d, W) weights and (3, d)
        bias of query, key and value. With rotary positions also query and key before they are turned, (2, T, d), and
        the angles, (T, d / 2); with ALiBi the slope of this head. Where what is read has passed a layer norm: its mean
        and spread, (T, 2), and gain and bias, (2, W). In later layers, while the run stands still: what the stream is
        the sum of, (1 or 2, T, W), see `Insight.entered`.
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
    fields |= _entry(structure, params, tokens, insight.entered, layer, still=still, epsilon=epsilon)
    return NOT_HERE | {f"inside_{name}": np.ascontiguousarray(array.numpy()) for name, array in fields.items()}


def _entry(
    structure: AttentionStructure,
    params: Params,
    tokens: Tensor,
    sums: tuple[Tensor, ...],
    layer: int,
    *,
    still: bool,
    epsilon: float,
) -> dict[str, Tensor]:
    """What is read comes from: the parts of the stream, and the layer norm between."""
    fields: dict[str, Tensor] = {}
    if layer == 0:
        fields["embedding"] = params["embedding"][tokens]
        positions = positions_of(params, structure, len(tokens))
        if isinstance(positions, Tensor):
            fields["positions"] = positions
        sums = tuple(fields.values())
    elif still:
        fields["entered"] = torch.stack(sums)[:, 0]
    if norm := _norm_before(structure, params, layer):
        fields["moments"] = _moments(sum(sums, torch.zeros(())), epsilon)
        fields["norm"] = torch.stack([params[f"{norm}_gain"], params[f"{norm}_bias"]])
    return fields


def _norm_before(structure: AttentionStructure, params: Params, layer: int) -> str:
    """The layer norm that the stream passes last before a layer's attention reads it; empty where there is none."""
    if structure.norm == "before":
        return f"{layer}.norm"
    if structure.norm == "after" and layer:
        return f"{layer - 1}.norm2" if structure.feed_forward else f"{layer - 1}.norm"
    return "entry" if not layer and "entry_gain" in params else ""


def _moments(stream: Tensor, epsilon: float) -> Tensor:
    """Mean and spread of each token's numbers, as layer norm takes them off: (1, T, W) or (T, W) -> (T, 2)."""
    stream = stream.reshape(-1, stream.shape[-1])  # (T, W)
    spread = (stream.var(-1, correction=0) + epsilon).sqrt()  # (T,)
    return torch.stack([stream.mean(-1), spread], dim=-1)
