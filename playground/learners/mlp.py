"""The dense network of the Playground page, trained by the compiled kernel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from playground.frames.network import Network, draw_scene, observe
from playground.frames.outputs import score
from playground.learners.learner import Edit, Frame, State
from playground.models.mlp import start_params, weight_index
from playground.spec import PlaygroundSpec
from playground.spec.look import Look
from playground.training import kernel
from playground.training.codes import OPTIMIZERS, hyper_vector
from playground.training.history import History, next_record
from playground.training.problem import Problem, make_problem
from playground.training.stops import divergence, has_diverged, stop_reason


class MlpLearner:
    """Pure functions over (spec, state); see `Learner`."""

    def warm_up(self) -> None:
        kernel.warm_up()

    def init(self, spec: PlaygroundSpec) -> State:
        problem = make_problem(spec.structure)
        params = start_params(spec.structure)
        batch_size = min(spec.settings.batch_size, problem.data.n_train)
        name = "r2" if problem.data.task == "regression" else "accuracy"
        state = State(
            step=0,
            epoch=0,
            batch=0,
            steps_per_epoch=-(-problem.data.n_train // batch_size),
            batch_size=batch_size,
            optimizer=spec.settings.optimizer,
            memory_from=0,
            arrays={"params": params, "moments": np.zeros((2, len(params)), np.float32)},
            history=History.empty("train_loss", "test_loss", f"train_{name}", f"test_{name}"),
        )
        return replace(state, history=state.history.add(0, 0, *evaluate(problem, params)))

    def advance(self, spec: PlaygroundSpec, state: State, n_steps: int) -> State:
        problem, settings = make_problem(spec.structure), spec.settings
        X, targets = problem.train
        params, moments = state.arrays["params"].copy(), state.arrays["moments"].copy()
        memory_from, history, stopped = state.memory_from, state.history, ""
        if settings.optimizer != state.optimizer:
            moments[:], memory_from = 0, state.step
        hyper, optimizer = hyper_vector(settings), OPTIMIZERS[settings.optimizer]
        epoch, batch, step, target = state.epoch, state.batch, state.step, state.step + n_steps
        batch_size = state.batch_size
        while step < target and not stopped:
            if batch == 0:
                batch_size = min(settings.batch_size, problem.data.n_train)
            record = next_record(int(history.last("epoch")), settings.stop_epoch)
            n_now = min(target - step, _steps_until(problem, batch_size, settings.batch_size, epoch, batch, record))
            epoch, batch, step, diverged = kernel.run_steps(
                params, moments, X, targets, problem.sizes, problem.activations, problem.loss, optimizer, hyper,
                spec.structure.seed, batch_size, epoch, batch, step, memory_from, n_now,
            )  # fmt: skip
            if diverged:
                stopped = divergence(epoch)
            elif epoch == record and batch == 0:
                row = evaluate(problem, params)
                stopped = divergence(epoch - 1) if has_diverged(settings, row[0]) else ""
                if not stopped:
                    history = history.add(epoch, step, *row)
                    stopped = stop_reason(settings, history)
        return State(
            step, epoch, batch, -(-problem.data.n_train // batch_size), batch_size, settings.optimizer, memory_from,
            {"params": params, "moments": moments}, history, stopped,
        )  # fmt: skip

    def steps_until(self, spec: PlaygroundSpec, state: State, epoch: int) -> int:
        if state.epoch >= epoch:
            return 0
        problem = make_problem(spec.structure)
        asked = min(spec.settings.batch_size, problem.data.n_train)
        first = state.batch_size if state.batch else asked  # of the rest of this epoch
        rest = -(-problem.data.n_train // first) - state.batch
        return rest + (epoch - state.epoch - 1) * -(-problem.data.n_train // asked)

    def edit(self, spec: PlaygroundSpec, state: State, edit: Edit) -> State:
        problem = make_problem(spec.structure)
        params = state.arrays["params"].copy()
        for unit in range(edit.unit, edit.unit + edit.n_units):
            for k, value in enumerate(edit.values):
                source = None if edit.source is None else edit.source + k
                params[weight_index(problem.sizes, edit.layer, unit, source)] = value
        return replace(state, arrays={**state.arrays, "params": params})

    def scene(self, spec: PlaygroundSpec) -> Frame:
        return draw_scene(spec, make_problem(spec.structure).data)

    def observe(self, spec: PlaygroundSpec, state: State, look: Look) -> Frame:
        problem = make_problem(spec.structure)
        network = Network(state.arrays["params"], problem.sizes, problem.activations, problem.loss)
        return observe(spec, problem, network, state.history, state.epoch, look.unit, look.point)


def evaluate(problem: Problem, params: np.ndarray) -> tuple[float, float, float, float]:
    """Training loss, test loss, training score, test score."""
    n, n_outputs = problem.data.n_train, len(problem.targets)
    outputs = kernel.forward_all(params, problem.X, problem.sizes, problem.activations)[-n_outputs:]
    parts = [  # training and test; the kernel wants each in one piece
        (np.ascontiguousarray(outputs[:, part]), np.ascontiguousarray(problem.targets[:, part]))
        for part in (slice(0, n), slice(n, None))
    ]
    train_loss, test_loss = (kernel.loss_of(said, true, problem.loss) for said, true in parts)
    train_score, test_score = (score(problem.data.task, said, true) for said, true in parts)
    return train_loss, test_loss, train_score, test_score


def _steps_until(problem: Problem, batch_size: int, asked: int, epoch: int, batch: int, record: int) -> int:
    """Updates to the next record, or to the end of this epoch if another batch size waits there."""
    n_batches = -(-problem.data.n_train // batch_size)
    n_epochs = 1 if min(asked, problem.data.n_train) != batch_size else record - epoch
    return n_epochs * n_batches - batch
