"""Figures of sentences: what a new one costs in the pretrained encoder, and how soon a small model learns to write.

python -m benchmarks.sentences
"""

from __future__ import annotations

import time

from playground.data.minilm import find_model
from playground.learners.sentences import SentencesLearner
from playground.learners.transformer import TransformerLearner
from playground.live.wire import pack
from playground.spec import AttentionSpec, SentencesSpec
from playground.spec.look import Look


def load_seconds() -> float:
    """Seconds until the weights and the vocabulary of MiniLM are read and its first sentence is."""
    begun = time.perf_counter()
    SentencesLearner().warm_up()
    return time.perf_counter() - begun


def sentence_to_maps_seconds(n_words: int) -> float:
    """Seconds from a sentence that was not read before to the packed frame of all of MiniLM's maps."""
    learner, spec = SentencesLearner(), SentencesSpec()
    learner.warm_up()
    times = []
    for k in range(5):
        new = spec.change(sentence=" ".join(f"word {k}" for _ in range(n_words // 2)), other="")
        begun = time.perf_counter()
        pack(learner.observe(new, learner.init(new), Look()))
        times.append(time.perf_counter() - begun)
    return sorted(times)[2]


def main() -> None:
    """Print every figure."""
    if find_model():
        print(f"MiniLM, loaded with its first sentence read: {load_seconds():.2f} s")
        for n_words in (14, 126):
            milliseconds = 1000 * sentence_to_maps_seconds(n_words)
            print(f"MiniLM, new sentence of {n_words + 2} tokens to all maps: {milliseconds:.0f} ms (goal 100)")
    spec = AttentionSpec().change(task="text", learning_rate=0.003)
    learner = TransformerLearner()
    learner.warm_up()
    begun = time.perf_counter()
    state = learner.advance(spec, learner.init(spec), 600)
    seconds, loss = time.perf_counter() - begun, state.history.last("test_loss")
    print(
        f"next character, 2 layers of 2 heads, 600 updates in {seconds:.0f} s: {loss:.2f} nats (pairs of letters 2.41)"
    )


if __name__ == "__main__":
    main()
