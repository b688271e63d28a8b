"""Laws of tables: nothing leaks from test rows, more knocked out contains less, any text is a table or a clear error."""

import base64
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from playground.data.chance import Chance
from playground.data.preparation import fit_preparation, knock_out, seen_in_training
from playground.data.real_tables import real_table
from playground.data.table_samples import TableSamples, make_table_samples
from playground.learners.compare import CompareLearner
from playground.live.wire import pack
from playground.spec import CompareSpec
from playground.spec.columns import TableError
from playground.spec.contender import KINDS
from playground.spec.look import Look
from playground.spec.real_tables import REAL_TABLES
from playground.spec.tables import TableChoices, own_table, pack_table, unpack_table

LEARNER = CompareLearner()
SMALL = sorted(set(REAL_TABLES) - {"digits"})  # the law holds for digits too, in more seconds
seeds = st.integers(0, 2**31 - 1)
choices = st.builds(
    TableChoices,
    dataset=st.sampled_from(SMALL),
    train_share=st.floats(0.1, 0.9),
    data_seed=seeds,
    knocked_out=st.floats(0, 0.8),
    flag_missing=st.booleans(),
    map_by=st.sampled_from(["components", "columns"]),
    map_x=st.integers(-1, 99),
    map_y=st.integers(-1, 99),
    target=st.integers(-1, 3),
)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
cells = st.one_of(st.sampled_from(["", "NA", "1", "2.5", "-3", "red", "blue", "1e99"]), words)
own_rows = st.lists(st.tuples(cells, cells, cells, st.sampled_from("xy")), min_size=1, max_size=40)


@given(choices)
@settings(max_examples=40, deadline=None)
def test_every_choice_gives_rows_to_learn_from(choice: TableChoices) -> None:
    samples = make_table_samples(choice)
    prepared, native, plane = samples.prepared, samples.native, samples.plane
    n, m = len(prepared.train_y), len(prepared.test_y)
    assert prepared.task == native.task == choice.task
    for part, rows in ((prepared, n), (native, n)):
        assert part.train_x.shape == (rows, len(part.columns)) and part.test_x.shape == (m, len(part.columns))
    assert np.isfinite(prepared.train_x).all() and np.isfinite(prepared.test_x).all()
    assert int(np.isnan(native.train_x).sum() + np.isnan(native.test_x).sum()) == samples.n_missing
    assert plane.X.shape == (n + m, 2) and np.abs(plane.X).max() <= 6 + 1e-9
    assert not prepared.train_x.flags.writeable and not plane.X.flags.writeable
    places = np.array([[0.0, 0.0], [-6, 6], [5.5, -2]])
    wide, narrow = plane.rows(places)
    assert np.isfinite(wide).all() and np.isfinite(narrow).all()
    assert wide.shape == (3, len(prepared.columns)) and narrow.shape == (3, len(native.columns))
    if choice.task == "regression":
        assert prepared.train_y.mean() == pytest.approx(0, abs=1e-9)


@given(st.sampled_from(["iris", "wine", "breast_cancer", "diabetes"]), seeds)
@settings(max_examples=10, deadline=None)
def test_numbers_without_gaps_stand_where_the_map_says(name: str, seed: int) -> None:
    """A plane goes through the rows' own components: place -> row -> place is the identity."""
    samples = make_table_samples(TableChoices(dataset=name, data_seed=seed))
    plane, places = samples.plane, np.array([[0.0, 0.0], [3.0, -2.0], [-5.0, 5.0]])
    prepared, native = plane.rows(places)
    back = (prepared - plane.corner) @ plane.directions.T / [axis.scale for axis in plane.axes]
    assert back == pytest.approx(places, abs=1e-9)
    numbers = [k for k, column in enumerate(samples.preparation.columns) if not column.categories]
    again = samples.preparation.prepare(native)[:, : len(numbers)]
    assert again == pytest.approx(prepared[:, : len(numbers)], abs=1e-9)


