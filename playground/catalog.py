"""The only list of pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page of the app.

    Attributes:
        path: file under pages/ and address, without ending.
        title: its name in the navigation.
        icon: a Material symbol.
        line: what one does there, in one sentence.
        first: what to try first.
    """

    path: str
    title: str
    icon: str
    line: str
    first: str


APP = "Deep Learning Playground"
HOME = Page("home", "Home", ":material/home:", "What is here, and where to begin.", "")
CLASS = Page("class", "Class", ":material/groups:", "What everybody does, for the teacher.", "")
FOLLOW = Page("follow", "Follow", ":material/visibility:", "One run that everybody watches.", "")

PAGES = (
    Page(
        "playground",
        "Playground",
        ":material/hub:",
        "Build a small network and watch its decision boundary while it trains.",
        "Press Play, then choose the spiral and find out what it takes.",
    ),
    Page(
        "trees",
        "Trees",
        ":material/account_tree:",
        "Add one small tree after another and see what each of them is fitted to.",
        "Point at the trees one by one, then at the plus signs between them.",
    ),
    Page(
        "compare",
        "Compare",
        ":material/balance:",
        "Let networks, boosting and their rivals learn the same points, and find out who is better and who was lucky.",
        "Press “Luck or skill” and see which of the winners were only lucky.",
    ),
    Page(
        "digits",
        "Digits",
        ":material/draw:",
        "Draw a digit and look inside a network that reads it, while you train that very network.",
        "Press Play and watch the bars settle on your drawing; then draw a digit of your own.",
    ),
    Page(
        "attention",
        "Attention",
        ":material/grid_on:",
        "Train a small transformer and watch every head's map form; or see where the words of your own sentence look.",
        "Press Play and watch the maps change from a blur to a pattern, all at once.",
    ),
)
