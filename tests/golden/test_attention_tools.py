"""Rollout, choice of the next token and beam search against independent ways to the same numbers."""

import itertools
import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data.sequences import make_test
from playground.frames.heads import joined_map
from playground.frames.intervention import Edits
from playground.frames.writing import beam_search, choose, draw, write
from playground.learners.transformer import TransformerLearner
from playground.models.transformer import forward, unflatten
from playground.spec import AttentionSpec
from playground.spec.probe import Probe

LEARNER = TransformerLearner()


def random_maps(layers=3, heads=2, length=4, seed=0):
    maps = torch.rand(layers, heads, length, length, generator=torch.Generator().manual_seed(seed)).tril() + 1e-3
    return (maps.tril() / maps.tril().sum(-1, keepdim=True)).double()


@pytest.mark.parametrize("residual", [True, False])
def test_rollout_is_the_sum_over_all_paths(residual):
    # Abnar and Zuidema 2020: the share of token j in token i after some layers is the sum, over all ways from i down
    # to j, of the product of their steps; a step is half attention (mean of the heads), half the residual.
    maps = random_maps()
    steps = [[[float(layer[:, i, j].mean()) for j in range(4)] for i in range(4)] for layer in maps]
    if residual:
        steps = [[[0.5 * layer[i][j] + 0.5 * (i == j) for j in range(4)] for i in range(4)] for layer in steps]
    for depth in (1, 2, 3):
        ours = joined_map(maps.float(), depth - 1, 0, "rollout", residual=residual)
        for i, j in itertools.product(range(4), repeat=2):
            paths = itertools.product(range(4), repeat=depth - 1)
            ways = [(i, *path, j) for path in paths]
            share = sum(math.prod(steps[depth - 1 - k][way[k]][way[k + 1]] for k in range(depth)) for way in ways)
            assert ours[i, j] == pytest.approx(share, abs=1e-6)


def test_averages_are_means_of_heads():
    maps, join = random_maps().float(), partial(joined_map, residual=True)
    assert torch.equal(join(maps, 1, 1, "head"), maps[1, 1])
    torch.testing.assert_close(join(maps, 1, 1, "layer"), (maps[1, 0] + maps[1, 1]) / 2)
    torch.testing.assert_close(join(maps, 1, 1, "layers"), maps.reshape(6, 4, 4).sum(0) / 6)


def test_heads_that_are_off_are_in_no_average_and_let_a_rollout_pass_straight():
    maps, join = random_maps().float(), partial(joined_map, residual=True)
    off = ((0, 0), (0, 1), (1, 0))
    torch.testing.assert_close(join(maps, 1, 0, "layer", off=off), maps[1, 1])
    torch.testing.assert_close(join(maps, 0, 0, "layers", off=off), (maps[1, 1] + maps[2, 0] + maps[2, 1]) / 3)
    torch.testing.assert_close(join(maps, 0, 0, "rollout", off=off), torch.eye(4))
    torch.testing.assert_close(join(maps, 1, 0, "rollout", off=off), (torch.eye(4) + maps[1, 1]) / 2)
    torch.testing.assert_close(join(maps, 0, 0, "layer", off=off), maps[0].mean(0))  # nothing else is there to show


def plainly(logits, temperature, top_k, top_p):
    """The same rule in plain Python: {token: share}."""
    weights = {token: math.exp((value - max(logits)) / temperature) for token, value in enumerate(logits)}
    ranked = sorted(weights, key=lambda token: -weights[token])[: top_k or None]
    total, kept, held = sum(weights[token] for token in ranked), [], 0.0
    for token in ranked:
        if top_p < 1 and held >= top_p:
            break
        kept.append(token)
        held += weights[token] / total
    return {token: weights[token] / sum(weights[k] for k in kept) for token in kept}


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(-400, 400).map(lambda k: k / 50), min_size=2, max_size=9, unique=True),
    st.sampled_from([0.3, 1.0, 4.0]), st.integers(0, 5), st.sampled_from([0.2, 0.55, 0.9, 1.0]),
)  # fmt: skip
def test_choice_of_the_next_token(logits, temperature, top_k, top_p):
    choice = choose(torch.tensor(logits), temperature, top_k, top_p)
    expected = plainly(logits, temperature, top_k, top_p)
    assert np.flatnonzero(choice.kept.numpy()).tolist() == sorted(expected)
    for token, share in expected.items():
        assert float(choice.share[token]) == pytest.approx(share, abs=1e-5)
    assert float(choice.proba.sum()) == pytest.approx(1, abs=1e-5)


