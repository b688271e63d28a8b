"""The web app: the Streamlit shell and, beside it, the route of the live views. `streamlit run app.py` serves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime import get_instance

from playground.live.worker import prepare_processes

prepare_processes()  # before all else: workers load torch and the compiled kernel while this process loads the rest

from playground.live.address import send_at_once  # noqa: E402
from playground.live.classroom import classroom  # noqa: E402
from playground.live.headers import Headers  # noqa: E402
from playground.live.hub import hub  # noqa: E402
from playground.live.route import ROUTES  # noqa: E402
from playground.live.uploads import Uploads  # noqa: E402
from playground.ui.opening import OPENINGS  # noqa: E402


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    send_at_once()
    hub.start(asyncio.get_running_loop())
    yield
    classroom.stop()
    hub.stop()


SHELL = Path(__file__).parent / "playground/ui/shell.py"
GUARDS = [Middleware(Headers), Middleware(Uploads, keeper=lambda: get_instance().uploaded_file_mgr)]
app = st.App(SHELL, routes=[*ROUTES, *OPENINGS], lifespan=lifespan, middleware=GUARDS)
