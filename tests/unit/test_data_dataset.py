"""Facts of make_dataset at single choices."""

import numpy as np
import pytest

from playground.data.dataset import make_dataset
from playground.spec import DataChoices
from playground.spec.points import PLANE, Axis, PointTable, pack_points


def test_default_is_a_circle_of_500_points_half_of_which_train():
    data = make_dataset(DataChoices())
    assert (len(data.X), data.n_train, data.task, data.n_classes) == (500, 250, "classification", 2)
    assert data.class_names == ("class 0", "class 1")
    assert data.axes == PLANE == (Axis("x1", 0.0, 1.0), Axis("x2", 0.0, 1.0))
    assert np.array_equal(data.y == 1, np.hypot(*data.X.T) < 2.5)


def test_points_are_shuffled_before_they_are_split():
    data = make_dataset(DataChoices(dataset="spiral"))
    radius = np.hypot(*data.X.T)
    assert abs(radius[:250].mean() - radius[250:].mean()) < 0.4
    assert abs(np.corrcoef(np.arange(500), radius)[0, 1]) < 0.15


@pytest.mark.parametrize(
    ("n_samples", "share", "n_train"), [(20, 0.1, 2), (20, 0.9, 18), (100, 0.29, 29), (21, 0.5, 10)]
)
def test_size_of_the_training_part(n_samples, share, n_train):
    assert make_dataset(DataChoices(n_samples=n_samples, train_share=share)).n_train == n_train


@pytest.mark.parametrize(("name", "n_classes"), [("blobs", 3), ("spiral3", 3), ("plane", 0), ("multi_gauss", 0)])
def test_number_of_classes(name, n_classes):
    data = make_dataset(DataChoices(dataset=name))
    assert (data.n_classes, len(data.class_names)) == (n_classes, n_classes)


def test_own_points_without_any_are_the_starter_set():
    data = make_dataset(DataChoices(dataset="points", noise=0.5, n_samples=100))
    assert (len(data.X), data.n_train) == (8, 4)
    assert sorted(data.y[:4]) == [0, 0, 1, 1], "both classes train and both test"


def test_one_own_point_trains_and_tests():
    data = make_dataset(DataChoices(dataset="points", points=pack_points(PointTable([[4.0, 0.0]], [1]))))
    assert data.X == pytest.approx(np.array([[4.0, 0.0]] * 2), abs=2e-4)
    assert (data.y.tolist(), data.n_train, data.n_classes) == ([1.0, 1.0], 1, 2)


def test_table_keeps_names_and_units():
    axes = (Axis("length", 5.8, 0.4), Axis("width", 3.0, 0.2))
    table = PointTable([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], [0, 2, 0], axes, ("red", "green", "blue"))
    data = make_dataset(DataChoices(dataset="csv", points=pack_points(table)))
    assert (data.axes, data.class_names, data.n_classes) == (axes, ("red", "green", "blue"), 3)


def test_points_by_hand_in_class_4_make_five_classes():
    table = PointTable([[0.0, 1.0], [1.0, 0.0]], [0, 4])
    data = make_dataset(DataChoices(dataset="points", points=pack_points(table)))
    assert data.class_names == ("class 0", "class 1", "class 2", "class 3", "class 4")


def test_unchecked_text_is_refused():
    with pytest.raises(ValueError, match="points must begin with version 1"):
        make_dataset(DataChoices.model_construct(dataset="points", points="AAAA"))
