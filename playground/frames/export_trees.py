"""Boosted trees -> files that run or open elsewhere."""

from __future__ import annotations

from typing import Any

from playground.frames.export import as_text, link_of, template
from playground.models.boosting import Forest
from playground.spec import TreesSpec
from playground.training.tree_problem import Problem, make_problem
from playground.training.xgboost_model import model_json
from playground.training.xgboost_round import params_of

LIBRARIES = {"classic": "scikit-learn", "xgboost": "xgboost"}


def program(spec: TreesSpec, n_rounds: int) -> str:
    """A program that repeats a run and prints its losses.

    Args:
        spec: the choices of the run.
        n_rounds: rounds to make; those under the eyes.

    Returns:
        Python text that needs numpy and xgboost, or for classic boosting scikit-learn. XGBoost's losses agree to 6
        digits. Scikit-learn breaks ties between equally good splits by chance, so classic losses agree to about 0.01.
    """
    problem = make_problem(spec.structure)
    engine = spec.structure.engine
    part = template(f"trees_{engine}").substitute(_choices(spec, problem))
    return template("trees_program").substitute(
        link=link_of(spec),
        library=LIBRARIES[engine],
        n_train=problem.data.n_train,
        n_rounds=n_rounds,
        objective=problem.objective,
        base=[float(value) for value in problem.base],
        X=as_text(problem.X, "<f8"),
        y=as_text(problem.data.y, "<f8"),
        engine=part,
    )


def model_file(spec: TreesSpec, forest: Forest) -> str:
    """The trees as a model that `xgboost.Booster.load_model` reads, whichever engine grew them.

    Raises:
        ValueError: the trees are turned, which such a model cannot hold.
    """
    if spec.structure.turned_trees:
        raise ValueError("only upright trees fit into a model of XGBoost's; got turned ones")
    problem = make_problem(spec.structure)
    return model_json(forest, problem.objective, problem.base, problem.X.shape[1])


def _choices(spec: TreesSpec, problem: Problem) -> dict[str, Any]:
    structure = spec.structure
    params = params_of(structure, problem.objective, len(problem.base))
    return {
        "params": "{\n" + "".join(f"    {name!r}: {value!r},\n" for name, value in params.items()) + "}",
        "fresh": structure.tree_method != "exact",
        **{name: getattr(structure, name) for name in ("seed", "depth", "learning_rate", "subsample", "colsample")},
        "newton": structure.newton,
        "turned": structure.turned_trees,
    }
