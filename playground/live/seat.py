"""One viewer and its run: takes commands, awaits the engine, sends frames, respects the viewer's pace."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from playground.learners.learner import Edit, Look, State
from playground.live.commands import Ack, Command, EditWeight, LookAt, Press, Seek, Visible
from playground.live.engine import Engine
from playground.live.pace import Pace
from playground.live.run import Run
from playground.live.slice import Envelope, Slice
from playground.live.timeline import Timeline
from playground.spec import Spec
from playground.training.goals import Goal
from playground.training.stops import DIVERGED

MAX_UNPAINTED = 2
MAX_COMMANDS = 100
Send = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True)
class Wish:
    """What the page wants to see: written by the script, read by the seat."""

    spec: Spec
    goal: Goal | None = None


class Seat:
    """The run of one viewer. All of it lives on the event loop; only `wish` is written from outside."""

    def __init__(self, engine: Engine, wish: Wish) -> None:
        self.engine = engine
        self.wish = wish
        self.wake = asyncio.Event()
        self._commands: deque[Command] = deque(maxlen=MAX_COMMANDS)
        self._run_id = 0
        self._frame_id = 0
        self._painted = 0
        self._visible = True
        self._look = Look()
        self._begin(wish)

    def _begin(self, wish: Wish) -> None:
        """Start a new run; the first state is made when it is needed."""
        self._granted = wish
        self._run = Run(wish.spec)
        self._run_id += 1
        self._head: State | None = None  # the newest state; None until a worker has made the first
        self._past: State | None = None  # a past state under the eyes; None shows the newest
        self._timeline = Timeline()
        self._pace = Pace()
        self._playing = False
        self._reason = ""  # why the run stopped by itself
        self._sent_rows = 0
        self._dirty = True

    def command(self, command: Command) -> None:
        """Take one message of the viewer; it acts before the next slice."""
        self._commands.append(command)
        self.wake.set()

    async def drive(self, send: Send, *, deflate: bool) -> None:
        """Serve a viewer until cancelled. Whoever connects again finds the run as it was left."""
        self._send, self._deflate = send, deflate
        self._painted = self._frame_id
        self._visible = True
        await self._show_scene()
        while True:
            self.wake.clear()
            await self._obey()
            if self._playing and self._visible:
                await self._play()
            elif self._dirty and self._visible and self._has_room():
                await self._show()
            else:
                await self.wake.wait()

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
        elif wish.spec.settings != before.spec.settings:
            self._run = self._run.change(self._head.step if self._head else 0, wish.spec.settings)

    async def _act(self, command: Command) -> None:
        self._dirty = self._dirty or not isinstance(command, Ack)
        match command:
            case Ack(frame=frame):
                self._painted = max(self._painted, min(frame, self._frame_id))
            case Visible(visible=visible):
                self._visible = visible
                self._pace.restart(time.monotonic())
            case LookAt():
                self._look = Look(command.unit, command.point, command.text, command.off, command.inside)
            case Press(type=name):
                await self._press(name)
            case Seek(epoch=epoch):
                self._playing = False
                await self._seek(epoch)
            case EditWeight():
                await self._edit(Edit(command.layer, command.unit, command.input, command.value))

    async def _press(self, name: str) -> None:
        self._playing = name == "play"
        if name in ("play", "step", "step_batch", "head"):
            self._past = None
        if name in ("play", "step", "step_batch"):
            self._reason = ""
            self._pace.restart(time.monotonic())
        if name == "step":
            await self._train(None, None)
        elif name == "step_batch":
            await self._train(1, None)
        elif name == "rewind":
            await self._seek(0)
            self._branch()
        elif name == "branch":
            self._branch()

    async def _seek(self, epoch: int) -> None:
        head = await self._ensure_head()
        if epoch >= head.epoch and not (epoch == head.epoch and head.batch):
            self._past = None
            return
        near = self._timeline.before_epoch(epoch, head.history)
        self._past = await self.engine.run("replay", self._run, near, epoch)

    def _branch(self) -> None:
        """Forget what came after the past state under the eyes, and go on from it with the present settings."""
        if self._past is None:
            return
        self._run = self._run.until(self._past.step).change(self._past.step, self._granted.spec.settings)
        self._head, self._past = self._past, None
        self._timeline.add(self._head)
        self._reason, self._sent_rows = "", 0

    async def _edit(self, edit: Edit) -> None:
        self._branch()
        head = await self._ensure_head()
        edited = await self.engine.run("edit", self._run, head, edit)
        if edited is not None:  # else the diagram of a former run was edited
            self._run = self._run.change(head.step, edit)
            self._keep(edited)

    # --- training and showing ---------------------------------------------------------------------------------

    async def _play(self) -> None:
        head = await self._ensure_head()
        speed = self._granted.spec.settings.speed
        now = time.monotonic()
        n_steps = self._pace.due(speed, head.steps_per_epoch, now, self.engine.free_share)
        if n_steps:
            await self._train(n_steps, self._envelope() if self._has_room() else None)
        else:
            await self._sleep(self._pace.wait_seconds(speed, head.steps_per_epoch, now))

    async def _train(self, n_steps: int | None, envelope: Envelope | None) -> None:
        head = await self._ensure_head()
        answer: Slice = await self.engine.run("train", self._run, head, n_steps, envelope)
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
        envelope = self._envelope()
        self._dirty = False
        state = self._past or head
        await self._deliver(state, await self.engine.run("observe", self._run, state, envelope))

    async def _show_scene(self) -> None:
        self._sent_rows, self._dirty = 0, True
        header = {"run": self._run_id}
        await self._send(await self.engine.run("draw_scene", self._run, header, self._deflate))

    async def _deliver(self, state: State, message: bytes) -> None:
        self._frame_id += 1
        if self._past is None:
            self._sent_rows = len(state.history.rows)
        await self._send(message)

    async def _sleep(self, seconds: float) -> None:
        """Wait for the next step that is due, or for a command."""
        try:
            await asyncio.wait_for(self.wake.wait(), seconds)
        except TimeoutError:
            pass

    async def _ensure_head(self) -> State:
        if self._head is None:
            self._keep((await self.engine.run("train", self._run, None, 0, None)).state)
        assert self._head is not None
        return self._head

    def _has_room(self) -> bool:
        return self._frame_id - self._painted < MAX_UNPAINTED

    def _status(self) -> str:
        if self._playing:
            return "playing"
        if self._reason:
            return "failed" if self._reason.startswith(DIVERGED) else "finished"
        return "paused" if self._head and self._head.step else "ready"

    def _envelope(self) -> Envelope:
        head, goal = self._head, self._granted.goal
        assert head is not None
        header: dict[str, Any] = {
            "run": self._run_id,
            "id": self._frame_id + 1,
            "status": self._status(),
            "reason": self._reason,
            "speed": self._granted.spec.settings.speed,
            "head_epoch": head.epoch,
            "scrubbed": self._past is not None,
            "goal": goal.describe(head.history) if goal else None,
        }
        return Envelope(header, self._look, None if self._past else self._sent_rows, self._deflate)
