"""A transformer as plain arithmetic on one vector of parameters, with the shape on every line.

Letters in the shape comments: n sequences, T tokens, W width, H heads, d = W / H, F feed-forward width, V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.models.transformer_params import EMBEDDING_SPREAD, param_shapes
from playground.spec.attention import AttentionStructure

Params = Mapping[str, Tensor]
Drop = Callable[[Tensor], Tensor]
EPSILON = 1e-5  # of layer norm: keeps it from dividing by 0
WAVELENGTH = 10_000.0  # of the slowest wave of sinusoidal and rotary positions


@dataclass(frozen=True)
class Insight:
    """What one head computed, in the order in which it is computed.

    Attributes:
        read: (n, T, W) what attention reads: the stream, after layer norm where that comes before.
        query, key, value: (n, H, T, d).
        scores: (n, H, T, T) query times key, not yet divided.
        scaled: (n, H, T, T) divided by sqrt(d), position bias added, divided by the softmax temperature, and what is
            not seen masked with -inf.
        maps: (n, H, T, T) softmax of `scaled`: each row sums to 1.
        heads: (n, H, T, d) weighted values.
        entered: what the stream is the sum of, (n, T, W) each, before any layer norm: what was there (with residual
            only), and what the part before has written. Nothing in the first layer.
    """

    read: Tensor
    query: Tensor
    key: Tensor
    value: Tensor
    scores: Tensor
    scaled: Tensor
    maps: Tensor
    heads: Tensor
    entered: tuple[Tensor, ...] = ()


def unflatten(vector: Tensor, structure: AttentionStructure) -> dict[str, Tensor]:
    """Views into the vector by name: a gradient that reaches a view reaches the vector."""
    shapes = param_shapes(structure)
    pieces = vector.split([math.prod(shape) for shape in shapes.values()])
    return {name: piece.view(shape) for (name, shape), piece in zip(shapes.items(), pieces, strict=True)}


def keep_all(values: Tensor) -> Tensor:
    """No dropout."""
    return values


def forward(
    params: Params,
    structure: AttentionStructure,
    tokens: Tensor,
    drop: Drop = keep_all,
    head_share: Tensor | None = None,
    flipped: Tensor | None = None,
    temperature: float = 1.0,
) -> tuple[Tensor, list[Insight]]:
    """Logits at every position, and what each layer's heads computed.

    Args:
        params: from `unflatten`.
        structure: the choices that `params` belong to.
        tokens: (n, T) int64.
        drop: dropout, applied to what each part writes.
        head_share: (layers, n or 1, H) factors of the heads' outputs, 0 switches a head off; None leaves all on.
        flipped: (layers, H, T, T) bool, cells of the mask that are turned around; a row must keep a cell that is seen.
        temperature: every head's scaled scores are divided by it before softmax.

    Returns:
        logits (n, T, V), and an `Insight` a layer.
    """
    x = embed(params, structure, tokens, drop)  # (n, T, W)
    x, insights = pass_layers(params, structure, x, drop, head_share, flipped, temperature)  # (n, T, W)
    return unembed(params, structure, x), insights  # (n, T, V)


def pass_layers(
    params: Params,
    structure: AttentionStructure,
    x: Tensor,
    drop: Drop = keep_all,
    head_share: Tensor | None = None,
    flipped: Tensor | None = None,
    temperature: float = 1.0,
    epsilon: float = EPSILON,
) -> tuple[Tensor, list[Insight]]:
    """What leaves the last layer, (n, T, W) -> (n, T, W), and an `Insight` a layer; see `forward`."""
    insights: list[Insight] = []
    entered: tuple[Tensor, ...] = ()  # (n, T, W) each
    for layer in range(structure.layers):
        share = None if head_share is None else head_share[layer]  # (n or 1, H)
        flips = None if flipped is None else flipped[layer]  # (H, T, T)
        x, insight, written = block(params, structure, layer, x, drop, share, flips, temperature, epsilon)  # (n, T, W)
        insights.append(replace(insight, entered=entered))
        entered = written
    return x, insights


def embed(params: Params, structure: AttentionStructure, tokens: Tensor, drop: Drop = keep_all) -> Tensor:
    """What enters the first layer: (n, T) int64 -> (n, T, W)."""
    return drop(F.embedding(tokens, params["embedding"]) + positions_of(params, structure, tokens.shape[1]))


def block(
    params: Params,
    structure: AttentionStructure,
    layer: int,
    x: Tensor,
    drop: Drop = keep_all,
    share: Tensor | None = None,
    flips: Tensor | None = None,
    temperature: float = 1.0,
    epsilon: float = EPSILON,
) -> tuple[Tensor, Insight, tuple[Tensor, ...]]:
    """One layer, attention and feed-forward: (n, T, W) -> (n, T, W), its `Insight`, and what its end is the sum of.

    One sequence with m rows of `share` becomes m: the layer with m choices of what its heads write.
    """
    part = {name.partition(".")[2]: p for name, p in params.items() if name.startswith(f"{layer}.")}
    found: list[Insight] = []

    def attend(h: Tensor) -> Tensor:
        written, insight = attention(part, structure, h, share, flips, temperature)
        found.append(insight)
        return written  # (n, T, W)

    x, entered = _sublayer(structure, x, attend, part, "norm", drop, epsilon)  # (n, T, W)
    if structure.feed_forward:
        x, entered = _sublayer(structure, x, partial(feed_forward, part), part, "norm2", drop, epsilon)  # (n, T, W)
    return x, found[0], entered


def unembed(params: Params, structure: AttentionStructure, x: Tensor) -> Tensor:
    """Logits of what leaves the last layer: (n, T, W) -> (n, T, V)."""
    if structure.norm == "before":
        x = layer_norm(x, params, "norm")  # (n, T, W)
    return F.linear(x, params["embedding" if structure.tied else "unembedding"])


def attention(
    part: Params,
    structure: AttentionStructure,
    x: Tensor,
    share: Tensor | None = None,
    flipped: Tensor | None = None,
    temperature: float = 1.0,
) -> tuple[Tensor, Insight]:
    """softmax(Q K^T / sqrt(d) + bias + mask) V for every head, joined and mixed: (n, T, W) -> (n, T, W).

    Source: Vaswani et al. 2017, eq. 1. Checked against torch.nn.MultiheadAttention in tests/golden.
    """
    n, length, width = x.shape
    split = (n, length, 3, structure.heads, width // structure.heads)
    qkv = F.linear(x, part["qkv"], part["qkv_bias"]).view(split).permute(2, 0, 3, 1, 4)  # (3, n, H, T, d)
    query, key, value = qkv[0], qkv[1], qkv[2]  # (n, H, T, d) each
    if structure.positions == "rotary":
        query, key = rotate(query), rotate(key)  # (n, H, T, d) each
    scores = query @ key.transpose(-2, -1)  # (n, H, T, T) row: who looks, column: what is looked at
    scaled = scores / math.sqrt(query.shape[-1])  # (n, H, T, T)
    if structure.positions == "alibi":
        scaled = scaled - distance_penalty(structure.heads, length)  # (n, H, T, T)
    hidden = future(length) if structure.form == "decoder" else None  # (T, T)
    if flipped is not None:
        hidden = flipped if hidden is None else hidden ^ flipped  # (H, T, T)
    if hidden is not None:
        scaled = scaled.masked_fill(hidden, -math.inf)  # (n, H, T, T)
    if temperature != 1:
        scaled = scaled / temperature  # (n, H, T, T)
    maps = scaled.softmax(dim=-1)  # (n, H, T, T) each row sums to 1
    heads = maps @ value  # (n, H, T, d)
    if share is not None:
        heads = heads * share[:, :, None, None]  # (n, H, T, d)
    joined = heads.transpose(1, 2).reshape(-1, length, width)  # (n, T, W) heads side by side
    written = F.linear(joined, part["out"], part["out_bias"])  # (n, T, W)
    return written, Insight(x, query, key, value, scores, scaled, maps, heads)


def feed_forward(part: Params, x: Tensor) -> Tensor:
    """Two layers for each token by itself: (n, T, W) -> (n, T, F) -> (n, T, W)."""
    hidden = F.gelu(F.linear(x, part["up"], part["up_bias"]))  # (n, T, F)
    return F.linear(hidden, part["down"], part["down_bias"])  # (n, T, W)


def layer_norm(x: Tensor, params: Params, name: str, epsilon: float = EPSILON) -> Tensor:
    """Each token to mean 0 and variance 1, then gain and bias: (n, T, W) -> (n, T, W)."""
    return F.layer_norm(x, x.shape[-1:], params[f"{name}_gain"], params[f"{name}_bias"], epsilon)  # (n, T, W)


def future(length: int) -> Tensor:
    """True where a token would look ahead: (T, T); `future(2)` is [[False, True], [False, False]]."""
    return torch.ones(length, length, dtype=torch.bool).triu(1)  # (T, T)


def distance_penalty(n_heads: int, length: int) -> Tensor:
    """ALiBi: slope times distance, slope 2^(-8 k / H) for head k = 1 ... H: (H, T, T).

    Source: Press, Smith, Lewis 2022, section 3; for an encoder the distance counts in both directions.
    """
    places = torch.arange(length)  # (T,)
    distance = (places[:, None] - places[None, :]).abs()  # (T, T)
    return slopes(n_heads)[:, None, None] * distance  # (H, T, T)


def slopes(n_heads: int) -> Tensor:
    """What ALiBi takes from a score for each token of distance, by head: (H,); 2 heads have 1/16 and 1/256."""
    return 2.0 ** (-8 * torch.arange(1, n_heads + 1) / n_heads)  # (H,)


def rotate(x: Tensor) -> Tensor:
    """Rotary positions: the pair (i, i + d/2) of token t turns by t / 10000^(2 i / d): (n, H, T, d) -> the same.

    A turned query times a turned key depends only on how far apart their tokens are.
    Source: Su et al. 2021, eq. 34.
    """
    half = x.shape[-1] // 2
    turns = angles(x.shape[-2], half)  # (T, d/2)
    cos, sin = turns.cos(), turns.sin()  # (T, d/2) each
    first, second = x[..., :half], x[..., half:]  # (n, H, T, d/2) each
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)  # (n, H, T, d)


def sinusoids(length: int, width: int) -> Tensor:
    """Waves from fast to slow, sines in the first half, cosines in the second: (T, W).

    Source: Vaswani et al. 2017, section 3.5.
    """
    waves = angles(length, width // 2)  # (T, W/2)
    return torch.cat([waves.sin(), waves.cos()], dim=-1)  # (T, W)


def angles(length: int, half: int) -> Tensor:
    """How far token t turns at each of `half` rates, from fast to slow, in radians: (T, half)."""
    rates = WAVELENGTH ** (-torch.arange(half) / half)  # (half,)
    return torch.arange(length)[:, None] * rates  # (T, half)


def positions_of(params: Params, structure: AttentionStructure, length: int) -> Tensor | float:
    """What is added to the embedding of each place: (T, W), or 0 where nothing is added there."""
    if structure.positions == "learned":
        return params["positions"][:length]  # (T, W)
    if structure.positions == "sinusoidal":
        return EMBEDDING_SPREAD * sinusoids(length, structure.width)  # (T, W) as large as the embeddings
    return 0.0


def _sublayer(
    structure: AttentionStructure,
    x: Tensor,
    part: Callable[[Tensor], Tensor],
    params: Params,
    norm: str,
    drop: Drop,
    epsilon: float,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """One part with its layer norm, dropout and residual: (n, T, W) -> (n, T, W); and what was summed for it."""
    written = drop(part(layer_norm(x, params, norm, epsilon) if structure.norm == "before" else x))  # (n, T, W)
    entered = (x, written) if structure.residual else (written,)  # (n, T, W) each
    x = x + written if structure.residual else written  # (n, T, W)
    return layer_norm(x, params, norm, epsilon) if structure.norm == "after" else x, entered  # (n, T, W)
