"""Two tabs that command one run, by a state machine: whoever says what and when, the run is what a model says it is."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from playground.learners.learner import Edit
from playground.live import work
from playground.live.commands import EditWeight, Press, Seek
from playground.live.hub import Hub
from playground.live.limits import Limits
from playground.live.run import Run
from playground.live.wish import Wish
from tests.unit.test_hub import WISH, InProcess, Viewer, until

WHOLE = os.environ.get("CHAOS") == "whole"
RATES = (0.03, 0.1)
TABS = st.sampled_from(["first", "second"])


class Model:
    """What the run must be: its value, the epoch of its newest state, and the past epoch under the eyes."""

    def __init__(self) -> None:
        self.run, self.epoch, self.past = Run(WISH.spec), 0, None
        self.settings = WISH.spec.settings

    @property
    def steps_per_epoch(self) -> int:
        """All rules stop at whole epochs."""
        return int(work.start(Run(WISH.spec)).steps_per_epoch)

    def branch(self) -> None:
        """The future is forgotten; what was chosen last holds from here."""
        if self.past is not None:
            step = self.past * self.steps_per_epoch
            self.run, self.epoch, self.past = self.run.until(step).change(step, self.settings), self.past, None


class TwoTabs(RuleBasedStateMachine):
    """A seat that two tabs open in turn; the newest has it. After each rule it stands still."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.hub, self.model = Hub(Limits(viewers=2)), Model()
        self.hub._engine = InProcess()  # type: ignore[assignment]
        self.hub.start(self.loop)
        self._do(asyncio.sleep(0))  # what it has begun has begun
        self.token = self.hub.open(WISH)
        self.tabs: dict[str, Viewer] = {}
        self.owner = ""

    def teardown(self) -> None:
        for tab in self.tabs.values():
            self._do(tab.leave())
        self.hub.stop()
        self._do(asyncio.sleep(0))
        self.loop.close()

    def _do(self, story: Any) -> Any:
        return self.loop.run_until_complete(story)

    @property
    def seat(self) -> Any:
        return self.hub.seat(self.token)

    def _say(self, *commands: Any) -> None:
        """Commands of the tab that has the run; waits until the seat has obeyed and rests."""
        if not self.owner:
            return

        async def rest() -> None:
            for command in commands:
                self.seat.command(command)
            await until(lambda: not self.seat._commands and not self.seat._dirty and not self.seat.wake.is_set())

        self._do(rest())

    @rule(tab=TABS)
    def open(self, tab: str) -> None:
        """A tab opens the run, or opens it again: it has it now, and the other one is sent away."""
        former = self.tabs.get(self.owner)

        async def connect() -> None:
            self.tabs[tab] = Viewer(self.hub, self.token)
            await until(lambda: self.tabs[tab].frames)
            if former and former is not self.tabs[tab]:
                await until(lambda: former.task.done())
                assert former.task.cancelled()

        self._do(connect())
        self.owner = tab

    @rule()
    def leave(self) -> None:
        """The tab that has the run is closed; the run is kept."""
        if self.owner:
            self._do(self.tabs.pop(self.owner).leave())
            self.owner = ""

    @rule(n=st.integers(1, 20))
    def step(self, n: int) -> None:
        """Impatient clicks: each is one epoch, from the newest state."""
        if self.owner:
            self.model.epoch, self.model.past = self.model.epoch + n, None
        self._say(*[Press(type="step")] * n)

    @rule(epoch=st.integers(0, 30))
    def seek(self, epoch: int) -> None:
        """A past epoch comes under the eyes; one that is not past shows the newest."""
        if self.owner:
            self.model.past = epoch if epoch < self.model.epoch else None
        self._say(Seek(type="seek", epoch=epoch))

    @rule(name=st.sampled_from(["branch", "rewind"]))
    def cut(self, name: Any) -> None:
        """Go on from the past under the eyes, or from the beginning."""
        if self.owner and name == "rewind" and not self.model.epoch:
            self.model.run = self.model.run.without_edits(0)
            self.model.past = None
        elif self.owner:
            if name == "rewind":
                self.model.past = 0
            self.model.branch()
        self._say(Press(type=name))

    @rule(value=st.sampled_from([-2.0, 0.5]))
    def edit(self, value: float) -> None:
        """A weight set by hand, also in the past: then the future is forgotten."""
        if self.owner:
            self.model.branch()
            self.model.run = self.model.run.change(self.model.epoch * self.model.steps_per_epoch, Edit(0, 1, 0, value))
        self._say(EditWeight(type="edit", layer=0, unit=1, input=0, value=value))

    @rule(rate=st.sampled_from(RATES))
    def choose(self, rate: float) -> None:
        """The script has another learning rate; it holds from the newest state on, once somebody looks."""
        if not self.owner:
            return
        spec = WISH.spec.change(learning_rate=rate)
        if self.model.settings != spec.settings:
            self.model.run = self.model.run.change(self.model.epoch * self.model.steps_per_epoch, spec.settings)
        self.model.settings = spec.settings
        self.hub.wish(self.token, Wish(spec))
        self._say()

    @invariant()
    def the_run_is_the_model(self) -> None:
        """One owner, and every number is that of the run alone."""
        course, model = self.seat.course, self.model
        assert sum(not tab.task.done() for tab in self.tabs.values()) == bool(self.owner) == self.hub.n_viewers
        if course.head is None:
            return
        assert (course.head.epoch, course.past.epoch if course.past else None) == (model.epoch, model.past)
        alone = work.advance(model.run, work.start(model.run), model.epoch * model.steps_per_epoch, heed_stops=False)
        assert np.array_equal(course.head.arrays["params"], alone.arrays["params"])


TestTwoTabs = TwoTabs.TestCase
TestTwoTabs.settings = settings(max_examples=300 if WHOLE else 15, stateful_step_count=12, deadline=None)
