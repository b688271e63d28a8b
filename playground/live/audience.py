"""Those who only watch: views by their tokens, served like seats but without a place in line."""

from __future__ import annotations

import asyncio
import secrets

from playground.live.line import RoomFullError
from playground.live.seat import Send
from playground.live.view import GoneError, View

KEPT_SECONDS = 120.0  # that a view without a viewer is kept: for a reload or a lost network


class Audience:
    """One for the whole server. `open` may be called from any thread."""

    def __init__(self, n_places: int) -> None:
        self.n_places = n_places
        self._views: dict[str, View] = {}
        self._viewers: dict[str, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        """Those who watch and take a place."""
        return sum(self._views[token].takes_place for token in self._viewers if token in self._views)

    def open(self, view: View) -> str:
        """A token that shows this view; forgotten when nobody uses it."""
        token = secrets.token_urlsafe(32)
        self._views[token] = view
        unused = [token for token in list(self._views) if token not in self._viewers]
        for forgotten in unused[: -self.n_places - 1]:  # opened by scripts whose pages never came
            self._views.pop(forgotten, None)
        return token

    def view(self, token: str) -> View | None:
        """The view of a token; None when there is none."""
        return self._views.get(token)

    def wake(self) -> None:
        """Let all look at what has changed."""
        for view in list(self._views.values()):
            view.wake.set()

    async def serve(self, token: str, send: Send, *, deflate: bool) -> None:
        """Show a view until its viewer leaves. A view has one viewer: the newest.

        Raises:
            RoomFullError: too many watch already.
            GoneError: there is no such view.
        """
        task = asyncio.current_task()
        assert task is not None
        while former := self._viewers.get(token):
            former.cancel()
            await asyncio.wait({former})  # a view is left before it is entered again
        view = self._views.get(token)
        if view is None:
            raise GoneError("this view was closed just now")
        if view.takes_place and len(self) >= self.n_places:
            raise RoomFullError(f"all {self.n_places} places for those who watch are taken")
        self._viewers[token] = task
        try:
            await view.drive(send, deflate=deflate)
        finally:
            if self._viewers.get(token) is task:
                del self._viewers[token]
                asyncio.get_running_loop().call_later(KEPT_SECONDS, self._forget, token)

    def _forget(self, token: str) -> None:
        if token not in self._viewers:
            self._views.pop(token, None)
