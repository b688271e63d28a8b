"""Laws of the compiled kernel: resuming, chance, divergence, what is left alone, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.models.mlp import init_params, layer_sizes, layer_slices
from playground.spec import NetworkSettings
from playground.training import kernel
from playground.training.codes import ACTIVATIONS, LOSSES, OPTIMIZERS, hyper_vector

pytestmark = pytest.mark.xdist_group("float64")  # as in tests/golden/test_kernel.py

N_TRAIN = 23
SIZES = layer_sizes(2, (9, 3), 1)
CODES = np.array([ACTIVATIONS["gelu"], ACTIVATIONS["tanh"]])
PARAMS = init_params(SIZES, "xavier", 0)


def make_points(n: int = N_TRAIN) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).normal(size=(2, n)).astype(np.float32)
    return X, np.where(X[:1] > X[1:], 1, -1).astype(np.float32)


def run(
    params: np.ndarray,
    moments: np.ndarray,
    position: tuple[int, int, int],
    n_steps: int,
    choices: NetworkSettings | None = None,
    seed: int = 5,
    X: np.ndarray | None = None,
    loss: str = "cross_entropy",
) -> kernel.Position:
    choices = choices or NetworkSettings()
    own_X, targets = make_points()
    return kernel.run_steps(
        params, moments, own_X if X is None else X, targets, SIZES, CODES, LOSSES[loss], OPTIMIZERS[choices.optimizer],
        hyper_vector(choices), seed, choices.batch_size, *position, 0, n_steps,
    )  # fmt: skip


def fresh() -> tuple[np.ndarray, np.ndarray]:
    return PARAMS.copy(), np.zeros((2, len(PARAMS)), np.float32)


@given(
    parts=st.lists(st.integers(0, 9), min_size=1, max_size=5),
    optimizer=st.sampled_from(list(OPTIMIZERS)),
    dropout=st.sampled_from([0.0, 0.3]),
    schedule=st.sampled_from(["constant", "step", "cosine"]),
    batch_size=st.integers(1, 40),
    seed=st.integers(0, 2**31 - 1),
)
@settings(max_examples=60, deadline=None)
def test_steps_in_parts_equal_steps_at_once(
    parts: list[int], optimizer: str, dropout: float, schedule: str, batch_size: int, seed: int
) -> None:
    choices = NetworkSettings(
        optimizer=optimizer, dropout=dropout, schedule=schedule, schedule_epochs=2, batch_size=batch_size
    )
    whole = fresh()
    end = run(*whole, (0, 0, 0), sum(parts), choices, seed)
    pieces = fresh()
    position = (0, 0, 0)
    for n_steps in parts:
        position = run(*pieces, position, n_steps, choices, seed)[:3]
    assert position == end[:3]
    np.testing.assert_array_equal(pieces[0], whole[0])
    np.testing.assert_array_equal(pieces[1], whole[1])


@given(batch_size=st.integers(1, 40), n_steps=st.integers(0, 60))
@settings(max_examples=30, deadline=None)
def test_an_epoch_has_every_batch_once(batch_size: int, n_steps: int) -> None:
    n_batches = -(-N_TRAIN // batch_size)
    end = run(*fresh(), (0, 0, 0), n_steps, NetworkSettings(batch_size=batch_size))
    assert end == (n_steps // n_batches, n_steps % n_batches, n_steps, False)


def test_an_epoch_uses_every_sample_once() -> None:
    """With a vanishing learning rate an epoch's steps add up to the gradient of the whole set, whatever the order."""
    X, targets = make_points()
    params, moments = PARAMS.astype(np.float64), np.zeros((2, len(PARAMS)))
    hyper = hyper_vector(NetworkSettings())
    hyper[0] = 1e-9
    arguments = (SIZES, CODES, LOSSES["mse"])
    start = params.copy()
    kernel.run_steps(params, moments, X, targets, *arguments, 0, hyper, 1, 1, 4, 0, 0, 0, N_TRAIN)
    _, gradient = kernel.loss_and_gradient(start, X, targets, *arguments)
    np.testing.assert_allclose((start - params) / 1e-9, N_TRAIN * gradient, rtol=1e-5, atol=1e-5)


def test_seed_and_epoch_change_the_order() -> None:
    ends = []
    for seed, epoch in ((0, 0), (1, 0), (0, 1), (0, 0)):
        params, moments = fresh()
        run(params, moments, (epoch, 0, 0), 1, seed=seed)
        ends.append(params)
    np.testing.assert_array_equal(ends[0], ends[3])
    assert not np.array_equal(ends[0], ends[1])
    assert not np.array_equal(ends[0], ends[2])


