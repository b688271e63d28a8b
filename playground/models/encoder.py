"""MiniLM, a pretrained sentence encoder, in plain torch: 6 layers of 12 heads, width 384.

Letters in the shape comments: T tokens, W width, H heads, L layers. The architecture is BERT's with layer norm after
each part. Checked against the reference implementation in tests/golden/test_encoder.py.
Source: Devlin et al. 2019; Wang et al. 2020 (MiniLM); weights all-MiniLM-L6-v2, Apache License 2.0.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from playground.models.transformer import Insight, Params, embed, layer_norm, pass_layers
from playground.spec.attention import AttentionStructure

LAYERS, HEADS, WIDTH = 6, 12, 384
VOCABULARY, MAX_PLACES, FEED_FORWARD = 30_522, 512, 1536
EPSILON = 1e-12  # of layer norm, smaller than torch's usual one

SHAPE = AttentionStructure.model_construct(
    layers=LAYERS, heads=HEADS, width=WIDTH, feed_forward=FEED_FORWARD,
    form="encoder", positions="learned", norm="after", residual=True,
)  # fmt: skip
"""The same transformer as the page trains, but wider and with more heads, so the limits of choices do not hold."""


def param_shapes() -> dict[str, tuple[int, ...]]:
    """Name in the file and shape of every parameter that is used."""
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (VOCABULARY, WIDTH),
        "embeddings.position_embeddings.weight": (MAX_PLACES, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    parts = dict.fromkeys(("self.query", "self.key", "self.value", "output.dense"), (WIDTH, WIDTH))
    matrices = {f"attention.{name}": shape for name, shape in parts.items()}
    matrices |= {"intermediate.dense": (FEED_FORWARD, WIDTH), "output.dense": (WIDTH, FEED_FORWARD)}
    for layer in range(LAYERS):
        for name, shape in matrices.items():
            shapes[f"encoder.layer.{layer}.{name}.weight"] = shape
            shapes[f"encoder.layer.{layer}.{name}.bias"] = shape[:1]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"encoder.layer.{layer}.{name}.{kind}": (WIDTH,) for kind in ("weight", "bias")}
    return shapes


@cache
def load_params(folder: Path) -> Params:
    """The weights, about 90 MB, mapped from the file and shared by all processes.

    Raises:
        ValueError: the file holds another model.
    """
    loaded = load_file(folder / "model.safetensors")
    for name, shape in param_shapes().items():
        if name not in loaded or tuple(loaded[name].shape) != shape or loaded[name].dtype != torch.float32:
            came = tuple(loaded[name].shape) if name in loaded else "nothing"
            raise ValueError(f"{name} must be {shape} of float32; got {came}")
    return _joined(loaded)


def _joined(loaded: Params) -> dict[str, Tensor]:
    """The file's parameters under the names of `playground.models.transformer`, query, key and value in one.

    What is added to every token of a first text is the same at each place: it counts as part of the positions.
    """
    params = {
        "embedding": loaded["embeddings.word_embeddings.weight"],
        "positions": loaded["embeddings.position_embeddings.weight"]
        + loaded["embeddings.token_type_embeddings.weight"][0],
        "entry_gain": loaded["embeddings.LayerNorm.weight"],
        "entry_bias": loaded["embeddings.LayerNorm.bias"],
    }
    for layer in range(LAYERS):

        def take(name: str, kind: str, layer: int = layer) -> Tensor:
            return loaded[f"encoder.layer.{layer}.{name}.{kind}"]

        for kind, ending in (("weight", ""), ("bias", "_bias")):
            parts = [take(f"attention.self.{name}", kind) for name in ("query", "key", "value")]
            params[f"{layer}.qkv{ending}"] = torch.cat(parts)
            params[f"{layer}.out{ending}"] = take("attention.output.dense", kind)
            params[f"{layer}.up{ending}"] = take("intermediate.dense", kind)
            params[f"{layer}.down{ending}"] = take("output.dense", kind)
        for kind, ending in (("weight", "gain"), ("bias", "bias")):
            params[f"{layer}.norm_{ending}"] = take("attention.output.LayerNorm", kind)
            params[f"{layer}.norm2_{ending}"] = take("output.LayerNorm", kind)
    return params


@torch.no_grad()
def encode(params: Params, ids: tuple[int, ...], off: tuple[tuple[int, ...], ...] = ()) -> tuple[Tensor, list[Insight]]:
    """What the last layer says of each token of one text, and what each layer's heads computed.

    Args:
        params: from `load_params`.
        ids: T numbers in the vocabulary, at most 512.
        off: (layer, head) of heads whose weighted values count nothing; their own maps are as they would be.

    Returns:
        outputs (T, W), and an `Insight` a layer.
    """
    share = torch.ones(LAYERS, 1, HEADS)
    for layer, head in off:
        share[layer, 0, head] = 0
    x = embed(params, SHAPE, torch.tensor(ids)[None])  # (1, T, W)
    x = layer_norm(x, params, "entry", EPSILON)  # (1, T, W)
    x, insights = pass_layers(params, SHAPE, x, head_share=share, epsilon=EPSILON)  # (1, T, W)
    return x[0], insights


def sentence_vector(outputs: Tensor) -> Tensor:
    """What stands for the whole sentence: the mean of its tokens' outputs, of length 1: (T, W) -> (W,)."""
    return F.normalize(outputs.mean(0), dim=0)  # (W,)
