"""What every view of a class says besides its run: the number of its seat and the teacher's last bulletin."""

from __future__ import annotations

import time
from dataclasses import dataclass

from playground.live.wire import pack

MAX_TEXT, MAX_LINK = 200, 4000  # characters


@dataclass(frozen=True)
class Bulletin:
    """A line of text for everybody, and a link if there is one.

    Attributes:
        text: what the viewer reads.
        link: path and query within this app; may be empty.
        with_seed: whether the link's `seed` is the number of the seat.

    Raises:
        ValueError: the link leads elsewhere, or something is too long.
    """

    text: str
    link: str = ""
    with_seed: bool = False

    def __post_init__(self) -> None:
        if len(self.text) > MAX_TEXT or len(self.link) > MAX_LINK:
            raise ValueError(f"a bulletin must have at most {MAX_TEXT} characters and a link of {MAX_LINK}")
        if (
            self.link
            and not self.link.startswith("/")
            or self.link.startswith(("//", "/\\"))
            or not self.link.isprintable()
        ):
            raise ValueError("a bulletin's link must be a path of this app, such as /playground?dataset=xor")

    def link_of(self, number: int) -> str:
        """The link for one seat."""
        if not self.with_seed or not self.link:
            return self.link
        return f"{self.link}{'&' if '?' in self.link else '?'}seed={number}"


class Board:
    """One for all views.

    Attributes:
        shows_numbers: whether viewers are told the number of their seat.
        bulletin: the last one; None says nothing.
        is_paused: whether the class was paused, and nothing was said since.
        version: grows with each change; 0 while there is nothing to say.
    """

    def __init__(self) -> None:
        self.shows_numbers = False
        self.bulletin: Bulletin | None = None
        self.is_paused = False
        self.version = 0

    def show_numbers(self) -> None:
        """Tell every viewer its seat."""
        self.shows_numbers = True
        self.version += 1

    def post(self, bulletin: Bulletin | None) -> None:
        """Say this from now on; None takes the last one back."""
        self.bulletin, self.is_paused = bulletin, False
        self.version += 1

    def pause(self) -> None:
        """Runs that stand still from now on do so because of the teacher."""
        self.is_paused = True
        self.version += 1

    def message(self, number: int) -> bytes:
        """What the view of this seat shows."""
        said = self.bulletin
        return pack(
            {
                "type": "board",
                "number": number if self.shows_numbers else None,
                "text": said.text if said else "",
                "link": said.link_of(number) if said else "",
                "paused": self.is_paused,
            }
        )


def free_number(taken: set[int], wanted: int = 0) -> int:
    """The number of a new seat: the wanted one if nobody has it, else the smallest: `free_number({1, 3})` is 2."""
    if wanted and wanted not in taken:
        return wanted
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


class LeftNumbers:
    """The numbers of seats that are gone. Nobody else gets one for a while, since its tab may be on its way back."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[int, float]] = {}  # token -> number, until when it is kept

    def add(self, token: str, number: int, seconds: float) -> None:
        """Keep this number for who shows this token, for so long."""
        self._left[token] = (number, time.monotonic() + seconds)

    def take(self, token: str) -> int:
        """The number that was kept for this token; 0 when there is none."""
        return self._left.pop(token, (0, 0.0))[0]

    def all(self) -> set[int]:
        """Those that are still kept."""
        now = time.monotonic()
        for token, (_, until) in list(self._left.items()):
            if until < now:
                self._left.pop(token, None)
        return {number for number, _ in list(self._left.values())}
