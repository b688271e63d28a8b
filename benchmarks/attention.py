"""Figures of the Attention page: how soon small transformers learn, and what a frame of all maps costs.

python -m benchmarks.attention
"""

from __future__ import annotations

import time
from typing import Any

from playground.learners.learner import Look
from playground.learners.transformer import TransformerLearner
from playground.live.wire import pack
from playground.spec import AttentionSpec
from playground.spec.probe import Probe

LEARNER = TransformerLearner()
LIMIT_SECONDS = 60.0


def seconds_until(goal: float, **choices: Any) -> tuple[float, int]:
    """Wall seconds and steps until the share of exact test sequences reaches `goal`; infinity after a minute."""
    spec = AttentionSpec().change(**choices)
    begun = time.perf_counter()
    state = LEARNER.init(spec)
    while state.history.last("test_accuracy") < goal:
        if time.perf_counter() - begun > LIMIT_SECONDS:
            return float("inf"), state.step
        state = LEARNER.advance(spec, state, 10)
    return time.perf_counter() - begun, state.step


def frames_per_second(**choices: Any) -> float:
    """Frames a second of all maps, packed, with one update between two frames."""
    spec = AttentionSpec().change(**choices)
    state = LEARNER.advance(spec, LEARNER.init(spec), 10)
    begun = time.perf_counter()
    for _ in range(40):
        state = LEARNER.advance(spec, state, 1)
        pack(LEARNER.observe(spec, state, Look((1, 1))))
    return 40 / (time.perf_counter() - begun)


def input_to_maps_seconds() -> float:
    """Seconds from a new own input to its packed frame."""
    spec = AttentionSpec().change(layers=4, heads=8, width=128)
    state = LEARNER.init(spec)
    LEARNER.observe(spec, state, Look())
    begun = time.perf_counter()
    pack(LEARNER.observe(spec, state, Look(text="CABCAB")))
    return time.perf_counter() - begun


def writing_seconds() -> float:
    """Seconds for a frame with a written answer, the distribution that follows, and a tree of four beams."""
    spec = AttentionSpec().change(layers=2, heads=4, width=64, length=8)
    state = LEARNER.init(spec)
    look = Look(probe=Probe(writing=True, written=8, beams=4))
    LEARNER.observe(spec, state, look)
    begun = time.perf_counter()
    pack(LEARNER.observe(spec, state, look))
    return time.perf_counter() - begun


def main() -> None:
    """Print every figure."""
    LEARNER.warm_up()
    sort = {"task": "sort", "length": 6, "alphabet": 3, "layers": 2, "heads": 2, "width": 48}
    for seed in range(3):
        seconds, steps = seconds_until(0.99, **sort, seed=seed)
        print(f"sort, 99 % exact, seed {seed}: {seconds:.1f} s, {steps} steps (goal 30 s)")
    for alphabet in (10, 26):
        seconds, steps = seconds_until(0.95, task="induction", length=8, alphabet=alphabet, layers=2)
        print(f"induction of {alphabet} letters, 95 % exact: {seconds:.1f} s, {steps} steps (goal 60 s)")
    rate = frames_per_second(layers=2, heads=4, width=64, length=8)
    print(f"all maps of 2 layers x 4 heads x 16 tokens while training: {rate:.0f} frames/s (goal 10)")
    print(f"own input to all maps, 4 layers x 8 heads, width 128: {1000 * input_to_maps_seconds():.0f} ms (goal 50)")
    print(f"written answer of 8 tokens and 4 beams, 2 layers x 4 heads: {1000 * writing_seconds():.0f} ms")


if __name__ == "__main__":
    main()
