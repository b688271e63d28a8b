"""The Attention page's widgets: what is chosen reaches the spec and the link."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.data.sequences import count_test
from playground.frames.attention import FEW_TESTED
from playground.spec import AttentionStructure  # before AppTest puts pages/ with its playground.py on the path

PAGE = Path(__file__).parents[2] / "pages/attention.py"


@pytest.fixture
def page():
    return AppTest.from_file(str(PAGE), default_timeout=20)


def spec_of(page) -> AttentionStructure:
    return page.session_state["attention.visit"].spec.structure


def test_choices_reach_the_spec(page):
    page.run()
    assert not page.exception
    page.selectbox(key="attention.widget.task").set_value("induction").run()
    page.select_slider(key="attention.widget.heads").set_value(4).run()
    assert not page.exception
    assert (spec_of(page).task, spec_of(page).heads) == ("induction", 4)
    assert page.selectbox(key="attention.widget.form").options == ["decoder"]


def test_a_task_brings_enough_to_be_tested_on_but_keeps_what_was_chosen_by_hand(page):
    page.run()
    for task, begin in {"brackets": (12, 3), "induction": (8, 10), "sort": (6, 3)}.items():
        page.selectbox(key="attention.widget.task").set_value(task).run()
        assert (spec_of(page).length, spec_of(page).alphabet) == begin
        n_different, n_trained = count_test(spec_of(page))
        assert n_different >= FEW_TESTED
        assert not n_trained
    next(slider for slider in page.select_slider if slider.label == "Length").set_value(5).run()
    page.selectbox(key="attention.widget.task").set_value("brackets").run()
    assert (spec_of(page).task, spec_of(page).length) == ("brackets", 5)
    next(box for box in page.selectbox if box.label == "Form").set_value("encoder").run()
    page.selectbox(key="attention.widget.task").set_value("induction").run()
    assert (spec_of(page).task, spec_of(page).form) == ("induction", "decoder")
    assert not page.warning


def test_a_link_with_a_broken_rule_is_named_and_the_rest_is_used(page):
    page.query_params.update({"heads": "5", "task": "copy", "nonsense": "1"})
    page.run()
    assert not page.exception
    assert spec_of(page).task == "copy"
    assert any("must divide width evenly" in warning.value for warning in page.warning)
