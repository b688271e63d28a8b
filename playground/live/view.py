"""What is shown to those who have no run of their own."""

from __future__ import annotations

import asyncio
from typing import Protocol

from playground.live.commands import Command, LookAt, Visible
from playground.live.seat import Send


class ReadOnlyError(RuntimeError):
    """A command came from somebody who may only watch."""


class GoneError(RuntimeError):
    """What a token stood for was closed just now."""


class View(Protocol):
    """Watches and commands nothing; served like a seat, without a place in line. `wake` says that something changed."""

    wake: asyncio.Event

    @property
    def takes_place(self) -> bool:
        """Whether it counts among those who watch."""

    def acknowledge(self, frame: int) -> bool:
        """A frame has been painted; False when it is none that was sent."""

    def command(self, command: Command) -> None:
        """Take a message.

        Raises:
            ReadOnlyError: it would change something.
        """

    async def drive(self, send: Send, *, deflate: bool) -> None:
        """Show until cancelled."""


def seen(command: Command, *, visible: bool) -> bool:
    """Whether the viewer still sees something after this message. Where it points changes nothing here.

    Raises:
        ReadOnlyError: the message would change something.
    """
    if isinstance(command, Visible):
        return command.visible
    if isinstance(command, LookAt):
        return visible
    raise ReadOnlyError(f"{command.type} from somebody who may only watch")
