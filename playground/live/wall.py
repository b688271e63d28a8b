"""The wall of a class: a small picture of every run that somebody looks at, drawn once a second for the teacher."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import numpy as np

from playground.learners.learner import State
from playground.live.classroom import Classroom
from playground.live.commands import Command
from playground.live.course import Course
from playground.live.engine import WorkerFailedError
from playground.live.hub import Hub
from playground.live.seat import Seat, Send
from playground.live.view import seen
from playground.live.wire import pack
from playground.training.history import History

PERIOD_SECONDS = 1.0
GLANCE_SECONDS = 0.1  # a period: the wall takes about a tenth of a worker's time
N_CELLS, N_CURVE = 50, 48  # of a small picture's side; points of a small curve
MAX_WHAT = 120  # characters

Glance = dict[str, Any] | None


class Wall:
    """One who looks at the wall."""

    takes_place = False  # a class that watches does not lock its teacher out

    def __init__(self, hub: Hub, classroom: Classroom) -> None:
        self.wake = asyncio.Event()
        self._hub, self._classroom = hub, classroom
        self._glances: WeakKeyDictionary[Seat, tuple[State, Glance]] = WeakKeyDictionary()
        self._looked: WeakKeyDictionary[Seat, float] = WeakKeyDictionary()  # when
        self._plain: WeakSet[Course] = WeakSet()  # runs without a picture
        self._frame_id = self._painted = 0
        self._visible = True

    def acknowledge(self, frame: int) -> bool:
        if not self._painted < frame <= self._frame_id:
            return False
        self._painted = frame
        self.wake.set()
        return True

    def command(self, command: Command) -> None:
        self._visible = seen(command, visible=self._visible)
        self.wake.set()

    async def drive(self, send: Send, *, deflate: bool) -> None:
        self._painted, self._visible = self._frame_id, True
        while True:
            if self._visible and self._painted == self._frame_id:
                message = await self.draw()
                self._frame_id += 1
                await send(pack({"type": "wall", "id": self._frame_id, **message}, deflate=True))
            await asyncio.sleep(PERIOD_SECONDS)

    async def draw(self) -> dict[str, Any]:
        """What the wall shows now."""
        seats = self._hub.looked_at()
        await self._look(seats)
        glances = [self._glances[seat][1] if seat in self._glances else None for seat in seats]
        empty = np.zeros((N_CELLS, N_CELLS), np.uint8)
        return {
            "class": self._classroom.describe(),
            "machine": describe_machine(),
            "seats": [describe(seat, glance) for seat, glance in zip(seats, glances, strict=True)],
            "spread": self._classroom.spread(seats),
            "maps": np.stack([glance["map"] if glance else empty for glance in glances] or [empty]),
            "map_classes": np.stack([glance["map_class"] if glance else empty for glance in glances] or [empty]),
            "curves": np.stack([curve(seat) for seat in seats] or [np.zeros((2, N_CURVE), np.float32)]),
        }

    async def _look(self, seats: list[Seat]) -> None:
        """New pictures of runs that have moved, the longest unseen first, as many as there is time for."""
        ends = time.monotonic() + GLANCE_SECONDS
        for seat in sorted(seats, key=lambda seat: self._looked.get(seat, 0.0)):
            course, head = seat.course, seat.course.head
            known = self._glances.get(seat)
            if head is None or course in self._plain or (known and known[0] is head):
                continue
            try:
                glance: Glance = await self._hub.engine.run("glance", seat.course.run, head)
            except WorkerFailedError:
                continue
            if glance is None:
                self._plain.add(course)
            self._glances[seat], self._looked[seat] = (head, glance), time.monotonic()
            if time.monotonic() > ends:
                break


def describe(seat: Seat, glance: Glance) -> dict[str, Any]:
    """One run in numbers and words. Nobody's name, address or token is in it."""
    head, wish = seat.course.head, seat.wish
    history = head.history if head else None  # its first state may still be made
    seat.note_passed()
    differs = ", ".join(f"{name} {text}" for name, text in wish.spec.to_query().items() if len(text) <= MAX_WHAT)
    return {
        "number": seat.number,
        "page": wish.page,
        "what": differs.replace("_", " ")[:MAX_WHAT],
        "status": seat.course.status,
        "epoch": head.epoch if head else 0,
        "train_loss": history.last("train_loss") if history else None,
        "test_loss": history.last("test_loss") if history else None,
        "test_accuracy": history.last("test_accuracy") if history and "test_accuracy" in history.columns else None,
        "question": wish.goal.question if wish.goal else "",
        "passed": [{"question": question, "epoch": epoch} for question, epoch in seat.passed.items()],
        "map_kind": glance["map_kind"] if glance else "",
    }


def curve(seat: Seat) -> np.ndarray:
    """Epochs and test losses of a run at evenly spaced records: (2, N_CURVE) float32."""
    if seat.course.head is None:
        return np.zeros((2, N_CURVE), np.float32)
    history: History = seat.course.head.history
    rows = np.linspace(0, len(history.rows) - 1, N_CURVE).round().astype(int)
    return np.stack([history.column("epoch")[rows], history.column("test_loss")[rows]]).astype(np.float32)


def describe_machine() -> dict[str, Any]:
    """How busy the server's machine is; what the system does not tell is None."""
    cores = os.cpu_count() or 1
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    try:
        megabytes = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        megabytes = None
    return {"cores": cores, "load": load, "megabytes": megabytes}
