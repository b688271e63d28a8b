"""The laws that every learner obeys and every spec obeys. A new learner joins by one entry in SPECS."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as how
from hypothesis import strategies as st
from pydantic import ValidationError

from playground.data.digits import Digits, load_digits
from playground.learners.learner import State
from playground.learners.registry import LEARNERS, learner_named, learner_of
from playground.spec import AttentionSpec, CompareSpec, DigitsSpec, PlaygroundSpec, Problem, Spec, TreesSpec
from playground.spec.digits import STACKS
from playground.spec.look import Look
from playground.spec.tables import pack_table
from playground.training.history import EVERY_EPOCH_UNTIL, next_record

SPECS: dict[str, list[Spec]] = {
    "mlp": [
        PlaygroundSpec(),
        PlaygroundSpec().change(n_samples=20, batch_size=7, hidden_sizes=(), noise=0.3, learning_rate=0.3),
        PlaygroundSpec().change(
            dataset="spiral3", n_samples=30, hidden_sizes=(5, 3, 2), activation=("gelu", "relu"), optimizer="adam",
            dropout=0.4, regularization="l1", regularization_rate=0.01, schedule="cosine", seed=9, initializer="he",
        ),
        PlaygroundSpec().change(
            dataset="plane", n_samples=41, hidden_sizes=(3,), optimizer="nesterov", batch_size=2000,
            schedule="step", schedule_epochs=3, gradient_clip=0.5, features=("x2", "radius"),
        ),
        PlaygroundSpec().change(dataset="rings", n_samples=50, loss="hinge", optimizer="rprop", hidden_sizes=(16,)),
    ],
    "trees": [
        TreesSpec().change(n_trees=500, subsample=0.8),
        TreesSpec().change(
            n_trees=500, dataset="gb_circular", subsample=0.5, newton=True, rotate_trees=True, depth=6, rotate=30,
        ),
        TreesSpec().change(n_trees=500, dataset="spiral3", n_samples=30, colsample=0.5, depth=2),
        TreesSpec().change(n_trees=500, dataset="plane", n_samples=41, engine="xgboost", subsample=0.6),
        TreesSpec().change(
            n_trees=500, dataset="blobs", n_samples=60, engine="xgboost", tree_method="hist", subsample=0.6,
        ),
    ],
    "compare": [
        CompareSpec().change(
            n_samples=30, contenders=("network~hidden_sizes~4~dropout~0.3~epochs~2000", "xgboost~subsample~0.6", "tree"),
        ),
        CompareSpec().change(
            dataset="plane", n_samples=30,
            contenders=("classic~depth~2~subsample~0.5", "network~hidden_sizes~~optimizer~sgd~epochs~2000", "logistic"),
        ),
        CompareSpec().change(
            dataset="penguins", target=5, knocked_out=0.3, contenders=("network~hidden_sizes~4~epochs~2000", "xgboost~subsample~0.6"),
        ),
    ],
    "cnn": [  # on the few images of `few_digits`; tests/properties/test_digits_laws.py has the whole set
        DigitsSpec().change(stack="avg7,dense3", start="fresh", batch_size=16),
        DigitsSpec().change(
            stack="avg7,conv2k3,res,bnorm,drop20,norm", start="fresh", batch_size=13, dropout=0.3, optimizer="rprop",
            regularization="l1", regularization_rate=0.01, activation="tanh",
            taught=("4" + "A" * 523,), taught_share=0.3,
        ),
    ],
    "transformer": [  # a tiny one, for the others see tests/properties/test_attention_laws.py
        AttentionSpec().change(
            width=16, heads=4, layers=1, positions="rotary", form="encoder", norm="after", tied=True, feed_forward=0,
            length=3, batch_size=5, optimizer="momentum", dropout=0.2, schedule="cosine", schedule_epochs=5,
        ),
    ],
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def few_digits() -> Iterator[None]:
    """The convolution learner with 24 training and 20 test images: the same code, and epochs of 24 images."""
    learner, data = learner_named("cnn"), load_digits()
    arrays = (data.train_images[:24], data.train_labels[:24], data.test_images[:20], data.test_labels[:20])
    few = Digits(*(array.copy() for array in arrays))
    learner.load = lambda: few  # type: ignore[attr-defined]
    yield
    learner.load = load_digits  # type: ignore[attr-defined]


ALL_SPECS = [spec for specs in SPECS.values() for spec in specs]
KINDS = sorted({type(spec) for spec in ALL_SPECS}, key=lambda kind: kind.__name__)
LOOKS = (Look(), Look((0, 0)), Look((99, 99)), Look(None, (1.0, -2.0)), Look((0, 1), (100.0, 100.0)))

each_spec = pytest.mark.parametrize("spec", ALL_SPECS, ids=lambda spec: f"{spec.learner}-{spec.to_query()}"[:60])
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
PARTS = st.lists(st.integers(0, 90), min_size=1, max_size=5)
SEEDS = st.integers(0, 2**31 - 1)


def bits(value: Any) -> Any:
    """A value that is equal only when every bit of every array is: NaN and -0.0 count too."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, State):
        return {name: bits(part) for name, part in vars(value).items()} | {"history": bits(value.history.rows)}
    if isinstance(value, dict):
        return {name: bits(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [bits(part) for part in value]
    return np.float64(value).tobytes() if isinstance(value, float) else value


def start(spec: Spec) -> State:
    return learner_of(spec).init(spec)


def advance(spec: Spec, state: State, *parts: int) -> State:
    for n_steps in parts:
        state = learner_of(spec).advance(spec, state, n_steps)
    return state


def near(spec: Spec, epochs: int) -> int:
    """Fewer epochs for the learner whose epochs are ten steps each."""
    return epochs // 8 if spec.learner == "transformer" else epochs


def test_every_learner_is_tested() -> None:
    assert set(SPECS) == set(LEARNERS) - {"minilm"}  # which trains nothing: tests/properties/test_sentences_laws.py
    assert all(spec.learner == name and specs for name, specs in SPECS.items() for spec in specs)


# --- training ---------------------------------------------------------------------------------------------------------


@each_spec
@how(max_examples=8, deadline=None)
@given(parts=PARTS, seed=SEEDS)
def test_resume_law(spec: Spec, parts: list[int], seed: int) -> None:
    spec = spec.change(seed=seed)
    whole = advance(spec, start(spec), sum(parts))
    assert bits(advance(spec, start(spec), *parts)) == bits(whole)
    assert whole.step == sum(parts)


@each_spec
@how(max_examples=8, deadline=None)
@given(before=st.integers(0, 40), after=st.integers(0, 60))
def test_resume_law_holds_after_a_journey_as_bytes(spec: Spec, before: int, after: int) -> None:
    state = advance(spec, start(spec), before)
    travelled = pickle.loads(pickle.dumps(state))
    assert bits(advance(spec, travelled, after)) == bits(advance(spec, state, after))


@each_spec
@how(max_examples=8, deadline=None)
@given(before=st.integers(0, 40), n_steps=st.integers(0, 60))
def test_advance_leaves_its_input_alone(spec: Spec, before: int, n_steps: int) -> None:
    state = advance(spec, start(spec), before)
    kept = bits(state)
    advance(spec, state, n_steps)
    assert bits(state) == kept


@each_spec
@how(max_examples=5, deadline=None)
@given(n_steps=st.integers(0, 60))
def test_observe_changes_nothing(spec: Spec, n_steps: int) -> None:
    state = advance(spec, start(spec), n_steps)
    kept = bits(state)
    frames = [[bits(learner_of(spec).observe(spec, state, look)) for look in LOOKS] for _ in range(2)]
    assert frames[0] == frames[1]
    assert bits(state) == kept
    assert bits(advance(spec, state, 5)) == bits(advance(spec, advance(spec, start(spec), n_steps), 5))


@each_spec
@how(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_same_seed_same_run_and_another_seed_another(spec: Spec, seed: int) -> None:
    one, same, other = (spec.change(seed=s) for s in (seed, seed, (seed + 1) % 2**31))
    assert bits(advance(one, start(one), 20)) == bits(advance(same, start(same), 20))
    assert bits(advance(one, start(one), 20).arrays) != bits(advance(other, start(other), 20).arrays)


@each_spec
@how(max_examples=4, deadline=None)
@given(parts=PARTS, epochs=st.integers(0, 260))
def test_history_holds_the_recorded_epochs_and_no_others(spec: Spec, parts: list[int], epochs: int) -> None:
    learner, state = learner_of(spec), start(spec)
    state = advance(spec, state, *parts, learner.steps_until(spec, state, near(spec, epochs)))
    after = (lambda epoch: epoch + 1) if isinstance(spec, TreesSpec) else next_record  # the best tree is one of all
    recorded = [0]
    while after(recorded[-1]) <= state.epoch:
        recorded.append(after(recorded[-1]))
    assert state.history.column("epoch").tolist() == recorded
    assert all(a < b for a, b in pairwise(state.history.column("step")))


def test_the_epoch_at_which_a_run_stops_is_recorded_though_records_are_rare_by_then() -> None:
    spec = PlaygroundSpec().change(n_samples=20, hidden_sizes=(1,), batch_size=50, stop_epoch=250)
    learner = learner_of(spec)
    state = learner.advance(spec, learner.init(spec), 1000)
    assert (state.epoch, state.history.last("epoch")) == (250, 250)
    assert state.stopped == "Finished: epoch 250 is reached."
    assert learner.advance(spec, replace(state, stopped=""), 2).history.last("epoch") == 252


def test_records_are_dense_first_and_never_far_apart() -> None:
    epoch = 0
    while epoch < 5000:
        gap = next_record(epoch) - epoch
        assert gap == 1 if epoch < EVERY_EPOCH_UNTIL else gap <= 0.01 * epoch
        epoch += gap


@each_spec
@how(max_examples=8, deadline=None)
@given(n_steps=st.integers(0, 30), more=st.integers(0, 39))
def test_steps_until_ends_at_the_beginning_of_the_epoch(spec: Spec, n_steps: int, more: int) -> None:
    learner, state = learner_of(spec), advance(spec, start(spec), n_steps)
    epoch = state.epoch + near(spec, more) + 1
    there = advance(spec, state, learner.steps_until(spec, state, epoch))
    assert (there.epoch, there.batch) == (epoch, 0)
    assert learner.steps_until(spec, there, epoch) == 0
    assert advance(spec, state, learner.steps_until(spec, state, epoch) - 1).epoch < epoch


@each_spec
@how(max_examples=6, deadline=None)
@given(n_steps=st.integers(0, 60))
def test_frames_hold_shares_within_0_and_1_and_no_nan(spec: Spec, n_steps: int) -> None:
    frame = learner_of(spec).observe(spec, advance(spec, start(spec), n_steps), Look(None, (0.5, 0.5)))
    shares = [value for name, value in frame.items() if "proba" in name or "accuracy" in name]
    assert shares or "test_r2" in frame, "a frame tells how often the model is right"
    assert all(np.all((np.asarray(share) >= 0) & (np.asarray(share) <= 1)) for share in shares)
    numbers = [value for value in frame.values() if isinstance(value, float | np.ndarray)]
    assert numbers
    assert all(np.all(np.isfinite(value)) for value in numbers)


@each_spec
def test_the_frame_shows_what_the_history_recorded(spec: Spec) -> None:
    learner, state = learner_of(spec), start(spec)
    state = advance(spec, state, learner.steps_until(spec, state, 7))
    frame = learner.observe(spec, state, Look())
    measured = [name for name in state.history.columns[2:] if np.isfinite(state.history.last(name))]
    shown = {name: frame[name] for name in measured}
    assert shown == pytest.approx({name: state.history.last(name) for name in shown}, rel=1e-5)


@each_spec
def test_a_run_that_stops_ends_there(spec: Spec) -> None:
    spec = spec.change(stop_epoch=3)
    learner, state = learner_of(spec), start(spec)
    state = advance(spec, state, learner.steps_until(spec, state, 10))
    assert (state.epoch, state.batch) == (3, 0)
    assert "epoch 3" in state.stopped
    assert advance(spec, replace(state, stopped=""), 1).step == state.step + 1


# --- choices ----------------------------------------------------------------------------------------------------------


WRITTEN_RULES = {  # fields whose rule is a pattern or a function, which no type tells
    "hidden_sizes": st.lists(st.integers(1, 16), max_size=8).map(tuple),
    "speed": st.sampled_from(["1", "5", "20", "60", "max"]),
    "points": st.just(""),
    "table": st.just(pack_table(("a", "b", "kind"), [(str(k), str(k * k % 7), "xy"[k % 2]) for k in range(20)])),
    "kinds": st.sampled_from(["", "aaa", "aca", "aa-aa"]),
    "weights": st.just(""),
    "heads_off": st.lists(st.sampled_from(["1.1", "2.2", "4.8"]), max_size=3).map(tuple),
    "mask_flips": st.lists(st.sampled_from(["1.1.2.1", "4.8.64.10"]), max_size=3).map(tuple),
    "swap": st.sampled_from(["", "1.2", "12.3"]),
    "head": st.sampled_from(["", "1.1", "4.8"]),
    "width": st.integers(2, 16).map(lambda k: 8 * k),
    "drawing": st.just(""),
    "taught": st.lists(st.sampled_from([digit + "A" * 523 for digit in "037"]), max_size=3).map(tuple),
    "contenders": st.lists(
        st.sampled_from(
            ["network~hidden_sizes~4-2", "xgboost~depth~3", "forest", "neighbors~n_neighbors~9", "svm_rbf"]
        ),
        min_size=2,
        max_size=6,
    ).map(tuple),
    "stack": st.sampled_from([*STACKS.values(), "conv2k5,pool4,dense6"]),
}


def legal_values(kind: type[Spec]) -> st.SearchStrategy[dict[str, Any]]:
    """Values that keep each field's own rule; together they may still break one."""
    strategies = {
        name: WRITTEN_RULES.get(name, st.from_type(Annotated[field.annotation, None, *field.metadata]))
        for name, field in kind.fields().items()
    }
    return st.fixed_dictionaries({}, optional=strategies)


def specs_of(kind: type[Spec]) -> st.SearchStrategy[Spec]:
    def build(values: dict[str, Any]) -> Spec | None:
        try:
            return kind.from_values(values)
        except ValidationError:  # a rule over several fields, or one written as a function
            return None

    return legal_values(kind).map(build).filter(lambda spec: spec is not None)


@each_kind
@how(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_link_carries_every_choice(kind: type[Spec], data: st.DataObject) -> None:
    spec = data.draw(specs_of(kind))
    query = spec.to_query()
    assert all(isinstance(part, str) for pair in query.items() for part in pair)
    assert kind.from_query(query) == (spec, [])


@each_kind
@how(max_examples=150, deadline=None)
@given(data=st.data())
def test_json_carries_every_choice(kind: type[Spec], data: st.DataObject) -> None:
    spec = data.draw(specs_of(kind))
    back = kind.model_validate_json(spec.model_dump_json())
    assert back == spec
    assert hash(back) == hash(spec)


@each_kind
def test_defaults_make_an_empty_link(kind: type[Spec]) -> None:
    assert kind().to_query() == {}
    assert kind.from_query({}) == (kind(), [])


ANY_TEXT = st.text(st.characters(), max_size=60)  # lone surrogates too
EVIL = st.sampled_from(
    ["nan", "inf", "-inf", "1e400", "-1", "0", "1e-320", "9" * 400, "4,,2", ",", "4,2,", "1.5", "true", "null", "[]",
     "{}", "__proto__", "<script>", "\0", "tanh,", "x1,x1", "' OR 1=1", "csv", "points", "AQAA", "١", " 3 ", "0x10"]
)  # fmt: skip


@each_kind
@how(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_text_as_a_link_gives_a_valid_spec_and_problems(kind: type[Spec], data: st.DataObject) -> None:
    names = st.sampled_from([*kind.fields(), "structure", "settings", "model_config", "__class__"]) | ANY_TEXT
    query = data.draw(st.dictionaries(names, ANY_TEXT | EVIL, max_size=8))
    spec, problems = kind.from_query(query)
    assert kind.from_values(spec.values()) == spec
    for problem in problems:
        assert isinstance(problem, Problem)
        assert problem.field in query
        assert problem.rule
        assert len(str(problem.value)) <= 40
    wrong = {
        problem.field for problem in problems
    }  # the same as if they had not been said; defaults may depend on others
    assert kind.from_query({name: text for name, text in query.items() if name not in wrong}) == (spec, [])


@example(("learning_rate", "nan"))
@example(("learning_rate", "1e400"))
@example(("learning_rate", "11"))
@example(("batch_size", "0"))
@example(("hidden_sizes", "17"))
@example(("hidden_sizes", "1,1,1,1,1,1,1,1,1"))
@example(("hidden_sizes", "1000000000"))
@example(("n_samples", "1000000"))
@example(("activation", ""))
@example(("features", "x3"))
@example(("speed", "2"))
@example(("points", "AQAA"))
@example(("dataset", "csv"))
@example(("no_such_field", "1"))
@given(
    st.tuples(st.sampled_from(["learning_rate", "n_samples", "batch_size"]), st.sampled_from(["", "x", "-1", "1e9"]))
)
def test_a_wrong_value_is_named_with_its_rule(pair: tuple[str, str]) -> None:
    spec, problems = PlaygroundSpec.from_query(dict([pair]))
    assert spec == PlaygroundSpec()
    assert [(problem.field, problem.value) for problem in problems] == [pair]
    assert all(problem.rule and problem.rule in str(problem) for problem in problems)
