"""What is known of the real tables without opening them: names, columns, what is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

TableName = Literal["iris", "wine", "breast_cancer", "diabetes", "digits", "penguins", "titanic"]


@dataclass(frozen=True)
class RealTable:
    """A table that comes with the app or with scikit-learn.

    Attributes:
        title: its name on screen.
        question: what is to be predicted, in one sentence.
        columns: names of all columns, the usual target last.
        classes: those columns that are predicted as classes; the others are predicted as numbers.
        source: where it comes from.
        n_rows: all rows.
        n_classes: of the usual target; 0 for a number.
        n_missing: values that are missing.
        only_target: whether nothing but the last column can be predicted.
    """

    title: str
    question: str
    columns: tuple[str, ...]
    classes: frozenset[str]
    source: str
    n_rows: int
    n_classes: int
    n_missing: int = 0
    only_target: bool = False


_DARK_PIXELS = frozenset({(0, 0), (4, 0), (4, 7)})  # 0 in every digit
_PIXELS = tuple(f"pixel {row} {column}" for row in range(8) for column in range(8) if (row, column) not in _DARK_PIXELS)
_NUCLEUS = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points", "symmetry",
    "fractal dimension",
)  # fmt: skip
_SKLEARN = "scikit-learn"

REAL_TABLES: dict[TableName, RealTable] = {
    "iris": RealTable(
        "Iris",
        "Which species is this iris?",
        ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)", "species"),
        frozenset({"species"}),
        f"Fisher 1936, from {_SKLEARN}",
        150,
        3,
    ),
    "wine": RealTable(
        "Wine",
        "Which of three growers made this wine?",
        (
            "alcohol", "malic acid", "ash", "alcalinity of ash", "magnesium", "total phenols", "flavanoids",
            "nonflavanoid phenols", "proanthocyanins", "color intensity", "hue", "od280/od315 of diluted wines",
            "proline", "grower",
        ),
        frozenset({"grower"}),
        f"Forina and others 1988, from {_SKLEARN}",
        178,
        3,
    ),
    "breast_cancer": RealTable(
        "Breast cancer",
        "Is this tumor malignant?",
        (
            *(f"mean {name}" for name in _NUCLEUS), *(f"{name} error" for name in _NUCLEUS),
            *(f"worst {name}" for name in _NUCLEUS), "diagnosis",
        ),
        frozenset({"diagnosis"}),
        f"Wolberg and others 1995, from {_SKLEARN}",
        569,
        2,
    ),
    "diabetes": RealTable(
        "Diabetes",
        "How far does the disease progress within a year? A number, not a class.",
        (
            "age", "sex", "body mass index", "blood pressure", "total cholesterol", "LDL", "HDL",
            "total cholesterol / HDL", "log triglycerides", "blood sugar", "progression",
        ),
        frozenset({"sex"}),
        f"Efron and others 2004, from {_SKLEARN}",
        442,
        0,
    ),
    "digits": RealTable(
        "Digits",
        "Which digit is this picture of 8 by 8 pixels?",
        (*_PIXELS, "digit"),
        frozenset({"digit"}),
        f"Alpaydin and Kaynak 1998, from {_SKLEARN}",
        1797,
        10,
        only_target=True,
    ),
    "penguins": RealTable(
        "Penguins",
        "Which species is this penguin?",
        (
            "island", "bill length (mm)", "bill depth (mm)", "flipper length (mm)", "body mass (g)", "sex", "species",
        ),
        frozenset({"island", "sex", "species"}),
        "Gorman, Williams and Fraser 2014; palmerpenguins, CC0",
        344,
        3,
        19,
    ),
    "titanic": RealTable(
        "Titanic",
        "Did this passenger survive?",
        ("class", "sex", "age", "siblings and spouses", "parents and children", "fare", "port", "fate"),
        frozenset({"class", "sex", "siblings and spouses", "parents and children", "port", "fate"}),
        "Harrell and Cason, titanic3; OpenML 40945, public",
        1309,
        2,
        266,
    ),
}  # fmt: skip

assert tuple(REAL_TABLES) == get_args(TableName)
