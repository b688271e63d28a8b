"""How a decoder writes: the next token's distribution over the whole vocabulary, drawing from it, and beam search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.data.chance import Chance
from playground.data.sequences import IGNORED, Batch, n_tokens, vocabulary
from playground.frames.intervention import Edits
from playground.models.transformer import Params
from playground.spec.attention import AttentionStructure
from playground.spec.probe import MAX_WRITTEN, Probe

MAX_BEAM_DEPTH = 13  # the longest answer: the sum of two numbers of 12 digits
NextLogits = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Choice:
    """How likely each token of the vocabulary is to come next.

    Attributes:
        logits: (V,) as the model says them.
        proba: (V,) softmax of the logits over the temperature.
        kept: (V,) bool, what top-k and top-p leave.
        share: (V,) of what is left, so that it sums to 1: a token is drawn from this.
    """

    logits: Tensor
    proba: Tensor
    kept: Tensor
    share: Tensor


@dataclass(frozen=True)
class Node:
    """A token in the tree of a beam search.

    Attributes:
        depth: 0 for the first written token.
        token: index into the vocabulary.
        parent: index of the node before it in the list of nodes; -1 for the first.
        log_proba: of everything written up to it, in nats.
        kept: whether the search went on from it.
    """

    depth: int
    token: int
    parent: int
    log_proba: float
    kept: bool


def choose(logits: Tensor, temperature: float, top_k: int, top_p: float) -> Choice:
    """Temperature first, then the `top_k` most likely, then of these the fewest that hold `top_p` together.

    Args:
        logits: (V,).
        temperature: below 1 the likely becomes likelier, above 1 all become more alike.
        top_k: 0 keeps all. Of equally likely tokens the first ones stay.
        top_p: (0, 1]; measured on what top-k has left.

    Source: Holtzman et al. 2020, "The curious case of neural text degeneration", section 3.1, for top-p.
    """
    proba = (logits / temperature).softmax(-1)  # (V,)
    order = torch.sort(proba, descending=True, stable=True).indices  # (V,)
    left = proba[order]  # (V,) from the most likely on
    if top_k:
        left[top_k:] = 0
    left = left / left.sum()
    before = left.cumsum(0) - left  # (V,) what stands before each token
    left = torch.where(before < top_p, left, 0.0) if top_p < 1 else left
    share = torch.zeros_like(proba).scatter(0, order, left / left.sum())
    return Choice(logits, proba, share > 0, share)


def draw(share: Tensor, chance: float) -> int:
    """The token in whose part of [0, 1) `chance` falls, parts laid side by side in the vocabulary's order."""
    total = share.double().cumsum(0)  # (V,)
    return min(int(torch.searchsorted(total, chance * total[-1], right=True)), int(share.nonzero().max()))


def beam_search(next_logits: NextLogits, prompt: Tensor, width: int, depth: int) -> list[Node]:
    """The tree of a beam search: at each depth the `width` likeliest continuations, and as many that just missed.

    Args:
        next_logits: (n, t) tokens -> (n, V) logits of the token after each.
        prompt: (t,) int64.
        width: beams kept.
        depth: tokens to write.

    Returns:
        Nodes depth by depth, the likeliest first; parents stand before their children.
    """
    nodes: list[Node] = []
    sequences, totals, parents = prompt[None, :], torch.zeros(1, dtype=torch.float64), [-1]
    for level in range(depth):
        log_proba = next_logits(sequences).double().log_softmax(-1)  # (beams, V)
        sums = totals[:, None] + log_proba  # (beams, V)
        best = torch.sort(sums.flatten(), descending=True, stable=True)
        places = best.indices[: 2 * width].tolist()
        first = len(nodes)
        for rank, place in enumerate(places):
            beam, token = divmod(place, log_proba.shape[1])
            nodes.append(Node(level, token, parents[beam], float(best.values[rank]), rank < width))
        kept = places[:width]
        rows = torch.tensor([place // log_proba.shape[1] for place in kept])
        tokens = torch.tensor([place % log_proba.shape[1] for place in kept])
        sequences = torch.cat([sequences[rows], tokens[:, None]], dim=1)  # (beams, t + 1)
        totals, parents = best.values[: len(kept)], list(range(first, first + len(kept)))
    return nodes


def prompt_of(structure: AttentionStructure, shown: Batch) -> tuple[np.ndarray, int]:
    """The tokens that a decoder is given, (t,), and how many it may write after them.

    What is given ends where the first answer is asked. Where every place asks, all of it is given, and the model
    writes on with the last tokens that it can see.
    """
    asked = np.flatnonzero(shown.targets[0] != IGNORED)
    if len(asked) == 0 or asked[0] == 0:
        return shown.tokens[0], MAX_WRITTEN
    return shown.tokens[0, : asked[0] + 1], n_tokens(structure) - int(asked[0])


def write(structure: AttentionStructure, params: Params, shown: Batch, edits: Edits, probe: Probe) -> dict[str, Any]:
    """Fields of the frame: what is written after the input, what may come next, and the tree of the beam search."""
    if structure.form == "encoder":
        return {}
    names, limit = vocabulary(structure), n_tokens(structure)
    given, most = prompt_of(structure, shown)

    def next_logits(tokens: Tensor) -> Tensor:
        return edits.run(structure, params, tokens[:, -limit:])[0][:, -1]  # (n, V)

    tokens = edits.swapped(torch.from_numpy(given))  # (t,)
    beams = beam_search(next_logits, tokens, probe.beams, min(most, MAX_BEAM_DEPTH)) if probe.beams else []
    shares = []
    how = probe.temperature, probe.top_k, probe.top_p
    choice = choose(next_logits(tokens[None])[0], *how)
    for k in range(min(probe.written, most)):
        token = draw(choice.share, float(Chance(structure.seed).uniform(f"write {probe.draw} {k}", 0, 1, 1)[0]))
        shares.append(float(choice.share[token]))
        tokens = torch.cat([tokens, torch.tensor([token])])
        choice = choose(next_logits(tokens[None])[0], *how)
    return {
        "prompt": [names[token] for token in tokens[: len(given)]],
        "written": [names[token] for token in tokens[len(given) :]],
        "written_share": shares,
        "write_most": most,
        "next_logits": choice.logits.numpy(),
        "next_proba": choice.proba.numpy(),
        "next_share": choice.share.numpy(),
        "beams": [[node.depth, names[node.token], node.parent, node.log_proba, node.kept] for node in beams],
    }
