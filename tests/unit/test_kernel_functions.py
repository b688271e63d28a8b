"""The fast functions stay within the errors that `playground.training.functions` states."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numba import njit

from playground.training.codes import ACTIVATIONS
from playground.training.functions import activate, cdf, exp_below, expm1_below, sigmoid, tanh

GRID = np.unique(
    np.concatenate([np.linspace(-30, 30, 600_001), np.geomspace(1e-30, 1e4, 20_001), -np.geomspace(1e-30, 1e4, 20_001)])
).astype(np.float32)
BELOW = GRID[GRID <= 0]


@njit
def _table(x: np.ndarray) -> np.ndarray:
    """tanh, cdf, sigmoid, exp and expm1 of each number: (5, n)."""
    result = np.empty((5, len(x)), x.dtype)
    for i in range(len(x)):
        result[0, i] = tanh(x[i])
        result[1, i] = cdf(x[i])
        result[2, i] = sigmoid(x[i])
        result[3, i] = exp_below(x[i])
        result[4, i] = expm1_below(x[i])
    return result


def _exact_cdf(x: np.ndarray) -> np.ndarray:
    return np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in x])


@pytest.mark.parametrize(
    ("row", "exact", "bound"),
    [(1, _exact_cdf, 3e-7), (2, lambda x: 0.5 * (1 + np.tanh(x / 2)), 3e-7)],
    ids=["cdf", "sigmoid"],
)
def test_absolute_error_of_shares(row: int, exact: np.ufunc, bound: float) -> None:
    error = _table(GRID)[row] - exact(GRID.astype(np.float64))
    assert np.abs(error).max() <= bound


def test_relative_error_of_tanh() -> None:
    exact = np.tanh(GRID.astype(np.float64))
    assert (np.abs(_table(GRID)[0] - exact) <= 5e-7 * np.abs(exact)).all()


def test_errors_of_exponentials_below_zero() -> None:
    fast, x = _table(BELOW), BELOW.astype(np.float64)
    assert np.abs(fast[3] - np.exp(x)).max() <= 5e-7
    assert (np.abs(fast[4] - np.expm1(x)) <= 1e-6 * np.abs(np.expm1(x))).all()


def test_float64_takes_the_exact_functions() -> None:
    x = BELOW[::50].astype(np.float64)
    expected = [np.tanh(x), _exact_cdf(x), 0.5 * (1 + np.tanh(x / 2)), np.exp(x), np.expm1(x)]
    np.testing.assert_allclose(_table(x), expected, rtol=1e-14, atol=3e-16)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_and_slopes(name: str) -> None:
    """Values and slopes against torch's autograd, within 1e-6 max(1, |x|)."""
    values, slopes = GRID.copy(), np.empty_like(GRID)
    activate(ACTIVATIONS[name], values, slopes)
    z = torch.tensor(GRID.astype(np.float64), requires_grad=True)
    bends = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "linear": lambda x: x * 1}
    out = bends.get(name, getattr(torch.nn.functional, name, None))(z)
    out.sum().backward()
    room = 1e-6 * np.maximum(1, np.abs(GRID))
    assert (np.abs(values - out.detach().numpy()) <= room).all()
    assert (np.abs(slopes - z.grad.numpy()) <= room).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_not_a_number_stays_visible(name: str) -> None:
    """Divergence is found by NaN, so no activation may turn NaN into a number, in vectors or in the rest of a loop."""
    values = np.ones(37, np.float32)
    values[[3, 36]] = np.nan
    activate(ACTIVATIONS[name], values, np.empty_like(values))
    assert np.flatnonzero(np.isnan(values)).tolist() == [3, 36]
