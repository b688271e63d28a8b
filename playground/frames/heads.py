"""What heads do: how much each one matters, when it began to look at something, and maps of several heads joined."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from playground.data.sequences import IGNORED, Batch, make_test
from playground.frames.intervention import Edits
from playground.frames.patterns import name_patterns
from playground.models.transformer import Params, block, embed, forward, unembed
from playground.spec.attention import AttentionStructure
from playground.spec.probe import Joined
from playground.training.history import History

Heads = Sequence[tuple[int, ...]]
N_PATTERN, N_PATTERN_PLAYING = 64, 16  # sequences that patterns are measured on: fewer while every frame counts
FEWEST_PATTERN = 8  # different ones, below which nothing is named
SUDDEN_DROP = 0.2  # a head begins to do something: its entropy falls by this much
DROP_RECORDS = 20  # within so many records


def entropy_share(layers: Sequence[Tensor] | Tensor, form: str) -> np.ndarray:
    """How spread out each head looks: (layers, heads) in [0, 1], of the maps of each layer (n, H, T, T).

    The mean entropy of a map's rows, as a share of the most it could be: 1 looks at all it may see alike, 0 at one
    token only. A decoder's row k can spread over k tokens, so its most is log(k).
    """
    length = layers[0].shape[-1]
    seen = torch.arange(1, length + 1) if form == "decoder" else torch.full((length,), length)
    rows = [torch.special.entr(maps).sum(-1).mean((0, 2)) for maps in layers]  # (H,) each
    return np.asarray(torch.stack(rows) / seen.log().mean(), dtype=np.float64)  # (layers, H)


def moments(structure: AttentionStructure, history: History) -> list[dict[str, Any]]:
    """When each head began to do something: the steepest fall of its entropy, where it is sudden enough to be named.

    Returns:
        layer, head, epoch (in the middle of the fall), before and after, in the order of epochs.
    """
    found = []
    n = len(history.rows)
    starts = np.arange(n)
    ends = np.minimum(starts + DROP_RECORDS, n - 1)
    for layer in range(structure.layers):
        for head in range(structure.heads):
            entropy = history.column(f"entropy_{layer}_{head}")  # (n,)
            fall = entropy - entropy[ends]  # (n,)
            at = int(fall.argmax())
            if fall[at] >= SUDDEN_DROP:
                inside = entropy[at : ends[at] + 1]
                middle = at + int(np.argmax(inside <= (inside[0] + inside[-1]) / 2))
                epoch = int(history.column("epoch")[middle])
                values = {"before": float(inside[0]), "after": float(inside[-1])}
                found.append({"layer": layer, "head": head, "epoch": epoch, **values})
    return sorted(found, key=lambda moment: moment["epoch"])


def ablation(structure: AttentionStructure, params: Params, shown: Batch, edits: Edits) -> np.ndarray:
    """How much each head matters for one sequence: the loss without it, less the loss with it: (layers, H) float32.

    Both with the changes by hand, so that the sequence is the one in sight; a head that is off already matters 0.
    """
    tokens = edits.swapped(torch.from_numpy(shown.tokens[0]))[None]  # (1, T)
    share, flipped = edits.by_layer(structure, tokens.shape[1])
    but_one = 1 - torch.eye(structure.heads)  # (H, H)
    x = embed(params, structure, tokens)  # (1, T, W) with all heads; below it grow the copies without one
    for layer in range(structure.layers):
        flips = None if flipped is None else flipped[layer]  # (H, T, T)
        through = partial(block, params, structure, layer, flips=flips, temperature=edits.temperature)
        without = through(x[:1], share=share[layer] * but_one)[0]  # (H, T, W)
        x = torch.cat([through(x, share=share[layer])[0], without])
    logits = unembed(params, structure, x)  # (1 + layers H, T, V)
    targets = torch.from_numpy(shown.targets[:1]).expand(len(x), -1)  # (1 + layers H, T)
    losses = F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=IGNORED, reduction="none").sum(1)
    losses = losses / max(1, int((shown.targets[0] != IGNORED).sum()))  # (1 + layers H,)
    return (losses[1:] - losses[0]).view(structure.layers, structure.heads).numpy()


def patterns(structure: AttentionStructure, params: Params, *, still: bool) -> list[tuple[str, float]]:
    """The pattern of each head and its share of the attention, on different test sequences: layer by layer."""
    n = N_PATTERN if still else N_PATTERN_PLAYING
    tokens = torch.from_numpy(make_test(structure).tokens[:n]).unique(dim=0)  # (n, T)
    if len(tokens) < FEWEST_PATTERN:  # on the same few sequences every head looks at the same places
        return [("", 0.0)] * (structure.layers * structure.heads)
    _, insights = forward(params, structure, tokens)
    return name_patterns([insight.maps for insight in insights], tokens, structure.form)


def joined_map(maps: Tensor, layer: int, head: int, how: Joined, *, residual: bool, off: Heads = ()) -> Tensor:
    """One map of one or more heads: (T, T), each row sums to 1.

    Args:
        maps: (layers, H, T, T).
        layer, head: the head, or the layer up to which a rollout goes.
        how: the head alone, the mean of its layer's heads, the mean of all, or the rollout: what reaches each token
            when attention is followed through the layers, half of it straight through the residual.
        residual: whether the model has one.
        off: (layer, head) of heads that count nothing: they are in no mean, and through a layer without any head all
            passes straight. A mean over nothing but heads that are off is that of all.

    Source: Abnar and Zuidema 2020, "Quantifying attention flow in transformers", section 3.
    """
    if how == "head":
        return maps[layer, head]
    on = torch.ones(maps.shape[:2], dtype=torch.bool)  # (layers, H)
    for place in off:
        on[place] = False
    if how == "layers":
        return maps[on if on.any() else ~on].mean(0)
    if how == "layer":
        return maps[layer][on[layer] if on[layer].any() else ~on[layer]].mean(0)
    straight = 0.5 if residual else 0.0
    flow = torch.eye(maps.shape[-1])  # (T, T)
    for heads, counts in zip(maps[: layer + 1], on, strict=False):
        if counts.any():
            mean = heads[counts].mean(0)  # (T, T)
            flow = (straight * torch.eye(len(mean)) + (1 - straight) * mean) @ flow  # (T, T)
    return flow
