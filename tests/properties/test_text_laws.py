"""Laws of the prediction of the next character: what is asked, what is kept for the test, what is said."""

import math

import numpy as np
import pytest

from playground.data.book import BLOCK, BOOK, SYMBOLS
from playground.data.sequences import make_batch, make_test, read_source, vocabulary
from playground.frames.attention import observe
from playground.learners.transformer import TransformerLearner
from playground.models.transformer_params import init_params
from playground.spec import AttentionSpec, AttentionStructure
from playground.spec.look import Look
from playground.spec.probe import Probe

LEARNER = TransformerLearner()


def test_text_asks_for_the_next_character_of_the_book_and_keeps_blocks_for_the_test():
    structure = AttentionStructure(task="text", context=16)
    whole = BOOK.read_text("ascii")
    names = vocabulary(structure)
    for part in ("train", "test"):
        batch = make_batch(structure, part, 3, 64)
        assert batch.tokens.shape == (64, 16)
        assert np.array_equal(batch.tokens[:, 1:], batch.targets[:, :-1])
        for tokens, target in zip(batch.tokens, batch.targets[:, -1:], strict=True):
            passage = "".join(names[token] for token in [*tokens, *target]).replace("␣", " ").replace("¶", "\n")
            found = [at for at in range(len(whole)) if whole.startswith(passage, at)]
            assert any((at // BLOCK % 8 == 7) == (part == "test") and at // BLOCK == (at + 16) // BLOCK for at in found)
    assert set(whole) == {{"␣": " ", "¶": "\n"}.get(symbol, symbol) for symbol in SYMBOLS}


def test_a_typed_text_stands_after_a_passage_and_what_is_too_long_loses_its_beginning():
    structure = AttentionStructure(task="text", context=16)
    names = vocabulary(structure)
    example = make_test(structure).tokens[0]
    batch = read_source(structure, "Alice was")
    assert "".join(names[token] for token in batch.tokens[0, -9:]) == "Alice␣was"
    assert np.array_equal(batch.tokens[0, :-9], example[9:])
    assert batch.targets[0, -1] == -1
    assert "".join(names[token] for token in read_source(structure, "x" * 100 + "yz").tokens[0]) == "x" * 14 + "yz"
    with pytest.raises(ValueError, match="letters and signs of the book.*got 7😀"):
        read_source(structure, "Alice 7 😀 7")


def test_the_maps_of_a_new_input_do_not_wait_for_what_is_written():
    spec = AttentionSpec().change(task="text", context=8, width=16, feed_forward=0)
    state = LEARNER.init(spec)
    assert (spec.looks_closer, AttentionSpec().looks_closer) == (True, False)
    quick, whole = (
        LEARNER.observe(spec, state, look) for look in (Look(text="Alice", quick=True), Look(still=True, text="Alice"))
    )
    assert quick["passage_written"] is None and len(whole["passage_written"]) == 100
    assert set(whole) == set(quick), "what is left out would stay from the frame before"
    for name in ("maps", "said", "patterns", "passage_given"):
        assert np.array_equal(quick[name], whole[name])


def test_it_learns_to_write_and_says_its_loss_in_bits():
    spec = AttentionSpec().change(task="text", context=8, width=32, batch_size=32, learning_rate=0.01, feed_forward=32)
    start = LEARNER.init(spec)
    state = LEARNER.advance(spec, start, 60)
    frame = LEARNER.observe(spec, state, Look(still=True))
    baselines = LEARNER.scene(spec)["baselines"]
    assert start.history.last("test_loss") > baselines["letters"] > state.history.last("test_loss") > 1
    assert baselines["nothing"] == pytest.approx(math.log(65))
    assert frame["test_bits"] == pytest.approx(frame["test_loss"] / math.log(2))
    assert frame["test_accuracy"] == frame["token_accuracy"] > 0.2
    assert len(frame["passage_written"]) == 100 and set(frame["passage_written"]) <= set(BOOK.read_text("ascii"))
    assert frame["passage_written"].startswith(LEARNER.observe(spec, state, Look())["passage_written"])


@pytest.mark.parametrize(
    "tried",
    [
        {"off": ((0, 0),)},
        {"probe": Probe(softmax_temperature=10)},
        {"probe": Probe(flips=tuple((0, 0, 7, column) for column in range(7)))},
        {"probe": Probe(swap=(0, 7))},
    ],
)
def test_a_text_is_written_with_the_changes_that_its_maps_show(tried):
    structure = AttentionSpec().change(task="text", context=8, width=16, layers=1, heads=2).structure
    spec, weights = AttentionSpec(structure=structure), 3 * init_params(structure)
    history = LEARNER.init(spec).history
    text = "Alice wa"
    plain, changed = (observe(spec, weights, 0, history, Look(text=text, still=True, **how)) for how in ({}, tried))
    assert changed["passage_written"] != plain["passage_written"]
    assert changed["passage_given"] == "".join(changed["tokens"]).replace("␣", " ")
