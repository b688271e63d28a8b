"""What a person does on the Trees page, in a real browser on the real server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import Server


def live(page: Page) -> Locator:
    return page.get_by_test_id("live")


def opened(page: Page, server: Server, query: str) -> Page:
    """The page with its finished example painted and the script done."""
    page.goto(f"{server.address}/trees?{query}")
    expect(live(page)).to_have_attribute("data-status", "finished", timeout=60_000)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    return page


def button(page: Page, name: str) -> Locator:
    return live(page).get_by_role("button", name=name, exact=True)


def figure(page: Page, name: str) -> Locator:
    return live(page).locator(".figure", has_text=name).locator(".figure-value")


@pytest.mark.parametrize("engine", ["classic", "xgboost"])
def test_the_page_opens_with_all_trees_built(page: Page, server: Server, engine: str) -> None:
    opened(page, server, f"n_trees=35&engine={engine}")
    expect(live(page)).to_have_attribute("data-epoch", "35")
    expect(live(page).get_by_text("Trees 1 to 30 of 35")).to_be_visible()
    button(page, "Later trees").click()
    expect(live(page).get_by_text("Trees 31 to 35 of 35")).to_be_visible()
    expect(button(page, "Tree 35")).to_be_visible()


def test_pointing_at_a_tree_and_at_a_plus(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=8")
    last = figure(page, "Training loss").inner_text()
    button(page, "Tree 3").hover()
    expect(live(page).locator(".map-title")).to_have_text("Tree 3")
    expect(live(page).get_by_text("Inside tree 3")).to_be_visible()
    button(page, "All trees up to 3").hover()
    expect(live(page).locator(".map-title")).to_have_text("All trees up to 3")
    expect(figure(page, "Training loss")).not_to_have_text(last)
    page.mouse.move(5, 5)
    expect(figure(page, "Training loss")).to_have_text(last)


def test_the_same_by_keyboard(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=8")
    button(page, "Tree 1").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(live(page).locator(".map-title")).to_have_text("All trees up to 2")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(live(page).locator(".map-title")).to_have_text("Tree 8")


def test_play_begins_again_and_ends_with_the_last_tree(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=12&speed=20")
    loss = live(page).get_attribute("data-train-loss")
    button(page, "Play").click()
    expect(live(page)).to_have_attribute("data-status", "playing")
    expect(live(page)).to_have_attribute("data-status", "finished")
    expect(live(page)).to_have_attribute("data-epoch", "12")
    assert live(page).get_attribute("data-train-loss") == loss


def test_a_node_shows_its_place_and_how_its_question_was_found(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=3&engine=xgboost&gamma=1")
    button(page, "Tree 1").click()
    root = live(page).get_by_role("treeitem").first
    root.hover()
    expect(live(page).locator(".map-region")).to_be_visible()
    root.click()
    expect(live(page).get_by_role("region", name="Search for the split")).to_contain_text("Chosen: ")
    button(page, "Back to the curves").click()
    expect(live(page).get_by_role("region", name="Search for the split")).to_be_hidden()
    expect(live(page).locator(".curve-canvas")).to_be_visible()


def test_another_choice_shows_its_finished_trees_at_once(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=10")
    loss = live(page).get_attribute("data-train-loss")
    page.get_by_text("Newton update").click()
    expect(live(page)).not_to_have_attribute("data-train-loss", loss or "")
    expect(live(page)).to_have_attribute("data-epoch", "10")
    expect(live(page)).to_have_attribute("data-status", "finished")
