"""What makes the first look quick: a page names all its scripts in its header, and no answer waits to be confirmed."""

from __future__ import annotations

import re
import time
from contextlib import closing
from http.client import HTTPConnection

import pytest
from playwright.sync_api import Page, Request, expect

from playground.live.preload import SCRIPTS, links_of
from tests.browser.test_playground import live
from tests.conftest import Server


@pytest.mark.parametrize("path", [path for path in SCRIPTS if path not in ("class", "follow")])
def test_a_page_names_every_script_it_fetches_and_fetches_each_once(page: Page, server: Server, path: str) -> None:
    fetched: list[str] = []

    def note(request: Request) -> None:
        fetched.extend(re.findall(r"/live/assets/[a-z]+\.js", request.url))

    page.on("request", note)
    answer = page.goto(f"{server.address}/{path}")
    assert answer
    expect(live(page)).not_to_have_attribute("data-frames", "0")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.remove_listener("request", note)
    named = re.findall(r"<([^>]*)>; rel=modulepreload", answer.header_value("link") or "")
    assert sorted(fetched) == sorted(named)


def test_what_is_no_page_names_none() -> None:
    assert [links_of(path) for path in ("/", "/live/assets/live.js", "/digits/_stcore/health", "/x")] == [()] * 4


def test_an_answer_of_two_parts_does_not_wait_for_the_first_to_be_confirmed(server: Server) -> None:
    """A client confirms at once while a connection is young, later after 40 ms: the quickest of many tells."""
    seconds = []
    with closing(HTTPConnection(server.host)) as connection:
        for _ in range(60):
            begun = time.perf_counter()
            connection.request("GET", "/live/assets/live.js")
            connection.getresponse().read()
            seconds.append(time.perf_counter() - begun)
    assert min(seconds[-20:]) < 0.03
