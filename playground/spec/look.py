"""What a viewer looks at, beside the choices: no link holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.spec.probe import Probe


@dataclass(frozen=True)
class Look:
    """What the viewer points at: it decides what a frame holds, and never changes the run.

    Attributes:
        unit: (layer, unit) whose function is shown large, or (layer, head) whose map is; None shows the output.
        point: a place in the data's plane whose path through the model is wanted.
        text: an input of the learner's own, as typed; empty for the model's example.
        off: (layer, unit) or (layer, head) of what is switched off in what is shown.
        inside: whether the frame holds what takes time to look into: what `unit` computes on its way, or which
            feature the test loss rests on.
        kernel: (layer, unit, map) of weights that are shown as numbers, to be set by hand.
        shown: the choices now in force that only decide what is shown (`Spec.shown`), by name.
        study: what the studies of this run have found so far, by name (`live.study.Study.report`).
        still: whether the run stands still and has been shown, so that this frame may take longer and look closer.
        quick: whether the run stands still and a frame that looks closer follows at once, so that this one is soon.
        probe: what is tried on a shown transformer.
    """

    unit: tuple[int, int] | None = None
    point: tuple[float, float] | None = None
    text: str = ""
    off: tuple[tuple[int, int], ...] = ()
    inside: bool = False
    kernel: tuple[int, int, int] | None = None
    shown: Mapping[str, Any] = field(default_factory=dict)
    study: Mapping[str, Any] = field(default_factory=dict)
    still: bool = False
    quick: bool = False
    probe: Probe = Probe()
