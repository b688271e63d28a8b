"""Attributions pass their own sanity checks; the sum behind a unit is the unit."""

import numpy as np
import pytest
import torch

from playground.data.digits import load_digits
from playground.frames.attribution import METHODS, Reader, gradient_times_input, integrated_gradients
from playground.frames.neighbors import nearest_images
from playground.frames.unit_sum import explain_unit
from playground.models.cnn import as_input, forward
from playground.models.shipped import load_params
from playground.spec.digits import READER, STACKS
from playground.spec.stack import read_stack

BLOCKS = read_stack(STACKS[READER])
DATA = load_digits()


def reader(k: int) -> Reader:
    return Reader(torch.tensor(load_params()), BLOCKS, "relu", int(DATA.test_labels[k]))


@pytest.mark.parametrize("k", range(10))
def test_integrated_gradients_are_complete(k: int) -> None:
    read, X = reader(k), as_input(DATA.test_images[k][None])
    with torch.no_grad():
        difference = float(read.score(X) - read.score(torch.zeros_like(X)))
    assert integrated_gradients(read, DATA.test_images[k]).sum() == pytest.approx(difference, rel=0.05)


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


def test_a_training_image_is_nearest_to_itself_and_a_cross_is_no_digit() -> None:
    cross = np.zeros((28, 28), np.uint8)
    for k in range(20):
        cross[4 + k, 4 + k : 6 + k] = cross[4 + k, 22 - k : 24 - k] = 255
    found = nearest_images(STACKS[READER], "relu", load_params(), DATA.train_images[5], DATA)
    assert np.array_equal(found["nearest"][0], DATA.train_images[5])
    assert found["nearest_distances"][0] == pytest.approx(0, abs=0.05)
    assert found["nearest_labels"] == [int(DATA.train_labels[5])] * 6
    other = nearest_images(STACKS[READER], "relu", load_params(), cross, DATA)
    assert found["nearest_distances"][0] < found["distance_limit"] < other["nearest_distances"][0]


@pytest.mark.parametrize(("layer", "channel", "row", "column"), [(0, 3, 10, 12), (2, 31, 0, 11), (4, 7, 5, 0)])
def test_the_sum_behind_a_unit_is_its_value(layer: int, channel: int, row: int, column: int) -> None:
    params, X = torch.tensor(load_params()), as_input(DATA.test_images[:1])
    layers = forward(params, X, BLOCKS, "relu")
    shown = explain_unit(params, BLOCKS, layers, X, (layer, channel), (row, column))
    total = float((shown["sum_inputs"] * shown["sum_weights"]).sum()) + shown["sum"]["bias"]
    assert shown["sum"]["total"] == pytest.approx(total, abs=1e-4)
    assert shown["sum"]["value"] == pytest.approx(max(0.0, total), abs=1e-4)


def test_the_window_behind_a_pooled_value_holds_it_as_its_largest() -> None:
    params, X = torch.tensor(load_params()), as_input(DATA.test_images[:1])
    layers = forward(params, X, BLOCKS, "relu")
    shown = explain_unit(params, BLOCKS, layers, X, (1, 2), (5, 6))
    assert shown["sum_inputs"].shape == (1, 2, 2)
    assert shown["sum"]["value"] == shown["sum_inputs"].max()
    assert explain_unit(params, BLOCKS, layers, X, (1, 99), (5, 6)) == {"sum": None}
    assert explain_unit(params, BLOCKS, layers, X, (0, 0), (24, 0)) == {"sum": None}
