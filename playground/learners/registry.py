"""Every learner by the name that its spec carries; each is loaded when it is first asked for, and only in workers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from playground.learners.learner import Learner, State
from playground.spec import Spec

LEARNERS: dict[str, str] = {
    "mlp": "playground.learners.mlp:MlpLearner",
    "trees": "playground.learners.trees:TreesLearner",
    "compare": "playground.learners.compare:CompareLearner",
    "cnn": "playground.learners.cnn:CnnLearner",
    "transformer": "playground.learners.transformer:TransformerLearner",
    "minilm": "playground.learners.sentences:SentencesLearner",
}
"""Name -> module and class. A name instead of an import: torch and xgboost take seconds to load."""

STUDIES: dict[str, str] = {
    "compare": "playground.learners.compare_study:part",
}
"""Name of a learner -> what computes one part of its studies: (spec, study, which, number) -> result."""

SHIPPED: dict[str, str] = {
    "transformer": "playground.learners.ship_attention:load_state",
}
"""Name of a learner -> what gives the trained state that comes with the app for a spec, or None: (spec) -> state."""


@cache
def learner_named(name: str) -> Learner:
    """The learner of this name: `learner_named("mlp")` trains dense networks.

    Raises:
        KeyError: no learner has this name.
    """
    module, kind = LEARNERS[name].split(":")
    learner: Learner = getattr(import_module(module), kind)()
    return learner


def learner_of(spec: Spec) -> Learner:
    """The learner that runs this kind of spec."""
    return learner_named(spec.learner)


def study_of(spec: Spec) -> Callable[[Spec, str, int, int], Any]:
    """What computes the parts of this spec's studies.

    Raises:
        KeyError: runs of this kind have no studies.
    """
    module, function = STUDIES[spec.learner].split(":")
    part: Callable[[Spec, str, int, int], Any] = getattr(import_module(module), function)
    return part


def shipped_state(spec: Spec) -> State | None:
    """A later state of this run that comes with the app; None where it has to be trained."""
    if spec.learner not in SHIPPED:
        return None
    module, function = SHIPPED[spec.learner].split(":")
    state: State | None = getattr(import_module(module), function)(spec)
    return state
