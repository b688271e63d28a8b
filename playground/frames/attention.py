"""State of a transformer -> frame: every head's map for one shown sequence, what it says, how right it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from playground.data.sequences import (
    IGNORED,
    N_TEST,
    TASKS,
    Batch,
    make_test,
    n_tokens,
    read_source,
    source_text,
    vocabulary,
)
from playground.frames.passage import draw_passage, show_passage
from playground.frames.patterns import name_patterns
from playground.models.transformer import Insight, Params, count_params, forward, unflatten
from playground.spec import AttentionSpec
from playground.spec.attention import AttentionStructure
from playground.training.history import History
from playground.training.vector_optimizers import learning_rate_at


class Look(Protocol):
    """What the viewer points at; `playground.learners.learner.Look` is one."""

    @property
    def unit(self) -> tuple[int, int] | None:
        """(layer, head) shown large."""

    @property
    def text(self) -> str:
        """An input of the learner's own; empty for the first test sequence."""

    @property
    def off(self) -> tuple[tuple[int, int], ...]:
        """(layer, head) switched off."""

    @property
    def inside(self) -> bool:
        """Whether every matrix of the large head is wanted."""

    @property
    def still(self) -> bool:
        """Whether the run stands still, so that a frame may be large."""


N_PATTERN = 64  # sequences that patterns are measured on
SUDDEN_DROP, DROP_RECORDS = (
    0.2,
    20,
)  # a head begins to do something: its entropy falls by this much within so many records


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
        entropy=entropy_share(insights, structure.form),
    )


def entropy_share(insights: list[Insight], form: str) -> np.ndarray:
    """How spread out each head looks: (layers, heads) in [0, 1].

    The mean entropy of a map's rows, as a share of the most it could be: 1 looks at all it may see alike, 0 at one
    token only. A decoder's row k can spread over k tokens, so its most is log(k).
    """
    length = insights[0].maps.shape[-1]
    seen = torch.arange(1, length + 1) if form == "decoder" else torch.full((length,), length)
    rows = [torch.special.entr(insight.maps).sum(-1).mean((0, 2)) for insight in insights]  # (H,) each
    return np.asarray(torch.stack(rows) / seen.log().mean(), dtype=np.float64)  # (layers, H)


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
        "layers": structure.layers,
        "heads": structure.heads,
        "head_width": structure.width // structure.heads,
        "n_tokens": n_tokens(structure),
        "vocabulary": vocabulary(structure),
        "n_params": count_params(structure),
        "n_test": N_TEST,
        "seed": structure.seed,
    }


@torch.no_grad()
def observe(spec: AttentionSpec, vector: np.ndarray, step: int, history: History, look: Look) -> dict[str, Any]:
    """What the view draws of one moment. Maps and answers are of this step, scores of the last recorded epoch.

    Args:
        spec: the choices in force.
        vector: (n_params,) float32.
        step: updates made, for the learning rate in force.
        history: of the run: scores, and the moments at which heads began to do something.
        look: `unit` is the (layer, head) whose map is wanted with exact numbers, the first if it does not exist;
            `text` an input of the learner's own; `off` the heads that are switched off for the shown sequence.
    """
    structure = spec.structure
    heads = [(layer, head) for layer in range(structure.layers) for head in range(structure.heads)]
    layer, which = look.unit if look.unit in heads else (0, 0)
    params = unflatten(torch.tensor(vector), structure)
    by_position = np.zeros(n_tokens(structure), np.float32)  # 0 where nothing is asked
    by_position[asked_positions(structure)] = [history.last(f"accuracy_at_{k}") for k in asked_positions(structure)]
    entropy = [history.last(f"entropy_{layer}_{head}") for layer, head in heads]
    shown, problem = _shown(structure, look.text)
    off = [head for head in look.off if head in heads]
    said, insights = _said(structure, params, shown, off)
    maps = torch.cat([insight.maps for insight in insights])  # (layers, H, T, T)
    return {
        **{name: history.last(name) for name in history.columns[2:]},
        "position_accuracy": by_position,
        "entropy": np.array(entropy, np.float32).reshape(structure.layers, structure.heads),
        "learning_rate": learning_rate_at(spec.settings, step),
        **show_passage(structure, vector, shown.tokens[0], history.last("test_loss"), still=look.still),
        "looked": [layer, which],
        "maps": (255 * maps).round().to(torch.uint8).numpy(),
        "map": maps[layer, which].numpy(),  # (T, T) float32
        "moments": moments(structure, history),
        "patterns": _patterns(structure, params),
        "ablation": ablation(structure, params, shown),
        "off": off,
        "own_text_problem": problem,
        "source": source_text(structure, shown.tokens[0]),
        **said,
        **(_inside(insights[layer], which) if look.inside else {}),
    }


