"""Every page of the catalog runs without an exception, also with a broken link."""

from pathlib import Path

import numpy as np
import pytest
import segno
from streamlit.testing.v1 import AppTest

from playground.catalog import HOME, PAGES
from playground.models.mlp import start_params
from playground.presets import PRESETS
from playground.spec import PlaygroundSpec
from playground.spec.points import PointTable, pack_points
from playground.spec.weights import pack_weights

FOLDER = Path(__file__).parents[2] / "pages"


def run_page(path: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(FOLDER / f"{path}.py"), default_timeout=30)
    for name, text in query.items():
        app.query_params[name] = text
    return app.run()


@pytest.mark.parametrize("page", [page for page in PAGES if page is not HOME], ids=lambda page: page.path)
def test_page_runs_with_any_link(page):
    app = run_page(page.path, learning_rate="much", nonsense="1")
    assert not app.exception
    notice = app.warning[0].value
    assert "learning_rate" in notice
    assert "nonsense" in notice


def test_a_field_that_stands_twice_in_a_link_is_named_and_written_once():
    app = AppTest.from_file(str(FOLDER / "playground.py"), default_timeout=20)
    app.query_params["noise"] = ["0.2", "0.5"]
    app.run()
    assert "noise` = `0.2`: must stand in a link once" in app.warning[0].value
    assert app.query_params["noise"] in ("0.5", ["0.5"])
    assert app.session_state["playground.visit"].spec.structure.noise == 0.5


def test_weights_of_a_link_that_fit_no_more_are_said_to_go_and_undo_brings_them_back():
    weights = pack_weights(start_params(PlaygroundSpec.from_values({"hidden_sizes": (3,)}).structure))
    app = run_page("playground", hidden_sizes="3", weights=weights)
    app.select_slider(key="playground.widget.learning_rate").set_value(0.1).run()
    assert not app.toast and app.query_params["weights"] in (weights, [weights])
    app.selectbox(key="playground.widget.initializer").set_value("xavier").run()
    assert "Undo brings them back" in app.toast[0].value
    assert "weights" not in app.query_params
    app.button(key="playground.button.undo").click().run()
    assert app.query_params["weights"] in (weights, [weights])


def test_every_wrong_field_of_a_link_is_named():
    app = AppTest.from_file(str(FOLDER / "playground.py"), default_timeout=20)
    app.query_params.update({f"wrong{k}": "1" for k in range(30)})
    app.run()
    assert all(f"wrong{k}`" in app.warning[0].value for k in range(30))


def test_choice_goes_into_the_link_and_can_be_undone():
    app = run_page("playground")
    app.selectbox(key="playground.widget.optimizer").set_value("adam").run()
    assert app.query_params["optimizer"] == "adam"
    app.button(key="playground.button.undo").click().run()
    assert "optimizer" not in app.query_params


def test_undo_takes_the_question_back_with_its_choices():
    app = run_page("playground")
    app.selectbox(key="playground.widget.preset").set_value("straight").run()
    assert app.query_params["preset"] == "straight"
    app.button(key="playground.button.undo").click().run()
    assert app.query_params == {}
    [question] = [one for one in app.selectbox if one.label == "Try this"]
    assert question.value == "free play"


def test_regression_data_bring_their_loss():
    app = run_page("playground", dataset="plane")
    assert app.selectbox(key="playground.widget.loss").value == "mse"


def test_preset_sets_its_choices_and_asks():
    app = run_page("playground")
    app.selectbox(key="playground.widget.preset").set_value("xor").run()
    assert app.query_params["dataset"] == "xor"
    assert app.query_params["preset"] == "xor"
    assert not app.exception


@pytest.mark.parametrize(
    ("path", "preset"),
    [(path, preset) for path, presets in PRESETS.items() for preset in presets],
    ids=lambda part: part if isinstance(part, str) else part.key,
)
def test_link_that_names_only_a_question_brings_its_choices(path, preset):
    app = run_page(path, preset=preset.key)
    assert not app.exception
    assert not app.warning
    assert app.query_params["preset"] == preset.key
    assert len(app.query_params) > 1
    assert app.selectbox(key=f"{path}.widget.preset").value == preset.key


def opened_codes(monkeypatch, n_points, **query):
    """The page with these own points, and every QR code that it drew with its link."""
    codes, make = [], segno.make

    def noting(link, **options):
        codes.append((link, make(link, **options)))
        return codes[-1][1]

    monkeypatch.setattr(segno, "make", noting)
    rng = np.random.default_rng(0)
    packed = pack_points(PointTable(rng.uniform(-6, 6, (n_points, 2)), rng.integers(0, 2, n_points)))
    app = run_page("playground", dataset="points", points=packed, **query)
    assert not app.exception
    return packed, codes, [image.caption for block in app.get("image") for image in block.proto.imgs]


def test_qr_code_carries_200_own_points_and_stays_coarse(monkeypatch):
    packed, [(link, code)], [caption] = opened_codes(monkeypatch, 200, learning_rate="0.1", hidden_sizes="8,8")
    assert packed in link
    assert "hidden_sizes=8,8" in link
    assert code.version <= 28
    assert caption == "QR code of the choices"


def test_qr_code_that_would_be_too_fine_leaves_the_points_out_and_says_so(monkeypatch):
    several = ",".join(["leaky_relu"] * 8)
    packed, [(link, code)], [caption] = opened_codes(
        monkeypatch, 200, activation=several, hidden_sizes="16,16,16,16,16,16,16,16", features="x1,x2,x1_squared"
    )
    assert packed not in link
    assert "dataset" not in link
    assert several in link
    assert "without your points" in caption


NO_CONTROL = ("points", "weights", "hidden_sizes", "speed")  # chosen on the view, or carried by the link only
BARE = {"root", "main", "event", "sidebar", "flex_container", "expander", "markdown", "bidi_component"}


def test_words_of_a_link_that_mean_nothing_are_named_and_leave_it():
    app = run_page("playground", preset="nope", profile="xx", foo="1", hide="noise,nose", show="contour,contours")
    assert {"preset", "profile", "foo"}.isdisjoint(app.query_params)
    assert (app.query_params["hide"], app.query_params["show"]) == ("noise", "contours")
    notice = " ".join(element.value for element in app.warning)
    assert all(
        word in notice
        for word in ("preset", "nope", "profile", "xx", "foo", "nose", "must be one of accuracy,", "names no control")
    )


def test_a_number_shows_the_digits_it_has():
    app = run_page("playground", optimizer="adam")
    assert app.number_input(key="playground.widget.beta2").proto.format == "%g"


def test_a_link_hides_every_control_by_its_name():
    names = {*PlaygroundSpec().fields(), "preset", "undo", "runs", "share", "export", "projector"} - {*NO_CONTROL}
    choices = {"optimizer": "adamw", "regularization": "l2", "schedule": "step"}
    full, bare = (run_page("playground", **choices, hide=",".join(hide)) for hide in ([], sorted(names)))
    assert {"selectbox", "select_slider", "number_input", "toggle", "button", "popover"} <= {b.type for b in full._tree}
    assert not bare.exception
    assert {block.type for block in bare._tree} <= BARE
    assert sum(block.type == "bidi_component" for block in bare._tree) == 1  # the live view
