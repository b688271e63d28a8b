"""Imported once by the process that workers are forked from: they share what it loaded, and are ready at once."""

import gc

from playground.live.work import warm_up

warm_up()
gc.collect()
gc.freeze()  # else the collector of each worker would write to every object, and nothing were shared for long
