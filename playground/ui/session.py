"""What a visit remembers: each page's spec, the way back, and the link that carries it all."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st
from pydantic import ValidationError

from playground.live.course import Kept
from playground.presets import PRESETS
from playground.spec import Problem, Spec

S = TypeVar("S", bound=Spec)

EXTRAS = ("profile", "hide", "preset", "part")  # words of a link that are no choices of the model
MAX_UNDO = 50
MAX_RUNS = 8


@dataclass(frozen=True)
class PastRun:
    """A run of this visit that another one has replaced: its choices, how far it came, and the run if it is small."""

    spec: Spec
    epoch: int
    test_loss: float
    kept: Kept | None = None


class Visit:
    """One page's spec, or that of a part of it, in this browser tab. Only the script writes it; the link shows it."""

    def __init__(self, page: str, kind: type[S], part: str = "") -> None:
        self.path = page
        self.page = f"{page}.{part}" if part else page  # what its state and widgets are named by
        if self._key("spec") not in st.session_state:
            query = {name: text for name, text in st.query_params.items() if name not in EXTRAS}
            spec, problems = kind.from_query(query)
            asked = {preset.key: preset for preset in PRESETS.get(self.page, ())}.get(st.query_params.get("preset", ""))
            if asked and not query:  # a link that names nothing but the question
                spec = kind.from_values(asked.choices)
            self._set("spec", spec)
            self._set("undo", [])
            self._set("runs", [])
            extras = {name: st.query_params[name] for name in EXTRAS if name in st.query_params}
            self._set("extras", {**extras, "part": part} if part else extras)
            self._set("problems", problems)
        self.write_link()

    @classmethod
    def put(cls, page: str, spec: Spec, past: PastRun | None = None) -> None:
        """Have a page show this spec when it is opened next in this visit, and list the run that it had before."""
        if f"{page}.spec" not in st.session_state:
            st.session_state.update({f"{page}.undo": [], f"{page}.runs": [], f"{page}.extras": {}})
        else:
            asked = st.session_state[f"{page}.extras"].get("preset", "")
            st.session_state[f"{page}.undo"] += [(st.session_state[f"{page}.spec"], asked)]
        st.session_state.update({f"{page}.spec": spec, f"{page}.problems": []})
        if past:
            st.session_state[f"{page}.runs"] = [past, *st.session_state[f"{page}.runs"]][:MAX_RUNS]

    @property
    def spec(self) -> Any:
        """The choices in force."""
        return self._get("spec")

    @property
    def problems(self) -> list[Problem]:
        """What could not be used of the link or of the last change."""
        return self._get("problems")

    def dismiss(self) -> None:
        """The problems have been read."""
        self._set("problems", [])

    @property
    def extras(self) -> Mapping[str, str]:
        """Words of the link that are no choices: profile, hide, preset."""
        return self._get("extras")

    def change(self, **fields: Any) -> None:
        """Replace some choices. A value that breaks a rule changes nothing and is reported."""
        try:
            spec = self.spec.change(**fields)
        except ValidationError as error:
            rule = self.spec.broken_rules(error)[0][1]
            self._set("problems", [Problem(", ".join(fields), str(list(fields.values())[0]), rule)])
            return
        self.go(spec)

    def take(self, choice: Mapping[str, Any]) -> None:
        """A choice made on the view itself: the fields in its `change`; in its `show` what only decides the view; in
        its `predict` the answer to the question asked."""
        fields, shown, said = choice.get("change"), choice.get("show"), choice.get("predict")
        if isinstance(fields, dict):
            self.change(**{str(name): value for name, value in fields.items()})
        if isinstance(shown, dict) and set(shown) <= set(self.spec.shown):
            with contextlib.suppress(ValidationError):  # what breaks a rule is no part of the link
                self.show(**shown)
        if isinstance(said, str):
            self._set(self._predicted, said)

    def show(self, **fields: Any) -> None:
        """Replace choices that only decide what is shown; there is nothing to undo."""
        self._set("spec", self.spec.change(**fields))
        self.write_link()

    def go(self, spec: Spec) -> None:
        """Show another spec; the present one can be had back by undo."""
        if spec != self.spec:
            before = (self.spec, self.extras.get("preset", ""))
            self._set("undo", [*self._get("undo"), before][-MAX_UNDO:])
            self._set("spec", spec)
        self._set("problems", [])
        self.write_link()

    @property
    def prediction(self) -> str:
        """What was said to the question that is asked now, as it came from the view; may be empty."""
        return str(st.session_state.get(self._key(self._predicted), ""))

    @property
    def _predicted(self) -> str:
        return f"prediction.{self.extras.get('preset', '')}"

    @property
    def can_undo(self) -> bool:
        """Whether a choice was made that can be taken back."""
        return bool(self._get("undo"))

    def undo(self) -> None:
        """Take back the last choice, and the question that came with it."""
        *rest, (spec, preset) = self._get("undo")
        self._set("spec", spec)
        self._set("undo", rest)
        self.set_extra("preset", preset)

    @property
    def runs(self) -> list[PastRun]:
        """Earlier runs of this visit, the newest first."""
        return self._get("runs")

    def remember(self, run: PastRun) -> None:
        """Put a run that ends now on the list of those to return to."""
        others = [past for past in self.runs if past.spec.structure != run.spec.structure]
        self._set("runs", [run, *others][:MAX_RUNS])

    @property
    def hidden(self) -> frozenset[str]:
        """Names of controls that the link hides."""
        return frozenset(self.extras.get("hide", "").split(","))

    def set_extra(self, name: str, value: str) -> None:
        """Set or, with empty text, remove a word of the link."""
        extras = {**self.extras, name: value}
        self._set("extras", {key: text for key, text in extras.items() if text})
        self.write_link()

    def write_link(self) -> None:
        """Write the choices into the address bar, if they do not stand there."""
        query = {**self.spec.to_query(), **self.extras}
        if st.query_params.to_dict() != query:
            st.query_params.from_dict(query)

    def _key(self, name: str) -> str:
        return f"{self.page}.{name}"

    def _get(self, name: str) -> Any:
        return st.session_state[self._key(name)]

    def _set(self, name: str, value: Any) -> None:
        st.session_state[self._key(name)] = value
