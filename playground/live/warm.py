"""Imported once by the process that all workers are forked from, so that a new worker is ready at once."""

import playground.live.work  # noqa: F401  # the jobs
from playground.learners.registry import learner_named

learner_named("mlp").warm_up()
