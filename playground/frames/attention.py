"""State of a transformer -> frame: every head's map for one shown sequence, what it says, how right it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from playground.data.sequences import IGNORED, N_TEST, TASKS, Batch, make_test, n_tokens, source_text, vocabulary
from playground.models.transformer import Insight, count_params, forward, unflatten
from playground.spec import AttentionSpec
from playground.spec.attention import AttentionStructure
from playground.training.history import History
from playground.training.vector_optimizers import learning_rate_at

SUDDEN_DROP, DROP_RECORDS = (
    0.2,
    20,
)  # a head begins to do something: its entropy falls by this much within so many records


@dataclass(frozen=True)
class Evaluation:
    """How a model does on a batch.

    Attributes:
        loss: mean cross-entropy of the scored positions, in nats.
        exact: share of sequences with every scored position right.
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
    return Evaluation(
        loss=float(mean_loss(logits, targets)),
        exact=float((right | ~asked).all(1).double().mean()),
        token=float(right.sum() / asked.sum()),
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


def history_names(structure: AttentionStructure) -> tuple[str, ...]:
    """Columns of a run's history after epoch and step."""
    heads = [f"entropy_{layer}_{head}" for layer in range(structure.layers) for head in range(structure.heads)]
    return "train_loss", "test_loss", "train_accuracy", "test_accuracy", "token_accuracy", *heads


def history_row(train: Evaluation, test: Evaluation) -> tuple[float, ...]:
    """The values of `history_names`."""
    return train.loss, test.loss, train.exact, test.exact, test.token, *test.entropy.ravel().tolist()


def draw_scene(spec: AttentionSpec) -> dict[str, Any]:
    """What is drawn once a run."""
    structure = spec.structure
    return {
        "task": "sequences",
        "rule": TASKS[structure.task].rule,
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
def observe(
    spec: AttentionSpec,
    vector: np.ndarray,
    step: int,
    history: History,
    train: Batch,
    head: tuple[int, int] | None,
) -> dict[str, Any]:
    """What the view draws of one moment.

    Args:
        spec: the choices in force.
        vector: (n_params,) float32.
        step: updates made, for the learning rate in force.
        history: of the run, for the moments at which heads began to do something.
        train: the next training batch: never seen yet, as data are endless.
        head: (layer, head) whose map is wanted with exact numbers; None or one that does not exist: the first.
    """
    structure = spec.structure
    layer, which = head if head and head[0] < structure.layers and head[1] < structure.heads else (0, 0)
    test = make_test(structure)
    on_train, on_test = evaluate(structure, vector, train), evaluate(structure, vector, test)
    tokens, targets = test.tokens[:1], test.targets[0]  # (1, T), (T,)
    logits, insights = forward(unflatten(torch.tensor(vector), structure), structure, torch.from_numpy(tokens))
    maps = torch.cat([insight.maps for insight in insights])  # (layers, H, T, T)
    return {
        "train_loss": on_train.loss,
        "test_loss": on_test.loss,
        "train_accuracy": on_train.exact,
        "test_accuracy": on_test.exact,
        "token_accuracy": on_test.token,
        "position_accuracy": on_test.by_position.astype(np.float32),
        "entropy": on_test.entropy.astype(np.float32),
        "learning_rate": learning_rate_at(spec.settings, step),
        "looked": [layer, which],
        "maps": (255 * maps).round().to(torch.uint8).numpy(),
        "map": maps[layer, which].numpy(),  # (T, T) float32
        "moments": moments(structure, history),
        **_said(structure, tokens[0], targets, logits[0]),
    }


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


def _said(structure: AttentionStructure, tokens: np.ndarray, targets: np.ndarray, logits: Tensor) -> dict[str, Any]:
    """The shown sequence as text: what stands there, what should be said and what is said at each position."""
    names = vocabulary(structure)
    proba = logits.softmax(-1)  # (T, V)
    best = proba.argmax(-1)  # (T,)
    return {
        "source": source_text(structure, tokens),
        "tokens": [names[token] for token in tokens],
        "targets": ["" if target == IGNORED else names[target] for target in targets],
        "said": [names[token] for token in best],
        "said_proba": proba.max(-1).values.numpy(),  # (T,) float32
    }
