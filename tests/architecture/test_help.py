"""Every control says on hover what it does and what to watch."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "playground/ui").glob("*.py"), *(ROOT / "pages").glob("*.py")])
WIDGETS = {
    "button", "download_button", "popover", "selectbox", "slider", "select_slider", "toggle", "checkbox", "pills",
    "segmented_control", "number_input", "text_input", "text_area", "file_uploader", "radio", "multiselect",
}  # fmt: skip


def calls_in(path: Path) -> Iterator[ast.Call]:
    """Calls that draw a widget: of the Streamlit module, or of a column or container."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WIDGETS:
            yield node


def words_of(node: ast.expr, names: Mapping[str, str]) -> str:
    """The text that stands in an expression, that of names too."""
    parts = list(ast.walk(node))
    said = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    return " ".join([*said, *(names.get(part.id, "") for part in parts if isinstance(part, ast.Name))])


def is_of_elsewhere(text: ast.expr, names: Mapping[str, str]) -> bool:
    """Whether help comes from a field's description, which another test reads, or out of a table of texts."""
    described = any(isinstance(part, ast.Attribute) and part.attr == "description" for part in ast.walk(text))
    unknown = isinstance(text, ast.Name) and text.id not in names
    return described or unknown or isinstance(text, ast.Subscript)


def faults_in(path: Path) -> Iterator[str]:
    names = {
        target.id: words_of(node.value, {})
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in calls_in(path):
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if "label_visibility" in given or None in given and "help" not in given:
            continue  # a label that is not seen has no place for help; a field of a spec brings its own
        text = given.get("help")
        if text is not None and is_of_elsewhere(text, names):
            continue
        told = "" if text is None else words_of(text, names)
        if "watch" not in told.lower():
            yield f"{path.name}:{call.lineno} {words_of(call.args[0], {}) if call.args else ''}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_control_says_what_to_watch(path: Path) -> None:
    assert list(faults_in(path)) == []
