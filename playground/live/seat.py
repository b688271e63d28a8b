"""One viewer and its run: takes commands, lets the run go on, sends frames, respects the viewer's pace."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from playground.learners.learner import State
from playground.live.board import Board
from playground.live.closer import CloserLook
from playground.live.commands import Command, EditKernel, EditWeight, LookAt, Press, Seek, StudyOrder, Visible
from playground.live.course import Course, Kept
from playground.live.engine import Engine
from playground.live.pace import Door, Pace, rest
from playground.live.slice import Envelope
from playground.live.study import Study
from playground.live.timeline import MEMORY
from playground.live.window import Window
from playground.live.wire import pack
from playground.live.wish import Wish
from playground.spec import Spec
from playground.spec.look import Look

MAX_COMMANDS = 100
STALLED_SECONDS = 2.0  # after which a viewer that paints nothing may be gone: its run then leaves the time to others
Send = Callable[[bytes], Awaitable[None]]


class Seat:
    """The run of one viewer. All of it lives on the event loop; only `wish` is written from outside."""

    def __init__(
        self, engine: Engine, wish: Wish, kept: Kept | None = None, *, number: int = 0, board: Board | None = None
    ) -> None:
        self.engine, self.wish, self.number = engine, wish, number
        self.passed = dict(kept.passed) if kept else {}  # the questions that its runs have answered: at which epoch
        self._board = board or Board()
        self.before = ""  # the token of the seat whose run shall go on here
        self.orphan = kept is not None  # no script knows it: its visit has ended or was lost
        self.watched = False  # by followers: then it goes on although its own viewer is hidden
        self.wake = asyncio.Event()
        self.painted = threading.Event()  # the run that is wished for has been seen
        self._commands: deque[Command] = deque(maxlen=MAX_COMMANDS)
        self._run_id = self._frame_id = 0
        self._window = Window()
        self._painted_at, self._visible, self._look, self._door = 0.0, True, Look(), Door()
        self._closer_look = CloserLook(self.wake, self._moves_on)
        self.study = Study(engine, self._repaint)
        self._begin(kept.wish if kept else wish, kept)
        if kept and kept.past_step is not None:
            self._commands.append(Seek(type="seek", step=kept.past_step))

    def _begin(self, wish: Wish, kept: Kept | None = None) -> None:
        """Start a new run, or go on with a kept one; the first state is made when it is needed."""
        self.study.restore(kept.studies if kept else ())
        self._granted = wish
        self.course = Course(self.engine, wish, kept)
        self._run_id = kept.run_id if kept else self._run_id + 1
        self._pace = Pace()
        self._sent_rows, self._first_frame = 0, self._frame_id
        self._dirty, self._closer = True, False  # a frame is due; then one that takes longer and looks closer

    @property
    def spec(self) -> Spec:
        """The choices in force."""
        return self._granted.spec

    @property
    def shown(self) -> State | None:
        """The state under the eyes; None before the first one is made."""
        return self.course.shown

    @property
    def n_bytes(self) -> int:
        """About how much memory this run takes."""
        return self.course.n_bytes + self.study.n_bytes

    def kept(self) -> Kept | None:
        """The run as it stands; None while nothing would be lost with it."""
        course = self.course
        if course.head is None or (course.is_fresh and not self.study.found):
            return None
        return Kept(
            self._granted, course.run, course.head, course.past_step, course.playing, course.reason,
            course.watch.seconds, self.number, self._run_id, self.study.found, dict(self.passed),
        )  # fmt: skip

    def acknowledge(self, frame: int) -> bool:
        """A frame has been painted; False when it is none that the viewer owes an answer for."""
        now = time.monotonic()
        if not self._window.paint(frame, now):
            return False
        self._painted_at = now
        if self.wish is self._granted and frame > self._first_frame:
            self.painted.set()
        self.wake.set()
        return True

    def command(self, command: Command) -> None:
        """Take one message of the viewer; it acts before the next slice."""
        self._commands.append(command)
        self.wake.set()

    def forget_viewer(self) -> None:
        """Another viewer comes. Browsers say that a page is hidden when it ends: that is not said of the next one."""
        self._commands = deque((c for c in self._commands if not isinstance(c, Visible)), MAX_COMMANDS)

    async def drive(self, send: Send, *, deflate: bool) -> None:
        """Serve a viewer until cancelled. Whoever connects again finds the run as it was left."""
        await self._door.enter()
        self._send, self._deflate = send, deflate
        self._window, self._visible = Window(), True
        self._rest()
        told, asked = 0, False
        MEMORY.n_runs += 1
        try:
            await self._show_scene()
            self.study.attend(self.spec, visible=True)
            while True:
                self.wake.clear()
                await self._obey()
                if told != self._board.version:
                    told = self._board.version
                    await send(self._board.message(self.number))
                if self.orphan and not asked:
                    asked = True
                    await send(pack({"type": "renew"}))  # the page has its script run, which takes over this run
                if self.course.playing and (self._visible or self.watched):
                    await self._play()
                elif (self._dirty or self._closer) and self._visible and self._window.has_room:
                    await self._show()
                else:
                    await self.wake.wait()
        finally:
            MEMORY.n_runs -= 1
            self.study.pause()
            self._closer_look.end()

    def _repaint(self) -> None:
        self._dirty = True
        self.wake.set()

    def _moves_on(self) -> bool:
        return self.wish is not self._granted or any(isinstance(command, Seek | Press) for command in self._commands)

    async def _obey(self) -> None:
        if self.wish is not self._granted:
            await self._grant(self.wish)
        while self._commands:
            await self._act(self._commands.popleft())

    def note_passed(self) -> None:
        """Write down the question that this run has answered, if any."""
        goal, head = self._granted.goal, self.course.head
        epoch = goal.done_epoch(head.history) if goal and head else None
        if goal and epoch is not None:
            self.passed.setdefault(goal.question, epoch)

    async def _grant(self, wish: Wish) -> None:
        self.note_passed()
        before, self._granted = self._granted, wish
        self._dirty, self._first_frame = True, self._frame_id
        if wish.replaces(before, untouched=self.course.is_fresh):
            playing = self.course.playing and not wish.asks(before)
            self._begin(wish)
            self.course.playing = playing
            await self._show_scene()
        elif not wish.spec.trains_like(before.spec):
            self.course.change(wish.spec.settings)

    async def _act(self, command: Command) -> None:
        same = isinstance(command, LookAt) and not command.again and command.look() == self._look
        self._dirty |= not same  # views tell what they look at again with each run
        match command:
            case Visible(visible=visible):
                self._visible = visible
                self._rest()
                self.study.attend(self.spec, visible=visible)
            case LookAt():
                self._look = command.look()
            case Press(type=name):
                await self._press(name)
            case Seek():
                self.course.playing = False
                await self.course.seek(*command.place)
            case StudyOrder():
                self.study.heed(self._granted.spec, command)
            case EditWeight() | EditKernel():
                self._branch()
                await self.course.edit(command.edit())

    async def _press(self, name: str) -> None:
        course = self.course
        course.playing = name == "play"
        course.watch.rest()
        if name in ("play", "step", "step_batch"):
            await self._play_again()
        if name in ("play", "step", "step_batch", "head"):
            course.past = None
        if name in ("play", "step", "step_batch", "rewind"):
            course.reason = ""
            self._pace.restart(time.monotonic())
        if name == "step":
            await self._train(None, None)
        elif name == "step_batch":
            await self._train(1, None)
        elif (name == "unedit" and course.hand_edited) or (name == "rewind" and not (await course.ensure_head()).step):
            self._branch()
            await course.unedit()
        elif name in ("rewind", "branch"):
            if name == "rewind":
                await course.seek(0)
            self._branch()

    async def _play_again(self) -> None:
        """A run that was shown as finished goes on from the past under the eyes, or from its beginning."""
        await self.course.ensure_head()
        if not self.course.is_as_opened:
            return
        if self.course.past is None:
            await self.course.seek(0)
        self._branch()

    def _branch(self) -> None:
        if self.course.past is not None:
            self.course.branch(self._granted.spec.settings)
            self._sent_rows = 0

    async def _play(self) -> None:
        head, speed = await self.course.ensure_head(), self._granted.spec.settings.speed
        if not self.watched and not self._window.has_room and time.monotonic() > self._painted_at + STALLED_SECONDS:
            await rest(self.wake, 1.0)
        now = time.monotonic()
        self.course.watch.tick(now)
        n_steps = self._pace.due(speed, head.steps_per_epoch, now, self.engine.free_share)
        if n_steps:
            await self._train(n_steps, self._envelope(head) if self._visible and self._window.has_room else None)
        else:
            await rest(self.wake, self._pace.wait_seconds(speed, head.steps_per_epoch, now))

    async def _train(self, n_steps: int | None, envelope: Envelope | None) -> None:
        before = await self.course.ensure_head()
        answer = await self.course.train(n_steps, envelope, deadline_seconds=self._pace.deadline_seconds(n_steps))
        self._pace.measure(answer.state.step - before.step, answer.seconds, answer.painting_seconds)
        if answer.state.stopped:
            self._dirty, self._sent_rows = True, 0
        elif answer.message:
            await self._deliver(answer.state, answer.message)

    async def _show(self) -> None:
        head, twice = await self.course.ensure_head(), self.spec.looks_closer
        closer = twice and not self._dirty
        envelope = self._envelope(head, still=closer or not twice, quick=twice and not closer)
        self._dirty, self._closer = False, twice and not closer
        if message := await (self._closer_look.at(self.course, envelope) if closer else self.course.observe(envelope)):
            await self._deliver(self.shown or head, message)

    async def _show_scene(self) -> None:
        self._sent_rows, self._dirty = 0, True
        drawing = self.engine.run("draw_scene", self.spec, {"run": self._run_id}, self._deflate)
        scene, _ = await asyncio.gather(drawing, self.course.ensure_head())  # two workers at once
        await self._send(scene)

    async def _deliver(self, state: State, message: bytes) -> None:
        self._frame_id += 1
        self._window.send(self._frame_id, time.monotonic())
        if self.course.past is None:
            self._sent_rows = len(state.history.rows)
        await self._send(message)

    def _rest(self) -> None:
        """Count neither seconds nor due steps from the time before."""
        self.course.watch.rest()
        self._painted_at = time.monotonic()
        self._pace.restart(self._painted_at)

    def header(self, head: State) -> dict[str, Any]:
        """What a frame says of the run besides what the learner says: the same for the viewer and for followers."""
        return {
            "run": self._run_id,
            **self.course.header(head),
            "asked": round(time.time(), 3),  # when this frame was ordered: says how old it is
            "speed": self._granted.spec.settings.speed,
            "goal": goal.describe(head.history) if (goal := self._granted.goal) else None,
        }

    @property
    def look(self) -> Look:
        """What the viewer looks at now."""
        return replace(self._look, shown=self._granted.spec.shown_values(), study=self.study.report())

    def _envelope(self, head: State, *, still: bool = False, quick: bool = False) -> Envelope:
        header, look = {**self.header(head), "id": self._frame_id + 1}, replace(self.look, still=still, quick=quick)
        return Envelope(header, look, None if self.course.past else self._sent_rows, self._deflate)
