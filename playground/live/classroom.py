"""What a teacher does with a class: pause all, tell all, show one run to all, let all run the same from other seeds."""

from __future__ import annotations

import os
import statistics
from dataclasses import dataclass
from typing import Any

from playground.live.board import Bulletin
from playground.live.commands import Press
from playground.live.hub import Hub, hub
from playground.live.screen import Follower, Screen
from playground.live.seat import Seat
from playground.live.teacher import VARIABLE, TeacherKey
from playground.spec import Spec


@dataclass(frozen=True)
class Experiment:
    """The same choices for everybody, with the number of the seat as seed.

    Attributes:
        title: what it is called on the wall.
        page: where it runs.
        spec: the choices; their seed is not looked at.
    """

    title: str
    page: str
    spec: Spec

    def has(self, seat: Seat) -> bool:
        """Whether this seat takes part, with its own seed."""
        spec = seat.wish.spec
        if type(spec) is not type(self.spec) or seat.wish.page != self.page or spec.structure.seed != seat.number:
            return False
        if seat.course.head is None:  # not begun
            return False
        return bool(spec.structure == self.spec.structure.model_copy(update={"seed": seat.number}))


class Classroom:
    """One for the whole server. Its methods may be called from any thread but for `spread`."""

    def __init__(self, hub: Hub, key: TeacherKey) -> None:
        self.hub, self.key = hub, key
        self.screen = Screen(hub.looked_at)
        self.experiment: Experiment | None = None
        if key.is_set:
            hub.board.show_numbers()

    def stop(self) -> None:
        """Show nothing any more: the server ends."""
        self.screen.stop()

    def pause_all(self) -> None:
        """Every run that plays stands still, and says why; its viewer may press Play again."""
        self.hub.board.pause()
        for seat in self.hub.looked_at():
            self.hub.call(lambda seat=seat: seat.command(Press(type="pause")) if seat.course.playing else None)  # type: ignore[misc]

    def tell(self, bulletin: Bulletin | None) -> None:
        """Show a line of text with a link in every view; None takes it back."""
        self.hub.post(bulletin)

    def show(self, number: int | None) -> bool:
        """Show the run of this seat to all who follow; None shows nothing. False: nobody looks at it; all stays."""
        seat = next((seat for seat in self.hub.looked_at() if seat.number == number), None)
        is_known = seat is not None or number is None
        if is_known:
            self.screen.seat = seat  # at once: the script that comes next asks for it
        return is_known

    @property
    def shown(self) -> Seat | None:
        """The seat that is shown to all."""
        return self.screen.seat

    def follow(self) -> str:
        """A token for one who watches what is shown."""
        return self.hub.audience.open(Follower(self.screen, self.hub.board))

    def describe(self) -> dict[str, Any]:
        """The class in numbers."""
        seats = self.hub.looked_at()
        return {
            "viewers": len(seats),
            "playing": sum(seat.course.playing for seat in seats),
            "waiting": len(self.hub.line),
            "followers": len(self.screen.followers),
            "left": self.screen.has_left(),
            "shown": self.shown.number if self.shown else None,
        }

    def spread(self, seats: list[Seat]) -> dict[str, Any] | None:
        """How the experiment has come out so far; None without one. Seats are named by their place in `seats`."""
        if self.experiment is None:
            return None
        inside = [at for at, seat in enumerate(seats) if self.experiment.has(seat)]
        losses = [seats[at].course.head.history.last("test_loss") for at in inside]  # type: ignore[union-attr]
        return {
            "title": self.experiment.title,
            "page": self.experiment.page,
            "seats": inside,
            "finished": sum(seats[at].course.status == "finished" for at in inside),
            "passed": sum(_has_passed(seats[at]) for at in inside),
            "least": min(losses, default=None),
            "median": statistics.median(losses) if losses else None,
            "most": max(losses, default=None),
        }


def _has_passed(seat: Seat) -> bool:
    goal = seat.wish.goal
    return bool(goal and seat.course.head and goal.done_epoch(seat.course.head.history) is not None)


classroom = Classroom(hub, TeacherKey(os.environ.get(VARIABLE, "")))
