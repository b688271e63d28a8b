"""The document that opens a page: Streamlit's own, with our first words and told where its server is.

Streamlit's page is blank for a second until its scripts are there; ours says what comes. Those scripts seek their
server below the page's own address first: at `/playground` that is an error in the browser's console and a second try
at the root. Told the place, they open their socket at once. Its title and style are ours from the start.
"""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit.file_util import get_static_dir

from playground.catalog import APP, CLASS, FOLLOW, PAGES
from playground.live.assets import ADDRESS, ASKED, ASSETS

TITLE, ROOT = "<title>Streamlit</title>", '<div id="root">'  # each must stand once in Streamlit's page
NAMES = {page.path: page for page in (*PAGES, CLASS, FOLLOW)}


class _Name(Convertor[str]):
    """What a page's address looks like: Streamlit's files have a dot, its endpoints a second part."""

    regex = "[a-z]+"

    def convert(self, value: str) -> str:
        return value

    to_string = convert


register_url_convertor("page", _Name())


@cache
def document(path: str) -> str:
    """HTML of the page at this address, else of Home. Raises ValueError where Streamlit's page has changed."""
    text = (Path(get_static_dir()) / "index.html").read_text()
    for part in (TITLE, ROOT):
        if text.count(part) != 1:
            raise ValueError(f"Streamlit's page must have one {part}, got {text.count(part)}")
    page = NAMES.get(path)
    words = {"title": page.title if page else APP, "line": page.line if page else "Opening …"}
    opening = Template((ASSETS / "opening.html").read_text())
    ours = opening.substitute({name: escape(word) for name, word in words.items()}, address=ADDRESS)
    return text.replace(TITLE, f"<title>{APP}</title>").replace(ROOT, ours + ROOT)


async def open_page(request: Request) -> HTMLResponse:
    path = request.path_params.get("name", "")
    return HTMLResponse(document(path if path in NAMES else ""), headers={"cache-control": ASKED})


OPENINGS = [Route("/", open_page), Route("/{name:page}", open_page)]
