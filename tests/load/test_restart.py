"""A server that is killed and started again, beside honest viewers; a file of its own, so that it runs beside the others."""

from __future__ import annotations

from benchmarks.load.__main__ import measure
from tests.load.conftest import SLACK, WHOLE


def test_viewers_of_a_killed_server_go_on_where_they_were() -> None:
    assert not [figure for figure in measure("restart", whole=WHOLE) if not figure.holds(SLACK)]
