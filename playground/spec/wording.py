"""Plain words: what a notice says of a value that could not be used, and numbers in sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

MAX_DECIMALS, MAX_PLAIN = 12, 1e15  # beyond which a number is written with its exponent
_PLAIN: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "extra_forbidden": lambda told: "there is no such choice",
    "int_parsing": lambda told: "must be a whole number",
    "int_parsing_size": lambda told: "must be a whole number of fewer digits",
    "int_from_float": lambda told: "must be a whole number",
    "float_parsing": lambda told: "must be a number",
    "finite_number": lambda told: "must be a finite number",
    "bool_parsing": lambda told: "must be true or false",
    "literal_error": lambda told: f"must be one of {_listed(told['expected'])}",
    "string_pattern_mismatch": lambda told: _of_pattern(told["pattern"]),
    "string_too_long": lambda told: f"must have at most {told['max_length']} characters",
    "string_unicode": lambda told: "must be text that unicode can write",
    "too_short": lambda told: f"must name at least {told['min_length']}",
    "too_long": lambda told: f"must name at most {told['max_length']}",
    "multiple_of": lambda told: f"must be a multiple of {told['multiple_of']}",
}
_FORMS = {
    "^[A-Za-z0-9_-]*$": "must have letters, digits, _ and - only",
    "^[anc-]*$": "must have the letters a, n, c and - only",
    r"^[1-4]\.[1-8]$": "must be layer and head, like 2.1",
    r"^([1-4]\.[1-8])?$": "must be layer and head, like 2.1",
    r"^[1-4]\.[1-8](\.[1-9][0-9]?){2}$": "must be layer, head, row and column, like 2.1.3.4",
    r"^([1-9][0-9]?\.[1-9][0-9]?)?$": "must be two places, like 1.2",
}
_BOUNDS = {"ge": "at least {}", "gt": "above {}", "le": "at most {}", "lt": "below {}"}
_OF_BOUND = {"greater_than_equal", "greater_than", "less_than_equal", "less_than"}


def plain_rule(error: Mapping[str, Any], limits: object) -> str:
    """The rule that an error of pydantic stands for; a rule of our own keeps its words.

    Args:
        error: one of `ValidationError.errors()`.
        limits: the field's metadata, for both of its bounds; may be empty.
    """
    kind = error["type"]
    if kind in _OF_BOUND:
        return f"must be {_bounds(limits) or _bound_of(error)}"
    if kind in _PLAIN:
        return _PLAIN[kind](error.get("ctx", {}))
    rule = str(error["msg"]).removeprefix("Value error, ")
    return rule[0].lower() + rule[1:]


def _bounds(limits: Any) -> str:
    """`from 1 to 8`, `at least 0 and below 1`; empty without bounds."""
    bounds = {name: getattr(limit, name) for limit in limits for name in _BOUNDS if hasattr(limit, name)}
    if bounds.keys() == {"ge", "le"}:
        return f"from {_number(bounds['ge'])} to {_number(bounds['le'])}"
    return " and ".join(_BOUNDS[name].format(_number(bound)) for name, bound in bounds.items())


def _bound_of(error: Mapping[str, Any]) -> str:
    ((name, bound),) = error["ctx"].items()
    return _BOUNDS[name].format(_number(bound))


def _number(bound: float) -> str:
    return format(Decimal(repr(bound)), "f").removesuffix(".0")  # 0.00001 rather than 1e-05


def _listed(expected: str) -> str:
    return expected.replace("'", "").replace(" or ", ", ")


def _of_pattern(pattern: str) -> str:
    if words := re.fullmatch(r"\^\(([\w|]+)\)\$", pattern):
        return f"must be one of {words[1].replace('|', ', ')}"
    return _FORMS.get(pattern, f"must match {pattern}")


def number_text(value: float, form: str) -> str:
    """A number in a sentence, by this format, with a true minus sign as the view writes it."""
    return format(float(value), form).replace("-", "\N{MINUS SIGN}")


def value_text(value: float, spread: float, fits: Callable[[float], bool] = lambda shown: True) -> str:
    """A number of a column in a sentence, with the digits that tell apart numbers which spread so much.

    1999.5 of years that spread by 5 is "1999.5", 118250 of prices that spread by 20 000 is "118250".

    Args:
        value: the number.
        spread: of its column, above 0.
        fits: whether the sentence stays true with the number as it is written; if not, more digits are.
    """
    decimals = max(0, math.floor(3 - math.log10(spread)))
    while decimals <= MAX_DECIMALS and not fits(round(value, decimals)):
        decimals += 1
    if decimals > MAX_DECIMALS or abs(value) >= MAX_PLAIN:
        return number_text(value, ".6g")
    text = number_text(value, f".{decimals}f")
    return text.rstrip("0").rstrip(".") if "." in text else text
