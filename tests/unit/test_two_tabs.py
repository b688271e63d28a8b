"""Two tabs that command one run, by a state machine: whoever says what and when, the run is what a model says it is."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from playground.live import pace, work
from playground.live.commands import EditWeight, Press, Seek
from playground.live.hub import Hub
from playground.live.limits import Limits
from playground.live.run import Run
from playground.live.wish import Wish
from tests.unit.test_hub import WISH, InProcess, Viewer, until

WHOLE = os.environ.get("CHAOS") == "whole"
RATES = (0.03, 0.1)
TABS = st.sampled_from(["first", "second"])
COMMANDS = st.one_of(
    st.just(Press(type="step")),
    st.sampled_from(["play", "pause", "head", "branch", "rewind"]).map(lambda name: Press(type=name)),
    st.integers(0, 30).map(lambda epoch: Seek(type="seek", epoch=epoch)),
    st.integers(0, 90).map(lambda step: Seek(type="seek", step=step)),
    st.sampled_from([-2.0, 0.5]).map(lambda value: EditWeight(type="edit", layer=0, unit=1, input=0, value=value)),
)


class Model:
    """What the run must be: its value, the step of its newest state, and the past step under the eyes."""

    def __init__(self) -> None:
        self.run, self.step, self.past = Run(WISH.spec), 0, None
        self.settings = WISH.spec.settings
        self.steps_per_epoch = int(work.start(self.run).steps_per_epoch)

    def obey(self, command: Any) -> None:
        """What one command does, when all before it have been obeyed."""
        match command:
            case Press(type="step"):
                self.step, self.past = (self.step // self.steps_per_epoch + 1) * self.steps_per_epoch, None
            case Press(type="play" | "head"):  # a pause follows before anything is trained
                self.past = None
            case Press(type="rewind") if not self.step:
                self.run, self.past = self.run.without_edits(0), None
            case Press(type="rewind" | "branch" as name):
                self.past = 0 if name == "rewind" else self.past
                self._branch()
            case Seek(epoch=epoch, step=step):
                step = epoch * self.steps_per_epoch if step is None else step
                self.past = step if step < self.step else None
            case EditWeight():
                self._branch()
                self.run = self.run.change(self.step, command.edit())

    def choose(self, chosen: Any) -> None:
        """The learning rate and such hold from the newest state on."""
        if self.settings != chosen:
            self.run = self.run.change(self.step, chosen)
        self.settings = chosen

    def _branch(self) -> None:
        """The future is forgotten; what was chosen last holds from here."""
        if self.past is not None:
            step = self.past
            self.run, self.step, self.past = self.run.until(step).change(step, self.settings), step, None


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

    @rule(commands=st.lists(COMMANDS, min_size=1, max_size=20))
    def say(self, commands: list[Any]) -> None:
        """One command or many impatient ones: none waits for what the former did."""
        if self.owner:
            for command in commands:
                self.model.obey(command)
        self._say(*commands, Press(type="pause"))

    @rule(n=st.integers(1, 5), hands_over=st.booleans())
    def play(self, n: int, hands_over: bool) -> None:
        """The run plays until it has gone on by some steps, while the other tab may take it; then it is paused."""
        if not self.owner:
            return

        async def go_on() -> None:
            until_step = self.seat.course.head.step + n
            self.seat.command(Press(type="play"))
            await until(lambda: self.seat.course.head.step >= until_step)

        self._do(go_on())
        if hands_over:
            self.open("second" if self.owner == "first" else "first")
        self._say(Press(type="pause"))
        assert self.seat.course.head.step >= self.model.step + n
        self.model.step, self.model.past = self.seat.course.head.step, None  # where it stands is a matter of moments

    @rule(rate=st.sampled_from(RATES))
    def choose(self, rate: float) -> None:
        """The script has another learning rate; it holds from the newest state on, once somebody looks."""
        if not self.owner:
            return
        spec = WISH.spec.change(learning_rate=rate)
        self.model.choose(spec.settings)
        self.hub.wish(self.token, Wish(spec))
        self._say()

    @invariant()
    def the_run_is_the_model(self) -> None:
        """One owner, and every number is that of the run alone."""
        course, model = self.seat.course, self.model
        assert sum(not tab.task.done() for tab in self.tabs.values()) == bool(self.owner) == self.hub.n_viewers
        if course.head is None:
            return
        assert (course.head.step, course.past_step) == (model.step, model.past)
        alone = work.advance(model.run, work.start(model.run), model.step, heed_stops=False)
        assert np.array_equal(course.head.arrays["params"], alone.arrays["params"])


@pytest.fixture(autouse=True)
def _open_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tabs need not wait here until they may come again."""
    monkeypatch.setattr(pace, "ENTRY_SECONDS", 0.0)


TestTwoTabs = TwoTabs.TestCase
TestTwoTabs.settings = settings(max_examples=300 if WHOLE else 15, stateful_step_count=12, deadline=None)
