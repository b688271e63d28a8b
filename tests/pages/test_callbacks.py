"""No choice is lost, half taken or taken twice, although Streamlit may end a script and a callback at any look at its
state, and calls a value that the browser sends late a choice."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.runtime.scriptrunner import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest

from playground.data.strokes import draw_strokes, sample_strokes
from playground.spec import CompareSpec, DigitsSpec, PlaygroundSpec
from playground.spec.drawing import unpack_drawing
from playground.ui import callbacks, session
from playground.ui.callbacks import bound, entire
from playground.ui.controls import Controls
from playground.ui.session import PastRun, Visit

ROOT = Path(__file__).parents[2]
STATE = {"session_state", "query_params"}
FILES = sorted([*(ROOT / "playground/ui").glob("*.py"), *(ROOT / "pages").glob("*.py")])


class Query(dict[str, str]):
    """Words of a link."""

    written: list[dict[str, str]]

    def to_dict(self) -> dict[str, str]:
        return dict(self)

    def from_dict(self, words: dict[str, str]) -> None:
        self.clear()
        self.update(words)


class Newer:
    """Streamlit when the browser has said something newer."""

    def __getattr__(self, name: str) -> Any:
        raise RerunException(RerunData())


@pytest.fixture
def streamlit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A visit's state, and `interrupt` to have every further look at it end the script."""
    state = SimpleNamespace(session_state={}, query_params=Query())

    for module in (session, callbacks):
        monkeypatch.setattr(module, "st", state)
    state.interrupt = lambda *modules: [monkeypatch.setattr(module, "st", Newer()) for module in (session, *modules)]
    yield state


def test_a_callback_is_run_to_its_end_and_what_is_newer_comes_after_it() -> None:
    done, looks = [], iter([True, True, False])

    def act(value: int) -> None:
        if next(looks):
            raise RerunException(RerunData(query_string="newer"))
        done.append(value)

    with pytest.raises(RerunException) as error:
        entire(act)(7)
    assert done == [7]
    assert error.value.rerun_data.query_string == "newer"


def test_a_callback_that_nothing_interrupts_runs_once() -> None:
    done: list[int] = []
    entire(done.append)(7)
    assert done == [7]


def test_a_value_that_was_replaced_is_not_heard_when_the_browser_sends_it_late(streamlit: Any) -> None:
    state, heard = streamlit.session_state, []
    first = bound("speed", 5, heard.append)
    assert (first["key"], first["value"]) == ("speed", 5)
    state["speed"] = 20  # chosen
    first["on_change"]()
    assert heard == [20]
    assert bound("speed", 20, heard.append)["key"] == "speed"  # nothing to make anew
    second = bound("speed", 5, heard.append)  # taken back by Undo
    assert second["key"] != "speed"
    first["on_change"]()  # the browser has sent 20 once more, with another press
    assert heard == [20]
    state[second["key"]] = 60
    second["on_change"]()
    assert heard == [20, 60]
    assert bound("speed", 20, heard.append)["key"] not in ("speed", second["key"])


def test_several_values_in_another_order_are_the_same_choice(streamlit: Any) -> None:
    bound("features", ["x1", "x2"], print)
    streamlit.session_state["features"] = ["x2", "x1"]
    assert bound("features", ["x1", "x2"], print)["key"] == "features"
    assert bound("features", ["x1", "x1"], print)["key"] != "features"


def test_a_value_that_is_called_otherwise_is_drawn_anew(streamlit: Any) -> None:
    """The browser keeps the words of a list, not the place of the value among them."""
    assert bound("target", -1, print, said="species")["key"] == "target"
    assert bound("target", -1, print, said="species")["key"] == "target"
    assert (second := bound("target", -1, print, said="fate")["key"]) != "target"
    streamlit.session_state[second] = 2  # chosen, which is called otherwise
    assert bound("target", 2, print, said="age")["key"] == second