def _inside(insight: Insight, head: int) -> dict[str, Any]:
    """Every matrix of one head for the shown sequence, in the order in which they are computed."""
    return {
        "inside_query": insight.query[0, head].numpy(),  # (T, d)
        "inside_key": insight.key[0, head].numpy(),  # (T, d)
        "inside_value": insight.value[0, head].numpy(),  # (T, d)
        "inside_scores": insight.scores[0, head].numpy(),  # (T, T)
        "inside_scaled": insight.scaled[0, head].numpy(),  # (T, T) -inf where a token would look ahead
        "inside_heads": insight.heads[0, head].numpy(),  # (T, d)
    }


def ablation(structure: AttentionStructure, params: Params, shown: Batch) -> np.ndarray:
    """How much each head matters for one sequence: the loss without it, less the loss with all: (layers, H) float32."""
    n = structure.layers * structure.heads
    share = torch.ones(n + 1, n)  # a copy of the sequence without each head, and one with all
    share[:n] -= torch.eye(n)
    by_layer = share.view(n + 1, structure.layers, structure.heads).transpose(0, 1)  # (layers, n + 1, H)
    tokens = torch.from_numpy(np.repeat(shown.tokens[:1], n + 1, axis=0))  # (n + 1, T)
    logits, _ = forward(params, structure, tokens, head_share=by_layer)  # (n + 1, T, V)
    targets = torch.from_numpy(np.repeat(shown.targets[:1], n + 1, axis=0))  # (n + 1, T)
    losses = F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=IGNORED, reduction="none").sum(1)  # (n + 1,)
    losses = losses / max(1, int((shown.targets[0] != IGNORED).sum()))
    return (losses[:n] - losses[n]).view(structure.layers, structure.heads).numpy()


def _shown(structure: AttentionStructure, text: str) -> tuple[Batch, str]:
    """The sequence to show, and why the learner's own input cannot be shown; empty when it can."""
    test = make_test(structure)
    example = Batch(test.tokens[:1], test.targets[:1])
    if not text.strip():
        return example, ""
    try:
        return read_source(structure, text), ""
    except ValueError as error:
        return example, str(error)


def _patterns(structure: AttentionStructure, params: Params) -> list[tuple[str, float]]:
    tokens = torch.from_numpy(make_test(structure).tokens[:N_PATTERN])  # (n, T)
    _, insights = forward(params, structure, tokens)
    return name_patterns([insight.maps for insight in insights], tokens, structure.form)


def moments(structure: AttentionStructure, history: History) -> list[dict[str, Any]]:
    """When each head began to do something: the steepest fall of its entropy, where it is sudden enough to be named.

    Returns:
        layer, head, epoch (in the middle of the fall), before and after, in the order of epochs.
    """
    found = []
    n = len(history.rows)
    starts = np.arange(n)
    ends = np.minimum(starts + DROP_RECORDS, n - 1)
    for layer in range(structure.layers):
        for head in range(structure.heads):
            entropy = history.column(f"entropy_{layer}_{head}")  # (n,)
            fall = entropy - entropy[ends]  # (n,)
            at = int(fall.argmax())
            if fall[at] >= SUDDEN_DROP:
                inside = entropy[at : ends[at] + 1]
                middle = at + int(np.argmax(inside <= (inside[0] + inside[-1]) / 2))
                epoch = int(history.column("epoch")[middle])
                values = {"before": float(inside[0]), "after": float(inside[-1])}
                found.append({"layer": layer, "head": head, "epoch": epoch, **values})
    return sorted(found, key=lambda moment: moment["epoch"])


def _said(
    structure: AttentionStructure, params: Params, shown: Batch, off: list[tuple[int, int]]
) -> tuple[dict[str, Any], list[Insight]]:
    """The shown sequence as text: what stands there, what should be said and what is said, with and without heads."""
    names = vocabulary(structure)
    tokens = torch.from_numpy(shown.tokens)  # (1, T)
    share = torch.ones(structure.layers, 1, structure.heads)
    for layer, head in off:
        share[layer, 0, head] = 0
    logits, insights = forward(params, structure, tokens, head_share=share)  # (1, T, V)
    intact = forward(params, structure, tokens)[0] if off else logits  # (1, T, V)
    proba, best = logits[0].softmax(-1).max(-1)  # (T,) each
    proba_intact, best_intact = intact[0].softmax(-1).max(-1)  # (T,) each
    said = {
        "tokens": [names[token] for token in shown.tokens[0]],
        "targets": ["" if target == IGNORED else names[target] for target in shown.targets[0]],
        "said": [names[token] for token in best],
        "said_proba": proba.numpy(),
        "said_intact": [names[token] for token in best_intact],
        "said_intact_proba": proba_intact.numpy(),
    }
    return said, insights
