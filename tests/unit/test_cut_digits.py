"""How the shipped images are drawn from the complete set: each class its share, by seed alone."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data.cut_digits import stratified

LABELS = st.lists(st.integers(0, 4), min_size=1, max_size=60).map(np.array)


@settings(max_examples=60, deadline=None)
@given(LABELS, st.floats(0, 1), st.integers(0, 9))
def test_places_differ_each_class_has_its_share_and_the_seed_decides(
    labels: np.ndarray, share: float, seed: int
) -> None:
    n = round(share * len(labels))
    chosen = stratified(labels, n, seed)
    assert (len(chosen), len(set(chosen.tolist()))) == (n, n)
    counts, all_counts = (np.bincount(some, minlength=5) for some in (labels[chosen], labels))
    assert np.abs(counts - all_counts * n / len(labels)).max() < 1
    assert np.array_equal(stratified(labels, n, seed), chosen)


def test_another_seed_chooses_others_in_mixed_order() -> None:
    labels = np.repeat(np.arange(10), 100)
    first, second = stratified(labels, 300, 0), stratified(labels, 300, 1)
    assert len(np.intersect1d(first, second)) < 150
    assert np.abs(np.diff(labels[first])).mean() > 2  # sorted labels would differ by 0.03
