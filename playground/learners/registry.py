"""Every learner by the name that its spec carries. Importing this loads what training needs: only workers do."""

from playground.learners.cnn import CnnLearner
from playground.learners.learner import Learner
from playground.learners.mlp import MlpLearner
from playground.learners.trees import TreesLearner
from playground.spec import Spec

REGISTRY: dict[str, Learner] = {"mlp": MlpLearner(), "trees": TreesLearner(), "cnn": CnnLearner()}


def learner_of(spec: Spec) -> Learner:
    """The learner that runs this kind of spec."""
    return REGISTRY[spec.learner]
