"""A page in a real browser that fails its test on any error in the console."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

ARGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


def chromium() -> str | None:
    """Where a browser is; None leaves it to Playwright."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: $CHROMIUM, the one on PATH, or Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        yield browser
        browser.close()


def is_harmless(message: ConsoleMessage) -> bool:
    """On a deep link Streamlit itself asks for `/<page>/_stcore/...` and gets 404."""
    return "404" in message.text and "/_stcore/" in message.location.get("url", "")


@contextmanager
def new_page(browser: Browser) -> Iterator[Page]:
    """A fresh visit, 1366 x 768, that must leave no error in the console."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(PATIENCE_MS)
    page, wrong = context.new_page(), []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and not is_harmless(m) else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert not wrong, f"the console has errors: {wrong}"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A visit for one test."""
    with new_page(browser) as page:
        yield page
