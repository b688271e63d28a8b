"""The two parts of the Attention page: each has its own choices and its own link."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.data import minilm
from playground.spec.sentences import CHANGED_SENTENCE, START_SENTENCE  # before AppTest puts pages/ on the path

PAGE = Path(__file__).parents[2] / "pages/attention.py"


@pytest.fixture
def page():
    return AppTest.from_file(str(PAGE), default_timeout=20)


def test_a_link_to_real_sentences_opens_them_with_its_sentence(page):
    page.query_params.update(
        {"part": "sentences", "sentence": "A bird sings.", "profile": "projector", "nonsense": "1"}
    )
    page.run()
    assert not page.exception
    assert page.session_state["attention.sentences.visit"].spec.settings.sentence == "A bird sings."
    assert page.query_params == {"part": "sentences", "sentence": "A bird sings.", "profile": "projector"}
    assert "nonsense" in page.warning[0].value


def task_box(page):
    return next(box for box in page.selectbox if box.label == "Task")


def test_each_part_keeps_its_choices_while_the_other_is_shown(page):
    page.query_params.update({"task": "copy"})
    page.run()
    choose = page.segmented_control(key="parts.attention")
    choose.set_value("sentences").run()
    assert not page.exception
    assert page.query_params == {"part": "sentences"}
    assert not page.warning  # the other part's choices are no broken ones of this part
    page.button(key="attention.sentences.example.The same with one word changed").click().run()
    assert page.session_state["attention.sentences.visit"].spec.settings.other == CHANGED_SENTENCE
    page.button(key="attention.sentences.button.undo").click().run()
    assert page.session_state["attention.sentences.visit"].spec.values()["sentence"] == START_SENTENCE
    page.segmented_control(key="parts.attention").set_value("").run()
    assert not page.exception
    assert page.query_params == {"task": "copy"}
    assert task_box(page).value == "copy"


def test_without_the_pretrained_model_both_parts_open(page, monkeypatch):
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package_here")
    page.query_params["part"] = "sentences"
    page.run()
    assert not page.exception
    page.segmented_control(key="parts.attention").set_value("").run()
    assert not page.exception
    task_box(page).set_value("copy").run()
    assert not page.exception
    assert page.session_state["attention.visit"].spec.structure.task == "copy"


def test_an_unknown_part_opens_the_first(page):
    page.query_params["part"] = "else"
    page.run()
    assert not page.exception
    assert task_box(page).value == "reverse"
