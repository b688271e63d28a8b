"""What the log says of strangers: they may come without end, so a line of each kind is written a few times only."""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable

from playground.live.bucket import Bucket

LINES_PER_SECOND, LINES_AT_ONCE = 0.1, 10  # of one kind
WHERE_STRANGERS_ARE_HEARD = (
    "playground.live.headers",
    "playground.live.route",
    "playground.live.screen",
    "playground.live.study",
    "streamlit.error_util",
    "streamlit.runtime.app_session",
    "streamlit.runtime.scriptrunner.script_runner",
    "streamlit.runtime.state.query_params",
    "streamlit.runtime.websocket_session_manager",
    "streamlit.web.server.starlette.starlette_routes",
    "streamlit.web.server.starlette.starlette_websocket",
    "uvicorn.error",
)


class Sparing(logging.Filter):
    """Lets some lines of a kind through at once, and then one now and then, which says how many were left out.

    A kind is a place in the code and the type of an error, if any: their number does not grow with what comes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._allowed: defaultdict[object, Bucket] = defaultdict(lambda: Bucket(LINES_PER_SECOND, LINES_AT_ONCE))
        self._left_out: Counter[object] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        kind = (record.pathname, record.lineno, record.exc_info and record.exc_info[0])
        if not self._allowed[kind].take(self._clock()):
            self._left_out[kind] += 1
            return False
        if n := self._left_out.pop(kind, 0):
            record.msg = f"{record.msg} ({n} more like this were left out)"
        return True


def in_one_line(record: logging.LogRecord) -> bool:
    """uvicorn itself refuses a text that is no UTF-8, before any route hears of it: the line says all, without the way
    through its code."""
    if record.exc_info and record.exc_info[0] is UnicodeDecodeError:
        record.exc_info = None
    return True


def spare_the_log() -> None:
    """Have everything that a stranger can cause written down a few times only."""
    sparing = Sparing()
    for name in WHERE_STRANGERS_ARE_HEARD:
        logging.getLogger(name).addFilter(sparing)  # stays when Streamlit sets its own up
    logging.getLogger("uvicorn.error").addFilter(in_one_line)
