"""The pad for a digit: pen, eraser, samples, an uploaded picture; its content becomes the spec's `drawing`."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from streamlit_drawable_canvas import st_canvas

from playground.data.drawing import (
    DrawingError,
    center_drawing,
    check_drawing,
    read_pad,
    read_picture,
    shrink_drawing,
)
from playground.data.strokes import FIRST_SAMPLE, PAD_PX, PEN_PX, draw_strokes, pad_content, pad_picture, sample_strokes
from playground.spec.drawing import SIDE, pack_drawing, unpack_drawing
from playground.ui.controls import Controls
from playground.ui.session import Visit

INK, PAPER = "#ffffff", "#000000"
PEN, ERASER = "Pen", "Eraser"
PENS_PX = (8, 12, 16, 20, 24, 30, 40)
NOTHING = pack_drawing(np.zeros((SIDE, SIDE), np.uint8))
EMPTIES = "Empties the pad. Watch that the network then says nothing."
READS = "Any picture of one digit on a plain ground. Watch what is left of it in 28 x 28 pixels."
NOT_HERE = (
    "Draw or choose a sample first. Of the drawing shown only its 28 x 28 pixels are known, not where it was drawn."
)


class DrawingPad:
    """The pad of one page. What was drawn last stays in the visit, so that centering can be switched at any time."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self._memory: dict[str, Any] = st.session_state.setdefault(self._key("memory"), {})  # as in `Memory` of a visit
        if not self._memory:
            linked = visit.spec.settings.drawing
            self._new_sheet(None if linked else FIRST_SAMPLE)
            if linked not in ("", NOTHING):
                self._lay_out(linked)

    def draw(self) -> None:
        """Show the pad and its tools, and take what is new on it."""
        st.markdown("##### Draw a digit")  # the pad's own tools, undo and redo among them, open over this line
        place = st.container(key=f"{self.visit.page}-pad")
        with place:
            tool, width = self._tool()
            key = self._key(f"canvas.{self._memory['sheet']}")
            if key not in st.session_state:  # it is new, or another page was shown meanwhile
                self._memory["content"] = self._memory["drawn"] or self._memory["content"]
            result = st_canvas(
                stroke_width=width,
                stroke_color=INK if tool == PEN else PAPER,
                background_color=PAPER,
                width=PAD_PX,
                height=PAD_PX,
                initial_drawing=self._memory["content"],
                return_image_data=True,
                key=key,
            )
            self._choose_tool()
        self._take_strokes(result)
        settings = self.visit.spec.settings
        if self._memory.get("centered") != settings.centering or not settings.drawing:  # a question to try has none
            self.prepare()
        if message := self._memory.get("message"):
            place.warning(message)  # in there, so that what follows keeps its number and is not made anew

    def choose_more(self) -> None:
        """Pen width, samples, and a picture from a file."""
        self._choose_pen()
        self._choose_sample()
        self._take_upload()

    def prepare(self) -> None:
        """Bring the last ink to 28 x 28, centered or not as the spec says, and put it into the spec."""
        ink = self._memory.get("ink")
        self._memory["centered"] = self.visit.spec.settings.centering
        if ink is None:
            return
        self._memory["message"] = ""
        image = shrink_drawing(ink)
        try:
            check_drawing(ink)
        except DrawingError as error:
            self._memory["message"] = str(error)
        else:
            image = center_drawing(ink) if self.visit.spec.settings.centering else image
        self.visit.show(drawing=pack_drawing(image))

    def choose_centering(self, controls: Controls) -> None:
        """The switch, greyed out while a drawing is shown whose strokes are not known here."""
        is_foreign = self._memory.get("ink") is None and self.visit.spec.settings.drawing != NOTHING
        controls.choose_whether("centering", unusable=NOT_HERE if is_foreign else "")

    def _tool(self) -> tuple[str, int]:
        return st.session_state.get(self._key("tool")) or PEN, st.session_state.get(self._key("width")) or PEN_PX

    def _choose_tool(self) -> None:
        left, right = st.columns([3, 2], vertical_alignment="bottom")
        right.button("Clear", key=self._key("clear"), width="stretch", on_click=self._clear, help=EMPTIES)
        left.segmented_control(
            "Tool", (PEN, ERASER), default=PEN, key=self._key("tool"), label_visibility="collapsed", width="stretch"
        )

    def _choose_pen(self) -> None:
        st.select_slider(
            "Pen width", PENS_PX, PEN_PX, key=self._key("width"), format_func="{} px".format,
            help="Training images have strokes of about 20 px on this pad. Watch what much thinner or thicker ones do.",
        )  # fmt: skip

    def _take_strokes(self, result: Any) -> None:
        """Read the pad when its strokes changed; before the first stroke it has no image."""
        strokes = [item.get("path") for item in (result.json_data or {}).get("objects", [])]
        if result.json_data is None or strokes == self._memory.get("strokes"):
            return
        image = _bytes_of(result)
        if image is None:
            return
        first = self._memory.get("strokes") is None
        self._memory["strokes"] = strokes
        self._memory["drawn"] = result.json_data
        if first and not any(strokes):
            return  # an empty sheet, or the pixels of a link or an upload: what is shown stays
        try:
            self._memory["ink"] = read_pad(image)
        except DrawingError as error:
            self._memory["message"] = str(error)
        else:
            self.prepare()

    def _choose_sample(self) -> None:
        st.caption("Samples")
        for half in (range(5), range(5, 10)):
            for digit, place in zip(half, st.columns(5, gap="xsmall"), strict=True):
                place.button(
                    str(digit), key=self._key(f"sample.{digit}"), width="stretch", on_click=self._new_sheet,
                    args=(digit,), help=f"Begin with a sample {digit}. Watch what it is read as.",
                )  # fmt: skip

    def _take_upload(self) -> None:
        types = ("png", "jpg", "jpeg", "webp", "bmp", "gif")
        file = st.file_uploader("A picture of one digit", types, key=self._key("file"), help=READS)
        if file is None or file.file_id == self._memory.get("upload"):
            return
        self._memory["upload"] = file.file_id
        try:
            ink = read_picture(file.getvalue())
        except DrawingError as error:  # what is on the pad stays
            self._memory["message"] = str(error)
        else:
            self._new_sheet(None)
            self._memory["ink"] = ink
            self.prepare()
            self._lay_out(self.visit.spec.settings.drawing)
        st.rerun()  # the pad, which says what is wrong, stands above

    def _lay_out(self, drawing: str) -> None:
        """Pixels whose strokes are not known, on a sheet that is new: they can be drawn over."""
        self._memory["content"] = pad_picture(unpack_drawing(drawing))

    def _clear(self) -> None:
        """An empty pad, and nothing drawn."""
        self._new_sheet(None)
        self.visit.show(drawing=NOTHING)

    def _new_sheet(self, sample: int | None) -> None:
        """An empty pad, or one with a sample on it. Another key makes Streamlit mount it anew."""
        self._memory["sheet"] = (self._memory.get("sheet") or 0) + 1
        self._memory["strokes"] = self._memory["drawn"] = None
        self._memory["message"] = ""
        self._memory["content"] = None if sample is None else pad_content(sample_strokes(sample), INK)
        self._memory["ink"] = None if sample is None else draw_strokes(sample_strokes(sample))
        self.prepare()

    def _key(self, name: str) -> str:
        return f"{self.visit.page}.pad.{name}"


def _bytes_of(result: Any) -> bytes | None:
    """The picture as the browser sent it. The pad's own `image_data` would decode it whatever its size."""
    try:
        return result.image_bytes
    except (ValueError, AttributeError, TypeError):  # no data URL at all
        return b""
