"""State of a transformer -> frame: every head's map for one shown sequence, what it says, how right it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from playground.data.sequences import (
    IGNORED,
    N_TEST,
    TASKS,
    Batch,
    count_test,
    cut_source,
    make_test,
    n_tokens,
    read_source,
    source_text,
    vocabulary,
)
from playground.frames.attention_cards import explain
from playground.frames.heads import ablation, entropy_share, joined_map, moments, patterns
from playground.frames.intervention import legal_edits, say
from playground.frames.passage import draw_passage, show_passage
from playground.frames.step_through import step_through
from playground.frames.writing import write
from playground.models.transformer import forward, unflatten
from playground.models.transformer_params import count_params
from playground.spec import AttentionSpec
from playground.spec.attention import AttentionStructure
from playground.spec.look import Look
from playground.training.history import History
from playground.training.vector_optimizers import learning_rate_at

FEW_TESTED = 20  # different test sequences; with fewer, one of them moves the score by 5 % and more


@dataclass(frozen=True)
class Evaluation:
    """How a model does on a batch.

    Attributes:
        loss: mean cross-entropy of the scored positions, in nats.
        exact: share of sequences with every scored position right; of a text, where none is, the same as `token`.
        token: share of scored positions that are right.
        by_position: (n_tokens,) share right at each position, NaN where nothing is scored.
        entropy: (layers, heads) of the maps, see `entropy_share`.
    """

    loss: float
    exact: float
    token: float
    by_position: np.ndarray
    entropy: np.ndarray


def mean_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy over scored positions, in nats: log(V) for a model that knows nothing.

    Args:
        logits: (n, T, V).
        targets: (n, T) int64, -1 where it is not scored.
    """
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)


@torch.no_grad()
def evaluate(structure: AttentionStructure, vector: np.ndarray, batch: Batch) -> Evaluation:
    """Score a model. A decoder sees the right answer so far; all right is then the same as writing it all by itself.

    Args:
        structure: the model.
        vector: (n_params,) float32.
        batch: (n, T) sequences.
    """
    targets = torch.from_numpy(batch.targets)  # (n, T)
    params = unflatten(torch.tensor(vector), structure)
    logits, insights = forward(params, structure, torch.from_numpy(batch.tokens))  # (n, T, V)
    asked = targets != IGNORED  # (n, T)
    right = (logits.argmax(-1) == targets) & asked  # (n, T)
    counts = asked.sum(0)  # (T,)
    token = float(right.sum() / asked.sum())
    return Evaluation(
        loss=float(mean_loss(logits, targets)),
        exact=token if structure.task == "text" else float((right | ~asked).all(1).double().mean()),
        token=token,
        by_position=(right.sum(0) / counts).numpy(),
        entropy=entropy_share([insight.maps for insight in insights], structure.form),
    )


def asked_positions(structure: AttentionStructure) -> list[int]:
    """Positions at which at least one test sequence asks for an answer."""
    return np.flatnonzero((make_test(structure).targets != IGNORED).any(axis=0)).tolist()


def history_names(structure: AttentionStructure) -> tuple[str, ...]:
    """Columns of a run's history after epoch and step."""
    heads = [f"entropy_{layer}_{head}" for layer in range(structure.layers) for head in range(structure.heads)]
    places = [f"accuracy_at_{place}" for place in asked_positions(structure)]
    return "train_loss", "test_loss", "train_accuracy", "test_accuracy", "token_accuracy", *heads, *places


def history_row(structure: AttentionStructure, train: Evaluation, test: Evaluation) -> tuple[float, ...]:
    """The values of `history_names`."""
    places = test.by_position[asked_positions(structure)]
    return train.loss, test.loss, train.exact, test.exact, test.token, *test.entropy.ravel().tolist(), *places.tolist()


def draw_scene(spec: AttentionSpec) -> dict[str, Any]:
    """What is drawn once a run."""
    structure = spec.structure
    return {
        "task": "sequences",
        "rule": TASKS[structure.task].rule,
        **draw_passage(structure),
        "form": structure.form,
        "norm": structure.norm,
        "positions": structure.positions,
        "layers": structure.layers,
        "heads": structure.heads,
        "feed_forward": structure.feed_forward,
        "head_width": structure.width // structure.heads,
        "n_tokens": n_tokens(structure),
        "vocabulary": vocabulary(structure),
        "n_params": count_params(structure),
        "n_test": N_TEST,
        "test_note": _test_note(structure),
        "seed": structure.seed,
        "tried": spec.settings.tried(),
    }


