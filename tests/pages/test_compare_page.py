"""The Compare page's script: contenders are chosen, changed, added and taken away, all of it in the link."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from playground.spec import PlaygroundSpec, TreesSpec
from playground.ui.session import PageMemory
from tests.pages.test_pages import FOLDER, run_page


def press(app: AppTest, number: int) -> AppTest:
    """Open the choices of a contender."""
    app.session_state["compare.widget.contender"] = number
    return app.run()


def test_contenders_are_added_changed_and_taken_away() -> None:
    app = run_page("compare")
    app.selectbox(key="compare.widget.add").set_value("neighbors").run()
    assert app.query_params["contenders"] == "network,xgboost,forest,logistic,neighbors"
    press(app, 4).select_slider(key="compare.4.neighbors.widget.n_neighbors").set_value(15).run()
    press(app, 0).text_input(key="compare.0.network.sizes").set_value("4, 2").run()
    assert app.query_params["contenders"] == "network~hidden_sizes~4-2,xgboost,forest,logistic,neighbors~n_neighbors~15"
    press(app, 1).button(key="compare.button.remove").click().run()
    assert app.query_params["contenders"] == "network~hidden_sizes~4-2,forest,logistic,neighbors~n_neighbors~15"
    app.button(key="compare.button.undo").click().run()
    assert "xgboost" in app.query_params["contenders"]
    assert not app.exception


def test_a_wrong_network_is_named_and_changes_nothing() -> None:
    app = press(run_page("compare"), 0)
    app.text_input(key="compare.0.network.sizes").set_value("40").run()
    assert app.warning[0].value.endswith("- `hidden_sizes` = `40`: must hold 0 to 8 layers of 1 to 16 units; got 40")
    assert "contenders" not in app.query_params
    app.text_input[0].set_value("two").run()
    assert app.warning[0].value.endswith("- `hidden_sizes` = `two`: must be a whole number")
    app = run_page("compare", contenders="network~epochs~0,xgboost")
    assert "epochs must be from 1 to 2000" in app.warning[0].value
    app = run_page("compare", contenders="network,robot")
    assert "robot" in app.warning[0].value


def test_every_kind_can_be_set() -> None:
    for kinds in ("classic,tree,svm_rbf", "svm_linear,neighbors,network~optimizer~adamw~regularization~l2"):
        app = run_page("compare", contenders=kinds, dataset="plane")
        for number in range(3):
            assert not press(app, number).exception


def test_a_network_of_the_playground_becomes_a_contender() -> None:
    app = AppTest.from_file(str(FOLDER / "compare.py"), default_timeout=30)
    spec = PlaygroundSpec().change(hidden_sizes=(3, 2), activation=("relu", "tanh"), loss="hinge", schedule="cosine")
    app.session_state["playground.visit"] = PageMemory(spec)
    press(app, 0)
    app.button(key="compare.0.network.take").click().run()
    first = app.query_params["contenders"].split(",")[0]
    rest = "optimizer~sgd~learning_rate~0.03"
    assert first == f"network~hidden_sizes~3-2~activation~relu-tanh~loss~hinge~schedule~cosine~{rest}"
    app.selectbox(key="compare.0.network.widget.activation.1").set_value("elu").run()
    app.selectbox(key="compare.0.network.widget.initializer").set_value("he").run()
    first = app.query_params["contenders"].split(",")[0]
    assert {"relu-elu", "he", "hinge"} < set(first.split("~"))


def test_the_trees_of_the_trees_page_bring_their_engine() -> None:
    app = AppTest.from_file(str(FOLDER / "compare.py"), default_timeout=30)
    spec = TreesSpec().change(engine="classic", n_trees=20, depth=3, newton=True)
    app.session_state["trees.visit"] = PageMemory(spec)
    press(app, 1)
    assert app.query_params.get("contenders", "") == ""
    app.button(key="compare.1.xgboost.take").click().run()
    second = app.query_params["contenders"].split(",")[1].split("~")
    assert second[0] == "classic"
    given = dict(zip(second[1::2], second[2::2], strict=True))
    assert (given["n_trees"], given["depth"], given["newton"]) == ("20", "3", "true")
    assert not app.warning
