"""Notices say the rule of a field in plain words, whatever came and whichever page it was meant for."""

from __future__ import annotations

import re

import pytest
from pydantic.fields import FieldInfo

from playground.spec import PlaygroundSpec, Spec
from playground.spec.contender import KINDS as CONTENDERS
from playground.spec.contender import fields_of
from tests.unit.test_presets import KINDS

WRONG = [
    "",
    "x",
    "nan",
    "-1",
    "1e999",
    "9" * 30,
    "9" * 5000,
    "1.5",
    "\ud800",
    "x" * 50_000,
    ",".join("1" * 50),
    "1,2,x",
]
FOREIGN = ("input should", "string should", "should match", "should have", "unable to", "pydantic", "valid ")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_no_rule_speaks_the_words_of_a_library(kind: type[Spec]) -> None:
    told = [(name, problem) for name in kind.fields() for text in WRONG for problem in kind.from_query({name: text})[1]]
    assert len(told) > 4 * len(kind.fields())
    for name, problem in told:
        assert problem.field == name
        assert len(problem.value) <= 40
        assert not any(words in problem.rule.lower() for words in FOREIGN), str(problem)


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("learning_rate", "99", "must be from 0.00001 to 10"),
        ("learning_rate", "fast", "must be a number"),
        ("noise", "nan", "must be a finite number"),
        ("batch_size", "1.5", "must be a whole number"),
        ("activation", "bent", "must be one of relu, leaky_relu, elu, gelu, silu, tanh, sigmoid, linear"),
        ("hidden_sizes", "99,4", "hidden_sizes must hold 0 to 8 layers of 1 to 16 units; got 99,4"),
        ("beta1", "1", "must be at least 0 and below 1"),
        ("speed", "7", "must be one of 1, 5, 20, 60, max"),
        ("loss", "l2", "must be one of cross_entropy, squared_error_tanh, hinge, mse, huber"),
        ("activation", "tanh,x", "must be one of relu, leaky_relu, elu, gelu, silu, tanh, sigmoid, linear"),
        ("stop_on_divergence", "perhaps", "must be true or false"),
        ("points", "a b", "must have letters, digits, _ and - only"),
        ("colour", "red", "there is no such choice"),
    ],
)
def test_a_rule_reads_plainly(name: str, text: str, rule: str) -> None:
    assert [str(problem) for problem in PlaygroundSpec.from_query({name: text})[1]] == [f"{name} = {text}: {rule}"]


IN_PACKED_FORM = {"points", "weights", "table", "kinds", "taught", "drawing"}  # of the link; no control shows them


CHOICES = {path: kind.fields() for path, kind in KINDS.items()} | {name: fields_of(name) for name in CONTENDERS}


@pytest.mark.parametrize("fields", CHOICES.values(), ids=CHOICES.keys())
def test_every_control_says_what_to_watch(fields: dict[str, FieldInfo]) -> None:
    told = {name: info.description or "" for name, info in fields.items()}
    dumb = {name for name, text in told.items() if not re.search(r"\b[Ww]atch\b", text)}
    assert dumb <= IN_PACKED_FORM
    assert all(text.endswith((".", "?")) and len(text) <= 190 for text in told.values())
