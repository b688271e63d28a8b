"""How a frame becomes bytes: a JSON header, then its arrays as they lie in memory.

byte 0        1 if everything after byte 3 is deflated (raw), else 0; bytes 1-3 are zero
uint32 (LE)   length of the header, a multiple of 4
header        JSON; `arrays` lists name, dtype and shape of what follows
arrays        one after the other, each padded to a multiple of 4 bytes
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

DTYPES = ("uint8", "int32", "float32", "float64")


def pack(frame: Mapping[str, Any], *, deflate: bool = False) -> bytes:
    """One message. NaN and infinity in the header arrive as null.

    Raises:
        ValueError: an array has a type that the browser does not read.
    """
    arrays = {name: value for name, value in frame.items() if isinstance(value, np.ndarray)}
    for name, array in arrays.items():
        if array.dtype.name not in DTYPES:
            raise ValueError(f"a frame's arrays must be of {', '.join(DTYPES)}; {name} is {array.dtype.name}")
    header = {name: _plain(value) for name, value in frame.items() if name not in arrays}
    header["arrays"] = [{"name": n, "dtype": a.dtype.name, "shape": a.shape} for n, a in arrays.items()]
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I", len(text)) + text + b"".join(_padded(array) for array in arrays.values())
    if deflate:
        squeeze = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        return b"\1\0\0\0" + squeeze.compress(body) + squeeze.flush()
    return b"\0\0\0\0" + body


def unpack(message: bytes) -> dict[str, Any]:
    """The frame that `pack` was given; for reports and tests."""
    body = zlib.decompress(message[4:], -zlib.MAX_WBITS) if message[0] else message[4:]
    (length,) = struct.unpack_from("<I", body)
    frame: dict[str, Any] = json.loads(body[4 : 4 + length])
    offset = 4 + length
    for entry in frame.pop("arrays"):
        count = math.prod(entry["shape"])
        array = np.frombuffer(body, entry["dtype"], count, offset).reshape(entry["shape"])
        frame[entry["name"]] = array
        offset += array.nbytes + -array.nbytes % 4
    return frame


def _padded(array: np.ndarray) -> bytes:
    data = np.ascontiguousarray(array).tobytes()
    return data + b"\0" * (-len(data) % 4)


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