def _test_note(structure: AttentionStructure) -> str:
    """What makes a test of few different sequences weaker than it looks; empty where nothing does."""
    n_different, n_trained = count_test(structure)
    if n_trained:
        return f"⚠ {n_trained} of the {n_different} different test inputs are trained on too: longer ones would be new."
    if n_different < FEW_TESTED:
        some = f"{n_different} different input{'s' * (n_different > 1)}"
        return f"⚠ The test has only {some}: greater length makes a fairer test."
    return ""


@torch.no_grad()
def observe(spec: AttentionSpec, vector: np.ndarray, step: int, history: History, look: Look) -> dict[str, Any]:
    """What the view draws of one moment. Maps and answers are of this step, scores of the newest row of `history`.

    Args:
        spec: the choices in force.
        vector: (n_params,) float32.
        step: updates made, for the learning rate in force.
        history: of the run: scores, and the moments at which heads began to do something.
        look: `unit` is the (layer, head) whose map is wanted with exact numbers: the first if it does not exist, the
            one that matters most for the shown sequence if none is named and something is learned;
            `text` an input of the learner's own; `off` the heads that are switched off for the shown sequence;
            `probe` what else is tried on it.
    """
    structure = spec.structure
    heads = [(layer, head) for layer in range(structure.layers) for head in range(structure.heads)]
    params = unflatten(torch.tensor(vector), structure)
    shown, own = _shown(structure, look.text)
    edits = legal_edits(structure, look.off, look.probe, shown.tokens.shape[1])
    said, insights = say(structure, params, shown, edits, look.probe.place)
    tokens = edits.swapped(torch.from_numpy(shown.tokens[0]))  # (T,)
    scores = ablation(structure, params, shown, edits)  # (layers, H)
    most = heads[int(scores.argmax())] if look.unit is None and len(history.rows) > 1 else (0, 0)
    layer, which = looked = look.unit if look.unit in heads else most
    scored = not edits.swap and bool((shown.targets[0] != IGNORED).any())  # else no answer is known
    still = look.still or look.quick
    maps = torch.cat([insight.maps for insight in insights])  # (layers, H, T, T)
    inside = step_through(structure, params, tokens, insights[layer], looked, still=still) if look.inside else {}
    return {
        **{name: history.last(name) for name in history.columns[2:]},
        **_by_place_and_head(structure, heads, history),
        "learning_rate": learning_rate_at(spec.settings, step),
        "scheduled": spec.settings.is_scheduled,
        **show_passage(structure, vector, tokens, edits, history.last("test_loss"), look),
        "looked": list(looked),
        "maps": (255 * maps).round().to(torch.uint8).numpy(),
        "joined": look.probe.joined,
        "map": joined_map(maps, layer, which, look.probe.joined, residual=structure.residual, off=edits.off).numpy(),
        "moments": moments(structure, history),
        "patterns": _patterns(structure, vector.tobytes(), still=still),
        "ablation": scores,
        "scored": scored,
        "cards": explain(spec, history, scores if scored else None, still=still),
        "source": source_text(structure, shown.tokens[0]),
        **own,
        **said,
        **({"layer_maps": maps[layer].numpy()} if look.probe.lines else {}),  # (H, T, T) float32
        **inside,
        **(write(structure, params, shown, edits, look.probe) if look.probe.writing else {}),
    }


def _by_place_and_head(structure: AttentionStructure, heads: list[tuple[int, int]], history: History) -> dict[str, Any]:
    """The newest accuracy at each place, below 0 where no test sequence asks anything, and the entropy of each head."""
    by_place, asked = np.full(n_tokens(structure), -1, np.float32), asked_positions(structure)
    by_place[asked] = [history.last(f"accuracy_at_{k}") for k in asked]
    entropy = np.array([history.last(f"entropy_{layer}_{head}") for layer, head in heads], np.float32)
    return {"position_accuracy": by_place, "entropy": entropy.reshape(structure.layers, structure.heads)}


@lru_cache(maxsize=2)
def _patterns(structure: AttentionStructure, weights: bytes, *, still: bool) -> list[tuple[str, float]]:
    """Kept while the run stands still: a new input then need not wait for what it does not change."""
    return patterns(structure, unflatten(torch.tensor(np.frombuffer(weights, np.float32)), structure), still=still)


def _shown(structure: AttentionStructure, text: str) -> tuple[Batch, dict[str, Any]]:
    """The sequence to show, and what became of the learner's own input: why it cannot be shown, what was cut off."""
    test = make_test(structure)
    example = Batch(test.tokens[:1], test.targets[:1])
    kept, cut = cut_source(structure, text)
    own = {"own_text_problem": "", "own_text_kept": kept, "own_text_cut": cut}
    if not (kept if structure.task == "text" else kept.strip()):
        return example, own
    try:
        return read_source(structure, kept), own
    except ValueError as error:
        return example, own | {"own_text_problem": str(error)}
