"""The choices of a table on the Compare page: which, target, kinds, gaps, map; and what is said of odd columns."""

import pytest
from streamlit.testing.v1 import AppTest

from playground.spec.tables import pack_table
from tests.pages.test_pages import run_page

ROWS = [
    (f"{k}", f"city {k % 40}", "7", "oops" if k == 3 else f"{k * 1.5}", "cat" if k % 2 else "dog") for k in range(90)
]
OWN = pack_table(("size", "city_*", "same", "odd", "kind"), ROWS)


def texts(elements) -> str:
    return " ".join(element.value for element in elements)


def contenders(app: AppTest) -> list[str]:
    return [option.content for option in app.get("button_group")[-1].proto.options]


def choose(app: AppTest, kind: str, field: str, value) -> AppTest:
    getattr(app, kind)(key=f"compare.widget.{field}").set_value(value).run()
    assert not app.exception
    return app


def test_a_table_is_chosen_and_the_link_says_how():
    app = choose(run_page("compare"), "segmented_control", "source", True)
    assert app.query_params["dataset"] == "penguins"
    assert "XGBoost** reads gaps and categories as they are" in texts(app.caption)
    assert "the most frequent category, in place of a gap" in texts(app.caption)
    choose(app, "toggle", "flag_missing", True)
    assert "a column that tells so, or the category “missing”, in place of a gap" in texts(app.caption)
    choose(app, "toggle", "flag_missing", False)
    choose(app, "selectbox", "dataset", "titanic")
    assert "1309 rows of 8 columns, 266 values are missing" in texts(app.caption)
    choose(app, "select_slider", "knocked_out", 0.25)
    choose(app, "selectbox", "map_by", "columns")
    choose(app, "selectbox", "map_x", 2)
    choose(app, "multiselect", "kinds.-", [1, 5])
    link = {name: app.query_params[name] for name in ("dataset", "knocked_out", "map_by", "map_x", "kinds")}
    assert link == {"dataset": "titanic", "knocked_out": "0.25", "map_by": "columns", "map_x": "2", "kinds": "a-aaa-aa"}
    choose(app, "selectbox", "dataset", "iris")
    assert "map_x" not in app.query_params and "kinds" not in app.query_params, "another table has other columns"
    assert app.query_params["knocked_out"] == "0.25"
    choose(app, "segmented_control", "source", False)
    assert "dataset" not in app.query_params


def test_what_is_predicted_decides_the_task():
    app = run_page("compare", dataset="penguins", contenders="logistic,forest")
    assert "A Logistic regression" in contenders(app)
    choose(app, "selectbox", "target", 4)
    assert app.query_params["target"] == "4"
    assert "A Linear regression" in contenders(app)


def test_odd_columns_of_an_own_table_are_named_with_their_rule():
    app = run_page("compare", dataset="table", table=OWN)
    assert not app.exception
    said = app.warning[0].value.replace("\\", "")
    for rule in (
        "Column city_* may hold 30 categories; it holds 40.",
        "Column same must hold different values; it holds only 7 and is left out.",
        "Column odd must hold numbers; a row holds 'oops': taken as missing.",
    ):
        assert rule in said
    assert "city\\_\\*" in app.warning[0].value, "text of a file is no Markdown"
    choose(app, "multiselect", "kinds.c", [3])
    assert app.query_params["kinds"] == "aaaca"


def test_a_choice_that_leaves_nothing_to_learn_changes_nothing_and_says_why():
    app = run_page("compare", dataset="table", table=OWN)
    before = dict(app.query_params)
    choose(app, "selectbox", "target", 2)
    assert any("column same must hold 2 to 20 classes" in warning.value for warning in app.warning)
    assert dict(app.query_params) == before


def test_a_link_with_a_broken_table_opens_with_a_notice():
    for query in ({"table": "AAAA"}, {"table": OWN, "kinds": "nn"}, {"table": OWN, "target": "77"}, {}):
        app = run_page("compare", dataset="table", **query)
        assert not app.exception and app.warning


@pytest.mark.parametrize(
    ("column", "target", "rule"),
    [
        (lambda k: "cat", 2, "column odd must hold 2 to 20 classes of at least 5 rows to be predicted; got 1 (cat)"),
        (lambda k: "cat" if k else "dog", 2, "of at least 5 rows to be predicted; got 2, only 1 of that size"),
        (lambda k: f"name {k}", 2, "column odd must hold 2 to 20 classes of at least 5 rows to be predicted; got 24"),
        (lambda k: f"price {k}" if k % 2 else f"{k}", 2, "column odd must hold 2 to 20 classes"),
        (lambda k: 7, -1, "Column odd must hold different values; it holds only 7 and is left out."),
        (lambda k: "", -1, "Column odd must have a value in some row; it has none and is left out."),
    ],
    ids=["one class", "one large class", "text as target", "numbers and text as target", "constant", "all missing"],
)
def test_bad_input_is_a_notice_that_names_the_column_and_the_rule(column, target, rule):
    rows = [(f"{k}", f"{k * k % 7}", f"{column(k)}", "yes" if k % 2 else "no") for k in range(24)]
    app = run_page("compare", dataset="table", table=pack_table(("a", "b", "odd", "kind"), rows), target=f"{target}")
    assert not app.exception
    assert rule in texts(app.warning).replace("\\", "")


def test_more_columns_than_rows_is_a_notice():
    names = [f"x{j}" for j in range(30)]
    rows = [(*(f"{(k + 1) * (j + 2) % 37}" for j in range(30)), "yes" if k % 2 else "no") for k in range(24)]
    app = run_page("compare", dataset="table", table=pack_table((*names, "kind"), rows))
    assert "There should be more rows than columns; this table has 24 rows and 30 columns" in texts(app.warning)
