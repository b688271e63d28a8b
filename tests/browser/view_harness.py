"""The live view on a bare page: the real hub and route without Streamlit around them, for pictures and timings.

    python -m tests.browser.view_harness [port]      then open /?hidden_sizes=8,8&theme=dark&profile=projector

Every field of a link counts as on the Playground page; `theme` (light, dark), `profile` and `width` (of the view, in
px) are the harness's own.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from playground.figures.palette import PALETTE
from playground.live.hub import hub
from playground.live.route import ROUTES
from playground.live.wish import Wish
from playground.spec import PlaygroundSpec

THEMES = {
    "light": {"text": "#1f2430", "background": "#ffffff", "secondary-background": "#f3f5f8", "primary": "#0072b2"},
    "dark": {"text": "#eef1f6", "background": "#0e1117", "secondary-background": "#1a202b", "primary": "#4aa8dd"},
}
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>view</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">
<style>:root{--st-font:"Source Sans 3","Source Sans Pro",sans-serif;%(theme)s}
body{margin:0;background:var(--st-background-color);color:var(--st-text-color)}
#host{width:%(width)s;margin:%(top)dpx 0 0 auto;padding:0 16px 8px;box-sizing:border-box}</style></head><body><div id="host"></div>
<script type="module">
const parentElement = document.getElementById("host").attachShadow({mode: "open"});
window.choices = [];
const setTriggerValue = (name, value) => {
  window.choices.push(value);
  fetch("/choice", {method: "POST", body: JSON.stringify({token: %(token)s, choice: value})});
};
window.live = await import("/live/assets/live.js");
const data = {token: %(token)s, view: "network", socket: "/live/socket", profile: %(profile)s, palette: %(palette)s};
window.remount = () => window.live.mount({parentElement, data, setTriggerValue});
window.unmount = window.remount();
</script></body></html>"""
OWN = ("theme", "profile", "width")


def _page(request: Request) -> Response:
    query = dict(request.query_params)
    own = {name: query.pop(name) for name in OWN if name in query}
    spec, problems = PlaygroundSpec.from_query(query)
    if problems:
        return Response("\n".join(map(str, problems)), 400)
    colors = THEMES[own.get("theme", "light")]
    fields = {
        "theme": "".join(f"--st-{name}-color:{color};" for name, color in colors.items()),
        "token": json.dumps(hub.open(Wish(spec))),
        "palette": json.dumps([PALETTE]),
        "profile": json.dumps(own.get("profile", "")),
        "width": own.get("width", "calc(100% - 300px)") if "width" not in own else f"{own['width']}px",
        "top": 60,
    }
    return HTMLResponse(PAGE % fields)


async def _choice(request: Request) -> Response:
    body = json.loads(await request.body())
    seat = hub.seat(body["token"])
    if seat and "change" in body["choice"]:
        hub.wish(body["token"], Wish(seat.wish.spec.change(**body["choice"]["change"])))
    return JSONResponse({})


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    hub.start(asyncio.get_running_loop())
    yield
    hub.stop()


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8701
    routes = [Route("/", _page), Route("/choice", _choice, methods=["POST"]), *ROUTES]
    uvicorn.run(Starlette(routes=routes, lifespan=_lifespan), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
