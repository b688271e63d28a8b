"""What a visit remembers: each page's spec, the way back, and the link that carries it all."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from pydantic import ValidationError

from playground.live.course import Kept
from playground.presets import PRESETS
from playground.spec import Problem, Spec
from playground.spec.base import MAX_SHOWN_VALUE
from playground.ui.extras import EXTRAS, SHOWABLE, read_extras

MAX_UNDO = 50
MAX_LINKS = 100  # that the browser's Back may return to
LATE_SECONDS = 1.0  # for so long a browser may still show the link before
MAX_RUNS = 8
WEIGHTS_GONE = "The weights of the link fit the network as it was. Start weights are drawn anew; Undo brings them back."
TWICE = "must stand in a link once; the last one counts"
PAGE, PART = "shell.page", "shell.part"  # the page and the part of it that were looked at last


@dataclass(frozen=True)
class PastRun:
    """A run of this visit that another one has replaced.

    Attributes:
        start: the choices that it began with: by these two visits of one run are the same.
        spec: the choices in force at its end.
        epoch, test_loss: how far it came.
        question: that was asked; may be empty.
        kept: the run, if it is small.
    """

    start: Spec
    spec: Spec
    epoch: int
    test_loss: float
    question: str = ""
    kept: Kept | None = None


@dataclass
class PageMemory:
    """What a visit remembers of one page. Streamlit may end a script at any look at its own state, but not at this one:
    what is changed here together stays together."""

    spec: Any
    extras: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    undo: list[tuple[Spec, str]] = field(default_factory=list)  # with the question that came with each
    runs: list[PastRun] = field(default_factory=list)
    predictions: dict[str, str] = field(default_factory=dict)  # by question
    link: dict[str, str] = field(default_factory=dict)  # as last written: the browser may not have it yet
    links: list[tuple[dict[str, str], Spec, dict[str, str]]] = field(default_factory=list)  # with choices and extras
    written_at: float = 0.0
    returned_to: dict[str, str] | None = None  # the address that Back led to: it may hold another drawing than the page


def turn_to(path: str) -> None:
    """Note which page this script draws."""
    if st.session_state.get(PAGE) != path:
        st.session_state[PAGE], st.session_state[PART] = path, ""


class Visit:
    """One page's spec, or that of a part of it, in this browser tab. Only the script writes it; the link shows it."""

    def __init__(self, page: str, kind: type[Spec], part: str = "") -> None:
        self.path = page
        self.page = f"{page}.{part}" if part else page  # what its state and widgets are named by
        memory = memory_of(self.page)
        if memory is None:
            query = {name: text for name, text in st.query_params.items() if name not in EXTRAS}
            spec, problems = kind.from_query(query)
            asked = {preset.key: preset for preset in PRESETS.get(self.page, ())}.get(st.query_params.get("preset", ""))
            if asked and not query:  # a link that names nothing but the question
                spec = kind.from_values(asked.choices)
            extras, odd = read_extras(self.page, st.query_params)
            twice = {name: all_of[:-1] for name in st.query_params if len(all_of := st.query_params.get_all(name)) > 1}
            odd += [Problem(name, ", ".join(texts)[:MAX_SHOWN_VALUE], TWICE) for name, texts in twice.items()]
            memory = PageMemory(
                spec, {**extras, "part": part} if part else extras, [*problems, *odd],
                link={} if twice else st.query_params.to_dict(),
            )  # fmt: skip
            st.session_state[_key(self.page)] = memory
        self._memory = memory
        self._follow_browser()
        self.write_link(again=True)
        st.session_state[PART] = self.page

    @classmethod
    def put(cls, page: str, spec: Spec, past: PastRun | None = None) -> None:
        """Have a page show this spec when it is opened next in this visit, and list the run that it had before."""
        memory = memory_of(page)
        if memory is None:
            memory = st.session_state[_key(page)] = PageMemory(spec)
        else:
            memory.undo.append((memory.spec, memory.extras.get("preset", "")))
        memory.spec, memory.problems = spec, []
        if past:
            memory.runs = [past, *memory.runs][:MAX_RUNS]

    @property
    def spec(self) -> Any:
        """The choices in force."""
        return self._memory.spec

    @property
    def problems(self) -> list[Problem]:
        """What could not be used of the link or of the last change."""
        return self._memory.problems

    def dismiss(self) -> None:
        """The problems have been read."""
        self._memory.problems = []

    @property
    def extras(self) -> Mapping[str, str]:
        """Words of the link that are no choices of the model."""
        return self._memory.extras

    def change(self, **fields: Any) -> None:
        """Replace some choices. A value that breaks a rule changes nothing and is reported."""
        try:
            spec = self.spec.change(**fields)
        except ValidationError as error:
            rule = self.spec.broken_rules(error)[0][1]
            value = list(fields.values())[0]
            text = (", ".join(map(str, value)) or "nothing") if isinstance(value, (tuple, list)) else str(value)
            self.refuse(", ".join(fields), text, rule)
            return
        if getattr(self.spec.structure, "weights", "") and not spec.structure.weights:
            st.toast(WEIGHTS_GONE)
        self.go(spec)

    def refuse(self, field: str, value: str, rule: str) -> None:
        """Report a choice that cannot be used; what stood there before stays."""
        self._memory.problems = [Problem(field, value, rule)]

    def take(self, choice: Mapping[str, Any]) -> None:
        """A choice made on the view itself: the fields in its `change`; in its `show` what only decides the view; in
        its `predict` the answer to the question asked; in its `boxes` the words of boxes and tabs that are pressed."""
        fields, shown, said, boxes = (choice.get(key) for key in ("change", "show", "predict", "boxes"))
        if isinstance(fields, dict):
            self.change(**{str(name): value for name, value in fields.items()})
        if isinstance(shown, dict) and set(shown) <= set(self.spec.shown):
            self._show_legal(shown)
        if isinstance(said, str):
            self._memory.predictions[self._question] = said
        if isinstance(boxes, list):
            self.set_extra("show", ",".join(word for word in SHOWABLE if word in boxes))

    def show(self, **fields: Any) -> None:
        """Replace choices that only decide what is shown; there is nothing to undo."""
        self._memory.spec = self.spec.change(**fields)

    def _show_legal(self, fields: Mapping[str, Any]) -> None:
        """Together, for one may need the other; where a rule is broken, those that are right alone."""
        try:
            self.show(**fields)
        except ValidationError:
            for name, value in fields.items():
                with contextlib.suppress(ValidationError):
                    self.show(**{name: value})

    def go(self, spec: Spec) -> None:
        """Show another spec; the present one can be had back by undo."""
        if spec != self.spec:
            self._memory.undo = [*self._memory.undo, (self.spec, self._question)][-MAX_UNDO:]
            self._memory.spec = spec
        self._memory.problems = []

    @property
    def prediction(self) -> str:
        """What was said to the question that is asked now, as it came from the view; may be empty."""
        return self._memory.predictions.get(self._question, "")

    @property
    def _question(self) -> str:
        return self.extras.get("preset", "")

    @property
    def can_undo(self) -> bool:
        """Whether a choice was made that can be taken back."""
        return bool(self._memory.undo)

    def undo(self) -> None:
        """Take back the last choice, and the question that came with it."""
        if self.can_undo:  # not pressed oftener than that
            spec, preset = self._memory.undo.pop()
            self._memory.spec = spec.keeping_hand_made(self.spec)
            self.set_extra("preset", preset)

    @property
    def runs(self) -> list[PastRun]:
        """Earlier runs of this visit, the newest first."""
        return self._memory.runs

    def remember(self, run: PastRun) -> None:
        """Put a run that ends now on the list of those to return to."""
        others = [past for past in self.runs if past.start != run.start]
        self._memory.runs = [run, *others][:MAX_RUNS]

    @property
    def hidden(self) -> frozenset[str]:
        """Names of controls that the link hides."""
        return frozenset(self.extras.get("hide", "").split(","))

    def set_extra(self, name: str, value: str) -> None:
        """Set or, with empty text, remove a word of the link."""
        extras = {**self.extras, name: value}
        self._memory.extras = {key: text for key, text in extras.items() if text}

    def write_link(self, again: bool = False) -> None:
        """Write the choices into the address bar, if they do not stand there: when a script begins and when it ends.

        `again`: even if they seem to. Who turns to another page and back before the first of them is drawn has an
        address that names nothing, while the browser tells the server the link of before (Streamlit 1.67).
        """
        query, memory, shown = self._link(), self._memory, st.query_params.to_dict()
        if memory.link != query or shown not in (query, memory.returned_to):
            memory.link, memory.written_at, memory.returned_to = query, time.monotonic(), None
            shown, again = query, True
        if again:
            st.query_params.from_dict(shown)
        if not memory.links or memory.links[-1][0] != query:
            memory.links = [*memory.links, (query, self.spec, dict(self.extras))][-MAX_LINKS:]

    def _link(self) -> dict[str, str]:
        return {**self.spec.to_query(), **self.extras}

    def _follow_browser(self) -> None:
        """Show what the browser's Back or Forward returns to: a link of this page, long after the last was written.

        Other addresses are no such wish: that of a page just opened, or one that is late behind a new choice.
        """
        memory, query = self._memory, st.query_params.to_dict()
        settled = memory.link == self._link() and time.monotonic() - memory.written_at > LATE_SECONDS
        if not settled or query in (memory.link, memory.returned_to) or st.session_state.get(PART) != self.page:
            return
        for link, spec, extras in reversed(memory.links):
            if link == query:
                self.go(spec.keeping_hand_made(self.spec))
                memory.extras, memory.returned_to = extras, query
                memory.link = self._link()
                return


def memory_of(page: str) -> PageMemory | None:
    """What this visit remembers of a page; None before it was opened."""
    return st.session_state.get(_key(page))


def _key(page: str) -> str:
    return f"{page}.visit"