@pytest.mark.parametrize("name", ["penguins", "titanic"])
@given(seed=seeds, flag=st.booleans())
@settings(max_examples=15, deadline=None)
def test_no_test_row_leaks_into_the_preparation(name: str, seed: int, flag: bool) -> None:
    """Whatever stands in the test rows, even categories and gaps that training never saw: training rows come out the same."""
    table = real_table(name, "", -1)
    chance = Chance(seed)
    order, n_train = chance.shuffle("rows", len(table.target.values)), len(table.target.values) // 2
    columns = [column.take(order) for column in knock_out(table.features, 0.3, chance)]
    other = [_with_other_tests(column, n_train, chance) for column in columns]
    prepared = [_prepared_training(which, n_train, flag=flag) for which in (columns, other)]
    assert prepared[0][0] == prepared[1][0]
    for one, two in zip(prepared[0][1:], prepared[1][1:], strict=True):
        assert np.array_equal(one, two, equal_nan=True)


def _with_other_tests(column: Any, n_train: int, chance: Chance) -> Any:
    values = column.values.copy()
    rest = len(values) - n_train
    values[n_train:] = np.where(chance.uniform("gaps", 0, 1, rest) < 0.5, np.nan, 1e6 * chance.normal("other", rest))
    if not column.categories:
        return type(column)(column.name, values)
    values[n_train:] = 0  # a category before all others: every code moves by one
    values[:n_train] += 1
    return type(column)(column.name, values, ("before all", *column.categories))


def _prepared_training(columns: list[Any], n_train: int, *, flag: bool) -> tuple[Any, ...]:
    known = seen_in_training(columns, n_train)
    native = np.stack([column.values for column in known], axis=1)
    fitted = fit_preparation(known, native[:n_train], flag_missing=flag)
    assert np.isfinite(fitted.prepare(native)).all()
    return fitted.names, fitted.typical, native[:n_train], fitted.prepare(native[:n_train])


@given(st.sampled_from(SMALL), seeds, st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=30)
def test_more_knocked_out_contains_less(name: str, seed: int, one: float, other: float) -> None:
    few, many = sorted((one, other))
    features = real_table(name, "", -1).features
    gone = [[np.isnan(column.values) for column in knock_out(features, share, Chance(seed))] for share in (few, many)]
    for less, more in zip(*gone, strict=True):
        assert not (less & ~more).any()


def test_the_share_that_is_knocked_out_is_the_one_asked_for() -> None:
    features = real_table("breast_cancer", "", -1).features  # 17 070 values without a gap
    gone = np.stack([np.isnan(column.values) for column in knock_out(features, 0.2, Chance(5))])
    assert gone.mean() == pytest.approx(0.2, abs=0.01)
    assert np.abs(np.corrcoef(gone)[np.triu_indices(30, 1)]).max() < 0.2, "columns lose values independently"
    alone = knock_out(features[7:8], 0.2, Chance(5))[0]
    assert np.array_equal(np.isnan(alone.values), gone[7]), "other columns change nothing"


def test_the_rows_that_train_do_not_depend_on_what_is_knocked_out() -> None:
    plain, gaps = (make_table_samples(TableChoices(dataset="wine", knocked_out=share)) for share in (0, 0.5))
    kept = ~np.isnan(gaps.native.train_x)
    assert np.array_equal(plain.native.train_y, gaps.native.train_y)
    assert np.array_equal(plain.native.train_x[kept], gaps.native.train_x[kept])


@given(own_rows)
@example([("?\U00018cd6", "1.50\U00018cd6", "1e5\x7f", "x")] * 12)
@example([("", "", "0\x85\x08\r0", "x")] * 12)
@settings(max_examples=60, deadline=None)
def test_any_own_table_is_learned_from_or_refused_with_a_rule(rows: list[tuple[str, ...]]) -> None:
    text = pack_table(("a", "b", "c", "kind"), rows)
    columns, again = unpack_table(text)
    assert columns == ("a", "b", "c", "kind") and pack_table(columns, again) == text
    try:
        table = own_table(text, "", -1)
    except TableError as error:
        assert str(error)
        choice, problems = _read({"dataset": "table", "table": text})
        assert choice == TableChoices() and problems
        return
    samples: TableSamples = make_table_samples(TableChoices(dataset="table", table=text))
    assert np.isfinite(samples.prepared.train_x).all() and len(table.features) >= 2