def test_a_visit_takes_choices_without_a_look_at_streamlit(streamlit: Any) -> None:
    visit = Visit("playground", PlaygroundSpec)
    streamlit.interrupt()
    visit.take({"change": {"seed": 7}, "predict": "0.5"})
    visit.change(seed=8)
    visit.set_extra("preset", "xor")
    assert visit.prediction == ""  # of another question
    visit.undo()
    assert (visit.spec.structure.seed, visit.prediction, dict(visit.extras)) == (7, "0.5", {})
    visit.undo()
    assert not visit.can_undo
    visit.undo()  # pressed once more than there is to take back
    assert visit.spec == PlaygroundSpec()
    visit.change(seed=-1)
    assert [problem.field for problem in visit.problems] == ["seed"]
    visit.dismiss()
    other = visit.spec.change(learning_rate=1.0)
    for start, spec in ((visit.spec, visit.spec), (other, other), (other, other.change(learning_rate=3.0))):
        visit.remember(PastRun(start, spec, 3, 0.1))
    assert [run.spec.settings.learning_rate for run in visit.runs] == [3.0, 0.03]  # of the same run the latest
    assert visit.problems == []


def test_a_link_that_the_browser_has_not_got_yet_is_written_over(streamlit: Any) -> None:
    visit = Visit("playground", PlaygroundSpec)
    visit.change(seed=7)
    visit.write_link()
    visit.undo()
    browser = streamlit.query_params = Query()  # it says a link of before, while the one with the seed is on its way
    browser.written = []
    browser.from_dict = browser.written.append
    visit.write_link()
    visit.write_link()
    assert browser.written == [{}]


def test_a_stroke_is_taken_whole_or_not_at_all(streamlit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    AppTest.from_file(str(ROOT / "pages/digits.py"), default_timeout=60).run()  # without Streamlit no pad can be loaded
    drawing_pad = importlib.import_module("playground.ui.drawing_pad")
    monkeypatch.setattr(drawing_pad, "st", streamlit)
    visit = Visit("digits", DigitsSpec)
    pad = drawing_pad.DrawingPad(visit)
    ink = draw_strokes(sample_strokes(8))
    monkeypatch.setattr(drawing_pad, "read_pad", lambda picture: ink)
    result = SimpleNamespace(json_data={"objects": [{"path": [["M", 1, 2]]}]}, image_bytes=b"a picture")
    streamlit.interrupt(drawing_pad)
    pad._clear()
    assert not unpack_drawing(visit.spec.settings.drawing).any()
    pad._take_strokes(result)
    assert unpack_drawing(visit.spec.settings.drawing).any()
    shown = visit.spec
    pad._take_strokes(result)  # the same strokes again
    assert visit.spec == shown
    assert np.array_equal(pad._memory["ink"], ink)


def looks(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Attribute) and part.attr in STATE for part in ast.walk(node))


def callbacks_of(tree: ast.AST) -> Iterator[ast.expr | ast.FunctionDef]:
    """Each function of a module that a widget calls, where it is not made `entire` at that place."""
    named = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and (node.arg or "").startswith("on_"):
            if isinstance(node.value, ast.Lambda):
                yield node.value.body
            elif (name := getattr(node.value, "id", getattr(node.value, "attr", ""))) in named:
                yield named[name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_callbacks_that_look_at_streamlits_state_are_entire(path: Path) -> None:
    for callback in callbacks_of(ast.parse(path.read_text(encoding="utf-8"))):
        decorators = [ast.unparse(one) for one in getattr(callback, "decorator_list", [])]
        assert "entire" in decorators or not looks(callback), f"{path.name}, line {callback.lineno}"


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "callbacks.py"], ids=lambda path: path.name)
def test_widgets_hear_their_values_through_bound(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "on_change":
            assert isinstance(node.value, ast.Constant), f"{path.name}, line {node.lineno}"


def test_a_word_of_a_list_that_is_gone_is_no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when another table is chosen: for a label that Streamlit does not find it hands on the label itself."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(callbacks, "st", SimpleNamespace(session_state=state))
    changes: list[dict[str, Any]] = []
    visit = SimpleNamespace(
        spec=CompareSpec.from_values({"dataset": "wine"}),
        page="compare",
        hidden=(),
        change=lambda **it: changes.append(it),
    )
    drawn: dict[str, Any] = {}
    Controls(visit)._draw(lambda title, **options: drawn.update(options), "target", options=range(-1, 3))  # type: ignore[arg-type]
    for said in ("fate", 2):
        state[drawn["key"]] = said
        drawn["on_change"]()
    assert changes == [{"target": 2}]
