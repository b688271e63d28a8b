"""A shown sequence changed by hand: heads off, cells of the mask, softmax temperature, two tokens swapped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.data.sequences import IGNORED, Batch, vocabulary
from playground.models.transformer import Insight, Params, forward, future
from playground.spec.attention import AttentionStructure
from playground.spec.probe import Cell, Probe


@dataclass(frozen=True)
class Edits:
    """Changes by hand that a model has the parts for.

    Attributes:
        off: (layer, head) of heads whose output counts nothing.
        flips: (layer, head, row, column) of mask cells that are turned around.
        swap: two places whose tokens change places.
        temperature: every head's scores are divided by it before softmax.
        refused: mask cells that were left out, since each row must keep one that is seen.
    """

    off: tuple[tuple[int, int], ...] = ()
    flips: tuple[Cell, ...] = ()
    swap: tuple[int, int] | None = None
    temperature: float = 1.0
    refused: tuple[Cell, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything is changed."""
        return bool(self.off or self.flips or self.swap) or self.temperature != 1

    def swapped(self, tokens: Tensor) -> Tensor:
        """The tokens (T,) with two of them in each other's place, where both are there."""
        if not self.swap or max(self.swap) >= len(tokens):
            return tokens
        tokens = tokens.clone()
        tokens[list(self.swap)] = tokens[list(reversed(self.swap))]
        return tokens

    def run(self, structure: AttentionStructure, params: Params, tokens: Tensor) -> tuple[Tensor, list[Insight]]:
        """`forward` with the changes: logits (n, T, V) and an `Insight` a layer.

        Args:
            structure, params: the model.
            tokens: (n, T) of any length T; cells of the mask beyond it are left out. Not swapped here.
        """
        share, flipped = self.by_layer(structure, tokens.shape[1])
        return forward(params, structure, tokens, head_share=share, flipped=flipped, temperature=self.temperature)

    def by_layer(self, structure: AttentionStructure, length: int) -> tuple[Tensor, Tensor | None]:
        """Factors of the heads' outputs (layers, 1, H), and the flipped cells (layers, H, T, T) if there are any."""
        share = torch.ones(structure.layers, 1, structure.heads)
        for layer, head in self.off:
            share[layer, :, head] = 0
        return share, flipped_cells(structure, self.flips, length) if self.flips else None


def flipped_cells(structure: AttentionStructure, flips: tuple[Cell, ...], length: int) -> Tensor:
    """The cells as (layers, H, T, T) bool; left out are those that would leave a row without any token to see."""
    flipped = torch.zeros(structure.layers, structure.heads, length, length, dtype=torch.bool)
    hidden = future(length) if structure.form == "decoder" else torch.zeros(length, length, dtype=torch.bool)  # (T, T)
    for layer, head, row, column in flips:
        if row < length and column < length:
            flipped[layer, head, row, column] = True
            if (hidden[row] ^ flipped[layer, head, row]).all():
                flipped[layer, head, row, column] = False
    return flipped


def legal_edits(structure: AttentionStructure, off: tuple[tuple[int, int], ...], probe: Probe, length: int) -> Edits:
    """What of the wanted changes this model has the parts for.

    Args:
        structure: the model.
        off: (layer, head) to switch off.
        probe: the other changes.
        length: tokens of the shown sequence.
    """
    heads = {(layer, head) for layer in range(structure.layers) for head in range(structure.heads)}
    there = tuple(f for f in dict.fromkeys(probe.flips) if f[:2] in heads and max(f[2:]) < length)
    flipped = flipped_cells(structure, there, length)
    flips = tuple(f for f in there if flipped[f])
    swap = probe.swap if probe.swap and max(probe.swap) < length and probe.swap[0] != probe.swap[1] else None
    refused = tuple(f for f in there if not flipped[f])
    return Edits(tuple(head for head in off if head in heads), flips, swap, probe.softmax_temperature, refused)


def say(
    structure: AttentionStructure, params: Params, shown: Batch, edits: Edits, place: int | None
) -> tuple[dict[str, Any], list[Insight]]:
    """The shown sequence as text: what stands there, what should be said and what is said, changed and as it is.

    Args:
        structure, params: the model.
        shown: one sequence, as it was before any swap.
        edits: the changes by hand.
        place: whose distribution is wanted. If None or not there: of those that are asked the one whose answer the
            changes have moved most, the first if none has.

    Returns:
        Fields of the frame, and an `Insight` a layer of the changed sequence.
    """
    names = vocabulary(structure)
    original = torch.from_numpy(shown.tokens)  # (1, T)
    tokens = edits.swapped(original[0])[None]  # (1, T)
    logits, insights = edits.run(structure, params, tokens)  # (1, T, V)
    intact = forward(params, structure, original)[0] if edits.any else logits  # (1, T, V)
    proba, proba_intact = logits[0].softmax(-1), intact[0].softmax(-1)  # (T, V) each
    asked = np.flatnonzero(shown.targets[0] != IGNORED)
    moved = (0.5 * (proba - proba_intact).abs().sum(-1)).numpy()  # (T,) share of probability that moved
    if place is None or place >= tokens.shape[1]:
        place = int(asked[moved[asked].argmax()]) if len(asked) else 0
    fields = {
        "tokens": [names[token] for token in tokens[0]],
        "targets": ["" if target == IGNORED else names[target] for target in shown.targets[0]],
        "said": [names[token] for token in proba.argmax(-1)],
        "said_proba": proba.max(-1).values.numpy(),
        "said_intact": [names[token] for token in proba_intact.argmax(-1)],
        "said_intact_proba": proba_intact.max(-1).values.numpy(),
        "moved": moved,
        "place": place,
        "place_proba": proba[place].numpy(),  # (V,)
        "place_intact": proba_intact[place].numpy(),  # (V,)
        "off": list(edits.off),
        "flips": edits.flips,
        "swap": edits.swap,
        "softmax_temperature": edits.temperature,
        "edited": edits.any,
        "refused": edits.refused,
    }
    return fields, insights
