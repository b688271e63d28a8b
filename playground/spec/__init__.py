"""Choices: every spec of the app, and how it becomes a link."""

from playground.spec.attention import AttentionSettings, AttentionSpec, AttentionStructure
from playground.spec.base import Choices, Problem, Settings, Spec
from playground.spec.compare import CompareSettings, CompareSpec, CompareStructure
from playground.spec.digits import DigitsSpec
from playground.spec.network import DataChoices, NetworkSettings, NetworkStructure, PlaygroundSpec
from playground.spec.sentences import SentencesSpec
from playground.spec.trees import TreesSettings, TreesSpec, TreesStructure

__all__ = [
    "AttentionSettings",
    "AttentionSpec",
    "AttentionStructure",
    "Choices",
    "CompareSettings",
    "CompareSpec",
    "CompareStructure",
    "DataChoices",
    "DigitsSpec",
    "NetworkSettings",
    "NetworkStructure",
    "PlaygroundSpec",
    "Problem",
    "SentencesSpec",
    "Settings",
    "Spec",
    "TreesSettings",
    "TreesSpec",
    "TreesStructure",
]

KINDS: dict[str, type[Spec]] = {
    name: kind
    for name in __all__
    if isinstance(kind := globals()[name], type) and issubclass(kind, Spec) and kind is not Spec
}
"""Every kind of spec by the name of its class."""
