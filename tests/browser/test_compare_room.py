"""Where things stand on the Compare page, in a real browser on the real server."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.test_compare import live
from tests.conftest import Server

TOP = "(node) => node.getBoundingClientRect().top"


def test_six_maps_stand_in_one_row_before_a_class(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    six = "network~epochs~5,xgboost~n_trees~5,tree,svm_rbf,logistic,neighbors"
    page.goto(f"{server.address}/compare?contenders={six}&n_samples=50&profile=projector")
    expect(live(page)).to_have_attribute("data-status", "finished", timeout=60_000)
    maps = live(page).locator(".contender")
    expect(maps).to_have_count(6)
    assert len({one.evaluate(TOP) for one in maps.all()}) == 1


def test_the_scoreboard_stays_where_it_is_when_a_map_is_asked(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/compare")  # its network is past its best: there are two lines to be said
    expect(live(page)).to_have_attribute("data-status", "finished", timeout=60_000)
    readout, scores = live(page).locator(".map-readout"), live(page).locator(".scoreboard")
    expect(readout).to_contain_text("is past its best")
    before = scores.evaluate(TOP)
    live(page).locator(".map-field").first.hover()
    expect(readout).to_contain_text("Nearest point")
    assert scores.evaluate(TOP) == before
