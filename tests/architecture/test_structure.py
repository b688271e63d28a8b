"""Which folder may import which, how long things may be, and what nothing may be called."""

from __future__ import annotations

import ast
import importlib
import io
import re
import tokenize
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from playground.catalog import CLASS, FOLLOW, HOME, PAGES
from playground.ui.extras import BOXES, CHARTS, CURVES

ROOT = Path(__file__).parents[2]
# What stands later may import what stands earlier. Single modules of `playground` have their own place in the order.
ORDER = (
    "spec",
    "data",
    "models",
    "training",
    "frames",
    "learners",
    "live",
    "catalog",
    "presets",
    "ui",
    "pages",
    "serve",
)
FIGURES_MAY = {"figures", "frames"}
FIGURES_FOR = {"figures", "ui", "pages"}
STREAMLIT_FOR = {"app", "ui", "pages"}
COMPILED = {"compiled", "entry_point", "njit", "jit", "overload", "intrinsic", "vectorize"}
MAX_PAGE, MAX_MODULE, MAX_FUNCTION = 150, 300, 40
NO_NOUNS = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "tools"}

FILES = sorted([ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "playground").rglob("*.py")])
IDS = [str(path.relative_to(ROOT)) for path in FILES]
each_file = pytest.mark.parametrize("path", FILES, ids=IDS)


def station(path: Path) -> str:
    """The folder of the design that a file belongs to; a module right under `playground` is its own."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "playground" and len(parts) > 1 else parts[0]


def imported(source: str) -> Iterator[str]:
    """Every module that a file imports, also inside functions; `from a import b` counts as `a` and as `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def stations_of(source: str) -> set[str]:
    return {name.split(".")[1] for name in imported(source) if name.startswith("playground.")}


def is_legal(here: str, there: str) -> bool:
    if here == there or here == "app" or there == "__init__":
        return True
    if here == "figures":
        return there in FIGURES_MAY
    if there == "figures":
        return here in FIGURES_FOR
    return ORDER.index(there) < ORDER.index(here)


def code_lines(function: ast.AST, source: str) -> int:
    """Lines of a function that hold code: no comment, no docstring, no empty line."""
    docstrings = {
        line
        for node in ast.walk(function)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, node.end_lineno + 1)
    }
    return len({line for line in coded(source) if function.lineno <= line <= function.end_lineno} - docstrings)


@lru_cache(maxsize=1)  # asked for each function of a file
def coded(source: str) -> frozenset[int]:
    """Lines that hold more than a comment."""
    quiet = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    return frozenset(
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in quiet
        for line in range(token.start[0], token.end[0] + 1)
    )


def is_compiled(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = (decorator.func if isinstance(decorator, ast.Call) else decorator for decorator in function.decorator_list)
    return any(ast.unparse(name).split(".")[-1] in COMPILED for name in names)


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def catches_everything(source: str) -> list[int]:
    """Lines with a bare `except`, or one that takes Exception or BaseException."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in kinds):
                lines.append(node.lineno)
    return lines


@each_file
def test_imports_go_one_way(path: Path) -> None:
    here = station(path)
    wrong = sorted(there for there in stations_of(path.read_text()) if not is_legal(here, there))
    assert not wrong, f"{here} must not import {', '.join(wrong)}"


@each_file
def test_only_the_pages_and_their_frame_know_streamlit(path: Path) -> None:
    knows = any(name.split(".")[0] == "streamlit" for name in imported(path.read_text()))
    assert not knows or station(path) in STREAMLIT_FOR


@each_file
def test_files_are_short(path: Path) -> None:
    limit = MAX_PAGE if station(path) == "pages" else MAX_MODULE
    assert len(path.read_text().splitlines()) <= limit


@each_file
def test_functions_are_short(path: Path) -> None:
    source = path.read_text()
    long = {
        function.name: n_lines
        for function in functions(source)
        if not is_compiled(function) and (n_lines := code_lines(function, source)) > MAX_FUNCTION
    }
    assert not long, f"more than {MAX_FUNCTION} code lines: {long}"


@each_file
def test_modules_are_named_by_a_noun(path: Path) -> None:
    assert not NO_NOUNS.intersection(path.relative_to(ROOT).with_suffix("").parts)


@each_file
def test_no_error_is_swallowed_whole(path: Path) -> None:
    assert catches_everything(path.read_text()) == []


def test_palette_is_pure() -> None:
    assert stations_of((ROOT / "playground/figures/palette.py").read_text()) == set()


def test_pages_have_no_classes_and_no_torch() -> None:
    for path in (ROOT / "pages").glob("*.py"):
        source = path.read_text()
        assert not any(isinstance(node, ast.ClassDef) for node in ast.walk(ast.parse(source))), path.name
        assert not any(name.split(".")[0] in ("torch", "numba") for name in imported(source)), path.name


def test_catalog_and_folder_name_the_same_pages() -> None:
    assert sorted(page.path for page in (HOME, *PAGES, CLASS, FOLLOW)) == sorted(
        path.stem for path in (ROOT / "pages").glob("*.py")
    )


def test_every_box_and_tab_of_a_view_has_a_word_that_a_link_may_carry() -> None:
    scripts = {path.stem: path.read_text() for path in (ROOT / "assets").glob("*.js")}
    assert {*re.findall(r'shows\.(?:has|box)\(\s*"(\w+)"', "".join(scripts.values()))} == {*BOXES}
    assert {*re.findall(r'key: "(\w+)",\s*label: ', "".join(scripts.values()))} == {"loss", *CURVES}
    tabs = re.findall(r'^  \[[A-Z]+, "(\w+)", ', scripts["chartpanel"], re.M)
    assert [name.lower() for name in tabs] == ["loss", *CHARTS]


def test_the_rules_find_what_they_forbid() -> None:
    assert not is_legal("spec", "data")
    assert not is_legal("live", "ui")
    assert not is_legal("live", "figures")
    assert not is_legal("figures", "training")
    assert is_legal("learners", "frames")
    assert stations_of("def f():\n    from playground import live\n    import playground.ui.shell") == {"live", "ui"}
    assert catches_everything("try:\n    f()\nexcept (ValueError, Exception):\n    pass") == [3]
    assert catches_everything("try:\n    f()\nexcept:\n    pass") == [3]
    source = 'def f():\n    """Say\n    more."""\n\n    # why\n    return (\n        1\n    )\n'
    assert code_lines(next(functions(source)), source) == 4
    assert is_compiled(next(functions("@entry_point\ndef f(): pass")))


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").rglob("[a-z]*.py")), ids=lambda path: path.stem)
def test_benchmarks_find_what_they_measure(path: Path) -> None:
    importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
