"""In any stack that the page can build, the arithmetic beside a number is that number."""

from typing import Any

import numpy as np
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from playground.data.digits import load_digits
from playground.frames.unit_sum import explain_unit
from playground.models.cnn import ACTIVATIONS, as_input, forward, split_params
from playground.models.stack_start import init_params
from playground.spec.stack import Block, StackError, read_stack

NAMES = (
    "conv4k5", "conv3k3s2p1", "conv5k2s3", "conv2k7p6", "pool2", "avg3", "res", "norm", "bnorm", "tanh", "leaky_relu",
    "drop25", "dense9", "dense4",
)  # fmt: skip
EVERY_KIND = ["conv4k5", "norm", "res", "avg3", "pool2", "drop25", "dense9", "bnorm", "tanh"]


def legal(names: list[str]) -> tuple[Block, ...]:
    """The stack of these blocks without those that do not fit."""
    kept: list[str] = []
    for name in names:
        try:
            read_stack(",".join([*kept, name]))
        except StackError:
            continue
        kept.append(name)
    return read_stack(",".join(kept))


def random_params(blocks: tuple[Block, ...], seed: int) -> torch.Tensor:
    """Start weights moved by chance, so that no bias is 0 and no running mean is 0 or variance 1."""
    params = torch.tensor(init_params(blocks, seed))
    params += 0.2 * torch.randn(len(params), generator=torch.Generator().manual_seed(seed))
    for block, parts in zip(blocks, split_params(params, blocks), strict=True):
        if block.kind == "bnorm":
            parts[3].abs_().add_(0.1)
    return params


def added_up(shown: dict[str, Any]) -> float:
    """What a reader gets who follows the card by hand."""
    facts = shown["sum"]
    if facts["kind"] == "dense":
        assert all(abs(x * w - product) < 1e-4 for _, x, w, product in facts["terms"])
        whole = sum(product for *_, product in facts["terms"]) + facts["rest"] + facts["bias"]
    elif facts["kind"] in ("conv", "res"):
        part = float((shown["sum_inputs"] * shown["sum_weights"]).sum())
        assert abs(part - facts["part"]) < 1e-4
        whole = part + facts["rest"] + facts["bias"] + facts.get("passed", 0.0)
        assert abs(whole - facts.get("whole", facts["total"])) < 1e-4
    elif facts["kind"] in ("norm", "bnorm"):
        whole = (facts["input"] - facts["mean"]) / facts["deviation"] * facts["gain"] + facts["bias"]
    elif facts["kind"] in ("pool", "avg"):
        whole = float(shown["sum_inputs"].max() if facts["kind"] == "pool" else shown["sum_inputs"].mean())
    else:
        whole = facts["input"]
    return float(ACTIVATIONS[facts["bend"]](torch.tensor(whole))) if facts["bend"] else whole


def assert_all_that_counts_is_outlined(facts: dict[str, Any], after: torch.Tensor, before: torch.Tensor) -> None:
    """The outlined window is where the number's slope is not 0; of a mean over a window it is all of it.

    Of a fully connected unit the terms that are written out; of a layer norm, to which all counts, the number itself.
    """
    places = [place for place in facts["seen"] if place[0] is not None]
    if facts["kind"] in ("dense", "norm", "bnorm", "act", "drop"):
        came = [float(before.detach()[0][(map, row, column)[: before.dim() - 1]]) for map, row, column, _ in places]
        assert came == ([x for _, x, *_ in facts["terms"]] if facts["kind"] == "dense" else [facts["input"]])
    if facts["kind"] in ("dense", "norm"):
        return
    at = (facts["channel"], facts["row"], facts["column"])[: after.dim() - 1]
    slopes = torch.autograd.grad(after[0][at], before, retain_graph=True)[0][0].abs()  # (channels, h, w) or (units,)
    slopes = slopes.reshape((*slopes.shape, 1, 1)[:3])
    [[channel, top, left, size]] = facts["seen"]
    assert channel is None or slopes.sum() == slopes[channel].sum()
    slope = slopes.amax(dim=0)  # (h, w)
    counts = np.argwhere(slope.numpy() > 0)  # (n, 2)
    if not len(counts):
        return  # cut off by relu
    first, last = np.array([top, left]), np.array([top, left]) + size - 1
    assert ((counts >= first) & (counts <= last)).all(), facts
    if facts["kind"] == "avg":
        assert (counts.min(axis=0).tolist(), counts.max(axis=0).tolist()) == (first.tolist(), last.tolist())
    if facts["kind"] == "conv":
        inside = np.maximum(first, 0), np.minimum(last, np.array(slope.shape) - 1)
        assert (counts.min(axis=0).tolist(), counts.max(axis=0).tolist()) == tuple(part.tolist() for part in inside)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(NAMES), max_size=9), st.sampled_from(["relu", "tanh", "gelu"]), st.integers(0, 999))
@example(EVERY_KIND, "tanh", 0)
@example(["pool2", "avg3", "avg3", "norm"], "relu", 0)  # a single number is left
@example(["conv4k5", "bnorm", "leaky_relu", "pool2", "norm"], "relu", 1)
def test_the_card_beside_any_number_of_any_stack_adds_up_to_it(names: list[str], activation: Any, seed: int) -> None:
    blocks, chance = legal(names), np.random.default_rng(seed)
    params, X = random_params(blocks, seed), as_input(load_digits().test_images[seed % 100][None])
    layers = forward(params, X.requires_grad_(), blocks, activation)
    plain = [layer.detach() for layer in layers]
    for layer, block in enumerate(blocks):
        shape = (*block.shape_out, 1, 1)[:3]
        for channel, row, column in {tuple(map(int, chance.integers(shape))), tuple(np.array(shape) - 1)}:
            shown = explain_unit(params, blocks, activation, plain, X.detach(), (layer, channel), (row, column))
            assert_all_that_counts_is_outlined(shown["sum"], layers[layer], layers[layer - 1] if layer else X)
            after = plain[layer][0]
            value = float(after[channel, row, column] if after.dim() == 3 else after[channel])
            scale = max(
                1.0, *(abs(float(v)) for v in (value, shown["sum"].get("total", 0), shown["sum"].get("rest", 0)))
            )
            assert abs(shown["sum"]["value"] - value) <= 1e-6 * scale
            assert abs(added_up(shown) - value) <= 2e-4 * scale, (block.text, shown["sum"])