@given(
    st.lists(st.tuples(cells, cells, st.sampled_from(["1", "7.5", "1e29", ""]), st.sampled_from("xy")), min_size=12, max_size=40),
    st.sets(st.sampled_from(KINDS), min_size=2, max_size=3), st.floats(0, 0.8), st.sampled_from(["components", "columns"]),
    st.integers(-1, 3), st.sampled_from([0.1, 0.5, 0.9]),
)  # fmt: skip
@settings(max_examples=20, deadline=None)
def test_any_own_table_is_compared_or_the_rule_is_named(
    rows: list[tuple[str, ...]], kinds: set[str], knocked_out: float, map_by: str, target: int, share: float
) -> None:
    plain = [(f"{k}", "ab"[k % 2], *row) for k, row in enumerate(rows)]  # two columns that always tell something
    text = pack_table(("n", "letter", "a", "b", "c", "kind"), plain)
    try:
        spec = CompareSpec().change(
            dataset="table", table=text, target=target, knocked_out=knocked_out, map_by=map_by, train_share=share,
            contenders=tuple(sorted(kinds)),
        )  # fmt: skip
    except ValidationError as error:
        assert "cannot be used" in str(error)
        return
    state = LEARNER.advance(spec, LEARNER.init(spec), 3)
    scene = LEARNER.scene(spec)
    pack(scene)
    frame = LEARNER.observe(spec, state, Look((1, 0), tuple(map(float, scene["points"][0])), inside=True))
    pack(frame)
    for k, problem in enumerate(frame["problems"]):
        assert bool(frame["scores"][k]) or "needs" in problem
        assert all(value is None or np.isfinite(value) for value in frame["scores"][k].values())


def _read(query: dict[str, str]) -> tuple[Any, list[Any]]:
    from playground.spec.base import Settings, Spec

    class Page(Spec):
        learner, view = "mlp", "network"
        structure: TableChoices = TableChoices()
        settings: Settings = Settings()

    page, problems = Page.from_query(query)
    return page.structure, problems


@given(
    st.one_of(
        st.text(max_size=60),
        st.binary(max_size=60).map(lambda b: base64.urlsafe_b64encode(zlib.compress(b)).decode().rstrip("=")),
    )
)
def test_any_text_is_a_table_or_a_clear_error(text: str) -> None:
    try:
        unpack_table(text)
    except TableError as error:
        assert str(error).startswith("table must")


def test_a_small_text_cannot_become_a_large_table() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(b"a,b\n" + b"1,2\n" * 5_000_000, 9)).decode().rstrip("=")
    with pytest.raises(TableError, match="must unpack to at most"):
        unpack_table(bomb)


@given(choices)
@settings(max_examples=30)
def test_choices_survive_a_link(choice: TableChoices) -> None:
    again, problems = _read(
        {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in choice.model_dump().items()
            if value != ""
        }
    )
    assert not problems and again == choice


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ({"dataset": "table"}, "dataset table needs its rows in table; got none"),
        ({"dataset": "digits", "target": "3"}, "target must be -1 or 61 for Digits; got 3"),
        ({"dataset": "iris", "target": "7"}, "target must be -1 to 4 for Iris; got 7"),
        ({"dataset": "iris", "kinds": "ac"}, "kinds must be 5 letters a or - for Iris; got 'ac'"),
        ({"dataset": "iris", "kinds": "a---a"}, "kinds must leave two columns to learn from; got 1"),
    ],
)
def test_a_link_that_does_not_fit_its_table_names_the_rule(query: dict[str, str], rule: str) -> None:
    _, problems = _read(query)
    assert [str(problem).split(": ", 1)[1] for problem in problems] == [rule[0].lower() + rule[1:]]
