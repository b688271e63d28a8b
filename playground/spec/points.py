"""Own points as text: labelled points in the plane, packed so that a link can carry them.

The bytes behind the text, little-endian:

    version   uint8, 1
    length    uint16, bytes of the header
    header    JSON {"axes": [...], "class_names": [...]}; empty for points placed by hand
    points    n times (int16 x1, int16 x2, uint8 class); 32 767 stands for 8.0

in the base64 alphabet of links, without padding. One point takes about 7 characters.
"""

from __future__ import annotations

import base64
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

MAX_POINTS = 5000
MAX_CLASSES = 20
MAX_NAME = 40  # characters
RANGE = 8.0  # points lie in [-RANGE, RANGE] on both axes; the map shows [-6, 6]

LARGEST_SCALE, MOST_OFFSET = 1e30, 1e4
MINUS = "\N{MINUS SIGN}"
_VERSION = 1
_FULL = 32_767  # the int16 that stands for RANGE
_POINT = np.dtype([("x", "<i2", (2,)), ("label", "u1")])
_PREFIX = 3  # bytes: version and header length
_MAX_HEADER = 4_800  # bytes: 22 names of 40 characters of up to 4 bytes, and two axes
_SHOWN = 40  # characters of a wrong value that an error repeats
_LEGAL = ConfigDict(extra="forbid", allow_inf_nan=False)


def _printable(name: str) -> str:
    if not (1 <= len(name) <= MAX_NAME and name.isprintable()):
        raise ValueError(f"a name must have 1 to {MAX_NAME} printable characters; got {name[:_SHOWN]!r}")
    return name


Name = Annotated[str, AfterValidator(_printable)]


