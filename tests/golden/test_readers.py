"""Who else reads the drawing: each against an independent source, and as good as its note says."""

import numpy as np
import pytest
import torch
import xgboost
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from playground.data.digits import load_digits
from playground.data.drawing import sample_drawing
from playground.frames.readers import NOTES, accuracy_of, read_by_others, shares_of
from playground.models.nearest import K, neighbor_shares
from playground.models.shipped import FILES, FOLDER, load_params, shipped_accuracy, weights_file
from playground.spec.digits import STACKS, TRAINED, DigitsSpec
from playground.spec.stack import count_params, read_stack

DATA = load_digits()


def test_neighbors_vote_as_in_scikit_learn() -> None:
    X = DATA.train_images.reshape(len(DATA.train_images), -1).astype(float)
    model = KNeighborsClassifier(K).fit(X, DATA.train_labels)
    images = DATA.test_images[:100]
    np.testing.assert_allclose(neighbor_shares(images, DATA), model.predict_proba(images.reshape(100, -1)), atol=1e-9)


def test_the_dense_network_is_three_linear_layers_of_torch() -> None:
    parts = torch.tensor(load_params(STACKS["dense"])).split([784 * 128, 128, 128 * 64, 64, 64 * 10, 10])
    layers = [nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10), nn.Softmax(dim=1)]
    for layer, weight, bias in zip(layers[::2], parts[::2], parts[1::2], strict=False):
        layer.load_state_dict({"weight": weight.view(layer.weight.shape), "bias": bias})
    with torch.no_grad():
        expected = nn.Sequential(*layers)(torch.tensor(DATA.test_images[:50]).float().flatten(1) / 255)
    np.testing.assert_allclose(shares_of("Shipped dense", DATA.test_images[:50]), expected, atol=1e-5)


def test_the_trees_say_what_a_booster_read_anew_says() -> None:
    booster = xgboost.Booster(model_file=FOLDER / "digits_xgboost.ubj")
    pixels = xgboost.DMatrix(DATA.test_images[:50].reshape(50, -1).astype(np.float32))
    np.testing.assert_allclose(shares_of("Shipped XGBoost", DATA.test_images[:50]), booster.predict(pixels), atol=1e-6)


@pytest.mark.parametrize("name", NOTES)
def test_each_reads_as_many_test_images_as_its_note_says(name: str) -> None:
    n = 500
    right = shares_of(name, DATA.test_images[:n]).argmax(axis=1) == DATA.test_labels[:n]
    said = accuracy_of(name)
    assert right.mean() == pytest.approx(said, abs=4 * np.sqrt(said * (1 - said) / n) + 1 / n)


def test_all_read_the_samples_side_by_side() -> None:
    readers = read_by_others(sample_drawing(3))
    assert [reader["name"] for reader in readers] == list(NOTES)
    assert all(sum(reader["proba"]) == pytest.approx(1, abs=1e-5) for reader in readers)
    assert [int(np.argmax(reader["proba"])) for reader in readers[:3]] == [3, 3, 3]


@pytest.mark.parametrize("name", TRAINED)
def test_trained_weights_fit_their_stack_are_small_and_have_a_card(name: str) -> None:
    stack = STACKS[name]
    assert len(load_params(stack)) == count_params(read_stack(stack))
    assert weights_file(stack).stat().st_size < 1_000_000
    card = (FOLDER / f"{FILES[name]}.md").read_text()
    assert f"{100 * shipped_accuracy(stack):.2f} % of the 10 000" in card
    assert "ship_digits" in card
    spec, problems = DigitsSpec.from_query(DigitsSpec().change(stack=stack, start="trained").to_query())
    assert (spec.structure.stack, spec.structure.start, problems) == (stack, "trained", [])


def test_no_weights_for_another_stack() -> None:
    with pytest.raises(ValueError, match="trained weights come with"):
        weights_file("dense5")
