"""The drawing part of the Digits page: the pad's buttons, trained networks, the complete set."""

import base64
import io
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from playground.data.drawing import sample_drawing
from playground.data.strokes import PAD_PX, draw_strokes, sample_strokes
from playground.spec import DigitsSpec
from playground.spec.digits import STACKS
from playground.spec.drawing import pack_drawing, unpack_drawing
from playground.ui import complete_set

WIDGETS = ("selectbox", "select_slider", "toggle", "number_input")
PAGE = Path(__file__).parents[2] / "pages/digits.py"


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, text in query.items():
        app.query_params[name] = text
    return app.run()


def test_a_link_that_wants_the_complete_set_goes_on_with_the_shipped_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path))
    app = opened(images="complete")
    assert not app.exception
    assert any("not on this server yet" in warning.value for warning in app.warning)
    assert "images" not in app.query_params


def test_fetching_the_complete_set_says_how_far_it_is_and_that_it_failed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path / "cache"))
    go = tmp_path / "go"
    os.mkfifo(go)  # the process waits until somebody opens its other end
    fetching = complete_set.Fetching((sys.executable, "-c", f"open({str(go)!r}).read(); raise SystemExit(1)"))
    monkeypatch.setattr(complete_set, "_fetching", lambda: fetching)
    app = opened()
    app.button(key="digits.fetch").click().run()
    assert app.button(key="digits.fetch").disabled
    assert [bar.proto.text for bar in app.get("progress")] == ["Fetching from openml.org: 0%"]
    go.write_text("")
    assert fetching._process is not None
    fetching._process.wait(20)
    app.run()
    assert fetching.failure in [warning.value for warning in app.warning]
    assert complete_set.GO_ON in fetching.failure
    assert (app.button(key="digits.fetch").disabled, len(app.get("progress"))) == (False, 0)


def test_every_control_of_training_reaches_the_link() -> None:
    app = opened(start="fresh", stack="dense9")
    choices: dict[str, Any] = {
        "learning_rate": 0.01, "optimizer": "momentum", "batch_size": 250, "augmentation": True, "dropout": 0.3,
        "regularization": "l2", "schedule": "cosine", "gradient_clip": 1.0, "stop_epoch": 7, "seed": 5,
    }  # fmt: skip
    for field, value in choices.items():
        [widget] = [one for kind in WIDGETS for one in app.get(kind) if one.key == f"digits.widget.{field}"]
        widget.set_value(value)
    app.run()
    assert not app.exception
    spec, problems = DigitsSpec.from_query({name: app.query_params[name] for name in app.query_params})
    assert not problems
    assert {field: spec.values()[field] for field in choices} == choices
    assert app.number_input(key="digits.widget.schedule_epochs").value > 0  # a schedule brings its length


def test_clear_means_that_nothing_is_drawn_and_a_sample_brings_it_back() -> None:
    app = opened()
    app.button(key="digits.pad.clear").click().run()
    assert not unpack_drawing(app.query_params["drawing"]).any()
    app.button(key="digits.pad.sample.7").click().run()
    assert unpack_drawing(app.query_params["drawing"]).any()


def test_what_a_button_cannot_do_is_said() -> None:
    app = opened(drawing=pack_drawing(sample_drawing()))
    app.button(key="digits.pad.undo").click().run()
    assert [toast.value for toast in app.toast] == ["There is no stroke to take back. Clear empties the pad."]
    app.button(key="digits.teach.8").click().run()
    app.button(key="digits.teach.8").click().run()
    assert [toast.value for toast in app.toast] == ["This drawing is there already as an 8. Draw another one."]


def test_a_step_back_takes_no_drawing_away() -> None:
    """The pad keeps its strokes, so the network must go on reading them."""
    app = opened()
    app.button(key="digits.pad.sample.7").click().run()
    app.selectbox(key="digits.widget.optimizer").set_value("sgd").run()
    app.button(key="digits.pad.sample.5").click().run()
    drawn = app.query_params["drawing"]
    app.button(key="digits.button.undo").click().run()
    assert app.query_params["drawing"] == drawn
    assert "optimizer" not in app.query_params, "the choice was taken back"
    app.selectbox(key="digits.widget.preset").select_index(1).run()
    assert app.query_params["drawing"] == drawn


