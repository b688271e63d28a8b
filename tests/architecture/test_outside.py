"""What comes from outside is never run as code and never becomes markup; and every named fault has its test."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from playground.ui.upload import plain

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "playground").rglob("*.py")]
RUNS = {"eval", "exec", "compile", "__import__"}
LOADS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
MARKUP = re.compile(r"\b(innerHTML|outerHTML|insertAdjacentHTML|srcdoc|document\.write|new Function|eval)\b")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_runs_or_unpickles_what_it_was_given(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            assert name not in RUNS | {"torch.load"}, f"line {node.lineno}"
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert given.get("allow_pickle", "False") == "False", f"line {node.lineno}"
            assert "unsafe_allow_html" not in given, f"line {node.lineno}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name.split(".")[0] for alias in node.names} | {
                (getattr(node, "module", "") or "").split(".")[0]
            }
            assert not names & LOADS, f"line {node.lineno}"


@pytest.mark.parametrize("path", sorted((ROOT / "assets").glob("*.js")), ids=lambda path: path.name)
def test_no_view_makes_markup_of_text(path: Path) -> None:
    assert not MARKUP.search(path.read_text())


def test_text_of_a_file_is_no_markdown() -> None:
    evil = "<img src=x onerror=alert(1)> **b** [l](http://evil) $x$ `c` :red[r]\n# h"
    assert re.sub(r"\\(.)", r"\1", plain(evil)) == evil
    assert not re.search(r"(?<!\\)[<>*\[\]()$`:#!|]", plain(evil))


def test_every_file_that_the_threats_name_exists() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", (ROOT / "docs/threats.md").read_text())
    assert len(named) > 15
    assert not [path for path in named if not (ROOT / path).exists()]


def test_every_test_in_the_table_of_faults_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "tests/load/CASES.md").read_text())
    missing = [name for path, name in named if not re.search(rf"(def|class) {name}\b", (ROOT / path).read_text())]
    assert len(named) > 35
    assert not missing


def test_chaos_tries_every_case_of_the_table() -> None:
    """What `make chaos` would run, as make itself says it."""
    told = subprocess.run(["make", "-n", "chaos"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    named = set(re.findall(r"`(tests/[\w/]+\.py)::", (ROOT / "tests/load/CASES.md").read_text()))
    assert not [path for path in named if path not in told and path.rsplit("/", 1)[0] not in told]
