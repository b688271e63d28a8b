"""The contenders of a comparison behind one interface: those that learn step by step, and those fitted at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Protocol

import numpy as np

from playground.data.arena import Arena
from playground.data.dataset import Dataset
from playground.frames.outputs import probabilities
from playground.learners.trees import next_round
from playground.models import boosting
from playground.models.boosting import Forest
from playground.models.mlp import init_params, layer_sizes
from playground.spec.contender import Contender, NetworkChoices, NetworkEnd
from playground.spec.network import NetworkSettings
from playground.spec.trees import TreesStructure
from playground.training import fits, kernel, trees, xgboost_round
from playground.training.codes import ACTIVATIONS, LOSSES, OPTIMIZERS, hyper_vector
from playground.training.problem import make_targets
from playground.training.tree_problem import problem_of

Arrays = Mapping[str, np.ndarray]


class Model(Protocol):
    """One contender on one arena. Margins are as in `playground.models.boosting`; proba is (n_classes, n)."""

    n_epochs: int
    arena: Arena
    note: str  # what has to be said of the fit; mostly empty

    def start(self) -> Arrays:
        """The state before the first epoch."""

    def advance(self, arrays: Arrays, n_epochs: int) -> Arrays:
        """The state so many epochs later, or at the model's own end; the old one stays as it was."""

    def on_rows(self, arrays: Arrays) -> np.ndarray:
        """What it says of all rows of the arena: probabilities (n_classes, n), or values (1, n)."""

    def on_grid(self, arrays: Arrays) -> np.ndarray:
        """The same at the cells of the map."""

    def predict(self, arrays: Arrays, rows: np.ndarray) -> np.ndarray:
        """The same of any rows (n, d)."""

    def size(self, arrays: Arrays) -> tuple[int, str]:
        """How many numbers it keeps, and of what they are."""

    def fit_by_library(self) -> Callable[[], object] | None:
        """Fit from scratch by one call of a library that works faster than step by step; what comes back answers for
        all rows. None where the steps here, or making this model, are the fit."""


def make_model(contender: Contender, arena: Arena, seed: int) -> Model:
    """The contender on these data.

    Raises:
        UnfitError: it cannot be fitted to them.
    """
    if contender.kind == "network":
        return NetworkModel(contender, arena, seed)
    if contender.is_live:
        return BoostingModel(contender, arena, seed)
    return FittedModel(contender, arena, seed)


def epochs_of(arrays: Arrays, due: int) -> int:
    """How many epochs it has learned, of so many that were asked for: a network that diverged stays behind."""
    return int(arrays["epochs"][0]) if "epochs" in arrays else due


def unfinished(arrays: Arrays, due: int) -> str:
    """Why it has not learned all the epochs that were asked for; mostly empty."""
    epochs = epochs_of(arrays, due)
    return "" if epochs == due else f"diverged in epoch {epochs + 1}: lower its learning rate"


def as_proba(task: str, margins: np.ndarray) -> np.ndarray:
    """Margins as probabilities (n_classes, n); values for regression stay."""
    if task == "regression":
        return margins
    said = boosting.shares(margins)
    return np.concatenate([1 - said, said]) if len(said) == 1 else said


