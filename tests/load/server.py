"""The real hub, route and guards without Streamlit around them; what a page does by its script is done by HTTP here.

python -m tests.load.server [port] [away] [app]
    away: frames are deflated, as they are for other machines
    app: the whole app, with what is done by HTTP here beside it
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from playground.live import route
from playground.live.classroom import classroom
from playground.live.headers import Headers
from playground.live.hub import hub
from playground.live.route import ROUTES
from playground.live.slice import Slice
from playground.live.wish import Wish
from playground.serve import guarded, run
from playground.spec import KINDS

ROOT = Path(__file__).parents[2]
LAG_TICK_SECONDS = 0.02
GUARDS = [Middleware(Headers)]  # as in app.py
lags: list[float] = []
spent: Counter[str] = Counter()  # seconds of the workers, by the seed in the link of the run they worked for


async def _open(request: Request) -> Response:
    page = request.path_params["page"]
    spec, problems = KINDS[f"{page.title()}Spec"].from_query(dict(request.query_params))
    return Response(str(problems), 400) if problems else PlainTextResponse(hub.open(Wish(spec, page=page)))


async def _follow(request: Request) -> Response:
    """A token for one who watches the run of another token."""
    seat = hub.seat(request.query_params["token"])
    classroom.show(seat.number if seat else None)
    return PlainTextResponse(classroom.follow())


async def _show(request: Request) -> Response:
    """Show the run of a seat to all who follow."""
    return Response(status_code=200 if classroom.show(int(request.query_params["seat"])) else 404)


async def _warm(_request: Request) -> Response:
    """Answers when the workers have loaded what they need."""
    if hub.engine._starting:
        await asyncio.shield(hub.engine._starting)
    return PlainTextResponse("")


async def _collect(_request: Request) -> Response:
    """Put away now what would be put away later, so that two looks at the memory can be compared."""
    gc.collect()
    return PlainTextResponse("")


async def _wish(request: Request) -> Response:
    body = json.loads(await request.body())
    seat = hub.seat(body["token"])
    if seat is None:
        return Response(status_code=404)
    hub.wish(body["token"], Wish(seat.wish.spec.change(**body["change"])))
    return PlainTextResponse("")


async def _close(request: Request) -> Response:
    hub.close((await request.body()).decode())
    return PlainTextResponse("")


async def _probe(request: Request) -> Response:
    """What the server holds, and how late its event loop was since the last time somebody asked."""
    late, lags[:] = sorted(lags), []
    children = {process.pid: _memory(process.pid) for worker in hub.engine.workers for process in _processes(worker)}
    return JSONResponse(
        {
            "files": len(os.listdir("/proc/self/fd")),
            "tasks": len(asyncio.all_tasks()),
            "seats": hub.n_seats,
            "viewers": hub.n_viewers,
            "memory": _memory(os.getpid()),
            "workers": children,
            "lag_p99": late[int(0.99 * len(late))] if late else 0.0,
            "lag_max": late[-1] if late else 0.0,
            "cpu": sum(os.times()[:2]),
            "spent": spent,
        }
    )


def _processes(worker: object) -> list:
    return list((worker._pool._processes or {}).values())  # type: ignore[attr-defined]


def _memory(pid: int) -> int:
    """Bytes that a process holds in memory; what it shares with others counts in part (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # it has just ended
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith("Pss:")))


def _count_seconds(run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The engine's `run`, which now keeps account of what the slices of each run took."""

    async def counted(job: str, *args: Any, **options: Any) -> Any:
        answer = await run(job, *args, **options)
        if isinstance(answer, Slice):
            spent[args[0].start.to_query().get("seed", "")] += answer.seconds + answer.painting_seconds
        return answer

    return counted


async def _watch_loop() -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_TICK_SECONDS
        await asyncio.sleep(LAG_TICK_SECONDS)
        lags.append(loop.time() - due)


@asynccontextmanager
async def _lifespan(_app: object) -> AsyncIterator[None]:
    hub.engine.run = _count_seconds(hub.engine.run)  # type: ignore[method-assign]
    hub.start(asyncio.get_running_loop())
    watch = asyncio.create_task(_watch_loop())
    yield
    watch.cancel()
    classroom.stop()
    hub.stop()


def _whole(routes: list[BaseRoute], port: int) -> Any:
    import streamlit

    os.environ["STREAMLIT_SERVER_PORT"] = str(port)
    return streamlit.App(ROOT / "playground/ui/shell.py", routes=routes, lifespan=_lifespan, middleware=GUARDS)


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8701
    if "away" in sys.argv:
        route.LOOPBACK = ()
    own = [Route("/open/{page}", _open), Route("/watch", _follow), Route("/probe", _probe), Route("/show", _show)]
    own += [Route("/wish", _wish, methods=["POST"]), Route("/close", _close, methods=["POST"])]
    routes = [*own, Route("/collect", _collect), Route("/warm", _warm), *ROUTES]
    app = _whole(routes, port) if "app" in sys.argv else Starlette(routes=routes, lifespan=_lifespan, middleware=GUARDS)
    run(guarded(app, "127.0.0.1", port, hub.limits))


if __name__ == "__main__":
    main()
