"""Every learner by the name that its spec carries; each is loaded when it is first asked for, and only in workers."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from playground.learners.learner import Learner
from playground.spec import Spec

LEARNERS: dict[str, str] = {
    "mlp": "playground.learners.mlp:MlpLearner",
    "trees": "playground.learners.trees:TreesLearner",
    "cnn": "playground.learners.cnn:CnnLearner",
    "transformer": "playground.learners.transformer:TransformerLearner",
    "minilm": "playground.learners.sentences:SentencesLearner",
}
"""Name -> module and class. A name instead of an import: torch and xgboost take seconds to load."""


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