def test_a_token_is_drawn_as_often_as_its_share_says_and_never_when_cut():
    share = torch.tensor([0.0, 0.25, 0.0, 0.6, 0.15, 0.0])
    drawn = [draw(share, (k + 0.5) / 1000) for k in range(1000)]
    assert np.bincount(drawn, minlength=6) == pytest.approx([0, 250, 0, 600, 150, 0], abs=1)
    assert [draw(share, chance) for chance in (0.0, 0.25, 1 - 2**-53)] == [1, 3, 4]


def tree(width, depth=3, n=4):
    """A beam search over a language whose next token depends on everything before."""
    table = torch.randn(n, n, n, generator=torch.Generator().manual_seed(5)).double()

    def next_logits(tokens):
        first, second = tokens[:, -1], tokens[:, -2]
        return 1.5 * table[first, second]

    prompt = torch.tensor([1, 2])
    return beam_search(next_logits, prompt, width, depth), next_logits, prompt


def exhaustive(next_logits, prompt, depth=3, n=4):
    """Every text with its log probability, the likeliest first."""
    found = []
    for text in itertools.product(range(n), repeat=depth):
        tokens, total = prompt.tolist(), 0.0
        for token in text:
            logits = next_logits(torch.tensor([tokens]))[0].tolist()
            total += logits[token] - math.log(sum(map(math.exp, logits)))
            tokens.append(token)
        found.append((total, text))
    return sorted(found, reverse=True)


def texts_of(nodes, depth=3):
    """The kept texts of a tree, read from its leaves up."""
    texts = []
    for node in nodes:
        if node.depth == depth - 1 and node.kept:
            text, at = [], node
            while True:
                text.append(at.token)
                if at.parent < 0:
                    break
                assert nodes[at.parent].depth == at.depth - 1
                assert nodes[at.parent].kept
                at = nodes[at.parent]
            texts.append((node.log_proba, tuple(reversed(text))))
    return texts


def test_a_wide_beam_search_is_exhaustive_and_a_narrow_one_follows_its_rule():
    nodes, next_logits, prompt = tree(width=16)
    every = exhaustive(next_logits, prompt)
    found = texts_of(nodes)
    assert [text for _, text in found] == [text for _, text in every[:16]]
    assert [total for total, _ in found] == pytest.approx([total for total, _ in every[:16]])
    for width in (1, 2, 3):
        narrow, _, _ = tree(width)
        beams = [((), 0.0)]
        for depth in range(1, 4):  # the rule by itself: of all texts that go on from a kept one keep the best
            sums = {text[:depth]: 0.0 for _, text in every}
            for text in sums:
                tokens = prompt.tolist()
                for token in text:
                    logits = next_logits(torch.tensor([tokens]))[0].tolist()
                    sums[text] += logits[token] - math.log(sum(map(math.exp, logits)))
                    tokens.append(token)
            kept = {text for text, _ in beams}
            grown = sorted(((text, total) for text, total in sums.items() if text[:-1] in kept), key=lambda b: -b[1])
            beams = grown[:width]
        assert [text for _, text in texts_of(narrow)] == [text for text, _ in beams]
        assert sum(node.kept for node in narrow) <= 3 * width


@pytest.mark.parametrize("task", ["reverse", "induction"])
def test_what_is_written_is_the_models_own_continuation(task):
    spec = AttentionSpec().change(task=task, length=4, width=32, learning_rate=0.003)
    state = LEARNER.advance(spec, LEARNER.init(spec), 60)
    params, shown = unflatten(torch.tensor(state.arrays["params"]), spec.structure), make_test(spec.structure)
    fields = write(spec.structure, params, shown, Edits(), Probe(writing=True, written=99, top_k=1, beams=1))
    n_given = len(fields["prompt"])
    tokens = torch.from_numpy(shown.tokens[:1, :n_given])
    names = [">", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    for k, written in enumerate(fields["written"]):
        logits, _ = forward(params, spec.structure, tokens)
        best = int(logits[0, -1].argmax())
        assert written == names[best]
        assert fields["beams"][2 * k][1] == written  # one beam always takes the likeliest
        tokens = torch.cat([tokens, torch.tensor([[best]])], dim=1)
    assert len(fields["written"]) == fields["write_most"] == shown.tokens.shape[1] - n_given + 1
    again = write(spec.structure, params, shown, Edits(), Probe(written=2, draw=3, temperature=3.0))
    longer = write(spec.structure, params, shown, Edits(), Probe(written=3, draw=3, temperature=3.0))
    assert longer["written"][:2] == again["written"]
