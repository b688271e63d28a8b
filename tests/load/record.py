"""Records a session of a real browser: python -m tests.load.record > tests/load/session.jsonl

Chromium opens the app, plays, pauses, scrubs, changes the learning rate, branches, builds another network and plays on.
Written down is what left the page, in order: what its live socket said (but acknowledgments and looks, which each viewer
makes for itself) and what its address became (that is how choices travel); and the epoch that it showed at that moment.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Page, WebSocket, sync_playwright

from tests.browser.conftest import ARGS, PATIENCE_MS
from tests.browser.test_playground import expect_status, opened, press, query_of, timeline, until, value
from tests.conftest import end_server, start_server

NOT_SAID = {"hello", "ack", "look", "visible"}


class Record:
    """What has left a page."""

    def __init__(self, page: Page) -> None:
        self.page, self.epoch, self.choices = page, 0, {}  # type: ignore[var-annotated]
        page.on("websocket", self._hear)
        page.on("framenavigated", lambda _: self._choose())

    def write(self, **what: Any) -> None:
        """One line."""
        sys.stdout.write(json.dumps({"seen": self.epoch, **what}) + "\n")

    def see(self, epoch: int) -> None:
        """Until the view shows this epoch."""
        until(self.page, lambda: value(self.page, "epoch") >= epoch, f"epoch {epoch}")
        self.epoch = value(self.page, "epoch")

    def _hear(self, socket: WebSocket) -> None:
        if "/live/socket" in socket.url:
            socket.on("framesent", lambda text: self._say(json.loads(text)))

    def _say(self, message: dict[str, Any]) -> None:
        if message["type"] not in NOT_SAID:
            self.write(say=message)

    def _choose(self) -> None:
        choices = dict(parse_qsl(urlsplit(self.page.url).query))
        changed = {name: text for name, text in choices.items() if self.choices.get(name) != text}
        self.choices = choices
        if changed:
            self.write(choose=changed)


def session(page: Page, record: Record) -> None:
    """What the visitor does."""
    press(page, "Play")
    record.see(40)
    press(page, "Pause")
    expect_status(page, "paused")
    timeline(page).focus()
    page.keyboard.press("Home")
    for epoch in range(1, 6):
        page.keyboard.press("ArrowRight")
        until(page, lambda epoch=epoch: value(page, "epoch") == epoch, "the past")  # type: ignore[misc]
    record.epoch = 5
    page.get_by_test_id("stSlider").filter(has_text="Learning rate").get_by_role("slider").press("ArrowRight")
    until(page, lambda: "learning_rate" in query_of(page), "the new learning rate")
    press(page, "Branch from here")
    press(page, "Play")
    record.see(30)
    press(page, "Pause")
    expect_status(page, "paused")
    page.get_by_role("button", name="Add a unit to hidden layer 1").click()
    until(page, lambda: value(page, "epoch") == 0, "the new network")
    record.epoch = 0
    press(page, "Play")
    record.see(25)
    press(page, "Pause")
    expect_status(page, "paused")


def main() -> None:
    """Record once."""
    with sync_playwright() as playwright, tempfile.NamedTemporaryFile() as log:
        server = start_server(log)  # type: ignore[arg-type]
        browser = playwright.chromium.launch(
            args=ARGS, executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium")
        )
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(PATIENCE_MS)
        record = Record(page)
        opened(page, server, "seed=7")
        session(page, record)
        browser.close()
        end_server(server)


if __name__ == "__main__":
    main()
