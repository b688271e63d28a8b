"""What uploads may take together: Streamlit bounds each file, keeps all of a visit in memory, and counts none."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers as Fields
from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger(__name__)

PLACE = "/_stcore/upload_file/"
VISIT_BYTES, ALL_BYTES = 30_000_000, 300_000_000
FILE_BYTES = 10 * 2**20  # of one whose length is not told; Streamlit takes no more


class Uploads:
    """Lets a visit keep its newest files only, and refuses what is too much for all visits together.

    Args:
        app: what takes the upload.
        keeper: finds Streamlit's holder of all files, which is made after this.
    """

    def __init__(self, app: ASGIApp, keeper: Callable[[], Any]) -> None:
        self.app, self._keeper = app, keeper
        self._coming: Counter[str] = Counter()  # bytes on their way, by visit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(PLACE):
            await self.app(scope, receive, send)
            return
        visit = scope["path"].removeprefix(PLACE).partition("/")[0]
        length = Fields(scope=scope).get("content-length", "")
        n_bytes = int(length) if length.isdecimal() else FILE_BYTES
        if not self._has_room(visit, n_bytes):
            log.warning("an upload was refused: there are too many")
            await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})
            return
        self._coming[visit] += n_bytes
        try:
            await self.app(scope, receive, send)
        finally:
            self._coming[visit] -= n_bytes
            self._coming += Counter()  # forgets who has nothing on the way

    def _has_room(self, visit: str, n_bytes: int) -> bool:
        keeper = self._keeper()
        n_bytes += self._coming[visit]
        while (files := keeper.file_storage.get(visit)) and _size(files) + n_bytes > VISIT_BYTES:
            keeper.remove_file(visit, next(iter(files)))
        others = sum(map(_size, list(keeper.file_storage.values()))) + self._coming.total() - self._coming[visit]
        return n_bytes <= VISIT_BYTES and others + n_bytes <= ALL_BYTES


def _size(files: dict[str, Any]) -> int:
    return sum(len(file.data) for file in list(files.values()))
