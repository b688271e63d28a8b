"""One server for all tests of this folder, with deadlines short enough to be waited for."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.load.viewer import Server, serving

LONG = {"test_chaos.py", "test_memory.py"}  # together as long as all the others
WHOLE = os.environ.get("CHAOS") == "whole"
SLACK = 1.0 if WHOLE else 3.0  # where tests run, others work too
N_PLACES = 30 if WHOLE else 12  # a class, or what the tests of every day can afford
LIMITS = {
    "PLAYGROUND_RUNS": "off",
    "PLAYGROUND_WORKERS": "2",
    "PLAYGROUND_VIEWERS": str(N_PLACES),
    "PLAYGROUND_WAITING": "2",
    "PLAYGROUND_HEADER_SECONDS": "1",
    "PLAYGROUND_BODY_SECONDS": "1",
    "PLAYGROUND_STALLED_SECONDS": "1",
    "PLAYGROUND_HELLO_SECONDS": "1",
    "PLAYGROUND_MESSAGE_KILOBYTES": "64",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two halves of equal length, one for each of two processes, each file in one of them."""
    for item in items:
        if item.path.parent.name == "load":
            item.add_marker(pytest.mark.xdist_group("long" if item.path.name in LONG else "others"))


@pytest.fixture(scope="session")
def class_server() -> Iterator[Server]:
    """The hub behind its guards, with two workers."""
    with serving(environment={**os.environ, **LIMITS}) as server:
        yield server
