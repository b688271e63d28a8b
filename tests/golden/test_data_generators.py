"""Facts of every generated data set, computed here in another way than in the generator."""

import math

import numpy as np
import pytest
from sklearn.datasets import make_moons

from playground.data import regression, three_class, two_class
from playground.data.chance import Chance
from playground.data.dataset import make_dataset
from playground.spec import DataChoices

CHANCE = Chance(7)
MANY = 100_000


def counts(y):
    return np.bincount(y.astype(int)).tolist()


def test_circle_is_a_disc_in_a_ring():
    X, y = two_class.circle(1000, 0.0, CHANCE)
    radius = np.array([math.hypot(*place) for place in X])
    assert counts(y) == [500, 500]
    assert 0.0 <= radius[y == 1].min() < radius[y == 1].max() < 2.5
    assert 3.5 <= radius[y == 0].min() < radius[y == 0].max() < 5.0
    assert radius[y == 1].mean() == pytest.approx(1.25, abs=0.1), "the distance is even, not the area"
    assert radius[y == 0].mean() == pytest.approx(4.25, abs=0.1)


def test_circle_noise_moves_labels_and_no_points():
    clean, _ = two_class.circle(MANY, 0.0, CHANCE)
    X, y = two_class.circle(MANY, 0.5, CHANCE)
    assert np.array_equal(X, clean)
    middle = np.hypot(*X.T) < 0.1
    assert y[middle].mean() == pytest.approx(math.pi / 4, abs=0.03), "a disc of 2.5 in the square of shifts up to 2.5"


def test_xor_is_four_squares():
    X, y = two_class.xor(1000, 0.0, CHANCE)
    assert 0.3 <= np.abs(X).min() < 0.4 and 5.2 < np.abs(X).max() <= 5.3
    assert all((a > 0) == (b > 0) if label == 1 else (a > 0) != (b > 0) for (a, b), label in zip(X, y, strict=True))
    assert y.mean() == pytest.approx(0.5, abs=0.06)


def test_xor_noise_flips_as_many_labels_as_it_must():
    clean, before = two_class.xor(MANY, 0.0, CHANCE)
    X, y = two_class.xor(MANY, 0.5, CHANCE)
    assert np.array_equal(X, clean)
    one_sign = (2.5 - 0.3) ** 2 / 2 / 25  # integral of (2.5 - a) / 5 over a in [0.3, 2.5], of 5
    assert np.mean(y != before) == pytest.approx(2 * one_sign * (1 - one_sign), abs=0.005)


