"""One server for all tests of this folder, with deadlines short enough to be waited for."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.load.viewer import Server, serving

LIMITS = {
    "PLAYGROUND_RUNS": "off",
    "PLAYGROUND_WORKERS": "2",
    "PLAYGROUND_VIEWERS": "12",
    "PLAYGROUND_WAITING": "2",
    "PLAYGROUND_HEADER_SECONDS": "1",
    "PLAYGROUND_BODY_SECONDS": "1",
    "PLAYGROUND_STALLED_SECONDS": "1",
    "PLAYGROUND_HELLO_SECONDS": "1",
    "PLAYGROUND_MESSAGE_KILOBYTES": "64",
}


@pytest.fixture(scope="session")
def class_server() -> Iterator[Server]:
    """The hub behind its guards, with two workers."""
    with serving(environment={**os.environ, **LIMITS}) as server:
        yield server
