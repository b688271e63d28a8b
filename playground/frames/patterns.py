"""What a head does, named from measurement over many sequences."""

from __future__ import annotations

import torch
from torch import Tensor

NAMED_FROM = 0.5  # a pattern is named when it takes this share of the attention,
BEYOND_CHANCE = 0.25  # and so much more than even attention would give it
FIXED_FROM = 0.84  # "position only": maps of different sequences agree to this share
PATTERNS = ("previous token", "first token", "itself", "same token", "induction")


def targets_of(tokens: Tensor) -> Tensor:
    """Where each pattern would look: (patterns, n, T, T), 1 where it would.

    Args:
        tokens: (n, T) int64.
    """
    length = tokens.shape[1]
    place = torch.arange(length)
    same = tokens[:, :, None] == tokens[:, None, :]  # (n, T, T)
    earlier = place[:, None] > place[None, :]  # (T, T)
    follows = torch.zeros_like(same)
    follows[:, :, 1:] = same[:, :, :-1] & earlier[:, :-1]  # (n, T, T) what came after the same token before
    one = torch.ones_like(same)
    return torch.stack([
        one & (place[:, None] == place[None, :] + 1),
        one & (place[None, :] == 0),
        one & (place[:, None] == place[None, :]),
        same & (place[:, None] != place[None, :]),
        follows,
    ]).float()  # fmt: skip


def name_patterns(layers: list[Tensor], tokens: Tensor, form: str) -> list[tuple[str, float]]:
    """The pattern that each head follows most, or an empty name: layer by layer, head by head.

    Args:
        layers: a layer each, (n, H, T, T) maps.
        tokens: (n, T) that the maps belong to.
        form: decoder or encoder.

    Returns:
        (name, share of the attention in it). A row counts for a pattern only where the pattern has somewhere to look,
        and only if there is a choice; "position only" is a head whose map is the same whatever the tokens are.
    """
    maps = torch.cat(layers, dim=1)  # (n, layers H, T, T)
    length = tokens.shape[1]
    allowed = torch.ones(length, length).tril() if form == "decoder" else torch.ones(length, length)  # (T, T)
    even = allowed / allowed.sum(-1, keepdim=True)  # (T, T)
    wanted = targets_of(tokens) * allowed  # (patterns, n, T, T)
    counts = (wanted.sum(-1) > 0) & (torch.arange(length) > 0)  # (patterns, n, T)
    n_rows = counts.sum((1, 2)).clamp(min=1)  # (patterns,)
    found = torch.einsum("pnts,nhts,pnt->ph", wanted, maps, counts.float()) / n_rows[:, None]  # (patterns, layers H)
    chance = torch.einsum("pnts,ts,pnt->p", wanted, even, counts.float()) / n_rows  # (patterns,)
    usual = maps.mean(0)  # (layers H, T, T)
    fixed = 1 - 0.5 * (maps - usual).abs().sum(-1)[..., 1:].mean((0, 2))  # (layers H,) the first row has no choice
    focused = 0.5 * (usual - even).abs().sum(-1).mean(-1) > BEYOND_CHANCE  # (layers H,)
    names = []
    for head in range(maps.shape[1]):
        beyond = found[:, head] - chance  # (patterns,)
        best = int(beyond.argmax())
        if found[best, head] >= NAMED_FROM and beyond[best] >= BEYOND_CHANCE:
            names.append((PATTERNS[best], float(found[best, head])))
        elif fixed[head] >= FIXED_FROM and focused[head]:
            names.append(("position only", float(fixed[head])))
        else:
            names.append(("", 0.0))
    return names
