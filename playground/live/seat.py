"""One viewer and its run: takes commands, awaits the engine, sends frames, respects the viewer's pace."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from playground.learners.learner import Edit, Look, State
from playground.live.commands import Command, EditKernel, EditWeight, LookAt, Press, Seek, StudyOrder, Visible
from playground.live.engine import START_SECONDS, Engine
from playground.live.pace import Pace, Rate, rest
from playground.live.run import Run
from playground.live.slice import Envelope, Slice, status_of
from playground.live.study import Study
from playground.live.timeline import Timeline, n_bytes
from playground.live.wish import Wish
from playground.training.stops import DIVERGED

MAX_UNPAINTED, MAX_COMMANDS = 2, 100
Send = Callable[[bytes], Awaitable[None]]


class Seat:
    """The run of one viewer. All of it lives on the event loop; only `wish` is written from outside."""

    def __init__(self, engine: Engine, wish: Wish) -> None:
        self.engine = engine
        self.wish = wish
        self.wake = asyncio.Event()
        self._commands: deque[Command] = deque(maxlen=MAX_COMMANDS)
        self._run_id = 0
        self._frame_id = self._painted = 0
        self._visible = True
        self._look = Look()
        self.study = Study(engine, self._repaint)
        self._begin(wish)

    def _begin(self, wish: Wish) -> None:
        """Start a new run; the first state is made when it is needed."""
        self.study.forget()
        self._granted = wish
        self.run = Run(wish.spec)
        self._run_id += 1
        self._head: State | None = None  # the newest state; None until a worker has made the first
        self._past: State | None = None  # a past state under the eyes; None shows the newest
        self._timeline = Timeline()
        self._pace = Pace()
        self._playing = False
        self._reason = ""  # why the run stopped by itself
        self._seconds = 0.0  # that it has played
        self._played_until: float | None = None
        self._rate = Rate(time.monotonic())
        self._sent_rows = 0
        self._dirty, self._closer = True, False  # a frame is due; then one that takes longer and looks closer

    @property
    def shown(self) -> State | None:
        """The state under the eyes; None before the first one is made."""
        return self._past or self._head

    @property
    def n_bytes(self) -> int:
        """About how much memory this run takes."""
        return self._timeline.n_bytes + (n_bytes(self._head) if self._head else 0)

    def acknowledge(self, frame: int) -> bool:
        """A frame has been painted; False when it is none that the viewer owes an answer for."""
        if not self._painted < frame <= self._frame_id:
            return False
        self._painted = frame
        self.wake.set()
        return True

    def command(self, command: Command) -> None:
        """Take one message of the viewer; it acts before the next slice."""
        self._commands.append(command)
        self.wake.set()

    async def drive(self, send: Send, *, deflate: bool) -> None:
        """Serve a viewer until cancelled. Whoever connects again finds the run as it was left."""
        self._send, self._deflate = send, deflate
        self._painted = self._frame_id
        self._visible, self._played_until = True, None
        self._pace.restart(time.monotonic())
        try:
            await self._show_scene()
            while True:
                self.wake.clear()
                await self._obey()
                if self._playing and self._visible:
                    await self._play()
                elif (self._dirty or self._closer) and self._visible and self._has_room():
                    await self._show()
                else:
                    await self.wake.wait()
        finally:
            self.study.cancel()

    def _repaint(self) -> None:
        self._dirty = True
        self.wake.set()

    # --- choices and commands ---------------------------------------------------------------------------------

    async def _obey(self) -> None:
        if self.wish is not self._granted:
            await self._grant(self.wish)
        while self._commands:
            await self._act(self._commands.popleft())

    async def _grant(self, wish: Wish) -> None:
        before, self._granted = self._granted, wish
        self._dirty = True
        if wish.spec.structure != before.spec.structure:
            playing = self._playing
            self._begin(wish)
            self._playing = playing
            await self._show_scene()
        elif not wish.spec.trains_like(before.spec):
            self.run = self.run.change(self._head.step if self._head else 0, wish.spec.settings)

    async def _act(self, command: Command) -> None:
        self._dirty = True
        match command:
            case Visible(visible=visible):
                self._visible, self._played_until = visible, None
                self._pace.restart(time.monotonic())
            case LookAt():
                self._look = command.look()
            case Press(type=name):
                await self._press(name)
            case Seek(epoch=epoch):
                self._playing = False
                await self._seek(epoch)
            case StudyOrder(name=name, which=which):
                self.study.start(self._granted.spec, name, which)
            case EditWeight() | EditKernel():
                await self._edit(command.edits())

    async def _press(self, name: str) -> None:
        self._playing, self._played_until = name == "play", None
        if name in ("play", "step", "step_batch"):
            await self._play_again(name)
        if name in ("play", "step", "step_batch", "head"):
            self._past = None
        if name in ("play", "step", "step_batch", "rewind"):
            self._reason = ""
            self._pace.restart(time.monotonic())
        if name == "step":
            await self._train(None, None)
        elif name == "step_batch":
            await self._train(1, None)
        elif name == "unedit" or (name == "rewind" and not (await self._ensure_head()).step):
            await self._unedit()
        elif name in ("rewind", "branch"):
            if name == "rewind":
                await self._seek(0)
            self._branch()

    async def _play_again(self, name: str) -> None:
        """A run that was shown as finished plays on from the past under the eyes, or from its beginning."""
        head, opens_at = await self._ensure_head(), self._granted.opens_at
        if not 0 < opens_at <= head.epoch:
            return
        if self._past is None and name == "play":
            await self._seek(0)
        self._branch()

    async def _seek(self, epoch: int) -> None:
        head = await self._ensure_head()
        if epoch >= head.epoch and not (epoch == head.epoch and head.batch):
            self._past = None
            return
        near = self._timeline.before_epoch(epoch, head.history)
        self._past = await self.engine.run("replay", self.run, near, epoch)

    def _branch(self) -> None:
        """Forget what came after the past state under the eyes, and go on from it with the present settings."""
        if self._past is None:
            return
        self.run = self.run.until(self._past.step).change(self._past.step, self._granted.spec.settings)
        self._head, self._past = self._past, None
        self._timeline.add(self._head)
        self._reason, self._sent_rows = "", 0

    async def _edit(self, edits: Sequence[Edit]) -> None:
        self._branch()
        head = await self._ensure_head()
        edited = await self.engine.run("edit", self.run, head, *edits)
        if edited is not None:  # else the diagram of a former run was edited
            for edit in edits:
                self.run = self.run.change(head.step, edit)
            self._keep(edited)

    async def _unedit(self) -> None:
        """Take back what was edited at the newest step: its state is computed again without."""
        self._branch()
        head = await self._ensure_head()
        if self.run.edits_at(head.step):
            self.run = self.run.without_edits(head.step)
            near = self._timeline.before_step(head.step, head.history)
            n_steps = head.step - (near.step if near else 0)
            self._keep((await self.engine.run("train", self.run, near, n_steps, None)).state)

    # --- training and showing ---------------------------------------------------------------------------------

    async def _play(self) -> None:
        head = await self._ensure_head()
        speed = self._granted.spec.settings.speed
        now = time.monotonic()
        self._seconds += now - (self._played_until or now)
        self._played_until = now
        n_steps = self._pace.due(speed, head.steps_per_epoch, now, self.engine.free_share)
        if n_steps:
            await self._train(n_steps, self._envelope() if self._has_room() else None)
        else:
            await rest(self.wake, self._pace.wait_seconds(speed, head.steps_per_epoch, now))

    async def _train(self, n_steps: int | None, envelope: Envelope | None) -> None:
        head = await self._ensure_head()
        answer: Slice = await self.engine.run("train", self.run, head, n_steps, envelope)
        self._keep(answer.state)
        self._pace.measure(answer.state.step - head.step, answer.seconds)
        if answer.state.stopped:
            await self._stop(answer.state)
        elif answer.message:
            await self._deliver(answer.state, answer.message)

    def _keep(self, state: State) -> None:
        self._head = replace(state, stopped="")
        self._timeline.add(self._head)

    async def _stop(self, state: State) -> None:
        """The run stopped by itself. After a divergence stand at the last recorded state, whose loss is finite."""
        self._playing, self._dirty = False, True
        if state.stopped.startswith(DIVERGED):
            await self._seek(int(state.history.last("epoch")))
            self._branch()
        self._reason = state.stopped

    async def _show(self) -> None:
        head = await self._ensure_head()
        state, twice = self._past or head, self._granted.spec.looks_closer
        closer = twice and not self._dirty
        envelope = self._envelope(still=closer or not twice)
        self._dirty, self._closer = False, twice and not closer
        deadline = START_SECONDS if closer else None  # what looks closer may have to load much at first
        message = await self.engine.run("observe", self.run, state, envelope, deadline_seconds=deadline)
        await self._deliver(state, message)

    async def _show_scene(self) -> None:
        self._sent_rows, self._dirty = 0, True
        drawing = self.engine.run(
            "draw_scene", self.run, {"run": self._run_id}, self._deflate, deadline_seconds=START_SECONDS
        )
        scene, _ = await asyncio.gather(drawing, self._ensure_head())  # two workers at once
        await self._send(scene)

    async def _deliver(self, state: State, message: bytes) -> None:
        self._frame_id += 1
        if self._past is None:
            self._sent_rows = len(state.history.rows)
        await self._send(message)

    async def _ensure_head(self) -> State:
        if self._head is None:
            answer: Slice = await self.engine.run("train", self.run, None, 0, None, deadline_seconds=START_SECONDS)
            self._keep(answer.state)
            if self._granted.opens_at and not self._playing:
                await self._train(self._granted.opens_at * answer.state.steps_per_epoch, None)
        assert self._head is not None
        return self._head

    def _has_room(self) -> bool:
        return self._frame_id - self._painted < MAX_UNPAINTED

    def _envelope(self, *, still: bool = False) -> Envelope:
        head, goal = self._head, self._granted.goal
        assert head is not None
        header: dict[str, Any] = {
            "run": self._run_id,
            "id": self._frame_id + 1,
            "status": status_of(head, self._reason, playing=self._playing),
            "reason": self._reason,
            "asked": round(time.time(), 3),  # when this frame was ordered: says how old it is
            "speed": self._granted.spec.settings.speed,
            "head_epoch": head.epoch,
            "scrubbed": self._past is not None,
            "seconds": self._seconds,
            "epochs_per_second": self._rate.of(head.epoch, time.monotonic()),
            "goal": goal.describe(head.history) if goal else None,
        }
        look = replace(self._look, shown=self._granted.spec.shown_values(), study=self.study.report(), still=still)
        return Envelope(header, look, None if self._past else self._sent_rows, self._deflate)
