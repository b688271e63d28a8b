"""The transformer and its optimizers against torch's own modules."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground.models.transformer import (
    attention,
    distance_penalty,
    forward,
    future,
    rotate,
    sinusoids,
    unflatten,
)
from playground.models.transformer_params import init_params, param_shapes
from playground.spec import AttentionSettings, AttentionStructure
from playground.training.vector_optimizers import clip, drop, update


def make_part(structure: AttentionStructure) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    params = unflatten(torch.tensor(init_params(structure)), structure)
    part = {name.removeprefix("0."): p for name, p in params.items() if name.startswith("0.")}
    x = torch.randn(3, 7, structure.width, generator=torch.Generator().manual_seed(1))
    return part, x


@pytest.mark.parametrize("form", ["decoder", "encoder"])
@pytest.mark.parametrize("heads", [1, 2, 4])
def test_attention_equals_torch_multihead_attention(form, heads):
    structure = AttentionStructure(form=form, heads=heads, width=32)
    part, x = make_part(structure)
    theirs = torch.nn.MultiheadAttention(32, heads, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(part["qkv"])
        theirs.in_proj_bias.copy_(part["qkv_bias"])
        theirs.out_proj.weight.copy_(part["out"])
        theirs.out_proj.bias.copy_(part["out_bias"])
    mask = future(7) if form == "decoder" else None
    written, maps = theirs(x, x, x, attn_mask=mask, average_attn_weights=False)
    ours, insight = attention(part, structure, x)
    torch.testing.assert_close(ours, written, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(insight.maps, maps, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("positions", ["learned", "rotary", "alibi"])
def test_weighted_values_equal_scaled_dot_product_attention(positions):
    structure = AttentionStructure(positions=positions, heads=4, width=32)
    part, x = make_part(structure)
    _, insight = attention(part, structure, x)
    mask = torch.zeros(4, 7, 7).masked_fill(future(7), -math.inf)
    if positions == "alibi":
        mask = mask - distance_penalty(4, 7)
    theirs = F.scaled_dot_product_attention(insight.query, insight.key, insight.value, attn_mask=mask)
    torch.testing.assert_close(insight.heads, theirs, rtol=1e-5, atol=1e-6)


def test_worked_example_of_the_classic_picture():
    # "The Illustrated Transformer": scores 112 and 96, d = 64: divided by 8 to 14 and 12, softmax 0.88 and 0.12.
    structure = AttentionStructure(form="encoder", heads=1, width=64, positions="none")
    part, x = {name: torch.zeros_like(p) for name, p in make_part(structure)[0].items()}, torch.eye(64)[None, :2]
    part["qkv"][0, :2] = 1.0  # both tokens look for the same
    part["qkv"][64, :2] = torch.tensor([112.0, 96.0])  # what the first and the second offer
    part["qkv"][128:] = torch.eye(64)
    _, insight = attention(part, structure, x)
    assert insight.scores[0, 0, 0].tolist() == [112.0, 96.0]
    assert insight.scaled[0, 0, 0].tolist() == [14.0, 12.0]
    assert insight.maps[0, 0, 0].numpy().round(2).tolist() == [np.float32(0.88), np.float32(0.12)]
    assert insight.heads[0, 0, 0, :3].numpy().round(2).tolist() == [np.float32(0.88), np.float32(0.12), 0.0]


def test_rotary_scores_depend_on_distance_only():
    vectors = torch.randn(2, 8, generator=torch.Generator().manual_seed(0))
    query, key = rotate(vectors[0].expand(1, 1, 9, 8)), rotate(vectors[1].expand(1, 1, 9, 8))
    scores = (query @ key.transpose(-2, -1))[0, 0]
    for distance in range(-4, 5):
        diagonal = scores.diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal), rtol=1e-4, atol=1e-5)


def test_alibi_slopes_of_the_paper():
    # Press et al. 2022: 8 heads have slopes 1/2, 1/4, ..., 1/256.
    assert distance_penalty(8, 2)[:, 1, 0].tolist() == [2.0**-k for k in range(1, 9)]


def test_sinusoidal_positions_by_hand():
    # Vaswani et al. 2017, section 3.5, width 4: place 2 turns by 2 / 10000^0 = 2 and by 2 / 10000^(1/2) = 0.02.
    assert sinusoids(3, 4)[0].tolist() == [0, 0, 1, 1]
    assert sinusoids(3, 4)[2].numpy() == pytest.approx([0.909297, 0.019999, -0.416147, 0.999800], abs=1e-6)


def test_dropout_keeps_the_mean():
    dropped = drop(torch.full((200, 500), 3.0), 0.25, torch.Generator().manual_seed(0))
    assert sorted(set(dropped.flatten().tolist())) == [0.0, 4.0]  # 3 / (1 - 0.25)
    assert float((dropped == 0).float().mean()) == pytest.approx(0.25, abs=0.01)
    assert float(dropped.mean()) == pytest.approx(3.0, abs=0.03)


def test_whole_model_equals_torch_encoder_layer():
    structure = AttentionStructure(form="encoder", layers=1, width=32, feed_forward=64, positions="none")
    params = unflatten(torch.tensor(init_params(structure)), structure)
    layer = torch.nn.TransformerEncoderLayer(32, 2, 64, 0.0, "gelu", batch_first=True, norm_first=True)
    names = {
        "self_attn.in_proj_weight": "qkv", "self_attn.in_proj_bias": "qkv_bias", "self_attn.out_proj.weight": "out",
        "self_attn.out_proj.bias": "out_bias", "linear1.weight": "up", "linear1.bias": "up_bias",
        "linear2.weight": "down", "linear2.bias": "down_bias", "norm1.weight": "norm_gain", "norm1.bias": "norm_bias",
        "norm2.weight": "norm2_gain", "norm2.bias": "norm2_bias",
    }  # fmt: skip
    layer.load_state_dict({theirs: params[f"0.{ours}"] for theirs, ours in names.items()})
    tokens = torch.tensor([[1, 2, 3, 1, 2, 3]])
    x = F.layer_norm(layer(F.embedding(tokens, params["embedding"])), (32,))
    logits, _ = forward(params, structure, tokens)
    torch.testing.assert_close(logits, x @ params["unembedding"].T, rtol=1e-4, atol=1e-5)


def test_parameters_are_counted_by_hand():
    structure = AttentionStructure(alphabet=3, width=16, heads=2, layers=1, feed_forward=0, norm="none", tied=True)
    # embedding 4 x 16, positions 12 x 16, qkv 48 x 16 + 48, out 16 x 16 + 16
    assert sum(math.prod(s) for s in param_shapes(structure).values()) == 64 + 192 + 768 + 48 + 256 + 16


THEIRS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.01),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.8),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.8, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.97),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.01),
    "rprop": lambda p: torch.optim.Rprop(p, lr=0.01),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.85, 0.98)),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.85, 0.98), weight_decay=0.1),
}


@pytest.mark.parametrize("name", THEIRS)
def test_optimizer_equals_torch(name):
    settings = AttentionSettings(optimizer=name, momentum=0.8, beta1=0.85, beta2=0.98, alpha=0.97, weight_decay=0.1)
    generator = torch.Generator().manual_seed(3)
    ours, moments = torch.randn(20, generator=generator), torch.zeros(2, 20)
    theirs = ours.clone().requires_grad_()
    optimizer = THEIRS[name]([theirs])
    for t in range(1, 11):
        gradient = torch.randn(20, generator=generator)
        theirs.grad = gradient.clone()
        torch.nn.utils.clip_grad_norm_([theirs], 2.0)
        optimizer.step()
        clip(gradient, 2.0)
        update(ours, moments, gradient, settings, 0.01, t)
    torch.testing.assert_close(ours, theirs.detach(), rtol=1e-5, atol=1e-6)
