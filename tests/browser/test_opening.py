"""What a page shows before Streamlit has drawn anything, and how it takes its leave."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from playground.catalog import APP, HOME, PAGES
from playground.ui import opening
from tests.browser.test_playground import live
from tests.conftest import Server

SCRIPTS = "**/static/js/**"


@pytest.mark.parametrize(("path", "words"), [("", APP), (PAGES[0].path, PAGES[0].line), ("unknown", APP)])
def test_the_first_thing_to_see_says_what_comes(own_tab: Page, server: Server, path: str, words: str) -> None:
    own_tab.route(SCRIPTS, lambda _route: None)  # never answered: as if the network were slow
    own_tab.goto(f"{server.address}/{path}", wait_until="commit")
    expect(own_tab.locator(".opening")).to_be_in_viewport()
    expect(own_tab.locator(".opening")).to_contain_text(words)
    expect(own_tab).to_have_title(APP)


def test_the_first_words_go_when_the_page_is_there(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/playground")
    expect(live(page)).not_to_have_attribute("data-frames", "0")
    expect(page.locator(".opening")).to_have_count(0)
    page.get_by_role("link", name=HOME.title).click()
    expect(page.get_by_role("heading", level=1, name=APP)).to_be_visible()
    expect(page.locator(".opening")).to_have_count(0)


def test_a_menu_left_open_on_a_phone_does_not_cover_the_page_after_a_reload(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.address}/playground")
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_test_id("stSidebar")).to_be_in_viewport()
    page.reload()
    expect(live(page)).not_to_have_attribute("data-frames", "0")
    expect(page.get_by_test_id("stSidebar")).not_to_be_in_viewport()


def test_the_page_is_dark_at_once_for_who_asked_for_dark(own_tab: Page, server: Server) -> None:
    own_tab.route(SCRIPTS, lambda _route: None)
    own_tab.emulate_media(color_scheme="dark")
    own_tab.goto(f"{server.address}/", wait_until="commit")
    expect(own_tab.locator("html")).to_have_css("background-color", "rgb(14, 17, 23)")


def test_another_page_of_streamlit_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html><head><title>Streamlit</title></head><body></body></html>")
    monkeypatch.setattr(opening, "get_static_dir", lambda: str(tmp_path))
    opening.document.cache_clear()
    with pytest.raises(ValueError, match='must have one <div id="root">, got 0'):
        opening.document("playground")
