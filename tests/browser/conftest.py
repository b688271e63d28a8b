"""A page in a real browser that fails its test on any error in the console."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

ARGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


def chromium() -> str | None:
    """Where a browser is: $CHROMIUM or one on PATH; None leaves it to Playwright."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """For several visitors at once, each with a window of its own."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def context(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """For one visit after the other: with a folder, Chromium need not compile Streamlit's scripts for each anew."""
    context = playwright.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("browser"),
        executable_path=chromium(),
        args=ARGS,
        viewport={"width": 1366, "height": 768},
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def is_harmless(message: ConsoleMessage) -> bool:
    """On a deep link Streamlit itself asks for `/<page>/_stcore/...` and gets 404."""
    return "404" in message.text and "/_stcore/" in message.location.get("url", "")


@contextmanager
def new_page(context: BrowserContext) -> Iterator[Page]:
    """A fresh visit, 1366 x 768, that must leave no error in the console."""
    page, wrong = context.new_page(), []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and not is_harmless(m) else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    page.close()
    assert not wrong, f"the console has errors: {wrong}"


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A visit for one test."""
    with new_page(context) as page:
        yield page
