"""Fetching the complete MNIST: all of it or nothing, in its own order, with a reason when it fails."""

import gzip
import json
import sys
from collections.abc import Callable
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
from sklearn.datasets import _openml

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

    assert complete_digits.main(source) == complete_digits.OFFLINE
    assert "Name or service not known" in capsys.readouterr().err
    assert not complete_digits.file().exists()


def test_something_else_than_mnist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert complete_digits.main(lambda *args, **options: (ROWS[:50], LABELS[:50])) == complete_digits.FOREIGN
    assert "MNIST must have 70 rows of 784 numbers" in capsys.readouterr().err
    assert complete_digits.main(lambda *args, **options: (ROWS + 1, LABELS)) == complete_digits.FOREIGN
    assert (
        complete_digits.main(lambda *args, **options: (np.where(ROWS, ROWS, np.nan), LABELS)) == complete_digits.FOREIGN
    )
    assert complete_digits.main(lambda *args, **options: (ROWS, np.array(["12"] * 70))) == complete_digits.FOREIGN
    assert not complete_digits.file().exists()


class Openml:
    """A local stand-in for openml.org: the five answers that scikit-learn asks for, the file as packed ARFF."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        names = [f"pixel{k + 1}" for k in range(784)]
        head = [f"@ATTRIBUTE {name} real" for name in names] + ["@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}", "@DATA"]
        rows = [",".join([*map(str, row), label]) for row, label in zip(ROWS, LABELS, strict=True)]
        arff = "\n".join(["@RELATION mnist_784", *head, *rows]).encode()
        self.asked: list[str] = []
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{server.server_port}"
        kinds = [(name, "numeric", "false") for name in names] + [("class", "nominal", "true")]
        features = [
            {
                "index": str(k), "name": name, "data_type": kind, "is_target": target, "is_ignore": "false",
                "is_row_identifier": "false", "number_of_missing_values": "0",
            }
            for k, (name, kind, target) in enumerate(kinds)
        ]  # fmt: skip
        about = {
            "id": "554",
            "name": "mnist_784",
            "version": "1",
            "format": "ARFF",
            "status": "active",
            "description": "",
        }
        about |= {"url": f"{self.address}/file.arff", "md5_checksum": md5(arff, usedforsecurity=False).hexdigest()}
        found = {"did": 554, "name": "mnist_784", "version": 1, "status": "active", "format": "ARFF"}
        self.answers = {
            "/list/mnist_784": {"data": {"dataset": [found]}},
            "/about/554": {"data_set_description": about},
            "/features/554": {"data_features": {"feature": features}},
            "/qualities/554": {"data_qualities": {"quality": [{"name": "NumberOfInstances", "value": "70.0"}]}},
        }
        self.file = gzip.compress(arff)
        for name, path in (
            ("SEARCH_NAME", "list"), ("DATA_INFO", "about"), ("DATA_FEATURES", "features"), ("DATA_QUALITIES", "qualities")
        ):  # fmt: skip
            monkeypatch.setattr(_openml, f"_{name}", f"{self.address}/{path}/{{}}")
        monkeypatch.setattr(_openml.time, "sleep", lambda seconds: None)
        monkeypatch.setattr(complete_digits.socket, "setdefaulttimeout", lambda seconds: None)
        Thread(target=server.serve_forever, daemon=True).start()
        self.server = server

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(outer) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                wanted = next((name for name in outer.answers if self.path.startswith(name)), "")
                body = gzip.compress(json.dumps(outer.answers[wanted]).encode()) if wanted else outer.file
                self.send_response(200 if body else 503)
                self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        return Handler


def test_scikit_learn_fetches_it_from_a_server_that_answers_as_openml_does(monkeypatch: pytest.MonkeyPatch) -> None:
    openml = Openml(monkeypatch)
    assert complete_digits.main() == 0
    digits = complete_digits.load_fetched()
    assert np.array_equal(digits.train_images.reshape(60, 784), ROWS[:60])
    assert np.array_equal(np.concatenate([digits.train_labels, digits.test_labels]), np.arange(70) % 10)
    assert openml.asked[0].endswith("/data_version/1")
    assert openml.asked.count("/file.arff") == 1
    openml.close()


@pytest.mark.filterwarnings("ignore:Invalid cache", "ignore:\\s*A network error")
@pytest.mark.parametrize(
    ("damage", "says", "status"),
    [
        (lambda file: gzip.compress(b"other"), "md5 checksum", complete_digits.FOREIGN),
        (lambda file: file[:-100], "EOFError", complete_digits.OFFLINE),
        (lambda file: b"", "503", complete_digits.OFFLINE),
    ],
    ids=["another file", "cut off", "server down"],
)
def test_a_damaged_answer_leaves_nothing_and_the_next_try_succeeds(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[bytes], bytes],
    says: str,
    status: int,
) -> None:
    openml = Openml(monkeypatch)
    whole, openml.file = openml.file, damage(openml.file)
    assert complete_digits.main() == status
    assert says in capsys.readouterr().err
    assert not complete_digits.file().exists()
    openml.file = whole
    assert complete_digits.main() == 0
    openml.close()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, ""),
        (1, "broke off"),
        (-9, "broke off"),
        (3, "could not be reached"),
        (4, "no room"),
        (5, "not the complete"),
    ],
)
def test_the_process_beside_the_page_says_how_it_ended(status: int, words: str) -> None:
    fetching = Fetching(
        (sys.executable, "-c", f"import os; os._exit({status}) if {status} >= 0 else os.kill(os.getpid(), {-status})")
    )
    assert not fetching.failure
    fetching.start()
    assert fetching._process is not None
    fetching._process.wait(20)
    assert not fetching.is_running
    assert words in fetching.failure and bool(words) == bool(fetching.failure)
