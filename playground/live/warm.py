"""Imported once by the process that all workers are forked from, so that a new worker is ready at once."""

import playground.live.work  # noqa: F401  # the jobs
from playground.learners.registry import LEARNERS, learner_named

learner_named("mlp").warm_up()

if __name__ == "__main__":  # before the server starts: compile for every learner, so that no worker has to
    for name in LEARNERS:
        learner_named(name).warm_up()
