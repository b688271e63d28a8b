"""How many of 20 seeds reach a test loss below 0.05 within 1000 epochs, and the median epoch; squared error on tanh.

Beside each stands what the classic playground reached in as many runs, and p: how often chance alone would bring two
equal programs at least as far apart (Fisher's exact test, two-sided).
"""

from __future__ import annotations

import statistics

from scipy.stats import fisher_exact

from playground.learners.mlp import MlpLearner
from playground.spec import PlaygroundSpec

N_SEEDS, N_EPOCHS, TARGET = 20, 1000, 0.05
RUNS = (  # data, activation, hidden sizes; how many a re-implementation of the classic one reached, and when
    ("circle", "tanh", (4, 2), 18, "70"),
    ("circle", "relu", (4, 2), 20, "28"),
    ("circle", "sigmoid", (4, 2), 15, "630"),
    ("circle", "linear", (4, 2), 0, "-"),
    ("xor", "tanh", (4, 2), 20, "60"),
    ("xor", "tanh", (2,), 0, "-"),
    ("xor", "relu", (4,), 19, "28"),
)


def epochs_to_target(dataset: str, activation: str, hidden_sizes: tuple[int, ...], seed: int) -> int | None:
    """The first epoch with a test loss below the target; None when there is none."""
    spec = PlaygroundSpec.from_values(
        {
            "dataset": dataset,
            "activation": (activation,),
            "hidden_sizes": hidden_sizes,
            "loss": "squared_error_tanh",
            "seed": seed,
            "data_seed": seed,
            "stop_loss": TARGET,
        }
    )
    learner = MlpLearner()
    state = learner.init(spec)
    state = learner.advance(spec, state, learner.steps_until(spec, state, N_EPOCHS))
    return state.epoch if state.history.last("test_loss") < TARGET else None


def chance_of(reached: int, classic: int) -> float:
    """Fisher's exact test of two counts out of 20, two-sided: `chance_of(16, 19)` is 0.34."""
    table = [[reached, N_SEEDS - reached], [classic, N_SEEDS - classic]]
    return float(fisher_exact(table).pvalue)


def main() -> None:
    for dataset, activation, hidden_sizes, classic, epoch in RUNS:
        epochs = [epochs_to_target(dataset, activation, hidden_sizes, seed) for seed in range(N_SEEDS)]
        reached = [epoch for epoch in epochs if epoch is not None]
        median = f"{statistics.median(reached):.0f}" if reached else "-"
        name = f"{dataset} {activation} {'-'.join(map(str, hidden_sizes))}"
        p = chance_of(len(reached), classic)
        theirs = f"classic: {classic:2}/{N_SEEDS}, {epoch:>4}"
        print(f"  {name:20} {len(reached):2}/{N_SEEDS}, {median:>4}   {theirs}   p = {p:.2f}")


if __name__ == "__main__":
    main()
