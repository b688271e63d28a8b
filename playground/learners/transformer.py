"""The small transformer of the Attention page, trained by torch on endless sequences.

An epoch is ten updates: data are endless, so there is no pass over all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from playground.data.chance import Chance
from playground.data.sequences import make_batch, make_test
from playground.frames.attention import draw_scene, evaluate, history_names, history_row, mean_loss, observe
from playground.learners.learner import Edit, Frame, State
from playground.models.transformer import forward, unflatten
from playground.models.transformer_params import init_params
from playground.spec import AttentionSpec
from playground.spec.attention import STEPS_PER_EPOCH, AttentionSettings, AttentionStructure
from playground.spec.look import Look
from playground.training.history import History, next_record
from playground.training.stops import divergence, has_diverged, stop_reason
from playground.training.vector_optimizers import clip, drop, learning_rate_at, update


@dataclass
class Course:
    """A state while it is being advanced: tensors of its own, changed in place.

    Tensors are copies in torch's own memory: sums of numbers that stand at other addresses may differ in the last bit.
    """

    params: Tensor
    moments: Tensor
    step: int
    memory_from: int
    batch_size: int


class TransformerLearner:
    """Pure functions over (spec, state); see `Learner`."""

    def warm_up(self) -> None:
        torch.set_num_threads(1)

    def init(self, spec: AttentionSpec) -> State:
        params = init_params(spec.structure)
        state = State(
            step=0,
            epoch=0,
            batch=0,
            steps_per_epoch=STEPS_PER_EPOCH,
            batch_size=spec.settings.batch_size,
            optimizer=spec.settings.optimizer,
            memory_from=0,
            arrays={"params": params, "moments": np.zeros((2, len(params)), np.float32)},
            history=History.empty(*history_names(spec.structure)),
        )
        return replace(state, history=_record(spec, params, 0, state.batch_size, state.history))

    def advance(self, spec: AttentionSpec, state: State, n_steps: int) -> State:
        torch.set_num_threads(1)
        fresh = spec.settings.optimizer != state.optimizer
        moments = torch.zeros(2, len(state.arrays["params"])) if fresh else torch.tensor(state.arrays["moments"])
        memory_from = state.step if fresh else state.memory_from
        course = Course(torch.tensor(state.arrays["params"]), moments, state.step, memory_from, state.batch_size)
        history, stopped, target = state.history, "", state.step + n_steps
        while course.step < target and not stopped:
            if course.step % STEPS_PER_EPOCH == 0:
                course.batch_size = spec.settings.batch_size
            loss = _train_step(spec, course)
            epoch, batch = divmod(course.step, STEPS_PER_EPOCH)
            if has_diverged(spec.settings, loss):
                stopped = divergence(epoch)
            elif batch == 0 and epoch == next_record(int(history.last("epoch")), spec.settings.stop_epoch):
                history = _record(spec, course.params.numpy(), course.step, course.batch_size, history)
                stopped = stop_reason(spec.settings, history)
        return State(
            course.step, course.step // STEPS_PER_EPOCH, course.step % STEPS_PER_EPOCH, STEPS_PER_EPOCH,
            course.batch_size, spec.settings.optimizer, course.memory_from,
            {"params": course.params.numpy(), "moments": course.moments.numpy()}, history, stopped,
        )  # fmt: skip

    def steps_until(self, spec: AttentionSpec, state: State, epoch: int) -> int:
        return max(0, epoch * STEPS_PER_EPOCH - state.step)

    def edit(self, spec: AttentionSpec, state: State, edit: Edit) -> State:
        raise ValueError("weights of a transformer are not set by hand")

    def scene(self, spec: AttentionSpec) -> Frame:
        return draw_scene(spec)

    def observe(self, spec: AttentionSpec, state: State, look: Look) -> Frame:
        torch.set_num_threads(1)
        params, history = state.arrays["params"], state.history
        if look.still and state.step != history.last("step"):  # between two records: there is time to test it
            history = _record(spec, params, state.step, state.batch_size, history)
        return observe(spec, params, state.step, history, look)


def _record(spec: AttentionSpec, params: np.ndarray, step: int, batch_size: int, history: History) -> History:
    """One row more: the test set, and the next training batch, which the model has not seen yet."""
    torch.set_num_threads(1)
    train = evaluate(spec.structure, params, make_batch(spec.structure, "train", step, batch_size))
    test = evaluate(spec.structure, params, make_test(spec.structure))
    return history.add(step // STEPS_PER_EPOCH, step, *history_row(spec.structure, train, test))


def _train_step(spec: AttentionSpec, course: Course) -> float:
    """One update of `course` on a new batch; returns the loss before it."""
    loss, gradient = loss_and_gradient(spec.structure, spec.settings, course.params, course.step, course.batch_size)
    if not has_diverged(spec.settings, loss):
        rate, t = learning_rate_at(spec.settings, course.step), course.step - course.memory_from + 1
        clip(gradient, spec.settings.gradient_clip)
        update(course.params, course.moments, gradient, spec.settings, rate, t)
        course.step += 1
    return loss


def loss_and_gradient(
    structure: AttentionStructure, settings: AttentionSettings, params: Tensor, step: int, batch_size: int
) -> tuple[float, Tensor]:
    """Loss of the batch of `step` with its dropout, and the gradient: (n_params,)."""
    batch = make_batch(structure, "train", step, batch_size)
    leaf = params.detach().requires_grad_()  # shares memory with `params`
    tokens, targets = torch.from_numpy(batch.tokens), torch.from_numpy(np.ascontiguousarray(batch.targets))  # (n, T)
    views = unflatten(leaf, structure)
    if settings.dropout:
        masks = torch.Generator().manual_seed(int(Chance(structure.seed).bits(f"dropout {step}", 1)[0] >> np.uint64(1)))
        logits, _ = forward(views, structure, tokens, lambda x: drop(x, settings.dropout, masks))  # (n, T, V)
    else:
        logits, _ = forward(views, structure, tokens)  # (n, T, V)
    loss = mean_loss(logits, targets)
    (gradient,) = torch.autograd.grad(loss, leaf)
    return loss.item(), gradient
