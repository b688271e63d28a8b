"""The app for a class, behind guards: `make class`. `streamlit run app.py` serves the same app without them.

python -m playground.serve [--port 8501] [--address 0.0.0.0]
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import logging
import os
import platform
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import uvicorn

    from playground.live.limits import Limits

ROOT = Path(__file__).parents[1]
M_ARENA_MAX, N_HEAPS = -8, 2  # the name of the option in glibc's malloc.h, and its value


def main(arguments: list[str] | None = None) -> None:
    """Serve until a signal comes.

    Raises:
        ValueError: a limit or the teacher key in the environment breaks its rule.
    """
    # Here, since the workers import the main script again when they start and need none of it.
    from playground.live.address import lan_address
    from playground.live.limits import Limits
    from playground.live.teacher import VARIABLE, TeacherKey

    options = _options(arguments)
    limits = Limits.from_environment(os.environ)
    key = TeacherKey(os.environ.get(VARIABLE, ""))
    os.chdir(ROOT)  # Streamlit looks for its settings here
    os.environ["STREAMLIT_SERVER_PORT"] = str(options.port)  # it accepts sockets of pages from this port only
    host = (lan_address() or "localhost") if options.address in ("0.0.0.0", "::") else options.address
    address = f"http://{host}:{options.port}"
    _welcome(address, of_class=key.is_set)
    run(guarded("app:app", options.address, options.port, limits))


def run(config: uvicorn.Config) -> None:
    """Serve until a signal comes, and leave as after any other work: uvicorn itself would end by the signal."""
    from playground.live.guards import Server

    share_heaps()
    for name in ("uvicorn.access", "uvicorn.error"):  # a filter stays when Streamlit sets these up again
        logging.getLogger(name).addFilter(_is_warning)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt):
        Server(config).run()


def share_heaps() -> None:
    """Let the threads of this process share two heaps.

    Otherwise glibc gives each thread its own, up to eight a core, and what one thread took and another gave back waits
    in the heap of the former: a class of thirty held a tenth more, and went on growing for nine minutes.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, N_HEAPS)


def guarded(app: Any, address: str, port: int, limits: Limits) -> uvicorn.Config:
    """How uvicorn serves an app to strangers."""
    import uvicorn

    from playground.live.guards import PING_SECONDS, PONG_SECONDS, protocols

    http, ws = protocols(limits)
    return uvicorn.Config(
        app,
        host=address,
        port=port,
        loop="asyncio",
        http=http,
        ws=ws,
        ws_max_size=1024 * limits.message_kilobytes,
        ws_per_message_deflate=False,  # a small message could unfold into a large one
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PONG_SECONDS,
        timeout_graceful_shutdown=limits.stop_seconds,
        proxy_headers=False,
        server_header=False,
        access_log=False,  # nobody's address or link is written down
        log_level="warning",
    )


def _is_warning(record: logging.LogRecord) -> bool:
    """Lines below that carry addresses and links, and the latter may carry the id of a visit."""
    return record.levelno >= logging.WARNING


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serve the app for a class.")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--address", default="0.0.0.0", help="where to listen; 127.0.0.1: this machine only")
    return parser.parse_args(arguments)


def _welcome(address: str, *, of_class: bool) -> None:
    import segno

    sys.stdout.write(f"\n  {address}\n\n")
    segno.make(address, error="m").terminal(sys.stdout, border=2, compact=True)
    if of_class:
        sys.stdout.write(f"\n  {address}/class for the teacher\n")
    sys.stdout.write("\n  Ctrl-C ends it.\n\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
