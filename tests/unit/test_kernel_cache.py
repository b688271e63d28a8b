"""Compiled code is found again by the next process, and there is always a place for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from playground.training import compilation, kernel

SECOND_PROCESS = """
from playground.training import kernel, losses, optimizers, steps
kernel.warm_up()
entries = [steps.steps, steps.gradient, steps.unit_values, steps.to_bytes]
entries += [losses.mean_loss, optimizers.learning_rate_at]
print(sum(sum(e.stats.cache_hits.values()) for e in entries), sum(sum(e.stats.cache_misses.values()) for e in entries))
"""


def test_a_second_process_compiles_nothing() -> None:
    kernel.warm_up()
    done = subprocess.run(
        [sys.executable, "-c", SECOND_PROCESS],
        check=True, capture_output=True, text=True, cwd=compilation.PACKAGE.parent,
        env={**os.environ, "PYTHONPATH": str(compilation.PACKAGE.parent)},
    )  # fmt: skip
    hits, misses = map(int, done.stdout.split())
    assert misses == 0
    assert hits >= 6


def test_the_folder_is_in_force() -> None:
    assert os.environ["NUMBA_CACHE_DIR"] == numba.config.CACHE_DIR
    assert Path(numba.config.CACHE_DIR).is_dir()


def test_the_first_writable_place_is_taken(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder can stand below a file")
    folder = compilation.cache_folder([blocked / "below", tmp_path / "good", tmp_path / "later"])
    assert folder.parent == tmp_path / "good"
    assert folder.is_dir()
    assert compilation.cache_folder([folder]) == folder  # what a worker process inherits is not nested once more


def test_without_a_writable_place_a_private_folder_is_made(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    folder = compilation.cache_folder([blocked])
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o077 == 0
    folder.rmdir()


def test_what_the_user_asks_for_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert compilation.cache_folder().parent == tmp_path


def test_a_changed_source_changes_the_folder(tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text("a = 1")
    before = compilation.sources_hash([source])
    source.write_text("a = 2")
    assert compilation.sources_hash([source]) != before
    assert len(before) == 12


def test_new_codes_change_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes are constants in compiled code: another order of the spec's words must not find the old one."""
    before = compilation.sources_hash()
    monkeypatch.setattr(compilation.codes, "LOSSES", {**compilation.codes.LOSSES, "mse": 9})
    assert compilation.sources_hash() != before
