"""The log has a line for what strangers do, and no end of lines does not fill the disk."""

from __future__ import annotations

import logging
from importlib.util import find_spec

from playground.live import route
from playground.live.logs import LINES_AT_ONCE, LINES_PER_SECOND, WHERE_STRANGERS_ARE_HEARD, Sparing


def said(sparing: Sparing, text: str, *values: object, line: int = 1, error: Exception | None = None) -> str | None:
    """What is written down of a line; None: nothing."""
    why = (type(error), error, None) if error else None
    record = logging.LogRecord("app", logging.WARNING, "app.py", line, text, values, why)
    return record.getMessage() if sparing.filter(record) else None


def test_a_kind_of_line_is_written_some_times_and_then_counted() -> None:
    now = 0.0
    sparing = Sparing(lambda: now)
    written = [said(sparing, "refused: %s", n) for n in range(1000)]
    assert written[:LINES_AT_ONCE] == [f"refused: {n}" for n in range(LINES_AT_ONCE)]
    assert not any(written[LINES_AT_ONCE:])
    now += 1 / LINES_PER_SECOND
    assert (
        said(sparing, "refused: %s", "100 %") == f"refused: 100 % ({1000 - LINES_AT_ONCE} more like this were left out)"
    )
    assert said(sparing, "refused: %s", "again") is None


def test_every_kind_has_lines_of_its_own() -> None:
    sparing = Sparing(lambda: 0.0)
    for n in range(1000):
        said(sparing, f"refused: {n}")  # what a stranger sent is no kind
        said(sparing, "a run failed", error=ValueError(str(n)))
    assert said(sparing, "refused") is None
    assert said(sparing, "a run failed", error=ValueError()) is None
    assert said(sparing, "a run failed", error=KeyError("another fault")) == "a run failed"
    assert said(sparing, "elsewhere", line=2) == "elsewhere"
    assert len(sparing._allowed) == 4


def test_all_that_strangers_can_cause_is_spared() -> None:
    assert route.log.name in WHERE_STRANGERS_ARE_HEARD
    for name in WHERE_STRANGERS_ARE_HEARD:
        assert name == "uvicorn.error" or find_spec(name), f"{name} is no module any more: its lines are not spared"
        assert any(isinstance(one, Sparing) for one in logging.getLogger(name).filters)
