"""Where a transformer's parameters stand in its vector and how they start; numpy only, the server has no torch."""

from __future__ import annotations

import math

import numpy as np

from playground.data.chance import Chance
from playground.data.sequences import n_tokens, vocabulary
from playground.spec.attention import AttentionStructure

EMBEDDING_SPREAD = 0.5


def param_shapes(structure: AttentionStructure) -> dict[str, tuple[int, ...]]:
    """Name and shape of every parameter, in the order in which they stand in the vector."""
    width, hidden = structure.width, structure.feed_forward
    shapes: dict[str, tuple[int, ...]] = {"embedding": (len(vocabulary(structure)), width)}
    if structure.positions == "learned":
        shapes["positions"] = (n_tokens(structure), width)
    for layer in range(structure.layers):
        part: dict[str, tuple[int, ...]] = {
            "qkv": (3 * width, width), "qkv_bias": (3 * width,), "out": (width, width), "out_bias": (width,),
        }  # fmt: skip
        if hidden:
            part |= {"up": (hidden, width), "up_bias": (hidden,), "down": (width, hidden), "down_bias": (width,)}
        if structure.norm != "none":
            part |= {"norm_gain": (width,), "norm_bias": (width,)}
            part |= {"norm2_gain": (width,), "norm2_bias": (width,)} if hidden else {}
        shapes |= {f"{layer}.{name}": shape for name, shape in part.items()}
    if structure.norm == "before":
        shapes |= {"norm_gain": (width,), "norm_bias": (width,)}
    if not structure.tied:
        shapes["unembedding"] = shapes["embedding"]
    return shapes


def count_params(structure: AttentionStructure) -> int:
    """Numbers that training may change."""
    return sum(math.prod(shape) for shape in param_shapes(structure).values())


def init_params(structure: AttentionStructure) -> np.ndarray:
    """Start weights as one vector: (n_params,) float32.

    Embeddings and positions N(0, 0.5^2), matrices N(0, 1 / fan_in) (LeCun), the ones that write into the residual
    stream smaller by sqrt(2 layers) (GPT-2), gains 1, biases 0. Each parameter has its own stream of chance.
    """
    chance = Chance(structure.seed)
    parts = []
    for name, shape in param_shapes(structure).items():
        kind = name.rpartition(".")[2]
        if len(shape) == 1:
            parts.append(np.full(shape, 1.0 if kind.endswith("gain") else 0.0))
            continue
        spread = EMBEDDING_SPREAD if kind in ("embedding", "positions") else 1 / math.sqrt(shape[1])
        spread /= math.sqrt(2 * structure.layers) if kind in ("out", "down") else 1
        parts.append(spread * chance.normal(f"weights {name}", math.prod(shape)))
    return np.concatenate([part.ravel() for part in parts]).astype(np.float32)
