"""What makes a look quick: a page names all its scripts, the browser keeps them, and no answer waits to be confirmed."""

from __future__ import annotations

import re
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from playground.live.assets import ADDRESS, ASKED, KEPT, PLACE, SCRIPTS, VERSION, links_of, version_of
from tests.browser.test_playground import live
from tests.conftest import Server

BYTES_TAKEN = """address => Object.fromEntries(performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes(address)).map(({ name, transferSize }) => [name, transferSize]))"""


@pytest.mark.parametrize("path", [path for path in SCRIPTS if path not in ("class", "follow")])
def test_a_page_names_every_script_and_style_it_fetches_and_fetches_each_once(
    page: Page, server: Server, path: str
) -> None:
    fetched: list[str] = []

    def note(request: Request) -> None:
        fetched.extend(
            re.findall(r"/live/assets/.*(?<!/frame)\.(?:js|css)", request.url)
        )  # the document links frame.css

    page.on("request", note)
    answer = page.goto(f"{server.address}/{path}")
    assert answer
    expect(live(page)).not_to_have_attribute("data-frames", "0")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.remove_listener("request", note)
    named = re.findall(r"<([^>]*)>; rel=(?:modulepreload|preload)", answer.header_value("link") or "")
    assert sorted(fetched) == sorted(named)


def test_what_is_no_page_names_none() -> None:
    assert [links_of(path) for path in ("/", "/live/assets/live.js", "/digits/_stcore/health", "/x")] == [()] * 4


@pytest.mark.parametrize(
    ("address", "status", "kept"),
    [
        (f"{ADDRESS}/live.css", 200, KEPT),
        (f"{PLACE}/live.css", 200, ASKED),
        (f"{PLACE}/0123456789ab/live.css", 404, None),
    ],
)
def test_a_script_is_kept_under_the_address_of_its_version_only(
    server: Server, address: str, status: int, kept: str | None
) -> None:
    with closing(HTTPConnection(server.host)) as connection:
        connection.request("GET", address)
        answer = connection.getresponse()
        answer.read()
    assert (answer.status, answer.headers["cache-control"]) == (status, kept)


def test_any_change_of_a_script_changes_the_version(tmp_path: Path) -> None:
    versions = {version_of(tmp_path)}
    for name, text in (("a.js", "1"), ("b.css", "1"), ("a.js", "2"), ("a.js", "21"), ("c.js", "")):
        (tmp_path / name).write_text(text)
        versions.add(version_of(tmp_path))
    assert len(versions) == 6
    (tmp_path / "data.npz").write_text("no script")
    assert version_of(tmp_path) in versions
    assert re.fullmatch("[0-9a-f]{12}", VERSION)


def test_a_second_visit_asks_for_no_script(page: Page, server: Server) -> None:
    for visit in (1, 2):
        page.goto(f"{server.address}/playground?data_seed={visit}")
        expect(live(page)).not_to_have_attribute("data-frames", "0")
    taken = page.evaluate(BYTES_TAKEN, ADDRESS)
    assert len(taken) > len(SCRIPTS["playground"])
    assert not any(taken.values())


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
