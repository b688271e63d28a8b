"""Laws of every data set."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data import two_class
from playground.data.chance import Chance
from playground.data.dataset import GENERATORS, make_dataset
from playground.spec import DataChoices, NetworkStructure
from playground.spec.network import REGRESSION, DatasetName, OwnData
from playground.spec.points import PointTable, pack_points, unpack_points

GENERATED = sorted(GENERATORS)
LABELS_ONLY = ["circle", "xor", "checkerboard", "heart", "plane", "multi_gauss"]  # noise moves no point

choices = st.builds(
    DataChoices,
    dataset=st.sampled_from([*GENERATED, "points"]),
    n_samples=st.integers(20, 2000),
    train_share=st.floats(0.1, 0.9),
    noise=st.floats(0, 0.5),
    data_seed=st.integers(0, 2**31 - 1),
)
tables = st.lists(st.integers(0, 19), min_size=1, max_size=60).map(
    lambda labels: PointTable(np.linspace(-6, 6, 2 * len(labels)).reshape(-1, 2), labels)
)


def test_every_name_of_the_spec_has_a_generator():
    assert set(GENERATORS) | set(get_args(OwnData)) == set(get_args(DatasetName))


@given(choices)
def test_a_dataset_is_legal(choice):
    data = make_dataset(choice)
    n = 8 if choice.dataset == "points" else choice.n_samples
    assert (data.X.shape, data.y.shape) == ((n, 2), (n,))
    assert (data.X.dtype, data.y.dtype) == (np.float64, np.float64)
    assert np.isfinite(data.X).all() and np.isfinite(data.y).all()
    assert 1 <= data.n_train <= n - 1
    assert abs(data.n_train - n * choice.train_share) <= 1
    assert not data.X.flags.writeable and not data.y.flags.writeable


@given(choices)
def test_answers_fit_the_task(choice):
    data = make_dataset(choice)
    assert data.task == choice.task == ("regression" if choice.dataset in REGRESSION else "classification")
    assert data.n_classes == len(data.class_names) == len(set(data.class_names))
    if data.task == "regression":
        assert data.n_classes == 0 and np.abs(data.y).max() <= 1.2 + 2 * 6 * choice.noise / 10
    else:
        assert np.array_equal(np.unique(data.y), np.arange(data.n_classes)), "every class has a point"


@given(choices)
def test_the_same_choices_make_the_same_points(choice):
    data = make_dataset(choice)
    make_dataset.__globals__["_cached"].cache_clear()
    again = make_dataset(DataChoices(**choice.model_dump()))
    assert np.array_equal(data.X, again.X) and np.array_equal(data.y, again.y) and data.n_train == again.n_train


@given(choices.filter(lambda choice: choice.dataset not in ("points", "spiral", "spiral3")), st.integers(1, 1000))
def test_another_seed_makes_other_points(choice, more):
    other = choice.model_copy(update={"data_seed": (choice.data_seed + more) % 2**31})
    assert not np.array_equal(make_dataset(choice).X, make_dataset(other).X)


@given(st.sampled_from(LABELS_ONLY), st.integers(20, 500), st.integers(0, 2**31 - 1), st.floats(0, 0.5))
def test_noise_in_the_labels_moves_no_point(name, n_samples, data_seed, noise):
    clean = make_dataset(DataChoices(dataset=name, n_samples=n_samples, data_seed=data_seed))
    noisy = make_dataset(DataChoices(dataset=name, n_samples=n_samples, data_seed=data_seed, noise=noise))
    assert np.array_equal(clean.X, noisy.X)


@given(st.sampled_from(["spiral", "moons", "rings", "spiral3"]), st.integers(0, 2**31 - 1), st.floats(0, 0.5))
def test_noise_in_the_places_keeps_each_point_in_its_part(name, data_seed, noise):
    clean = make_dataset(DataChoices(dataset=name, data_seed=data_seed))
    noisy = make_dataset(DataChoices(dataset=name, data_seed=data_seed, noise=noise))
    assert np.array_equal(clean.y, noisy.y)
    assert np.abs(clean.X - noisy.X).max() <= 3 * noise + 1e-12


@given(choices, st.floats(0.1, 0.9))
def test_a_larger_training_share_only_adds_to_the_training_points(choice, train_share):
    data, other = make_dataset(choice), make_dataset(choice.model_copy(update={"train_share": train_share}))
    assert np.array_equal(data.X, other.X) and np.array_equal(data.y, other.y)


@pytest.mark.parametrize("name", ["checkerboard", "heart", "moons", "rings"])
@given(n_samples=st.integers(20, 2000), noise=st.floats(0, 0.5), seed=st.integers(0, 2**31 - 1))
@settings(max_examples=30)
def test_our_own_sets_stay_on_the_map(name, n_samples, noise, seed):
    X, y = getattr(two_class, name)(n_samples, noise, Chance(seed))
    assert len(X) == len(y) == n_samples
    assert np.abs(X).max() <= 6.0


@given(choices, st.sampled_from(["tanh", "relu"]))
def test_the_network_does_not_change_the_data(choice, activation):
    loss = "mse" if choice.task == "regression" else "cross_entropy"
    structure = NetworkStructure(**choice.model_dump(), features=("x2",), activation=(activation,), loss=loss)
    assert make_dataset(structure) is make_dataset(choice), "taken from the cache"


@given(tables, st.floats(0.1, 0.9), st.integers(0, 2**31 - 1))
def test_own_points_are_all_there(table, train_share, data_seed):
    text = pack_points(table)
    data = make_dataset(DataChoices(dataset="points", points=text, train_share=train_share, data_seed=data_seed))
    assert 1 <= data.n_train < len(data.X) == max(2, len(table.X))
    copies = len(data.X) // len(table.X)
    assert np.sort(data.X[:, 0]) == pytest.approx(np.sort(table.X[:, 0]).repeat(copies), abs=2e-4)
    assert {(round(x, 2), y) for (x, _), y in zip(data.X.tolist(), data.y, strict=True)} == {
        (round(x, 2), y) for (x, _), y in zip(unpack_points(text).X.tolist(), table.labels, strict=True)
    }
    assert data.n_classes == table.n_classes


@given(tables, st.floats(0.1, 0.9), st.integers(0, 2**31 - 1))
def test_own_points_train_on_every_class_that_there_is_room_for(table, train_share, data_seed):
    text = pack_points(table)
    data = make_dataset(DataChoices(dataset="csv", points=text, train_share=train_share, data_seed=data_seed))
    here = len(set(table.labels.tolist()))
    assert len(set(data.y[: data.n_train].tolist())) == min(here, data.n_train)


@given(st.lists(st.integers(0, 1), min_size=10, max_size=60), st.integers(0, 1), st.integers(0, 2**31 - 1))
def test_one_own_point_more_hardly_changes_who_trains(labels, label, data_seed):
    places = np.linspace(-6, 6, 2 * len(labels) + 2).reshape(-1, 2)
    parts = []
    for n in (len(labels), len(labels) + 1):
        text = pack_points(PointTable(places[:n], [*labels, label][:n]))
        data = make_dataset(DataChoices(dataset="points", points=text, data_seed=data_seed))
        parts.append({round(x, 3) for x in data.X[: data.n_train, 0].tolist()})
    assert len(parts[0] ^ parts[1]) <= 4