@pytest.mark.parametrize("dropout", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_expected_gradient(dropout: float) -> None:
    """A linear network with one hidden layer: the mean of many masked gradients is the gradient without a mask."""
    n_runs, sizes = 4000, layer_sizes(2, (8,), 1)
    X, targets = (part.astype(np.float64) for part in make_points())
    start = init_params(sizes, "xavier", 0).astype(np.float64)
    codes, hyper = np.array([ACTIVATIONS["linear"]]), hyper_vector(NetworkSettings(dropout=dropout))
    hyper[0] = 1.0
    # Huber far from its targets has a constant slope, so the gradient is linear in the masks of each sample.
    far = np.full_like(targets, 1e6)
    total = np.zeros_like(start)
    for step in range(n_runs):
        params = start.copy()
        kernel.run_steps(
            params, np.zeros((2, len(start))), X, far, sizes, codes, LOSSES["huber"], 0, hyper, 0, N_TRAIN, 0, 0, step,
            0, 1,
        )  # fmt: skip
        total += start - params
    _, expected = kernel.loss_and_gradient(start, X, far, sizes, codes, LOSSES["huber"])
    spread = np.sqrt(dropout / (1 - dropout) / n_runs)  # relative deviation of a mean of masks
    np.testing.assert_allclose(total / n_runs, expected, atol=5 * spread * np.abs(expected).max())


def test_dropout_is_for_training_only() -> None:
    X, targets = make_points()
    value, gradient = kernel.loss_and_gradient(PARAMS, X, targets, SIZES, CODES, 0)
    again, gradient_again = kernel.loss_and_gradient(PARAMS, X, targets, SIZES, CODES, 0)
    assert value == again
    np.testing.assert_array_equal(gradient, gradient_again)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_run_that_explodes_stops_with_finite_parameters(optimizer: str, loss: str) -> None:
    params, moments = fresh()
    choices = NetworkSettings(
        optimizer=optimizer, learning_rate=10, regularization="l2", regularization_rate=10, momentum=0.99
    )
    end = run(params, moments, (0, 0, 0), 5000, choices, loss=loss)
    assert np.isfinite(params).all()
    assert np.isfinite(moments).all()
    assert end.diverged or end.step == 5000
    if optimizer in ("sgd", "momentum"):
        assert end.diverged
        assert end.step < 5000


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
def test_a_gradient_that_is_no_number_makes_no_step(bad: float) -> None:
    X, _ = make_points()
    X[0, 7] = bad
    params, moments = fresh()
    params[0] = 3e38 if bad == 3e38 else params[0]
    before = params.copy()
    end = run(params, moments, (0, 0, 0), 3, NetworkSettings(batch_size=N_TRAIN), X=X, loss="mse")
    assert end == (0, 0, 0, True)
    np.testing.assert_array_equal(params, before)


def test_the_gradient_is_the_central_difference() -> None:
    X, targets = (part.astype(np.float64) for part in make_points())
    params = PARAMS.astype(np.float64)
    for loss in LOSSES.values():
        _, gradient = kernel.loss_and_gradient(params, X, targets, SIZES, CODES, loss)
        for i in range(len(params)):
            ends = []
            for side in (1e-6, -1e-6):
                moved = params.copy()
                moved[i] += side
                ends.append(kernel.loss_and_gradient(moved, X, targets, SIZES, CODES, loss)[0])
            assert gradient[i] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_regularization_spares_biases() -> None:
    """Zero data and zero slopes leave only the pull on weights."""
    params, moments = fresh()
    run(params, moments, (0, 0, 0), 1, NetworkSettings(regularization="l1", regularization_rate=0.1, learning_rate=0.1))
    plain, moments = fresh()
    run(plain, moments, (0, 0, 0), 1, NetworkSettings(learning_rate=0.1))
    for place in layer_slices(SIZES):
        np.testing.assert_array_equal(params[place.bias], plain[place.bias])
        pull = plain[place.weights] - params[place.weights]
        np.testing.assert_allclose(pull, 0.01 * np.sign(PARAMS[place.weights]), atol=5e-7)


def test_evaluation_leaves_its_input_alone_and_takes_read_only_arrays() -> None:
    X, targets = make_points()
    arrays = [PARAMS.copy(), X, targets, SIZES.copy(), CODES.copy()]
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    params, X, targets, sizes, codes = arrays
    kernel.loss_and_gradient(params, X, targets, sizes, codes, 0)
    kernel.forward_all(params, X, sizes, codes)
    kernel.run_steps(
        params.copy(), np.zeros((2, len(params)), np.float32), X, targets, sizes, codes, 0, 0,
        hyper_vector(NetworkSettings()), 0, 10, 0, 0, 0, 0, 3,
    )  # fmt: skip
    for array, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_one_unit_is_its_row_of_all_values() -> None:
    X, _ = make_points(77)
    values = kernel.forward_all(PARAMS, X, SIZES, CODES)
    rows = [(layer, unit) for layer, n_units in enumerate(SIZES[1:]) for unit in range(n_units)]
    assert len(rows) == len(values) == 13
    for (layer, unit), row in zip(rows, values, strict=True):
        np.testing.assert_array_equal(kernel.unit_map(PARAMS, X, SIZES, CODES, layer, unit), row)


def test_loss_of_outputs_is_the_loss_of_the_network() -> None:
    X, targets = make_points()
    outputs = kernel.forward_all(PARAMS, X, SIZES, CODES)[-1:]
    for loss in LOSSES.values():
        value, _ = kernel.loss_and_gradient(PARAMS, X, targets, SIZES, CODES, loss)
        assert kernel.loss_of(outputs, targets, loss) == value
    assert np.isnan(kernel.loss_of(outputs[:, :0], targets[:, :0], 0))
    assert kernel.loss_of(np.zeros((1, 5)), np.ones((1, 5)), LOSSES["cross_entropy"]) == pytest.approx(np.log(2))


def test_losses_stay_finite_for_huge_outputs() -> None:
    outputs, targets = np.array([[1e30, -1e30]]), np.array([[-1.0, 1.0]])
    assert kernel.loss_of(outputs, targets, LOSSES["cross_entropy"]) == pytest.approx(1e30)
    both = np.array([[1e30, 0.0], [-1e30, 0.0]])
    assert kernel.loss_of(both, np.array([[1.0, 1.0], [-1.0, -1.0]]), LOSSES["cross_entropy"]) == pytest.approx(
        np.log(2) / 2
    )


def test_quantize() -> None:
    values = np.array([-9, -2, -1, 0, 1, 2, 9, np.nan, np.inf, -np.inf])
    assert kernel.quantize(values, 2.0).tolist() == [0, 0, 64, 128, 191, 255, 255, 128, 255, 0]
    assert kernel.quantize(values.reshape(2, 5).astype(np.float32), np.array([1.0, 18.0])).tolist() == [
        [0, 0, 0, 128, 255], [142, 191, 128, 255, 0],
    ]  # fmt: skip
    assert kernel.quantize(np.zeros((2, 3, 4)), 1.0).shape == (2, 3, 4)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"params": PARAMS[:-1]}, "params must be"),
        ({"params": PARAMS.astype(np.int64)}, "params must be float32 or float64"),
        ({"X": np.zeros((3, N_TRAIN), np.float32)}, "X must be"),
        ({"X": np.zeros((2, 0), np.float32), "targets": np.zeros((1, 0), np.float32)}, "at least one sample"),
        ({"targets": np.zeros((1, 4), np.float32)}, "targets must be"),
        ({"moments": np.zeros((2, 3), np.float32)}, "moments must be"),
        ({"moments": np.zeros((2, len(PARAMS)))}, "moments must have the dtype of params"),
        ({"activations": CODES[:1]}, "activations must hold 2"),
        ({"sizes": SIZES[:1]}, "sizes must hold"),
        ({"hyper": np.zeros(3)}, "hyper must hold"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"batch": 3}, "batch must be"),
        ({"n_steps": -1}, "n_steps must be"),
        ({"epoch": -1}, "epoch must be"),
        ({"moments_start": 1}, "moments_start must be"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], rule: str) -> None:
    """Compiled code reads memory unchecked, so the wrapper must catch it."""
    X, targets = make_points()
    arguments: dict[str, Any] = {
        "params": PARAMS.copy(), "moments": np.zeros((2, len(PARAMS)), np.float32), "X": X, "targets": targets,
        "sizes": SIZES, "activations": CODES, "loss": 0, "optimizer": 0, "hyper": hyper_vector(NetworkSettings()),
        "seed": 0, "batch_size": 10, "epoch": 0, "batch": 0, "step": 0, "moments_start": 0, "n_steps": 1,
    }  # fmt: skip
    with pytest.raises(ValueError, match=rule):
        kernel.run_steps(**{**arguments, **change})
