"""MiniLM, a pretrained sentence encoder, in plain torch: 6 layers of 12 heads, width 384.

Letters in the shape comments: T tokens, W width, H heads, L layers. The architecture is BERT's with layer norm after
each part. Checked against the reference implementation in tests/golden/test_encoder.py.
Source: Devlin et al. 2019; Wang et al. 2020 (MiniLM); weights all-MiniLM-L6-v2, Apache License 2.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from playground.models.transformer import attention, feed_forward
from playground.spec.attention import AttentionStructure

LAYERS, HEADS, WIDTH = 6, 12, 384
VOCABULARY, MAX_PLACES, FEED_FORWARD = 30_522, 512, 1536
EPSILON = 1e-12  # of layer norm, smaller than torch's usual one

# What `attention` needs to know; wider and with more heads than the page trains, so the limits of choices do not hold.
SHAPE = AttentionStructure.model_construct(heads=HEADS, positions="none", form="encoder")

Params = Mapping[str, Tensor]


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
    """The file's parameters under the names of `playground.models.transformer`, query, key and value in one."""
    params = {name.removeprefix("embeddings."): value for name, value in loaded.items() if "embeddings" in name}
    for layer in range(LAYERS):
        for kind, ending in (("weight", ""), ("bias", "_bias")):

            def take(name: str, layer: int = layer, kind: str = kind) -> Tensor:
                return loaded[f"encoder.layer.{layer}.{name}.{kind}"]

            params[f"{layer}.qkv{ending}"] = torch.cat([take(f"attention.self.{x}") for x in ("query", "key", "value")])
            params[f"{layer}.out{ending}"] = take("attention.output.dense")
            params[f"{layer}.up{ending}"] = take("intermediate.dense")
            params[f"{layer}.down{ending}"] = take("output.dense")
            params[f"{layer}.norm_{kind}"] = take("attention.output.LayerNorm")
            params[f"{layer}.norm2_{kind}"] = take("output.LayerNorm")
    return params


@torch.no_grad()
def encode(params: Params, ids: tuple[int, ...], off: tuple[tuple[int, ...], ...] = ()) -> tuple[Tensor, Tensor]:
    """All attention maps of one text, and what the last layer says of each token.

    Args:
        params: from `load_params`.
        ids: T numbers in the vocabulary, at most 512.
        off: (layer, head) of heads whose weighted values count nothing; their own maps are as they would be.

    Returns:
        maps (L, H, T, T), each row of which sums to 1, and outputs (T, W).
    """
    tokens = torch.tensor(ids)[None]  # (1, T)
    x = F.embedding(tokens, params["word_embeddings.weight"])  # (1, T, W)
    x = x + params["position_embeddings.weight"][: len(ids)] + params["token_type_embeddings.weight"][0]  # (1, T, W)
    x = _norm(x, params, "LayerNorm.weight", "LayerNorm.bias")  # (1, T, W)
    maps, share = [], torch.ones(LAYERS, 1, HEADS)
    for layer, head in off:
        share[layer, 0, head] = 0
    for layer in range(LAYERS):
        part = {name.partition(".")[2]: value for name, value in params.items() if name.startswith(f"{layer}.")}
        written, insight = attention(part, SHAPE, x, share[layer])  # (1, T, W)
        x = _norm(x + written, part, "norm_weight", "norm_bias")  # (1, T, W)
        x = _norm(x + feed_forward(part, x), part, "norm2_weight", "norm2_bias")  # (1, T, W)
        maps.append(insight.maps[0])  # (H, T, T)
    return torch.stack(maps), x[0]


def sentence_vector(outputs: Tensor) -> Tensor:
    """What stands for the whole sentence: the mean of its tokens' outputs, of length 1: (T, W) -> (W,)."""
    return F.normalize(outputs.mean(0), dim=0)  # (W,)


def _norm(x: Tensor, params: Params, gain: str, bias: str) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], params[gain], params[bias], EPSILON)  # (1, T, W)
