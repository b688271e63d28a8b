"""Imported once by the process that workers are forked from: they share what it loaded, and are ready at once."""

import gc
import os

os.environ["OMP_NUM_THREADS"] = "1"  # a pool of threads made here would be a deadlock in each process forked from it

from playground.live.work import warm_up

warm_up()
gc.collect()
gc.freeze()  # else the collector of each worker would write to every object, and nothing were shared for long
