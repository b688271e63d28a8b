"""Random numbers against the reference and against what their distributions demand."""

import numpy as np
import pytest

from playground.data.chance import Chance, splitmix64

N = 200_000


def test_reference_outputs_of_splitmix64():
    """Source: Rosetta Code, "Pseudo-random numbers/Splitmix64", seed 1234567; and Vigna's splitmix64.c from seed 0."""
    assert splitmix64(1234567, 5).tolist() == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821
    ]  # fmt: skip
    assert splitmix64(0, 1).tolist() == [0xE220A8397B1DCDAF]
    assert splitmix64(2**64 - 1, 0).shape == (0,)


def test_uniform_fills_its_range_evenly():
    numbers = Chance(3).uniform("place", -5.0, 3.0, N)
    assert -5.0 <= numbers.min() < numbers.max() < 3.0
    counts = np.histogram(numbers, 50, (-5.0, 3.0))[0]
    chi_squared = ((counts - N / 50) ** 2 / (N / 50)).sum()
    assert 20 < chi_squared < 95, "49 degrees of freedom"


def test_normal_has_the_moments_of_a_normal():
    numbers = Chance(3).normal("place", N)
    moments = [np.mean(numbers**power) for power in (1, 2, 3, 4)]
    assert moments == pytest.approx([0.0, 1.0, 0.0, 3.0], abs=0.06)
    assert np.mean(np.abs(numbers) < 1.0) == pytest.approx(0.6827, abs=0.005)


def test_streams_and_seeds_are_unlike_each_other():
    chances = [Chance(0).uniform("x1", 0, 1, N), Chance(0).uniform("x2", 0, 1, N), Chance(1).uniform("x1", 0, 1, N)]
    correlations = np.corrcoef(chances)[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 0.01


def test_a_longer_stream_begins_with_the_shorter_one():
    assert Chance(5).bits("a", 10).tolist() == Chance(5).bits("a", 20)[:10].tolist()


def test_shuffle_is_a_permutation_that_one_number_more_leaves_in_order():
    order = Chance(1).shuffle("order", 100)
    longer = Chance(1).shuffle("order", 101)
    assert sorted(order) == list(range(100)) != order.tolist()
    assert [place for place in longer if place < 100] == order.tolist()
