"""Which scripts a page needs, told in the header of the page: a browser that is new here fetches them while Streamlit
starts, instead of one layer of imports after the other once the view is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).parents[2] / "assets"
LINK = "</live/assets/{}>; rel=modulepreload; fetchpriority=low"  # Streamlit's own scripts come first
SCRIPTS = {
    "playground": ("live.js", "network.js", "tiles.js"),
    "trees": ("live.js", "trees.js", "tiles.js"),
    "compare": ("live.js", "compare.js", "tiles.js"),
    "digits": ("live.js", "digits.js", "stackeditor.js"),
    "attention": ("live.js", "attention.js"),
    "class": ("wall.js",),
    "follow": ("live.js",),
}
"""Page -> the scripts that its script starts; what they import is found."""
_IMPORT = re.compile(r'^(?:import|export)\b[^"]*"\./([a-z]+\.js)";$', re.MULTILINE)


@cache
def links_of(path: str) -> tuple[tuple[bytes, bytes], ...]:
    """The header that names all scripts of the page at this address; empty for any other address.

    >>> links_of("/class")[0][1].decode().split(",")[0]
    '</live/assets/wall.js>; rel=modulepreload; fetchpriority=low'
    """
    scripts = list(SCRIPTS.get(path.strip("/"), ()))
    for script in scripts:  # grows while it is read
        scripts += [name for name in _IMPORT.findall((ASSETS / script).read_text()) if name not in scripts]
    return ((b"link", ", ".join(map(LINK.format, scripts)).encode()),) if scripts else ()
