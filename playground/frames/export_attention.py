"""A transformer's run -> files that run or open elsewhere; numpy only, for the server makes them at a click."""

from __future__ import annotations

import numpy as np
from safetensors.numpy import save

from playground.data.chance import Chance
from playground.data.sequences import N_TEST, Batch, make_batch, make_test, n_tokens, vocabulary
from playground.frames.export import Shown, as_text, link_of, shared_parts, template
from playground.models.transformer_params import EMBEDDING_SPREAD, param_shapes
from playground.spec import AttentionSpec
from playground.spec.attention import STEPS_PER_EPOCH, AttentionStructure

MAX_EPOCHS = 3  # that the program repeats: their sequences stand in it
NOT_ASKED = 255  # how the program writes a target that is not asked


def pytorch_program(spec: AttentionSpec, began: Shown, shown: Shown, *, n_epochs: int = MAX_EPOCHS) -> str:
    """A program that repeats the first epochs of a run in PyTorch and ends with the shown weights.

    Args:
        spec: the choices that the run started with.
        began: the run at step 0, with what was set by hand there.
        shown: the moment under the eyes; its `params` are (n_params,) float32. Its training loss is that of the batch
            to come, which has the size that was chosen last.
        n_epochs: epochs to repeat; those before the first change after step 0.

    Returns:
        Python text that needs torch and numpy only. Losses agree to 4 digits, at the shown weights to 6.
    """
    structure, settings = spec.structure, spec.settings
    n_epochs = min(n_epochs, MAX_EPOCHS)
    steps = range(n_epochs * STEPS_PER_EPOCH + 1)
    chance = Chance(structure.seed)
    batches = [make_batch(structure, "train", step, settings.batch_size) for step in steps]
    next_batch = make_batch(structure, "train", shown.step, shown.batch_size)
    return template("attention_program").substitute(
        shared_parts(spec, began, shown) | structure.model_dump(),
        vocabulary=list(vocabulary(structure)),
        n_tokens=n_tokens(structure),
        steps_per_epoch=STEPS_PER_EPOCH,
        n_epochs=n_epochs,
        hidden=structure.feed_forward,
        shapes=param_shapes(structure),
        exact=structure.task != "text",
        train=_sequences(batches),
        shown_train=_sequences([next_batch]),
        shown_batch_size=shown.batch_size,
        test=_sequences([make_test(structure)]),
        n_test=N_TEST,
        dropout_seeds=[int(chance.bits(f"dropout {step}", 1)[0] >> np.uint64(1)) for step in steps],
        spread=EMBEDDING_SPREAD,
    )


def weights_file(spec: AttentionSpec, params: np.ndarray) -> bytes:
    """The weights as safetensors, by the names and shapes of the model: `0.qkv` (3 W, W) and so on."""
    return save(named_params(spec.structure, params), metadata={"link": link_of(spec)})


def named_params(structure: AttentionStructure, params: np.ndarray) -> dict[str, np.ndarray]:
    """The vector (n_params,) cut into arrays by name."""
    shapes = param_shapes(structure)
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
    pieces = np.split(params, ends[:-1])
    return {name: piece.reshape(shape) for (name, shape), piece in zip(shapes.items(), pieces, strict=True)}


def _sequences(batches: list[Batch]) -> str:
    stacked = np.stack([[batch.tokens, batch.targets] for batch in batches])  # (batches, 2, n, T)
    return as_text(np.where(stacked < 0, NOT_ASKED, stacked), "u1")