@checked_dataclass(frozen=True, config=_LEGAL)
class Axis:
    """One axis of the plane in the units of its source: `value = center + scale * x`.

    Attributes:
        name: 1 to 40 printable characters.
        center: the value in the middle of the map, in the source's unit, -1e100 to 1e100.
        scale: the source's units for 1 on the map, 1e-100 to 1e100.

    Raises:
        ValidationError: (a ValueError) a part breaks its rule.
    """

    name: Name
    center: Annotated[float, Field(ge=-1e100, le=1e100)] = 0.0
    scale: Annotated[float, Field(ge=1e-100, le=1e100)] = 1.0

    @property
    def readable(self) -> Axis:
        """An axis whose values float32, in which trees work, tells apart, and whose name says what it counts.

        It is this one, unless all values lie far from zero or beyond what float32 holds: years of 2 000 stay, times
        around 1 700 000 000 000 are counted from there.
        """
        unit = 10.0 ** math.floor(math.log10(self.scale))
        name, center, scale = self.name, self.center, self.scale
        if abs(center) > MOST_OFFSET * scale:
            start = round(center / unit) * unit
            name, center = f"{name} {'+' if start < 0 else MINUS} {abs(start):.15g}", math.remainder(center, unit)
        if not 1 / LARGEST_SCALE < scale < LARGEST_SCALE:
            name, center, scale = f"({name}) ÷ {unit:g}", center / unit, scale / unit
        return Axis(name[-MAX_NAME:], center, scale)

    def values(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places on the map in the unit of the axis."""
        return self.center + self.scale * x


PLANE = (Axis("x1"), Axis("x2"))


@dataclass(frozen=True, eq=False)
class PointTable:
    """Labelled points in the plane; always legal, its arrays read-only.

    Attributes:
        X: (n, 2) float64 places on the map, each in [-8, 8]; n is 1 to 5000.
        labels: (n,) int64 class of each point, 0 to n_classes - 1.
        axes: the names and units of both axes.
        class_names: no names, or 2 to 20 different names in the order of the classes.

    Raises:
        ValueError: a part breaks its rule.
    """

    X: NDArray[np.float64]
    labels: NDArray[np.int64]
    axes: tuple[Axis, Axis] = PLANE
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the rules and take read-only copies."""
        X, labels = np.array(self.X, dtype=np.float64), np.array(self.labels, dtype=np.int64)
        _check_places(X, labels)
        _check_classes(labels, self.class_names)
        for name, array in (("X", X), ("labels", labels)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def n_classes(self) -> int:
        """Classes that the table speaks of, at least 2: points of one class alone are still a two-class problem."""
        return len(self.class_names) or max(2, int(self.labels.max()) + 1)


def _check_places(X: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
    if X.ndim != 2 or X.shape[1] != 2 or labels.shape != X.shape[:1]:
        raise ValueError(f"points must be n places of 2 numbers and n classes; got {X.shape} and {labels.shape}")
    if not 1 <= len(X) <= MAX_POINTS:
        raise ValueError(f"points must hold 1 to {MAX_POINTS} points; got {len(X)}")
    outside = ~(np.abs(X) <= RANGE)  # true for NaN too
    if outside.any():
        raise ValueError(f"points must lie in [-{RANGE:g}, {RANGE:g}]; got {X[outside][0]:g}")


def _check_classes(labels: NDArray[np.int64], names: tuple[str, ...]) -> None:
    if names and not 2 <= len(set(names)) == len(names) <= MAX_CLASSES:
        raise ValueError(f"points must name no classes or 2 to {MAX_CLASSES} different ones; got {len(names)} names")
    n_classes = len(names) or MAX_CLASSES
    wrong = (labels < 0) | (labels >= n_classes)
    if wrong.any():
        raise ValueError(f"points must be of class 0 to {n_classes - 1}; got class {labels[wrong][0]}")
    for name in names:
        _printable(name)


class _Header(BaseModel):
    model_config = _LEGAL

    axes: tuple[Axis, Axis]
    class_names: tuple[Name, ...] = Field(max_length=MAX_CLASSES)


def pack_points(table: PointTable) -> str:
    """Write a table as text for a link.

    Args:
        table: the points. Places are rounded to multiples of 8 / 32 767, so they move by at most 0.00013.

    Returns:
        Only A-Z, a-z, 0-9, _ and -; at most 40 000 characters. Eight points placed by hand take 58.
    """
    points = np.empty(len(table.X), _POINT)
    points["x"] = np.rint(table.X * (_FULL / RANGE))
    points["label"] = table.labels
    plain = table.axes == PLANE and not table.class_names
    header = b"" if plain else _Header(axes=table.axes, class_names=table.class_names).model_dump_json().encode()
    data = bytes([_VERSION]) + len(header).to_bytes(2, "little") + header + points.tobytes()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


@lru_cache(maxsize=8)
def unpack_points(text: str) -> PointTable:
    """Read what `pack_points` wrote.

    Args:
        text: any text; it may come from a stranger's link.

    Returns:
        The table; a text that `pack_points` wrote comes out the same when it is packed again.

    Raises:
        ValueError: the text is no packed table. Nothing else is raised, whatever the text.
    """
    data = _bytes_of(text)
    if len(data) < _PREFIX or data[0] != _VERSION:
        raise ValueError(f"points must begin with version {_VERSION} and a header length; got {data[:_PREFIX]!r}")
    length = int.from_bytes(data[1:_PREFIX], "little")
    header, body = data[_PREFIX : _PREFIX + length], data[_PREFIX + length :]
    if len(header) < length or length > _MAX_HEADER:
        raise ValueError(f"points must hold a header of at most {_MAX_HEADER} bytes; got {len(header)} of {length}")
    if len(body) % _POINT.itemsize:
        raise ValueError(f"points must take {_POINT.itemsize} bytes each; got {len(body)} bytes")
    points = np.frombuffer(body, _POINT)
    axes, class_names = _read_header(header)
    return PointTable(points["x"] * RANGE / _FULL, points["label"], axes, class_names)


def _bytes_of(text: str) -> bytes:
    if not re.fullmatch("[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise ValueError(f"points must be base64 text of A-Z, a-z, 0-9, _ and -; got {text[:_SHOWN]!r}")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _read_header(header: bytes) -> tuple[tuple[Axis, Axis], tuple[str, ...]]:
    if not header:
        return PLANE, ()
    try:
        read: Any = _Header.model_validate_json(header)
    except ValidationError as error:
        rule = "points must carry names as {axes: two of name, center, scale; class_names}"
        raise ValueError(f"{rule}; got {header[:_SHOWN]!r}: {error.errors()[0]['msg']}") from None
    return read.axes, read.class_names
