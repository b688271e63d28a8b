"""Real tables against their sources, preparation and maps against scikit-learn, gaps and categories against XGBoost."""

import csv
import gzip
import io
from hashlib import md5
from pathlib import Path

import numpy as np
import pytest
import sklearn
import xgboost
from sklearn import datasets
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from playground.data.real_tables import real_columns, real_table
from playground.data.table_samples import make_table_samples
from playground.spec.real_tables import REAL_TABLES
from playground.spec.tables import TableChoices
from playground.spec.trees import TreesStructure
from playground.training import trees, xgboost_round

ASSETS = Path(__file__).parents[2] / "assets" / "data"
OPENML = Path(sklearn.__file__).parent / "datasets/tests/data/openml/id_40945/data-v1-dl-16826755.arff.gz"
SKLEARN = {"iris": 1, "wine": 1, "breast_cancer": 1, "diabetes": 0, "digits": 1}  # whether rows have classes


def test_titanic_is_openml_40945():
    text = gzip.decompress(OPENML.read_bytes())
    assert md5(text).hexdigest() == "60ac7205eee0ba5045c90b3bba95b1c4", "the checksum that OpenML states"
    theirs = [row for row in csv.reader(io.StringIO(text.decode().split("@data\n")[1])) if row]
    header, *ours = csv.reader(io.StringIO((ASSETS / "titanic.csv").read_text()))
    assert tuple(header) == REAL_TABLES["titanic"].columns and len(ours) == len(theirs) == 1309
    classes, ports, fates = (
        ("1st", "2nd", "3rd"),
        {"S": "Southampton", "C": "Cherbourg", "Q": "Queenstown"},
        ("died", "survived"),
    )
    for own, other in zip(ours, theirs, strict=True):
        pclass, survived, _, sex, age, sibsp, parch, _, fare, _, port, *_ = (
            "" if cell == "?" else cell for cell in other
        )
        assert own == [
            classes[int(pclass) - 1],
            sex,
            age,
            sibsp,
            parch,
            fare,
            ports.get(port, ""),
            fates[int(survived)],
        ]


def test_penguins_are_the_published_ones():
    table = {column.name: column for column in real_columns("penguins")}
    species, mass = table["species"], table["body mass (g)"].values
    assert species.categories == ("Adelie", "Chinstrap", "Gentoo")
    assert np.bincount(species.values.astype(int)).tolist() == [152, 68, 124]
    means = [np.nanmean(mass[species.values == k]) for k in range(3)]  # Horst, Hill and Gorman, R Journal 2022, table 1
    assert means == pytest.approx([3701, 3733, 5076], abs=0.5)
    assert [column.n_missing for column in table.values()] == [0, 2, 2, 2, 2, 11, 0]


@pytest.mark.parametrize("name", SKLEARN)
def test_tables_are_those_of_scikit_learn(name):
    how = {"scaled": False} if name == "diabetes" else {}
    theirs = getattr(datasets, f"load_{name}")(**how)
    *ours, target = real_columns(name)
    values = np.stack([column.values for column in ours], axis=1)
    expected = theirs.data[:, np.ptp(theirs.data, axis=0) > 0]
    if name == "diabetes":
        values[:, 1] += 1  # categories count from 0
    assert np.array_equal(values, expected) and np.array_equal(target.values, theirs.target)
    assert len(target.categories) == len(np.unique(theirs.target)) * SKLEARN[name]


@pytest.mark.parametrize("name", REAL_TABLES)
def test_what_is_known_of_a_table_is_true(name):
    facts, columns = REAL_TABLES[name], real_columns(name)
    assert tuple(column.name for column in columns) == facts.columns
    assert {len(column.values) for column in columns} == {facts.n_rows}
    assert len(columns[-1].categories) == facts.n_classes
    assert sum(column.n_missing for column in columns) == facts.n_missing
    targets = [len(columns) - 1] if facts.only_target else range(len(columns))
    for target in targets:
        table = real_table(name, "", target)
        assert bool(table.target.categories) == (facts.columns[target] in facts.classes), facts.columns[target]
        left_out = set(range(len(columns))) - {*table.places, target}
        assert not left_out, "every column of a real table tells something"


