"""How fast the Digits page reads and learns: `python -m benchmarks.digits`.

Prints the time of one prediction with all feature maps, of one frame while training, how many frames a second a worker
makes while it trains at top speed, and how long each preset needs from scratch to read 97 % of the 2 000 test images,
all on one core. Seconds in brackets are the processor's own: they count no waiting for others on a busy machine.
"""

from __future__ import annotations

import time

import torch

from playground.data.digits import load_digits
from playground.data.drawing import sample_drawing
from playground.frames.cnn import read_drawing
from playground.learners.cnn import CnnLearner
from playground.learners.learner import Look
from playground.live import work
from playground.live.pace import Pace
from playground.live.run import Run
from playground.live.slice import Envelope
from playground.live.wire import pack
from playground.models.shipped import load_params
from playground.spec.digits import STACKS, DigitsSpec
from playground.spec.stack import read_stack
from playground.training.evaluation import accuracy, probabilities

GOAL, LIMIT_SECONDS = 0.97, 60.0


def prediction_ms(n: int = 200) -> float:
    """Mean time to read a drawing by the shipped network, all feature maps as bytes included."""
    structure, weights, drawing = DigitsSpec().structure, torch.tensor(load_params()), sample_drawing()
    read_drawing(structure, weights, drawing)
    begun = time.perf_counter()
    for _ in range(n):
        read_drawing(structure, weights, drawing)
    return (time.perf_counter() - begun) / n * 1e3


def frame_ms(n: int = 100) -> float:
    """Mean time of a packed frame of the shipped network while it plays."""
    learner, spec = CnnLearner(), DigitsSpec()
    state = learner.init(spec)
    begun = time.perf_counter()
    for _ in range(n):
        pack(learner.observe(spec, state, Look()))
    return (time.perf_counter() - begun) / n * 1e3


def frames_per_second(stack: str, seconds: float = 4.0) -> tuple[float, float]:
    """Frames a second of a run at top speed, paced as in the live view: by the clock and by the processor's time."""
    run, pace, n_frames = Run(DigitsSpec().change(stack=stack, start="fresh")), Pace(), 0
    envelope = Envelope({}, Look(), 0, deflate=False)
    state = work.train(run, None, 0, None).state
    begun, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() < begun + seconds:
        answer = work.train(run, state, pace.due("max", state.steps_per_epoch, 0, 1.0), envelope)
        pace.measure(answer.state.step - state.step, answer.seconds)
        state, n_frames = answer.state, n_frames + 1
    return n_frames / (time.perf_counter() - begun), n_frames / (time.process_time() - cpu)


def seconds_to_goal(stack: str) -> tuple[float, float, int, float]:
    """Training from scratch until 97 % of all test images are read rightly.

    Returns:
        Seconds by the clock and by the processor's own time, epochs of 1 000 images, accuracy.
    """
    learner, data = CnnLearner(), load_digits()
    spec, blocks = DigitsSpec().change(stack=stack, start="fresh"), read_stack(stack)
    state, seconds, cpu, reached = learner.init(spec), 0.0, 0.0, 0.0
    while reached < GOAL and seconds < LIMIT_SECONDS:
        begun, cpu_begun = time.perf_counter(), time.process_time()
        state = learner.advance(spec, state, learner.steps_until(spec, state, state.epoch + 1))
        seconds, cpu = seconds + time.perf_counter() - begun, cpu + time.process_time() - cpu_begun
        proba = probabilities(torch.tensor(state.arrays["params"]), data.test_images, blocks, "relu")
        reached = accuracy(proba, data.test_labels)
    return seconds, cpu, state.epoch, reached


if __name__ == "__main__":
    CnnLearner().warm_up()
    print(f"prediction with all feature maps: {prediction_ms():.1f} ms (goal 10)")
    print(f"frame while training: {frame_ms():.1f} ms")
    for name, text in STACKS.items():
        seconds, cpu, epochs, reached = seconds_to_goal(text)
        print(
            f"{name}: {reached:.1%} of 2 000 test images after {seconds:.1f} s ({cpu:.1f} s), {epochs},000 images "
            "(goal 97 % in 30 s)"
        )
        clock, processor = frames_per_second(text)
        print(f"{name}: {clock:.0f} frames/s while it trains ({processor:.0f}) (goal 10)", flush=True)