@pytest.mark.parametrize(("noise", "variance"), [(0.0, 0.5), (0.25, 2.25), (0.5, 4.0)])
def test_gauss_is_two_clouds_that_noise_widens(noise, variance):
    X, y = two_class.gauss(MANY, noise, CHANCE)
    assert counts(y) == [MANY // 2, MANY // 2]
    for label, center in ((1, 2.0), (0, -2.0)):
        assert X[y == label].mean(axis=0) == pytest.approx([center, center], abs=0.05)
        assert np.cov(X[y == label].T) == pytest.approx(np.diag([variance, variance]), abs=0.06)


def test_spiral_radius_grows_with_the_angle():
    X, y = two_class.spiral(500, 0.0, CHANCE)
    assert counts(y) == [250, 250]
    for label, start in ((1, 0.0), (0, math.pi)):
        arm = X[y == label]
        radius = np.hypot(*arm.T)
        assert np.sort(radius) == pytest.approx(5 * np.arange(250) / 250)
        turned = 1.75 * radius / 5 * 2 * math.pi + start
        assert radius * np.sin(turned) == pytest.approx(arm[:, 0], abs=1e-12)
        assert radius * np.cos(turned) == pytest.approx(arm[:, 1], abs=1e-12)


@pytest.mark.parametrize(
    ("make", "reach"),
    [(two_class.spiral, 1.0), (two_class.moons, 3.0), (two_class.rings, 1.0), (three_class.spiral3, 1.0)],
)
def test_noise_moves_points_evenly_up_to_its_reach(make, reach):
    clean, before = make(10_000, 0.0, CHANCE)
    X, y = make(10_000, 0.3, CHANCE)
    shifts = X - clean
    assert np.array_equal(y, before)
    assert 0.29 * reach < np.abs(shifts).max() <= 0.3 * reach + 1e-12
    assert shifts.var(axis=0) == pytest.approx([(0.3 * reach) ** 2 / 3] * 2, rel=0.05)
    assert abs(np.corrcoef(shifts.T)[0, 1]) < 0.05


def test_moons_lie_on_the_moons_of_scikit_learn():
    X, y = two_class.moons(1000, 0.0, CHANCE)
    curve, curve_label = make_moons(20_000, noise=None, shuffle=False)
    for label in (0, 1):
        moon = (curve[curve_label == label] - (0.5, 0.25)) * 3
        nearest = [np.hypot(*(moon - place).T).min() for place in X[y == label]]
        assert max(nearest) < 0.001
    assert counts(y) == [500, 500]


def test_checkerboard_colors_alternate_and_every_cell_is_filled():
    X, y = two_class.checkerboard(1600, 0.0, CHANCE)
    cells = [(math.floor(a / 3), math.floor(b / 3)) for a, b in X]
    assert [(column + row) % 2 for column, row in cells] == y.astype(int).tolist()
    assert counts(y) == [800, 800]
    filled = [cells.count((column, row)) for column in range(-2, 2) for row in range(-2, 2)]
    assert sum(filled) == 1600 and 60 < min(filled) and max(filled) < 140
    in_cell = X % 3
    assert 0.2 <= in_cell.min() < 0.25 and 2.75 < in_cell.max() <= 2.8


def test_checkerboard_noise_flips_labels_near_the_lines():
    clean, before = two_class.checkerboard(MANY, 0.0, CHANCE)
    X, y = two_class.checkerboard(MANY, 0.1, CHANCE)
    far = np.abs((X + 1.5) % 3 - 1.5).min(axis=1) > 0.3
    assert np.array_equal(X, clean)
    assert np.array_equal(y[far], before[far]) and (y != before).any()


def test_rings_alternate_and_are_evenly_filled():
    X, y = two_class.rings(MANY, 0.0, CHANCE)
    radius = np.hypot(*X.T)
    disc, outer = radius[y == 1] <= 1.5, (4.25 <= radius[y == 1]) & (radius[y == 1] <= 5.5)
    assert counts(y) == [MANY // 2, MANY // 2]
    assert np.all(disc | outer)
    assert 2.25 <= radius[y == 0].min() < radius[y == 0].max() <= 3.5
    assert disc.mean() == pytest.approx(1.5**2 / (1.5**2 + 5.5**2 - 4.25**2), abs=0.01)
    inner_half = math.pi * (2.875**2 - 2.25**2) / (math.pi * (3.5**2 - 2.25**2))
    assert np.mean(radius[y == 0] < 2.875) == pytest.approx(inner_half, abs=0.01)


def test_heart_has_its_known_extremes():
    """The curve (u² + v² - 1)³ = u² v³ passes through (±1, 0), (0, ±1) and (±1, 1)."""
    inside = [(0.99, 0.0), (-0.99, 0.0), (0.0, 0.99), (0.0, -0.99), (0.98, 0.98), (-0.98, 0.98), (0.0, 0.0)]
    outside = [(1.01, 0.0), (-1.01, 0.0), (0.0, 1.01), (0.0, -1.01), (1.02, 1.02), (-1.02, 1.02), (1.2, 0.5)]
    places = np.array(inside + outside) * 4.0 - (0.0, 0.45)
    assert two_class.in_heart(places, 4.0).tolist() == [True] * 7 + [False] * 7


def test_heart_is_balanced_and_keeps_a_gap():
    X, y = two_class.heart(2000, 0.0, CHANCE)
    assert counts(y) == [1000, 1000]
    assert two_class.in_heart(X[y == 1], 3.8).all()
    assert not two_class.in_heart(X[y == 0], 4.2).any()


def test_heart_noise_moves_labels_and_no_points():
    clean, before = two_class.heart(2000, 0.0, CHANCE)
    X, y = two_class.heart(2000, 0.2, CHANCE)
    assert np.array_equal(X, clean)
    assert 0.02 < np.mean(y != before) < 0.2


@pytest.mark.parametrize(("noise", "variance"), [(0.0, 0.5), (0.5, 2.0)])
def test_blobs_are_three_clouds(noise, variance):
    X, y = three_class.blobs(MANY, noise, CHANCE)
    assert max(counts(y)) - min(counts(y)) <= 1
    for label, center in enumerate([(0.0, 3.0), (-3 * math.sqrt(3) / 2, -1.5), (3 * math.sqrt(3) / 2, -1.5)]):
        assert X[y == label].mean(axis=0) == pytest.approx(center, abs=0.05)
        assert np.cov(X[y == label].T) == pytest.approx(np.diag([variance, variance]), abs=0.06)


def test_spiral3_arms_are_one_arm_turned_by_a_third():
    X, y = three_class.spiral3(300, 0.0, CHANCE)
    turn = 2 * math.pi / 3
    turned = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    for label in (0, 1):
        assert X[y == label + 1] == pytest.approx(X[y == label] @ turned.T, abs=1e-12)
    end = X[y == 2][-1]
    assert math.hypot(*end) == pytest.approx(4.95)
    angle = 1.25 * 2 * math.pi * 0.99
    assert end == pytest.approx([4.95 * math.sin(angle), 4.95 * math.cos(angle)]), "one arm starts upward"


def test_plane_slopes():
    X, y = regression.plane(1000, 0.0, CHANCE)
    assert y == pytest.approx([(a + b) / 10 for a, b in X])
    assert X.min() < -5.9 and X.max() > 5.9


def test_plane_noise_is_the_slope_of_a_shift():
    X, y = regression.plane(MANY, 0.5, CHANCE)
    shift = 10 * y - X.sum(axis=1)
    assert np.abs(shift).max() <= 6.0
    assert shift.var() == pytest.approx(2 * 6**2 / 12, rel=0.03)


def test_multi_gauss_is_the_highest_bump():
    X, y = regression.multi_gauss(1000, 0.0, CHANCE)
    bumps = {(-4, 2.5): 1, (0, 2.5): -1, (4, 2.5): 1, (-4, -2.5): -1, (0, -2.5): 1, (4, -2.5): -1}
    for place, value in zip(X, y, strict=True):
        heights = [sign * max(0.0, 1 - math.dist(place, center) / 2) for center, sign in bumps.items()]
        assert value == pytest.approx(max(heights, key=abs))
    assert y.min() < -0.8 and y.max() > 0.8


def test_multi_gauss_noise_reads_elsewhere():
    clean, _ = regression.multi_gauss(MANY, 0.0, CHANCE)
    X, y = regression.multi_gauss(MANY, 0.05, CHANCE)
    near = np.hypot(*(X - (4.0, 2.5)).T) < 0.15
    assert np.array_equal(X, clean)
    assert y[near].min() > 1 - (0.15 + 0.3 * math.sqrt(2)) / 2
    assert y[near].mean() == pytest.approx(1 - 0.765 * 0.3 / 2, abs=0.025), "mean distance in a square of half side 1"


def test_links_keep_their_points():
    """Changing a generator changes what every shared link shows: do it knowingly."""
    first = {name: make_dataset(DataChoices(dataset=name)).X[0].tolist() for name in PINNED}
    assert {name: [round(value, 9) for value in place] for name, place in first.items()} == PINNED


PINNED = {
    "circle": [2.048331414, 0.223919365],
    "xor": [-4.041044809, -2.751200765],
    "gauss": [1.798320217, 2.338905595],
    "spiral": [2.2176164, -3.352995303],
    "moons": [-1.495555073, 0.58675232],
    "checkerboard": [2.518400894, 3.962830411],
    "rings": [5.233051257, 0.572066369],
    "heart": [2.791995268, 3.571392437],
    "blobs": [-2.799755995, -1.161094405],
    "spiral3": [3.436124122, -2.070990784],
    "plane": [-4.489253771, -2.941440918],
    "multi_gauss": [-4.489253771, -2.941440918],
}
