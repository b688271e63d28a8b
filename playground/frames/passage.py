"""What the page shows of a model of text beside its maps: how it writes, and its loss against simple guesses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from playground.data.book import CHARACTERS, baselines
from playground.data.chance import Chance
from playground.models.transformer import forward, unflatten
from playground.spec.attention import AttentionStructure

WRITTEN, WRITTEN_PLAYING = 100, 24  # characters: fewer while it trains, for each costs a forward pass
TEMPERATURE = 0.8  # below 1: likelier characters more often
NATS_PER_BIT = np.log(2.0)


def draw_passage(structure: AttentionStructure) -> Mapping[str, Any]:
    """What is drawn once a run of the text task; nothing for other tasks."""
    return {"baselines": baselines()} if structure.task == "text" else {}


def show_passage(
    structure: AttentionStructure, vector: np.ndarray, tokens: np.ndarray, test_loss: float, *, still: bool
) -> Mapping[str, Any]:
    """The text that the model was given, what it writes after it, and its loss in bits; nothing for other tasks.

    Args:
        structure: the model.
        vector: (n_params,) float32.
        tokens: (T,) the shown passage.
        test_loss: nats a character.
        still: whether the run stands still, so that a sample may be longer.
    """
    if structure.task != "text":
        return {}
    n = WRITTEN if still else WRITTEN_PLAYING
    written = _write(structure, vector.tobytes(), tuple(int(token) for token in tokens), n)
    given = "".join(CHARACTERS[token - 1] for token in tokens if token)
    return {"passage_given": given, "passage_written": written, "test_bits": float(test_loss / NATS_PER_BIT)}


@lru_cache(maxsize=4)
@torch.no_grad()
def _write(structure: AttentionStructure, vector: bytes, tokens: tuple[int, ...], n: int) -> str:
    """`n` characters, each drawn from what the model says of the last T: the same each time for the same model."""
    params = unflatten(torch.frombuffer(bytearray(vector), dtype=torch.float32), structure)
    luck = Chance(structure.seed).uniform("writing", 0.0, 1.0, n)  # (n,) in [0, 1)
    text = list(tokens)
    for k in range(n):
        logits, _ = forward(params, structure, torch.tensor([text[-structure.context :]]))  # (1, T, V)
        proba = (
            (logits[0, -1, 1:] / TEMPERATURE).double().softmax(0)
        )  # (V - 1,) without the mark, which is no character
        place = int(torch.searchsorted(proba.cumsum(0), luck[k]))
        text.append(1 + min(place, len(CHARACTERS) - 1))
    return "".join(CHARACTERS[token - 1] for token in text[len(tokens) :])
