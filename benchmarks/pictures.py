"""Milliseconds to observe a network: all unit pictures, the output map, losses and gradients."""

from __future__ import annotations

import statistics
import time

from playground.learners.mlp import MlpLearner
from playground.spec import PlaygroundSpec
from playground.spec.look import Look

SEVEN = ("x1", "x2", "x1_squared", "x2_squared", "x1x2", "sin_x1", "sin_x2")
NETWORKS = ((("x1", "x2"), (4, 2)), (SEVEN, (8,) * 6), (SEVEN, (16,) * 8))
N_RUNS = 50


def main() -> None:
    learner = MlpLearner()
    for features, hidden_sizes in NETWORKS:
        spec = PlaygroundSpec.from_values({"features": features, "hidden_sizes": hidden_sizes})
        state = learner.init(spec)
        seconds = []
        for _ in range(N_RUNS):
            begun = time.perf_counter()
            learner.observe(spec, state, Look())
            seconds.append(time.perf_counter() - begun)
        name = "-".join(map(str, (len(features), *hidden_sizes, 1)))
        print(f"  {name:28} median {1000 * statistics.median(seconds):6.2f} ms")


if __name__ == "__main__":
    main()