def test_a_stack_typed_wrong_and_back_keeps_the_trained_network() -> None:
    app = opened()
    before, whole = dict(app.query_params), app.text_input(key="digits.widget.stack.text").value
    app.text_input(key="digits.widget.stack.text").set_value(whole + "x").run()
    app.text_input(key="digits.widget.stack.text").set_value(whole).run()
    assert dict(app.query_params) == before


class Drawn:
    """What the pad sends: its strokes, and its picture in full size."""

    def __init__(self, ink: np.ndarray) -> None:
        file = io.BytesIO()
        Image.fromarray(ink).save(file, "PNG")
        self.image_bytes = file.getvalue()
        self.json_data = {"objects": [{"path": [int(ink.sum())]}]}


@pytest.mark.parametrize("centering", ["true", "false"])
def test_an_empty_a_dotted_and_a_full_pad_are_named_centered_or_not(
    monkeypatch: pytest.MonkeyPatch, centering: str
) -> None:
    blank = np.zeros((PAD_PX, PAD_PX), np.uint8)
    dot, one = blank.copy(), draw_strokes(sample_strokes(1))
    dot[100:110, 100:110] = 255
    app = opened(centering=centering)
    for ink, message in (
        (dot, "only a dot"),
        (blank, "Nothing is drawn"),
        (blank + 255, "everything is ink"),
        (one, ""),
    ):
        monkeypatch.setattr("playground.ui.drawing_pad.st_canvas", lambda ink=ink, **options: Drawn(ink))
        app.run()
        assert [message in warning.value for warning in app.warning] == ([True] if message else [])
    assert unpack_drawing(app.query_params["drawing"]).any()


def test_centering_waits_while_the_strokes_of_a_linked_drawing_are_not_here() -> None:
    app = opened(drawing=pack_drawing(sample_drawing(5)))
    switch = "digits.widget.centering"
    assert (app.toggle(key=switch).disabled, "28 x 28 pixels are known" in app.toggle(key=switch).help) == (True, True)
    app.button(key="digits.pad.sample.7").click().run()
    assert (app.toggle(key=switch).disabled, "as MNIST was made" in app.toggle(key=switch).help) == (False, True)
    centered = app.query_params["drawing"]
    app.toggle(key=switch).set_value(False).run()
    assert (app.query_params["centering"], app.query_params["drawing"] == centered) == ("false", False)


def test_a_stack_to_begin_with_brings_the_settings_that_suit_it() -> None:
    app = opened(start="fresh", stack="dense9", batch_size="8")
    app.selectbox(key="digits.widget.stack.preset").set_value("dense").run()
    found = {name: app.query_params[name] for name in ("stack", "start", "augmentation")}
    assert found == {"stack": STACKS["dense"], "start": "fresh", "augmentation": "true"}
    assert "batch_size" not in app.query_params
    app.selectbox(key="digits.widget.stack.preset").set_value("small CNN").run()
    assert (app.query_params["stack"], "augmentation" in app.query_params) == (STACKS["small CNN"], False)
    assert not app.exception


def test_the_own_stack_comes_back_after_a_look_at_the_trained_network() -> None:
    own = {"stack": "conv4k5,res,dense9", "activation": "tanh", "start": "fresh"}
    app = opened(**own)
    before = dict(app.query_params)
    for choice in ("trained", "fresh"):
        app.button_group(key="digits.widget.start").set_value(choice).run()
        assert ("stack" in app.query_params) == (choice == "fresh")
    assert dict(app.query_params) == before


def test_another_trained_network_is_one_choice() -> None:
    app = opened()
    app.selectbox(key="digits.widget.trained").set_value("dense").run()
    assert app.query_params["stack"] == STACKS["dense"]
    assert "start" not in app.query_params
    assert not app.exception


@pytest.mark.parametrize("says", ["4 megapixels; at most 1", "did not arrive"])
def test_a_pad_that_would_unfold_in_memory_is_refused(says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who speaks to Streamlit's socket by hand may say that anything was drawn on the pad."""
    opened()  # the pad's component needs a running app
    from streamlit_drawable_canvas import CanvasResult

    from playground.ui import drawing_pad

    file = io.BytesIO()
    Image.new("L", (2000, 2000)).save(file, "PNG")
    address: Any = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}" if "mega" in says else 7
    said = CanvasResult({"objects": [{"path": [["M", 1, 1]]}]}, address, return_image_data=True)
    monkeypatch.setattr(drawing_pad, "st_canvas", lambda **_: said)
    app = opened()
    assert not app.exception
    assert [says in warning.value for warning in app.warning] == [True]
