"""The drawing part of the Digits page: the pad's buttons, trained networks, the complete set."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.spec.digits import STACKS
from playground.spec.drawing import unpack_drawing

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


def test_clear_means_that_nothing_is_drawn_and_a_sample_brings_it_back() -> None:
    app = opened()
    app.button(key="digits.pad.clear").click().run()
    assert not unpack_drawing(app.query_params["drawing"]).any()
    app.button(key="digits.pad.sample.7").click().run()
    assert unpack_drawing(app.query_params["drawing"]).any()


def test_a_stack_to_begin_with_brings_the_settings_that_suit_it() -> None:
    app = opened(start="fresh", stack="dense9", batch_size="8")
    app.selectbox(key="digits.widget.stack.preset").set_value("dense").run()
    found = {name: app.query_params[name] for name in ("stack", "start", "augmentation")}
    assert found == {"stack": STACKS["dense"], "start": "fresh", "augmentation": "true"}
    assert "batch_size" not in app.query_params
    app.selectbox(key="digits.widget.stack.preset").set_value("small CNN").run()
    assert (app.query_params["stack"], "augmentation" in app.query_params) == (STACKS["small CNN"], False)
    assert not app.exception


def test_another_trained_network_is_one_choice() -> None:
    app = opened()
    app.selectbox(key="digits.widget.trained").set_value("dense").run()
    assert app.query_params["stack"] == STACKS["dense"]
    assert "start" not in app.query_params
    assert not app.exception
