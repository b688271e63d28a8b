"""Contenders on tables against pipelines that scikit-learn and XGBoost run by themselves on the same rows."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from playground.data.arena import make_arena
from playground.data.table_samples import make_table_samples
from playground.learners.contenders import BoostingModel, FittedModel, NetworkModel, make_model
from playground.learners.reasons import explain
from playground.spec.compare import CompareStructure
from playground.spec.contender import read_contender
from playground.training.xgboost_round import round_seed

TITANIC = Path(__file__).parents[2] / "assets/data/titanic.csv"
TABLES = [("titanic", 0.3), ("penguins", 0.0), ("diabetes", 0.2)]


def structure_of(name, knocked_out=0.0, **more):
    return CompareStructure(dataset=name, knocked_out=knocked_out, **more)


def test_logistic_regression_is_the_one_of_a_pipeline_by_hand():
    """From the file to the probabilities with pandas and scikit-learn alone; only the split is taken from us."""
    structure = structure_of("titanic")
    arena, samples = make_arena(structure), make_table_samples(structure)
    table = pd.read_csv(TITANIC)
    fare = samples.native.columns.index("fare")
    rows = np.vstack([samples.native.train_x, samples.native.test_x])
    taken = _rows_of(table, samples, rows)
    assert np.array_equal(table["fare"].to_numpy()[taken], rows[:, fare], equal_nan=True)
    n, y = arena.n_train, (table["fate"] == "survived").to_numpy()[taken]
    numbers = ["age", "siblings and spouses", "parents and children", "fare"]
    prepare = ColumnTransformer(
        [
            ("n", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            (
                "c",
                make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(drop="if_binary")),
                ["class", "sex", "port"],
            ),
        ],
        sparse_threshold=0,
    )
    X = table.iloc[taken].drop(columns="fate")
    model = make_pipeline(prepare, StandardScaler(), LogisticRegression(max_iter=1000)).fit(X[:n], y[:n])
    ours = make_model(read_contender("logistic"), arena, 0).on_rows({})
    assert ours[1] == pytest.approx(model.predict_proba(X)[:, 1], abs=1e-6)


def _rows_of(table, samples, rows):
    """Which row of the file each sample is: rows alike are told apart by their answer, then by their order."""
    y = np.concatenate([samples.native.train_y, samples.native.test_y])
    names = samples.native.columns
    columns = samples.preparation.columns
    codes = []
    for name, column in zip(names, columns, strict=True):
        text = table[name]
        codes.append(text.map(dict(zip(column.categories, range(99), strict=False))) if column.categories else text)
    whole = np.column_stack([*codes, table["fate"] == "survived"]).astype(float)
    places: dict = {}
    for k, row in enumerate(whole):
        places.setdefault(row.tobytes() if not np.isnan(row).any() else str(row.tolist()), []).append(k)
    found = np.column_stack([rows, y])
    return [places[row.tobytes() if not np.isnan(row).any() else str(row.tolist())].pop() for row in found]


@pytest.mark.parametrize(("name", "knocked_out"), TABLES)
def test_boosting_is_one_booster_of_xgboost_on_rows_with_gaps(name, knocked_out):
    structure = structure_of(name, knocked_out)
    arena, samples = make_arena(structure), make_table_samples(structure)
    model = make_model(read_contender("xgboost~n_trees~20"), arena, 0)
    assert isinstance(model, BoostingModel)
    ours = model.margins(model.advance(model.start(), 20), model.arena.rows)
    native, columns = samples.native, samples.native_columns
    n_classes, categories = len(native.class_names), "c" in columns.feature_types
    params = {
        "objective": "reg:squarederror" if not n_classes else "binary:logistic" if n_classes == 2 else "multi:softprob",
        **({"num_class": n_classes} if n_classes > 2 else {}),
        "tree_method": "hist" if categories else "exact",
        "max_cat_to_onehot": 1000,
        "max_depth": model.structure.depth,
        "eta": model.structure.learning_rate,
        "seed": round_seed(0, 0),
        "nthread": 1,
    }
    how = {"feature_types": list(columns.feature_types), "enable_categorical": True}
    train = xgboost.DMatrix(native.train_x, native.train_y, **how)
    every = xgboost.DMatrix(np.vstack([native.train_x, native.test_x]), **how)
    theirs = xgboost.train(params, train, 20).predict(every, output_margin=True)
    assert ours == pytest.approx(np.atleast_2d(theirs.T), abs=1e-4)
    assert np.isinf(model.arena.rows).any() == (samples.n_missing > 0)


def test_a_network_sees_every_prepared_column():
    arena = make_arena(structure_of("titanic", 0.2))
    model = make_model(read_contender("network"), arena, 0)
    assert isinstance(model, NetworkModel)
    assert model.inputs.T == pytest.approx(arena.rows, abs=1e-5) and model.sizes.tolist() == [11, 8, 8, 1]
    trained = model.advance(model.start(), 30)
    said, y = model.on_rows(trained)[1] > 0.5, arena.labels == 1
    assert np.mean(said == y) > 0.7, "most passengers are told apart"


@pytest.mark.parametrize("map_by", ["components", "columns"])
@pytest.mark.parametrize("kind", ["network~epochs~3", "xgboost~n_trees~5", "classic~n_trees~5", "tree", "forest"])
def test_a_click_on_a_point_asks_about_its_own_row(map_by, kind):
    """A map shows two dimensions only; at a point the answer is that of all its columns, gaps included."""
    structure = structure_of("penguins", 0.3, map_by=map_by)
    model = make_model(read_contender(kind), make_arena(structure), 0)
    arrays = model.advance(model.start(), 5)
    said, X = model.on_rows(arrays), model.arena.plane.X
    for k in (0, 7, 200, len(X) - 1):
        place = tuple(map(float, X[k].astype(np.float32)))
        apart = np.abs(X - X[k]).max(axis=1) < 2e-4
        if apart.sum() == 1:
            assert model.predict(arrays, model.arena.place(place))[:, 0] == pytest.approx(said[:, k], abs=1e-6)


def test_the_map_is_the_answer_at_its_places():
    structure = structure_of("titanic", 0.2, map_by="columns", map_x=2, map_y=1)
    for kind in ("xgboost~n_trees~8", "classic~n_trees~8", "network~epochs~4", "neighbors"):
        model = make_model(read_contender(kind), make_arena(structure), 0)
        early = model.advance(model.start(), 3)
        model.on_grid(early)
        late = model.advance(early, 5)
        assert model.on_grid(late) == pytest.approx(model.predict(late, model.arena.grid), abs=1e-6)
        assert model.on_grid(early) == pytest.approx(model.predict(early, model.arena.grid), abs=1e-6), "scrubbed back"


@pytest.mark.parametrize(
    ("kind", "words"), [("xgboost~n_trees~30", "is missing"), ("classic~n_trees~9", "sex is "), ("tree", "sex is ")]
)
def test_reasons_speak_the_words_of_the_table(kind, words):
    """Categories by name, gaps as gaps, thresholds in years and pounds: what is said of a row is true of that row."""
    structure = structure_of("titanic", 0.4)
    arena, samples = make_arena(structure), make_table_samples(structure)
    model = make_model(read_contender(kind), arena, 0)
    arrays, said = model.advance(model.start(), 30), []
    for k in range(60):
        x1, x2 = arena.plane.X[k].astype(np.float32)
        if (np.abs(arena.plane.X - arena.plane.X[k]).max(axis=1) < 2e-4).sum() > 1:
            continue  # several rows stand here
        lines = " ".join(explain(model, "", arrays, (float(x1), float(x2)))["lines"])
        row = dict(zip(samples.native.columns, samples.native.train_x[k], strict=True))
        for name, sign, number in re.findall(r"(age|fare) ([<≥≤>]) (-?\d+(?:\.\d+)?)", lines):
            value, threshold = row[name], float(number)
            if not np.isnan(value):
                below = value <= threshold + 1e-6 if sign in "<≤" else value >= threshold - 1e-6
                assert below, (row, name, sign, number)
        said.append(lines)
    assert words in " ".join(said) and "inf" not in " ".join(said)


@pytest.mark.parametrize(("name", "up"), [("titanic", "for survived"), ("diabetes", "upward")])
def test_the_pulls_of_support_vectors_add_up_to_the_margin_and_name_their_class(name, up):
    arena = make_arena(structure_of(name))
    model = make_model(read_contender("svm_rbf"), arena, 0)
    assert isinstance(model, FittedModel)
    place = tuple(map(float, arena.plane.X[3].astype(np.float32)))
    bars = explain(model, "", {}, place)["bars"]
    assert [bar["name"] for bar in bars] == [up, "against" if name == "titanic" else "downward"]
    last, row = model.estimator[-1], model.estimator[0].transform(arena.place(place))
    core = last.calibrated_classifiers_[0].estimator if name == "titanic" else last
    margin = core.decision_function(row) if name == "titanic" else core.predict(row)
    assert sum(bar["value"] for bar in bars) + core.intercept_[0] == pytest.approx(float(margin[0]), abs=1e-9)


def test_trees_of_several_classes_say_for_which_they_speak():
    structure = structure_of("iris")
    arena = make_arena(structure)
    model = make_model(read_contender("xgboost~n_trees~5"), arena, 0)
    arrays = model.advance(model.start(), 5)
    total, *lines = explain(model, "", arrays, tuple(arena.plane.X[3]))["lines"]
    assert total.startswith("15 trees add up, 3 a round, one for each class")
    said = [re.match(r"Tree (\d+), for (\w+), adds", line) for line in lines]
    assert said and all(match[2] == arena.samples.class_names[(int(match[1]) - 1) % 3] for match in said)


def test_a_network_names_the_columns_that_it_sees():
    """As they are prepared for it: one for each number, each category and each gap that is told of."""
    arena = make_arena(structure_of("titanic", 0.4))
    model = make_model(read_contender("network~hidden_sizes~3~epochs~2"), arena, 0)
    seen, *others = explain(model, "", model.start(), tuple(arena.plane.X[3]))["layers"]
    assert dict(zip(seen["units"], seen["values"], strict=True)) == pytest.approx(
        dict(zip(arena.samples.columns, arena.samples.train_x[3], strict=True)), rel=1e-6
    )
    assert {"age", "class: 2nd", "sex: male"} <= {*seen["units"]}
    assert [layer["units"] for layer in others] == [[], []]


def test_the_row_that_is_asked_about_is_told_in_the_words_of_the_table():
    structure = structure_of("titanic", 0.4)
    arena, samples = make_arena(structure), make_table_samples(structure)
    told = 0
    for k in range(40):
        point = tuple(float(x) for x in arena.plane.X[k])
        if (np.abs(arena.plane.X - arena.plane.X[k]).max(axis=1) < 2e-4).sum() > 1:
            continue  # several rows stand here
        words, row = arena.told(point), samples.native.train_x[k]
        for column, value in zip(samples.native_columns.columns, row, strict=True):
            said = re.search(rf"\b{column.name} = ([^,]+?)(?:,|\.$)", words)[1]
            if np.isnan(value):
                assert said == "missing"
            elif column.categories:
                assert said == column.categories[int(value)]
            else:
                assert float(said) == pytest.approx(value, abs=0.1)
        told += 1
    assert told > 5
    assert arena.told((5.9, -5.9)).startswith("No row of the table stands here.")
