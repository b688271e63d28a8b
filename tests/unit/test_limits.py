"""Limits: their ranges, their page, and the bucket that counts commands."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.live.bucket import Bucket
from playground.live.limits import Limits, describe

ROOT = Path(__file__).parents[2]
NAMES = [one.name for one in fields(Limits)]


def test_the_page_of_limits_is_up_to_date() -> None:
    assert (ROOT / "docs" / "limits.md").read_text() == describe()


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Limits.from_environment({}) == Limits()
    assert Limits.from_environment({"PLAYGROUND_VIEWERS": "", "VIEWERS": "7"}) == Limits()


def test_the_environment_sets_one_limit_and_leaves_the_others() -> None:
    assert Limits.from_environment({"PLAYGROUND_VIEWERS": "3"}) == Limits(viewers=3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["-1", "two", "1.5", "99999999", "9" * 5000, "²", " 3", "0x10", "1e3"])
def test_what_breaks_the_range_is_named(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"PLAYGROUND_{name.upper()} must be a whole number from .* got ") as error:
        Limits.from_environment({f"PLAYGROUND_{name.upper()}": text})
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("name", NAMES)
def test_both_ends_of_a_range_are_legal(name: str) -> None:
    mark = next(one.metadata for one in fields(Limits) if one.name == name)
    for value in (mark["low"], mark["high"]):
        assert getattr(Limits.from_environment({f"PLAYGROUND_{name.upper()}": str(value)}), name) == value


def test_a_burst_is_allowed_and_then_the_rate() -> None:
    bucket = Bucket(50, 100)
    assert [bucket.take(7.0) for _ in range(101)] == [True] * 100 + [False]
    assert not bucket.take(7.01)
    assert bucket.take(7.025)
    assert not bucket.take(7.025)


def test_a_long_rest_fills_the_bucket_once() -> None:
    bucket = Bucket(50, 3)
    assert all(bucket.take(0.0) for _ in range(3))
    assert [bucket.take(3600.0) for _ in range(4)] == [True, True, True, False]


@given(st.lists(st.floats(0, 5), max_size=300), st.integers(1, 100), st.integers(1, 100))
def test_never_more_than_burst_and_rate(times: list[float], per_second: int, burst: int) -> None:
    bucket = Bucket(per_second, burst)
    taken = [now for now in sorted(times) if bucket.take(now)]
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + (taken[last] - taken[first]) * per_second + 1e-6


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    bucket = Bucket(50, 1)
    assert bucket.take(10.0)
    assert not bucket.take(5.0)
    assert not bucket.take(5.01)