class NetworkModel:
    """A dense network in the compiled kernel."""

    def __init__(self, contender: Contender, arena: Arena, seed: int) -> None:
        self.arena, self.seed = arena, seed
        self.structure: NetworkChoices = contender.part(NetworkChoices)
        self.settings: NetworkSettings = contender.part(NetworkSettings)
        self.n_epochs = contender.part(NetworkEnd).epochs
        self.targets = make_targets(arena.plane)  # (n_outputs, n)
        self.inputs = self._inputs(arena.rows)  # (n_features, n)
        self.sizes = layer_sizes(len(self.inputs), self.structure.hidden_sizes, len(self.targets))
        names = [self.structure.activation_of(layer) for layer in range(len(self.structure.hidden_sizes))]
        self.activations = np.array([ACTIVATIONS[name] for name in names], dtype=np.int64)
        self.loss = self.structure.loss_for(arena.samples.task)
        self.note = _note_on_loss(self.structure.loss, self.loss)
        n = arena.n_train
        self.train = np.ascontiguousarray(self.inputs[:, :n]), np.ascontiguousarray(self.targets[:, :n])
        self.batch_size = min(self.settings.batch_size, n)

    @cached_property
    def _grid(self) -> np.ndarray:
        return self._inputs(self.arena.grid)

    def _inputs(self, rows: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(self.arena.features(rows, self.structure.features), dtype=np.float32)

    def start(self) -> Arrays:
        params = init_params(self.sizes, self.structure.initializer, self.seed)
        return {"params": params, "moments": np.zeros((2, len(params)), np.float32), "epochs": np.zeros(1, np.int32)}

    def advance(self, arrays: Arrays, n_epochs: int) -> Arrays:
        """Epoch by epoch, so that a divergence leaves the state at the last whole one, however far it was to go."""
        params, moments, epoch = arrays["params"], arrays["moments"], int(arrays["epochs"][0])
        per_epoch = -(-self.arena.n_train // self.batch_size)
        hyper, optimizer = hyper_vector(self.settings), OPTIMIZERS[self.settings.optimizer]
        loss = LOSSES[self.loss]
        for _ in range(min(n_epochs, self.n_epochs - epoch)):
            moved, memory = params.copy(), moments.copy()
            position = kernel.run_steps(
                moved, memory, *self.train, self.sizes, self.activations, loss, optimizer, hyper, self.seed,
                self.batch_size, epoch, 0, epoch * per_epoch, 0, per_epoch,
            )  # fmt: skip
            if position.diverged or not np.isfinite(moved).all():
                break
            params, moments, epoch = moved, memory, epoch + 1
        return {"params": params, "moments": moments, "epochs": np.array([epoch], np.int32)}

    def on_rows(self, arrays: Arrays) -> np.ndarray:
        return self._answer(arrays, self.inputs)

    def on_grid(self, arrays: Arrays) -> np.ndarray:
        return self._answer(arrays, self._grid)

    def predict(self, arrays: Arrays, rows: np.ndarray) -> np.ndarray:
        return self._answer(arrays, self._inputs(rows))

    def units(self, arrays: Arrays, rows: np.ndarray) -> list[np.ndarray]:
        """The values of every hidden layer and of the outputs: [(n_units, n), ...]."""
        values = kernel.forward_all(arrays["params"], self._inputs(rows), self.sizes, self.activations)
        return np.split(values, np.cumsum(self.sizes[1:])[:-1])

    def _answer(self, arrays: Arrays, inputs: np.ndarray) -> np.ndarray:
        outputs = kernel.forward_all(arrays["params"], inputs, self.sizes, self.activations)[-len(self.targets) :]
        if self.arena.samples.task == "regression":
            return outputs.astype(np.float64)
        return probabilities(outputs, self.loss)

    def size(self, arrays: Arrays) -> tuple[int, str]:
        n = len(arrays["params"])
        return n, f"{n:,} weights"

    def fit_by_library(self) -> None:
        return None


def _note_on_loss(chosen: str, loss: str) -> str:
    """What the reader must know of the loss that a network is trained on; mostly nothing."""
    if chosen not in ("by_task", loss):
        return f"{chosen} does not fit these data: trained on {loss}".replace("_", " ")
    return "hinge gives no probabilities: the sigmoid of its output stands for one" if loss == "hinge" else ""


class BoostingModel:
    """Classic gradient boosting or XGBoost, as on the Trees page."""

    note = ""

    def __init__(self, contender: Contender, arena: Arena, seed: int) -> None:
        arena = arena.native if contender.kind == "xgboost" and arena.native else arena
        self.arena, self.n_epochs = arena, contender.n_epochs
        samples, regression = arena.samples, arena.samples.task == "regression"
        named = "plane" if regression else "circle"  # tells the task only: the rows come from the arena
        self.structure: TreesStructure = contender.part(TreesStructure, engine=contender.kind, seed=seed, dataset=named)
        n_classes = len(samples.class_names)
        data = Dataset(arena.rows, arena.labels, arena.n_train, samples.task, n_classes, samples.class_names)
        self.problem = replace(problem_of(data, arena.rows, self.structure.engine), as_is=arena.as_is)
        self._painted = 0, np.empty(0)  # trees on the map so far: a run is a function of the choices, so they stay

    @property
    def n_outputs(self) -> int:
        """Trees a round."""
        return len(self.problem.base)

    def start(self) -> Arrays:
        margins = np.repeat(self.problem.base[:, None], len(self.problem.X), axis=1)  # (n_outputs, n)
        dtype = np.float32 if self.structure.engine == "xgboost" else np.float64
        return {"margins": margins.astype(dtype), **Forest.empty().arrays()}

    def advance(self, arrays: Arrays, n_epochs: int) -> Arrays:
        margins, forest, added = arrays["margins"].copy(), self.forest(arrays), []
        begun = forest.n_trees // self.n_outputs
        for epoch in range(begun, min(begun + n_epochs, self.n_epochs)):
            new = next_round(self.structure, self.problem, margins, epoch)
            for k, tree in enumerate(new):
                margins[k] += trees.values_of(tree, self.problem.X).astype(margins.dtype)
            added += new
        return {"margins": margins, **forest.add(added).arrays()} if added else arrays

    def forest(self, arrays: Arrays) -> Forest:
        """The trees so far."""
        return Forest.of({name: array for name, array in arrays.items() if name != "margins"})

    def on_rows(self, arrays: Arrays) -> np.ndarray:
        return as_proba(self.arena.samples.task, arrays["margins"].astype(np.float64))

    def on_grid(self, arrays: Arrays) -> np.ndarray:
        forest = self.forest(arrays)
        if self.arena.centers is None:
            return as_proba(self.arena.samples.task, self._margins_on_grid(forest))
        margins = trees.paint_margins(forest, self.arena.centers, self.problem.base, forest.n_trees // self.n_outputs)
        return as_proba(self.arena.samples.task, margins.reshape(self.n_outputs, -1))

    def _margins_on_grid(self, forest: Forest) -> np.ndarray:
        """Scores at all cells: only the trees that are new since the last look are asked."""
        known, margins = self._painted
        if not 0 < known <= forest.n_trees:
            known, margins = 0, np.repeat(self.problem.base[:, None], len(self.arena.grid), axis=1)
        margins = margins.copy()
        for t in range(known, forest.n_trees):
            margins[t % self.n_outputs] += trees.values_of(forest.tree(t), self.arena.grid)
        self._painted = forest.n_trees, margins
        return margins

    def predict(self, arrays: Arrays, rows: np.ndarray) -> np.ndarray:
        return as_proba(self.arena.samples.task, self.margins(arrays, rows))

    def margins(self, arrays: Arrays, rows: np.ndarray) -> np.ndarray:
        """Scores of any rows: (n_outputs, n) float64."""
        forest = self.forest(arrays)
        return trees.margins_of(forest, rows, self.problem.base, forest.n_trees // self.n_outputs)

    def size(self, arrays: Arrays) -> tuple[int, str]:
        feature = arrays["feature"]
        return fits.numbers_in_trees(len(feature), int(np.sum(feature < 0)))

    def fit_by_library(self) -> Callable[[], object] | None:
        if self.structure.engine == "classic":
            return None
        problem, n = self.problem, self.problem.data.n_train
        rows, columns = problem.as_is or (problem.X, None)
        data = xgboost_round.data_of(rows[:n], problem.data.y[:n], columns)
        begin = np.repeat(problem.base[None].astype(np.float32), len(rows), axis=0)  # (n, n_outputs)
        data.set_base_margin(begin[:n])
        booster = xgboost_round.train_at_once(
            self.structure, problem.objective, data, self.n_outputs, self.n_epochs, columns
        )
        asked = rows.astype(np.float32)
        return lambda: booster.inplace_predict(asked, base_margin=begin, validate_features=False)


class FittedModel:
    """A scikit-learn model. It has no state: it is fitted again from the spec wherever it is needed."""

    n_epochs = 0

    def __init__(self, contender: Contender, arena: Arena, seed: int) -> None:
        self.kind, self.arena = contender.kind, arena
        self.estimator, self.note = fits.fit(contender.kind, contender.own, arena.samples, seed)

    def start(self) -> Arrays:
        return {}

    def advance(self, arrays: Arrays, n_epochs: int) -> Arrays:
        return arrays

    @cached_property
    def _rows(self) -> np.ndarray:
        return self.predict({}, self.arena.rows)

    @cached_property
    def _grid(self) -> np.ndarray:
        return self.predict({}, self.arena.grid)

    def on_rows(self, arrays: Arrays) -> np.ndarray:
        return self._rows

    def on_grid(self, arrays: Arrays) -> np.ndarray:
        return self._grid

    def predict(self, arrays: Arrays, rows: np.ndarray) -> np.ndarray:
        return fits.answers(self.estimator, rows, len(self.arena.samples.class_names))

    def size(self, arrays: Arrays) -> tuple[int, str]:
        return fits.size_of(self.kind, self.estimator, self.arena.samples)

    def fit_by_library(self) -> None:
        return None
