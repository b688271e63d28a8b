"""Layout and start weights of dense networks."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from playground.models.mlp import count_params, init_params, layer_sizes, layer_slices, weight_index
from playground.models.randomness import STREAM_WEIGHTS, hash_of, splitmix64, unit_interval
from playground.spec.network import Initializer

SIZES = layer_sizes(2, (4, 3), 1)


def test_splitmix64_gives_the_published_numbers() -> None:
    """The first outputs of splitmix64.c from seed 0 and from seed 1234567 (Rosetta Code)."""
    golden = 0x9E3779B97F4A7C15
    states = np.array([0, golden, 1234567, (1234567 + golden) % 2**64], np.uint64)
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 6457827717110365317, 3203168211198807973]
    assert [int(value) for value in splitmix64(states)] == expected


def test_hashes_are_uniform_and_differ() -> None:
    bits = hash_of(0, STREAM_WEIGHTS, np.arange(100)[:, None], np.arange(100))
    shares = unit_interval(bits)
    assert len(np.unique(bits)) == 10_000
    assert shares.min() >= 0
    assert shares.max() < 1
    assert shares.mean() == pytest.approx(0.5, abs=5 * np.sqrt(1 / 12 / 10_000))


def test_sizes_and_counts() -> None:
    assert SIZES.tolist() == [2, 4, 3, 1]
    assert SIZES.dtype == np.int64
    assert count_params(layer_sizes(2, (4, 2), 1)) == 25
    assert count_params(layer_sizes(10, (), 3)) == 33


def test_slices_cover_the_vector_once() -> None:
    places = layer_slices(SIZES)
    covered = [i for place in places for part in (place.weights, place.bias) for i in range(part.start, part.stop)]
    assert covered == list(range(count_params(SIZES)))
    assert [place.shape for place in places] == [(4, 2), (3, 4), (1, 3)]


def test_weight_index_agrees_with_the_slices() -> None:
    params = np.arange(count_params(SIZES))
    for layer, place in enumerate(layer_slices(SIZES)):
        weights = params[place.weights].reshape(place.shape)
        for unit, row in enumerate(weights):
            assert [weight_index(SIZES, layer, unit, i) for i in range(len(row))] == row.tolist()
            assert weight_index(SIZES, layer, unit, None) == params[place.bias][unit]


@pytest.mark.parametrize("place", [(3, 0, 0), (-1, 0, 0), (0, 4, 0), (0, -1, 0), (0, 0, 2), (0, 0, -1)])
def test_weight_index_refuses_places_that_do_not_exist(place: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"must be 0 to \d"):
        weight_index(SIZES, *place)


@pytest.mark.parametrize(
    ("initializer", "spread"),
    [("xavier", np.sqrt(2 / (200 + 300))), ("he", np.sqrt(2 / 200)), ("lecun", np.sqrt(1 / 200)),
     ("uniform", np.sqrt(1 / 12)), ("normal", 1.0)],
)  # fmt: skip
def test_spread_of_start_weights(initializer: str, spread: float) -> None:
    sizes = layer_sizes(200, (300,), 1)
    params = init_params(sizes, initializer, 1)
    weights = params[layer_slices(sizes)[0].weights]
    assert params.dtype == np.float32
    assert weights.std() == pytest.approx(spread, rel=0.02)
    assert abs(weights.mean()) < 5 * spread / np.sqrt(len(weights))
    assert (params[layer_slices(sizes)[0].bias] == np.float32(0.1)).all()


def test_limits_of_uniform_start_weights() -> None:
    sizes = layer_sizes(200, (300,), 1)
    place = layer_slices(sizes)[0]
    assert np.abs(init_params(sizes, "uniform", 0)[place.weights]).max() <= 0.5
    assert np.abs(init_params(sizes, "xavier", 0)[place.weights]).max() <= np.sqrt(6 / 500)


def test_zeros_are_zeros() -> None:
    assert not init_params(SIZES, "zeros", 3).any()


SPREAD = {
    "xavier": lambda n_in, n_out: np.sqrt(2 / (n_in + n_out)),
    "he": lambda n_in, n_out: np.sqrt(2 / n_in),
    "lecun": lambda n_in, n_out: np.sqrt(1 / n_in),
}


@pytest.mark.parametrize("initializer", get_args(Initializer))
@pytest.mark.parametrize("hidden_sizes", [(5, 3), (4, 4), (4, 3, 2), (3, 3)])
def test_a_new_unit_or_layer_leaves_the_draws_of_the_others(initializer: str, hidden_sizes: tuple[int, ...]) -> None:
    """Weights over the spread of their layer: the same draws. Without a spread by size, the very same weights."""
    sizes = layer_sizes(2, hidden_sizes, 1)
    old, new = init_params(SIZES, initializer, 7), init_params(sizes, initializer, 7)
    spread = SPREAD.get(initializer, lambda n_in, n_out: 1.0)
    n_compared = 0
    for layer, (before, after) in enumerate(zip(layer_slices(SIZES), layer_slices(sizes), strict=False)):
        (n_out, n_in), (m_out, m_in) = before.shape, after.shape
        both = np.s_[: min(n_out, m_out), : min(n_in, m_in)]
        draws = old[before.weights].reshape(n_out, n_in)[both] / spread(n_in, n_out)
        others = new[after.weights].reshape(m_out, m_in)[both] / spread(m_in, m_out)
        np.testing.assert_allclose(others, draws, rtol=1e-6 if initializer in SPREAD else 0)
        assert (initializer == "zeros") == (not draws.any()), layer
        n_compared += draws.size
    assert n_compared >= 17


def test_seeds_differ() -> None:
    assert not np.array_equal(init_params(SIZES, "uniform", 0), init_params(SIZES, "uniform", 1))
    np.testing.assert_array_equal(init_params(SIZES, "normal", 4), init_params(SIZES, "normal", 4))
