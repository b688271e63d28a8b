"""The editor of a stack: blocks are added, removed, moved and their numbers typed; Python checks every change."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.spec.digits import STACKS, SUITED, begin_with
from playground.spec.stack import ACTIVATION_NAMES, StackError, count_params, read_stack
from playground.spec.stack_rows import NUMBERS, OFFERS, describe_rows, place_for, read_rows
from playground.ui.callbacks import bound, entire
from playground.ui.component import component
from playground.ui.session import Visit

OWN = "your own"
MAX_TEXT = 800  # characters of a draft; a stack that trains has at most 400

_mount = component("stack", "stackeditor.js")


class StackEditor:
    """The stack of one page. What does not fit stays here as a draft, is named, and changes nothing that runs."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.key = f"{visit.page}.widget.stack"
        state = st.session_state
        if state.get(f"{self.key}.for") != visit.spec.structure.stack:  # undo, a preset or a link has replaced it
            state[f"{self.key}.draft"] = state[f"{self.key}.for"] = visit.spec.structure.stack

    @property
    def draft(self) -> str:
        """The stack as it stands in the editor."""
        return str(st.session_state[f"{self.key}.draft"])

    def show(self) -> None:
        """A stack to begin with, the blocks, and the same as text."""
        self._choose_preset()
        rows, problem = describe_rows(self.draft)
        wrong = problem or next((row["error"] for row in rows if row["error"]), "")
        data = {
            "rows": rows,
            "problem": problem,
            "heard": st.session_state.get(f"{self.key}.heard", 0),
            "total": self._total(),
            "activations": ACTIVATION_NAMES,
            "numbers": {kind: [vars(number) for number in numbers] for kind, numbers in NUMBERS.items()},
            "offers": [
                {"rows": describe_rows(text)[0][:1], "title": title, "tip": tip, "place": place_for(self.draft, text)}
                for text, title, tip in OFFERS
            ],
        }
        _mount(key=f"{self.key}.editor", data=data, on_edit_change=entire(self._take_edit))
        self._write_text()
        if wrong:  # here too: the block that is at fault may stand far above
            st.error(f"{wrong}.", icon=":material/error:")

    def _choose_preset(self) -> None:
        name = {text: name for name, text in STACKS.items()}.get(self.draft, OWN)
        names = [*STACKS, OWN]
        held = bound(f"{self.key}.preset", name, self._take_preset, begins={"index": names.index(name)})
        st.selectbox("Begin with", names, help="Stacks that differ in one idea. Watch what it brings.", **held)
        if SUITED.get(name, {}).get("augmentation"):
            st.caption("Begins with augmentation, under “Training”: without it this stack ends below 97%.")

    def _take_preset(self, name: str) -> None:
        if name in STACKS:
            st.session_state[f"{self.key}.draft"] = STACKS[name]
            self.visit.change(**begin_with(name))

    def _take_edit(self) -> None:
        """Rows of the editor, and the number of the edit, so that it knows when what is shown has caught up."""
        edit: Any = st.session_state[f"{self.key}.editor"].get("edit")
        if isinstance(edit, dict) and isinstance(edit.get("number"), int):
            st.session_state[f"{self.key}.heard"] = edit["number"]
            try:
                self.take(read_rows(edit.get("rows")))
            except ValueError as error:
                st.toast(f"That change was not taken: {error}")

    def _write_text(self) -> None:
        info = self.visit.spec.fields()["stack"]
        st.text_input(
            f"{info.title} as text", placeholder="the output alone",
            help=f"{info.description} The same blocks in short, to copy and to change.",
            **bound(f"{self.key}.text", self.draft, self.take),
        )  # fmt: skip

    def take(self, text: str) -> None:
        """Another stack: it trains if it fits, else it stays a draft."""
        text = text[:MAX_TEXT]
        st.session_state[f"{self.key}.draft"] = text
        try:
            blocks = read_stack(text)
        except StackError:
            return
        if blocks == read_stack(self.visit.spec.structure.stack):
            return  # typed wrong and back: the trained network stays
        self.visit.change(stack=text, start="fresh")
        st.session_state[f"{self.key}.for"] = self.visit.spec.structure.stack

    def _total(self) -> str:
        try:
            blocks = read_stack(self.draft)
        except StackError:
            return "This stack does not fit; the one before goes on."
        return f"{count_params(blocks):,} parameters in {len(blocks)} blocks, the output included."
