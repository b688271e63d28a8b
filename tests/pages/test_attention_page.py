"""The Attention page's widgets: what is chosen reaches the spec and the link."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

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


def test_a_link_with_a_broken_rule_is_named_and_the_rest_is_used(page):
    page.query_params.update({"heads": "5", "task": "copy", "nonsense": "1"})
    page.run()
    assert not page.exception
    assert spec_of(page).task == "copy"
    assert any("must divide width evenly" in warning.value for warning in page.warning)
