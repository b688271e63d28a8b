"""Fetching the complete MNIST: all of it or nothing, in its own order, with a reason when it fails."""

import sys
from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest

from playground.data import complete_digits
from playground.learners.cnn import CnnLearner
from playground.spec import DigitsSpec
from playground.ui.complete_set import Fetching

ROWS = np.arange(70 * 784).reshape(70, 784) % 256
LABELS = np.array([str(k % 10) for k in range(70)], dtype=object)  # as openml.org names classes


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A set of 70 images and a folder of its own."""
    monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(complete_digits, "N_TRAIN", 60)
    monkeypatch.setattr(complete_digits, "N_TEST", 10)
    complete_digits.load_fetched.cache_clear()


def test_what_came_is_kept_in_its_own_order_with_the_test_images_last() -> None:
    asked: dict[str, Any] = {}

    def source(name: str, **options: Any) -> tuple[Any, Any]:
        asked.update(options, name=name)
        (options["data_home"] / "part.gz").write_bytes(b"0" * 1_000_000)
        assert 0 < complete_digits.progress() < complete_digits.DOWNLOAD_SHARE
        return ROWS, LABELS

    assert complete_digits.progress() == 0
    assert complete_digits.main(source) == 0
    assert (asked["name"], asked["as_frame"], asked["return_X_y"]) == ("mnist_784", False, True)
    digits = complete_digits.load_fetched()
    assert np.array_equal(digits.train_images.reshape(60, 784), ROWS[:60])
    assert np.array_equal(digits.test_labels, np.arange(60, 70) % 10)
    assert complete_digits.progress() == 1
    assert [path.name for path in complete_digits.folder().iterdir()] == ["mnist_complete.npz"]
    scene = CnnLearner().scene(DigitsSpec().change(images="complete"))
    assert (scene["n_train"], scene["n_test"]) == (60, 10)


def test_without_a_network_one_line_says_why_and_nothing_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    def source(*args: Any, **options: Any) -> tuple[Any, Any]:
        raise URLError("Name or service not known")

    assert complete_digits.main(source) == 1
    assert "Name or service not known" in capsys.readouterr().err
    assert not complete_digits.file().exists()


def test_something_else_than_mnist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert complete_digits.main(lambda *args, **options: (ROWS[:50], LABELS[:50])) == 1
    assert "MNIST must have 70 rows of 784 numbers" in capsys.readouterr().err
    assert complete_digits.main(lambda *args, **options: (ROWS + 1, LABELS)) == 1
    assert not complete_digits.file().exists()


@pytest.mark.parametrize(("status", "failed"), [(0, False), (1, True)])
def test_the_process_beside_the_page_says_how_it_ended(status: int, *, failed: bool) -> None:
    fetching = Fetching((sys.executable, "-c", f"raise SystemExit({status})"))
    assert not fetching.has_failed
    fetching.start()
    assert fetching._process is not None
    fetching._process.wait(20)
    assert (fetching.is_running, fetching.has_failed) == (False, failed)