def test_rows_without_gaps_are_scaled_as_scikit_learn_does():
    samples = make_table_samples(TableChoices(dataset="wine"))
    scaler = StandardScaler().fit(samples.native.train_x)
    assert samples.prepared.train_x == pytest.approx(scaler.transform(samples.native.train_x), abs=1e-12)
    assert samples.prepared.test_x == pytest.approx(scaler.transform(samples.native.test_x), abs=1e-12)


def test_gaps_are_filled_and_categories_split_by_hand():
    samples = make_table_samples(TableChoices(dataset="titanic", knocked_out=0.2))
    native, prepared, names = samples.native, samples.prepared, samples.native.columns
    age = native.train_x[:, names.index("age")]
    filled = np.where(np.isnan(age), np.nanmedian(age), age)
    expected = (filled - filled.mean()) / filled.std()
    assert prepared.train_x[:, prepared.columns.index("age")] == pytest.approx(expected, abs=1e-12)
    port = native.test_x[:, names.index("port")]
    usual = np.bincount(
        native.train_x[:, names.index("port")][~np.isnan(native.train_x[:, names.index("port")])].astype(int)
    )
    code = np.where(np.isnan(port), usual.argmax(), port)
    for k, city in enumerate(("Cherbourg", "Queenstown", "Southampton")):
        assert np.array_equal(prepared.test_x[:, prepared.columns.index(f"port: {city}")], code == k)


def test_components_are_those_of_scikit_learn():
    samples = make_table_samples(TableChoices(dataset="breast_cancer"))
    rows = np.vstack([samples.prepared.train_x, samples.prepared.test_x])
    theirs = PCA(2, svd_solver="full").fit(samples.prepared.train_x)
    ours = samples.plane.X * [axis.scale for axis in samples.plane.axes]
    scores = theirs.transform(rows)
    assert ours == pytest.approx(scores * np.sign((ours * scores).sum(axis=0)), abs=1e-9)
    assert (
        f"{theirs.explained_variance_ratio_[0]:.0%} and {theirs.explained_variance_ratio_[1]:.0%}"
        in samples.plane.title
    )


@pytest.mark.parametrize(
    ("name", "knocked_out"), [("titanic", 0.3), ("penguins", 0.0), ("diabetes", 0.2), ("wine", 0.5)]
)
def test_trees_read_gaps_and_categories_as_xgboost_does(name, knocked_out):
    samples = make_table_samples(TableChoices(dataset=name, knocked_out=knocked_out))
    native, columns, n_classes = samples.native, samples.native_columns, len(samples.native.class_names)
    rows, n_outputs = np.vstack([native.train_x, native.test_x]), n_classes if n_classes > 2 else 1
    structure = TreesStructure(engine="xgboost", dataset="circle" if n_classes else "plane", subsample=0.8)
    objective = "softmax" if n_classes > 2 else "logistic" if n_classes else "squared_error"
    train = xgboost_round.data_of(native.train_x, native.train_y, columns)
    every = xgboost_round.data_of(rows, np.zeros(len(rows)), columns)
    wide = columns.widen(rows.astype(np.float32).astype(np.float64))
    margins = np.zeros((n_outputs, len(rows)), np.float32)
    for epoch in range(5):
        train.set_base_margin(np.ascontiguousarray(margins[:, : len(native.train_y)].T))
        every.set_base_margin(np.ascontiguousarray(margins.T))
        params = xgboost_round.params_of(structure, objective, n_outputs, columns)
        theirs = xgboost.Booster({**params, "seed": xgboost_round.round_seed(0, epoch)}, [train])
        theirs.update(train, 0)
        expected = theirs.predict(every, output_margin=True).reshape(len(rows), n_outputs).T
        new = xgboost_round.add_round(structure, objective, train, margins[:, : len(native.train_y)], epoch, columns)
        margins += np.stack([trees.values_of(tree, wide) for tree in new]).astype(np.float32)
        assert margins == pytest.approx(expected, abs=1e-5)
    assert knocked_out == 0 or np.isinf(wide).any()
