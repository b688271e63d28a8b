"""Faults and attacks beside honest viewers: a short form with every test run, the whole with `make chaos`.

What is done and what is to be reached stands in `benchmarks.load`, which prints the same figures.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import Iterator

import pytest

from benchmarks.load.__main__ import SERVED, measure
from tests.load.conftest import LIMITS, SLACK, WHOLE
from tests.load.viewer import Server, serving

SECRET = re.compile(r"(?<![\w-])([\w-]{43}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![\w-])")  # token; id of a visit


@pytest.fixture(scope="module")
def hardened() -> Iterator[Server]:
    """The whole app, whose log is read in the end: it tells of no error that nobody had foreseen, and no token."""
    limits = {**LIMITS, "PLAYGROUND_VIEWERS": "260", "PLAYGROUND_WAITING": "60"}
    with tempfile.TemporaryFile() as log, serving("app", environment={**os.environ, **limits}, log=log) as server:
        yield server
        log.seek(0)
        text = log.read().decode(errors="replace")
        assert "Traceback" not in text, text[-3000:]
        assert not SECRET.search(text), text[-3000:]


@pytest.mark.parametrize(
    "part", [part for part in SERVED if part != "memory"] if WHOLE else ["attackers", "fuzz", "workers", "soak"]
)
def test_the_honest_go_on_and_nothing_is_left_behind(part: str, hardened: Server) -> None:
    story = SERVED[part][0]
    figures = measure(part, whole=True) if WHOLE else asyncio.run(story(hardened, whole=False))  # type: ignore[arg-type]
    assert not [figure for figure in figures if not figure.holds(SLACK)]
