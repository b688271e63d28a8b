"""Choose what to train on, and fetch the complete MNIST beside the page, which goes on meanwhile."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import streamlit as st

from playground.data import complete_digits
from playground.ui.controls import Controls
from playground.ui.session import Visit

COMMAND = (sys.executable, "-m", "playground.data.complete_digits")
LABELS = {"shipped": "10,000 that come with the app", "complete": "all 60,000 of MNIST"}
FAILURES = {
    complete_digits.OFFLINE: "openml.org could not be reached or did not send it.",
    complete_digits.NO_ROOM: "This server has no room for the complete set, or may not write to its cache folder.",
    complete_digits.FOREIGN: "What openml.org sent is not the complete MNIST.",
}
BROKEN = "Fetching the complete set broke off."
GO_ON = "The 10,000 images that come with the app do not need it."


class Fetching:
    """One process that fetches the complete set for all visitors of this server."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin, unless it is under way."""
        if not self.is_running:
            self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @property
    def is_running(self) -> bool:
        """Whether it is under way."""
        return self._process is not None and self._process.poll() is None

    @property
    def failure(self) -> str:
        """Why the last try ended without the set; empty if it did not."""
        status = self._process.poll() if self._process else None
        return f"{FAILURES.get(status, BROKEN)} {GO_ON}" if status else ""


@st.cache_resource(show_spinner=False)
def _fetching() -> Fetching:
    return Fetching()


def need_images(visit: Visit) -> None:
    """Go back to the shipped images when a link wants the complete ones and they are not on this machine."""
    place = st.container()  # always, so that what follows keeps its number and is not made anew
    if visit.spec.structure.images == "complete" and not complete_digits.file().exists():
        visit.show(images="shipped")
        place.warning("This link uses the complete MNIST, which is not on this server yet. Fetch it under “Training”.")


def choose_images(controls: Controls) -> None:
    """10 000 images or all 60 000; what is not here yet can be fetched."""
    if complete_digits.file().exists():
        controls.choose_one("images", list(LABELS), label=LABELS.__getitem__)
        return
    fetching = _fetching()
    st.button(
        "Fetch all 60,000 training images", key=f"{controls.visit.page}.fetch", width="stretch",
        on_click=fetching.start, disabled=fetching.is_running,
        help="The complete MNIST from openml.org: 15 MB, once for this server. The page goes on; watch the bar.",
    )  # fmt: skip
    if fetching.is_running:
        _show_progress()
    elif fetching.failure:
        st.warning(fetching.failure)


@st.fragment(run_every=1.0)
def _show_progress() -> None:
    if not _fetching().is_running:
        st.rerun()
    share = complete_digits.progress()
    words = "Reading what came" if share >= complete_digits.DOWNLOAD_SHARE else "Fetching from openml.org"
    st.progress(share, f"{words}: {share:.0%}")
