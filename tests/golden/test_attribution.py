"""Attributions pass their own sanity checks; the sum behind a unit is the unit."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from benchmarks import strangers
from playground.data.digits import load_digits
from playground.data.drawing import sample_drawing
from playground.frames.attribution import METHODS, Reader, gradient_times_input, integrated_gradients
from playground.frames.counterfactual import STEP, move_towards
from playground.frames.explanation import explain
from playground.frames.neighbors import FOUND_OUT, nearest_images
from playground.frames.unit_sum import explain_unit
from playground.models.cnn import as_input, forward, split_params
from playground.models.shipped import load_params
from playground.models.stack_start import init_params
from playground.spec.digits import DEEP, READER, STACKS, TRAINED, DigitsStructure
from playground.spec.look import Look
from playground.spec.stack import read_stack
from playground.training.evaluation import probabilities

BLOCKS = read_stack(STACKS[READER])
DATA = load_digits()


def reader(k: int) -> Reader:
    return Reader(torch.tensor(load_params()), BLOCKS, "relu", int(DATA.test_labels[k]))


NORMED = "conv8k5,norm,pool2,conv16k5,norm,pool2,dense64"


@pytest.mark.parametrize("name", [*TRAINED, NORMED])
def test_integrated_gradients_are_complete(name: str) -> None:
    """For the digit itself and another one: to 1% of the larger score, in the deep residual network as near as shown."""
    stack = STACKS.get(name, name)
    blocks = read_stack(stack)
    params = torch.tensor(load_params(stack) if name in TRAINED else init_params(blocks, 0))
    for k in range(6):
        image = sample_drawing(k)
        for digit in (k, (k + 4) % 10):
            read = Reader(params, blocks, "relu", digit)
            full, empty = (float(read.score(as_input(ink[None]))[0]) for ink in (image, np.zeros_like(image)))
            summed = float(integrated_gradients(read, image).sum())
            loose = 1.0 if name == DEEP else 0.02
            assert abs(summed - (full - empty)) <= loose * max(abs(full), abs(empty), 1.0), (k, digit)


def test_the_page_says_what_integrated_gradients_add_up_to() -> None:
    structure = DigitsStructure(stack=STACKS[DEEP])
    params, image = load_params(structure.stack), sample_drawing(2)
    frame = explain(structure, params, image, DATA, Look(text="2"))
    read = Reader(torch.tensor(params), read_stack(structure.stack), structure.activation, 2)
    with torch.no_grad():
        difference = float(read.score(as_input(image[None])) - read.score(as_input(0 * image[None])))
    assert frame["why_difference"] == pytest.approx(difference, rel=1e-5)
    assert frame["why_sum"] == pytest.approx(float(integrated_gradients(read, image).sum()), rel=1e-5)


@pytest.mark.parametrize("name", METHODS)
def test_blanking_the_marked_pixels_costs_more_than_blanking_random_ink(name: str) -> None:
    chance, marked_costs, random_costs = np.random.default_rng(0), [], []
    for k in range(20):
        read, image = reader(k), DATA.test_images[k]
        values, ink = METHODS[name](read, image).ravel().copy(), np.flatnonzero(image.ravel())
        marked = ink[np.argsort(values[ink])[-len(ink) // 5 :]]
        for places, costs in ((marked, marked_costs), (chance.choice(ink, len(marked), replace=False), random_costs)):
            blanked = image.ravel().copy()
            blanked[places] = 0
            with torch.no_grad():
                both = read.score(as_input(np.stack([image, blanked.reshape(28, 28)])))
            costs.append(float(both[0] - both[1]))
    assert np.mean(marked_costs) > 1.5 * np.mean(random_costs)


def test_gradient_times_input_equals_finite_differences() -> None:
    read, image = reader(3), DATA.test_images[3]
    X, found = as_input(image[None]).double(), gradient_times_input(reader(3), image)
    read.params = read.params.double()
    for row, column in zip(*np.nonzero(image > 200), strict=True):
        moved = [X.clone(), X.clone()]
        for sign, part in zip((1, -1), moved, strict=True):
            part[0, 0, row, column] += sign * 1e-6
        with torch.no_grad():
            slope = float(read.score(moved[0]) - read.score(moved[1])) / 2e-6
        assert found[row, column] == pytest.approx(slope * float(X[0, 0, row, column]), rel=1e-2, abs=1e-3)


def nearest(drawing: np.ndarray) -> dict[str, Any]:
    """What the page shows when all looks are done."""
    while True:
        found = nearest_images(STACKS[READER], "relu", load_params(), drawing, DATA)
        if found["nearest_labels"]:
            return found
        assert 0 < found["nearest_progress"] < 1


def test_a_training_image_is_nearest_to_itself_and_a_cross_is_no_digit() -> None:
    cross = np.zeros((28, 28), np.uint8)
    for k in range(20):
        cross[4 + k, 4 + k : 6 + k] = cross[4 + k, 22 - k : 24 - k] = 255
    found = nearest(DATA.train_images[5])
    assert np.array_equal(found["nearest"][0], DATA.train_images[5])
    assert found["nearest_distances"][0] == pytest.approx(0, abs=0.05)
    assert found["nearest_labels"] == [int(DATA.train_labels[5])] * 6
    other = nearest(cross)
    assert found["nearest_distances"][0] < found["distance_limit"] < other["nearest_distances"][0]


def test_the_limit_is_the_99th_percentile_of_the_test_digits_distances_to_the_10_000_training_images() -> None:
    def last_hidden(images: np.ndarray) -> np.ndarray:
        params, parts = torch.tensor(load_params()), (images[at : at + 250] for at in range(0, len(images), 250))
        weight, bias = split_params(params, BLOCKS)[-2]
        with torch.no_grad():
            pooled = torch.cat([forward(params, as_input(part), BLOCKS, "relu")[-3].flatten(1) for part in parts])
        return (pooled @ weight.T + bias).double().numpy()  # (n, 64) before the activation

    def degrees(cosine_distances: np.ndarray) -> np.ndarray:
        return np.degrees(np.arccos(1 - cosine_distances))

    assert (len(DATA.train_images), len(DATA.test_images)) == (10_000, 2_000)
    images = NearestNeighbors(n_neighbors=1, metric="cosine", algorithm="brute").fit(last_hidden(DATA.train_images))
    limit = np.percentile(degrees(images.kneighbors(last_hidden(DATA.test_images))[0]), 99)
    found, strange = nearest(DATA.test_images[0]), list(strangers.letters())[7]
    assert found["distance_limit"] == pytest.approx(limit, rel=1e-3)
    for drawing in (DATA.test_images[0], strange):
        distances, places = images.kneighbors(last_hidden(drawing[None]))
        shown = nearest(drawing)
        assert shown["n_compared"] == 10_000
        assert shown["nearest_distances"][0] == pytest.approx(degrees(distances)[0, 0], rel=1e-3)
        assert np.array_equal(shown["nearest"][0], DATA.train_images[places[0, 0]])


def test_it_finds_as_many_letters_scribbles_and_noise_out_as_the_page_says() -> None:
    memory = strangers.full_memory(STACKS[READER])
    assert strangers.KINDS.keys() == FOUND_OUT.keys()
    for name, kind in strangers.KINDS.items():
        assert 100 * strangers.found_out(memory, list(kind())) == pytest.approx(FOUND_OUT[name], abs=1.5)


@pytest.mark.parametrize(("shown", "digit"), [(3, 8), (7, 1), (0, 6), (4, 9)])
def test_the_way_to_another_digit_is_small_steps_and_its_probabilities_are_the_forward_pass(
    shown: int, digit: int
) -> None:
    drawing = sample_drawing(shown)
    way = move_towards(STACKS[READER], "relu", load_params(), drawing, digit)
    again = probabilities(torch.tensor(load_params()), way["change_images"], BLOCKS, "relu")
    np.testing.assert_allclose(again, way["change_proba"], rtol=0, atol=1e-5)
    assert np.array_equal(way["change_images"][0], drawing)
    towards = again[:, digit]
    assert np.all(np.diff(towards) > -0.01)
    assert again[-1].argmax() == digit
    assert way["change_turn"] == way["change_steps"][(again.argmax(axis=1) == digit).argmax()]  # shown, as the first
    steps = np.diff(way["change_steps"])
    for before, after, n in zip(way["change_images"][:-1], way["change_images"][1:], steps, strict=True):
        assert np.linalg.norm(after.astype(float) - before) / 255 <= STEP * n + 0.1  # rounding to bytes
    whole = np.linalg.norm(way["change_images"][-1].astype(float) - drawing) / np.linalg.norm(drawing.astype(float))
    assert way["change_share"] == pytest.approx(whole)


def test_the_window_behind_a_pooled_value_holds_it_as_its_largest() -> None:
    params, X = torch.tensor(load_params()), as_input(DATA.test_images[:1])
    layers = forward(params, X, BLOCKS, "relu")
    shown = explain_unit(params, BLOCKS, "relu", layers, X, (1, 2), (5, 6))
    assert shown["sum_inputs"].shape == (1, 2, 2)
    assert shown["sum"]["value"] == shown["sum_inputs"].max()
    assert explain_unit(params, BLOCKS, "relu", layers, X, (8, 3), (1, 0)) == {"sum": None}
    assert explain_unit(params, BLOCKS, "relu", layers, X, (1, 99), (5, 6)) == {"sum": None}
    assert explain_unit(params, BLOCKS, "relu", layers, X, (0, 0), (24, 0)) == {"sum": None}
