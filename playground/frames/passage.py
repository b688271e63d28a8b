"""What the page shows of a model of text beside its maps: how it writes, and its loss against simple guesses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.data.book import CHARACTERS, baselines
from playground.data.chance import Chance
from playground.frames.intervention import Edits
from playground.frames.writing import choose, draw
from playground.models.transformer import unflatten
from playground.spec.attention import AttentionStructure
from playground.spec.look import Look

WRITTEN, WRITTEN_PLAYING = 100, 24  # characters: fewer while it trains, for each costs a forward pass
TEMPERATURE = 0.8  # below 1: likelier characters more often
NATS_PER_BIT = np.log(2.0)


def draw_passage(structure: AttentionStructure) -> Mapping[str, Any]:
    """What is drawn once a run of the text task; nothing for other tasks."""
    return {"baselines": baselines()} if structure.task == "text" else {}


def show_passage(
    structure: AttentionStructure, vector: np.ndarray, tokens: Tensor, edits: Edits, test_loss: float, look: Look
) -> Mapping[str, Any]:
    """The text that the model was given, what it writes after it, and its loss in bits; nothing for other tasks.

    Args:
        structure: the model.
        vector: (n_params,) float32.
        tokens: (T,) the shown passage, swapped.
        edits: the changes by hand, which hold for what is written, too: cells of the mask by their place in the window.
        test_loss: nats a character.
        look: how much time there is; nothing is written in a quick frame.
    """
    if structure.task != "text":
        return {}
    given = "".join(CHARACTERS[token - 1] for token in tokens.tolist() if token)
    fields = {"passage_given": given, "passage_written": None, "test_bits": float(test_loss / NATS_PER_BIT)}
    if look.quick:
        return fields  # says that nothing is written yet, or a view would keep what was written after another passage
    n = WRITTEN if look.still else WRITTEN_PLAYING
    return fields | {"passage_written": _write(structure, vector.tobytes(), tuple(tokens.tolist()), edits, n)}


@lru_cache(maxsize=4)
@torch.no_grad()
def _write(structure: AttentionStructure, vector: bytes, tokens: tuple[int, ...], edits: Edits, n: int) -> str:
    """`n` characters, each drawn from what the model says of the last T: the same each time for the same model."""
    params = unflatten(torch.frombuffer(bytearray(vector), dtype=torch.float32), structure)
    luck = Chance(structure.seed).uniform("writing", 0.0, 1.0, n)  # (n,) in [0, 1)
    text = list(tokens)
    for k in range(n):
        logits, _ = edits.run(structure, params, torch.tensor([text[-structure.context :]]))  # (1, T, V)
        share = choose(logits[0, -1, 1:], TEMPERATURE, 0, 1.0).share  # (V - 1,) without the mark, which is no character
        text.append(1 + draw(share, float(luck[k])))
    return "".join(CHARACTERS[token - 1] for token in text[len(tokens) :])
