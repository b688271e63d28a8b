"""What a contender says of a place reads as a sentence should."""

from __future__ import annotations

import numpy as np

from playground.data.arena import make_arena
from playground.learners.contenders import make_model
from playground.learners.reasons import explain
from playground.spec.compare import CompareStructure
from playground.spec.contender import read_contender


def test_values_below_zero_have_the_minus_sign_of_all_other_numbers():
    assert make_arena(CompareStructure(dataset="multi_gauss")).value_text(-0.5) == "−0.500"


def test_a_leaf_of_one_point_is_told_as_one():
    arena = make_arena(CompareStructure(n_samples=50, noise=0.5))
    model = make_model(read_contender("tree"), arena, 0)
    places = arena.plane.X.astype(np.float32).tolist()
    said = {explain(model, "", {}, (x1, x2))["lines"][-1] for x1, x2 in places}
    assert "Leaf with 1 training point." in said and "Leaf with 1 training points." not in said
