"""Settings that change while a run goes on: the run keeps its epochs, and the link says what was chosen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_playground import opened, press, query_of, state, until, value
from tests.conftest import Server

LISTS = [
    ("Optimizer", "adam", "optimizer"),
    ("Regularization", "l2", "regularization"),
    ("Schedule", "cosine", "schedule"),
]
SLIDERS = [
    ("Learning rate", "learning_rate", "0.1"),
    ("Batch size", "batch_size", "20"),
    ("Dropout", "dropout", "0.1"),
    ("Gradient clip", "gradient_clip", "0.01"),
]
FOLDED = {"Schedule", "Dropout", "Gradient clip"}


def playing(page: Page, server: Server, title: str) -> None:
    """The default network at play; controls that are folded away are opened first."""
    opened(page, server, "speed=60")
    if title in FOLDED:
        page.get_by_text("More about training").click()
    press(page, "Play")
    until(page, lambda: value(page, "epoch") >= 5, "epoch 5")


def goes_on(page: Page, field: str, text: str) -> None:
    """The link has the choice, and the run went on from where it was: it never stood at the start again."""
    seen = []

    def chosen() -> bool:
        seen.append(value(page, "epoch"))
        return query_of(page).get(field) == text

    until(page, chosen, f"{field}={text} in the link")
    far = value(page, "epoch") + 20
    until(page, lambda: seen.append(value(page, "epoch")) or seen[-1] >= far, f"epoch {far}")
    assert min(seen) >= 5
    assert seen == sorted(seen)
    assert state(page)["status"] == "playing"


@pytest.mark.parametrize(("title", "option", "field"), LISTS)
def test_a_list_changes_the_running_run(page: Page, server: Server, title: str, option: str, field: str) -> None:
    playing(page, server, title)
    box, entry = page.get_by_role("combobox", name=title), page.get_by_role("option", name=option, exact=True)
    # A list that opens while the page is drawn anew closes again: arrow down opens it once more.
    until(page, lambda: entry.is_visible() or bool(box.press("ArrowDown")), f"the entry {option}")
    entry.click()
    goes_on(page, field, option)


@pytest.mark.parametrize(("title", "field", "text"), SLIDERS)
def test_a_slider_changes_the_running_run(page: Page, server: Server, title: str, field: str, text: str) -> None:
    playing(page, server, title)
    slider = page.get_by_test_id("stSlider").filter(has_text=title).get_by_role("slider")
    slider.press("ArrowRight")
    goes_on(page, field, text)


def test_a_feature_starts_a_new_run(page: Page, server: Server) -> None:
    playing(page, server, "Features")
    page.get_by_role("button", name="x₁²").click()
    until(page, lambda: query_of(page).get("features") == "x1,x2,x1_squared", "the feature in the link")
    expect(page.get_by_test_id("live").get_by_text("29 parameters")).to_be_visible()


def test_a_data_set_is_chosen_by_its_picture(page: Page, server: Server) -> None:
    opened(page, server)
    before = state(page)["trainLoss"]
    page.get_by_role("radio", name="spiral", exact=True).click()
    until(page, lambda: state(page)["trainLoss"] != before, "the losses of the other data")
    assert query_of(page) == {"dataset": "spiral"}
