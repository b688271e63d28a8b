"""Why did that happen? Short explanations of a transformer's run that appear when something measured says so."""

from __future__ import annotations

import numpy as np

from playground.data.sequences import count_test
from playground.spec import AttentionSpec
from playground.training.history import History

WARM_UP_EPOCHS = 20  # before which nothing is said about what is not learned
SOLVED = 0.99
FAILED = 0.9
LEAST_TOLD = 0.01  # of a loss, in nats
GAP = 0.3  # training sequences right, test sequences not


def explain(spec: AttentionSpec, history: History, ablation: np.ndarray | None, *, still: bool) -> list[dict[str, str]]:
    """The cards that apply now, the most urgent first, as plain fields for the view.

    Args:
        spec: the choices in force.
        history: of the run.
        ablation: (layers, H) how much the loss of the shown sequence rises without each head; None where nobody knows
            its answer.
        still: whether the run stands still.
    """
    if len(history.rows) <= 1:
        text = "Watch every map change from a blur to a pattern while the loss falls."
        return [_card("begin", "Press Play.", text, "pointing at a map to see it large.")]
    structure, epoch = spec.structure, history.last("epoch")
    if ablation is not None and still and epoch == spec.opens_at and history.last("test_accuracy") >= SOLVED:
        text = "Its heads find the letter to write next. Press Play: it begins from nothing and the maps form."
        return [_card("opened", "It has learned to reverse.", text, f"switching {_head(ablation)} off.")]
    train, test = history.last("train_accuracy"), history.last("test_accuracy")
    if test >= SOLVED:
        title = f"{'Test' if count_test(structure)[1] else 'New'} sequences are right."
        if ablation is None:
            text = "Of the shown one nobody knows the answer, so no head is known to matter most for it."
            return [_card("solved", title, text, "an input whose answer is known.")]
        most = f"{ablation.max():.2f}" if ablation.max() >= LEAST_TOLD else f"less than {LEAST_TOLD}"
        text = f"The loss of the shown one rises most, by {most}, without {_head(ablation)}."
        return [_card("solved", title, text, "switching that head off and reading what it says then.")]
    if epoch < WARM_UP_EPOCHS or test >= FAILED:
        return []
    if structure.positions == "none" and structure.form == "encoder":
        text = "Without positions an encoder answers equal tokens alike, wherever they stand."
        return [_card("places", "It cannot know places.", text, "learned positions, or a decoder.")]
    if train - test > GAP:
        text = f"{train:.0%} of the training sequences are right, but {test:.0%} of new ones."
        return [_card("heart", "Learned by heart.", text, "longer inputs: more to see, less to keep.")]
    if spec.settings.optimizer == "sgd":
        text = "Plain gradient descent steps alike for every weight; a transformer's need very different steps."
        return [_card("sgd", "It hardly learns.", text, "adamw, while it runs.")]
    return []


def _head(ablation: np.ndarray) -> str:
    layer, head = np.unravel_index(ablation.argmax(), ablation.shape)
    return f"layer {layer + 1}, head {head + 1}"


def _card(key: str, title: str, text: str, advice: str) -> dict[str, str]:
    return {"key": key, "title": title, "text": text, "try": advice}
