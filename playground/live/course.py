"""A run on its way: its value, its newest state, the past under the eyes. It asks the engine and knows no viewer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from playground.learners.learner import Edit, State
from playground.live.engine import Engine
from playground.live.run import Run
from playground.live.slice import Envelope, PastUnit, Slice
from playground.live.stopwatch import Stopwatch
from playground.live.study import Found
from playground.live.timeline import Timeline, n_bytes
from playground.live.wish import Wish
from playground.live.worker import START_SECONDS
from playground.spec import Settings
from playground.training.stops import DIVERGED

OPENING_STEPS = 100  # of one slice before a run is first shown, finished
MAX_NUMBERS = 30_000  # that may be changed by hand in one run
NUMBER_BYTES = 50  # of each in memory
FULL = f"Finished: {MAX_NUMBERS:,} numbers of this run were changed by hand. Reset begins a new one."


@dataclass(frozen=True)
class Kept:
    """A run as it stood at one moment: all that is needed to go on from there, here or after a restart.

    Attributes:
        wish: what its page wanted to see.
        run: the run.
        head: its newest state.
        past_step: the past moment under the eyes; None shows the newest state.
        playing: whether it played.
        reason: why it had stopped by itself; may be empty.
        seconds: that it had played.
        number: of its seat.
        run_id: by which its viewer knows this run from the ones before.
        studies: what studies of this run have found.
        passed: the questions that runs of its seat have answered, and at which epoch.
    """

    wish: Wish
    run: Run
    head: State
    past_step: int | None
    playing: bool
    reason: str
    seconds: float
    number: int
    run_id: int
    studies: tuple[Found, ...] = ()
    passed: Mapping[str, int] = field(default_factory=dict)


class Course:
    """One run. Its states are values, so whoever reads one may keep it."""

    def __init__(self, engine: Engine, wish: Wish, kept: Kept | None = None) -> None:
        self.engine = engine
        self.opens_at = wish.opens_at
        self.run = kept.run if kept else Run(wish.spec)
        self.head: State | None = None  # the newest state; None until a worker has made the first
        self.past: State | None = None  # a past state under the eyes; None shows the newest
        self.n_branches = 0  # how often its history was cut
        self.timeline = Timeline()
        self.playing = kept.playing if kept else False
        self.reason = kept.reason if kept else ""  # why the run stopped by itself
        self.watch = Stopwatch(time.monotonic(), kept.seconds if kept else 0.0)
        if kept:
            self.keep(kept.head)

    @property
    def shown(self) -> State | None:
        """The state under the eyes; None before the first one is made."""
        return self.past or self.head

    @property
    def hand_edited(self) -> bool:
        """Whether weights were edited by hand at the step under the eyes."""
        return self.shown is not None and bool(self.run.edits_at(self.shown.step))

    @property
    def past_step(self) -> int | None:
        """The step under the eyes when it is past; None shows the newest state."""
        return self.past.step if self.past else None

    @property
    def is_fresh(self) -> bool:
        """Whether nothing would be lost with it: nobody has trained or edited it."""
        untouched = self.head is None or self.head.step == 0 or (self._is_opened and self.head.epoch <= self.opens_at)
        return untouched and not self.playing and not self.run.changes

    @property
    def is_as_opened(self) -> bool:
        """Whether it was opened finished, and has come to its end again or was never changed."""
        return self._is_opened and bool(self.reason or not self.run.changes)

    @property
    def _is_opened(self) -> bool:
        """Whether it is where it was opened at, or where a stop of its own came first."""
        if self.head is None or not self.opens_at:
            return False
        return self.head.epoch >= self.opens_at or bool(self.reason and not self.run.changes)

    @property
    def n_bytes(self) -> int:
        """About how much memory this run takes."""
        return self.timeline.n_bytes + NUMBER_BYTES * self.run.n_numbers + (n_bytes(self.head) if self.head else 0)

    @property
    def status(self) -> str:
        """One word for how it stands: playing, failed, finished, paused or ready."""
        if self.playing:
            return "playing"
        if self.reason:
            return "failed" if self.reason.startswith(DIVERGED) else "finished"
        return "paused" if self.head and self.head.step else "ready"

    def header(self, head: State) -> dict[str, Any]:
        """What a frame says of a run on its way whose newest state is `head`."""
        return {
            "status": self.status,
            "reason": self.reason,
            "head_epoch": head.epoch,
            "scrubbed": self.past is not None,
            "hand_edited": self.hand_edited,
            "seconds": self.watch.seconds,
            "epochs_per_second": self.watch.rate(head.epoch, time.monotonic()) if self.playing else 0.0,
        }

    def keep(self, state: State) -> None:
        """`state` is the newest one now."""
        self.head = replace(state, stopped="")
        self.timeline.add(self.head)

    async def ensure_head(self) -> State:
        """The newest state; made now when there is none."""
        if self.head is None:
            self.keep(await self._start())
            if self.opens_at and (shipped := await self.engine.run("shipped", self.run, self.opens_at)):
                self.keep(shipped)
            while not self.playing and self.head and self.head.epoch < self.opens_at and not self.reason:
                await self.train(OPENING_STEPS, None, deadline_seconds=START_SECONDS)
        assert self.head is not None
        return self.head

    async def train(self, n_steps: int | None, envelope: Envelope | None, **deadline: float) -> Slice:
        """Go on by `n_steps`, or None: to the next epoch. Stops play when the run has stopped by itself."""
        head = await self.ensure_head()
        answer: Slice = await self.engine.run("train", self.run, head, n_steps, envelope, **deadline)
        self.keep(answer.state)
        before = head
        while n_steps is None and before.step < answer.state.step and self._is_within(head.epoch, answer.state):
            before, spent = answer.state, answer.seconds
            answer = await self.engine.run("train", self.run, before, None, envelope, **deadline)
            answer = replace(answer, seconds=spent + answer.seconds)
            self.keep(answer.state)
        if answer.state.stopped:
            await self._stop(answer.state)
        return answer

    @staticmethod
    def _is_within(epoch: int, state: State) -> bool:
        """Whether it is on its way to the next epoch: that of a large model comes in pieces."""
        return state.epoch == epoch and not state.stopped

    async def seek(self, number: int, unit: PastUnit = "epoch") -> None:
        """Put a past moment under the eyes: the beginning of an epoch, or what stood after so many steps.

        One that is not past shows the newest state.
        """
        head = await self.ensure_head()
        if unit == "epoch":
            is_past = number < head.epoch or (number == head.epoch and head.batch > 0)
            near = self.timeline.before_epoch(number, head.history)
        else:
            is_past, near = number < head.step, self.timeline.before_step(number + 1, head.history)
        self.past = await self._go(near, unit, number) if is_past else None

    async def _go(self, state: State | None, unit: PastUnit, number: int) -> State:
        """A past state, computed again from a kept one before it; a long way in pieces, which are kept too."""
        if state is None:  # the run was kept without its beginning
            state = await self._start()
            self.timeline.fill(state)
        there = False
        while not there:
            answer = await self.engine.run("seek", self.run, state, unit, number, deadline_seconds=START_SECONDS)
            state, there = answer
            if not there:
                self.timeline.fill(state)
        return state

    def branch(self, settings: Settings) -> None:
        """Forget what came after the past state under the eyes, and go on from it with the present settings."""
        if self.past is None:
            return
        self.run = self.run.until(self.past.step).change(self.past.step, settings)
        self.keep(self.past)
        if not self.past.step:
            self.watch.seconds = 0.0
        self.past, self.reason = None, ""
        self.n_branches += 1

    def change(self, settings: Settings) -> None:
        """New live settings, from the newest state on."""
        if self._may_change():
            self.run = self.run.change(self.head.step if self.head else 0, settings)

    async def edit(self, edit: Edit) -> None:
        """Set weights of the newest state; one that the model does not have changes nothing."""
        head = await self.ensure_head()
        if not self._may_change():
            return
        edited = await self.engine.run("edit", self.run, head, edit)
        if edited is not None:  # else the diagram of a former run was edited
            self.run = self.run.change(head.step, edit)
            self.keep(edited)

    async def unedit(self) -> None:
        """Take back what was edited at the newest step: its state is computed again without."""
        head = await self.ensure_head()
        if self.run.edits_at(head.step):
            run = self.run.without_edits(head.step)
            near = self.timeline.before_step(head.step, head.history)
            n_steps = head.step - (near.step if near else 0)
            state = (await self.engine.run("train", run, near, n_steps, None)).state
            self.run = run  # only now: a viewer that leaves meanwhile leaves a run and a state that belong together
            self.keep(state)

    def _may_change(self) -> bool:
        """Whether one more change fits; else the run stops and says why."""
        if self.run.n_numbers < MAX_NUMBERS:
            return True
        self.playing, self.reason = False, FULL
        return False

    async def observe(self, envelope: Envelope, *, closer: bool = False) -> Any:
        """The packed frame of the state under the eyes."""
        head = await self.ensure_head()
        deadline = START_SECONDS if closer else None  # what looks closer may have to load much at first
        return await self.engine.run("observe", self.run, self.past or head, envelope, deadline_seconds=deadline)

    async def _start(self) -> State:
        """The state at step 0."""
        answer: Slice = await self.engine.run("train", self.run, None, 0, None, deadline_seconds=START_SECONDS)
        return answer.state

    async def _stop(self, state: State) -> None:
        """The run stopped by itself. After a divergence stand at the last recorded state, whose loss is finite."""
        self.playing = False
        if state.stopped.startswith(DIVERGED):
            await self.seek(int(state.history.last("epoch")))
            self.branch(self.run.spec_at(state.step).settings)
        self.reason = state.stopped
