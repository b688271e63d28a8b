"""Scripts and styles of the pages: where a browser gets them, how long it may keep them, and which ones a page needs.

A page names all its scripts and styles in its header: a browser that is new here fetches them while Streamlit starts,
instead of one layer of imports after the other once the view is there. Their address changes with their content: a
browser that was here before asks for none of them again, and never mixes scripts of two versions.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

ASSETS = Path(__file__).parents[2] / "assets"
PLACE = "/live/assets"
KEPT, ASKED = "public, max-age=31536000, immutable", "no-cache"
LINKS = {  # Streamlit's own scripts come first
    ".js": "<{}/{}>; rel=modulepreload; fetchpriority=low",
    ".css": "<{}/{}>; rel=preload; as=style; fetchpriority=low",
}
SCRIPTS = {
    "playground": ("live.js", "network.js", "tiles.js"),
    "trees": ("live.js", "trees.js", "tiles.js"),
    "compare": ("live.js", "compare.js", "tiles.js"),
    "digits": ("live.js", "digits.js", "drawingpad.js", "stackeditor.js"),
    "attention": ("live.js", "attention.js"),
    "class": ("wall.js",),
    "follow": ("live.js",),
}
"""Page -> the scripts that its script starts; what they import is found, and the styles that they put on the page."""
_IMPORT = re.compile(r'^(?:import|export)\b[^"]*"\./([a-z]+\.js)";$|"\./([a-z]+\.css)"', re.MULTILINE)


def version_of(folder: Path) -> str:
    """12 hexadecimal digits that stand for the scripts and styles of a folder: others when one of them changes."""
    files = sorted([*folder.glob("*.js"), *folder.glob("*.css")])
    return hashlib.sha256(
        b"\0".join(part for file in files for part in (file.name.encode(), file.read_bytes()))
    ).hexdigest()[:12]


VERSION = version_of(ASSETS)  # as the server found it at its start
ADDRESS = f"{PLACE}/{VERSION}"


class Assets(StaticFiles):
    """The files of `assets`: kept under the address of their version, asked for each time under the plain one."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        name = path.removeprefix(VERSION + os.sep)
        response = await super().get_response(name, scope)
        response.headers["cache-control"] = ASKED if name == path else KEPT
        return response


@cache
def links_of(path: str) -> tuple[tuple[bytes, bytes], ...]:
    """The header that names all scripts and styles of the page at this address; empty for any other address.

    >>> links_of("/class")[0][1].decode().split(",")[0].replace(VERSION, "0a1b2c3d4e5f")
    '</live/assets/0a1b2c3d4e5f/wall.js>; rel=modulepreload; fetchpriority=low'
    """
    files = list(SCRIPTS.get(path.strip("/"), ()))
    for file in files:  # grows while it is read
        names = (script or style for script, style in _IMPORT.findall((ASSETS / file).read_text()))
        files += [name for name in dict.fromkeys(names) if name not in files]
    links = [LINKS[Path(name).suffix].format(ADDRESS, name) for name in files]
    return ((b"link", ", ".join(links).encode()),) if links else ()
