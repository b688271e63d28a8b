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
from playground.ui.component import component
from playground.ui.controls import Controls
from playground.ui.session import Visit

INK, PAPER = "#ffffff", "#000000"
PEN, ERASER = "Pen", "Eraser"
PENS_PX = (8, 12, 16, 20, 24, 30, 40)
ERASER_MORE_PX = 8  # than the pen: along the same path the soft edges of the stroke would stay
NOTHING = pack_drawing(np.zeros((SIDE, SIDE), np.uint8))
NOT_HERE = (
    "Draw or choose a sample first. Of the drawing shown only its 28 x 28 pixels are known, not where it was drawn."
)

_mount = component("pad", "drawingpad.js")


class DrawingPad:
    """The pad of one page. What was drawn last stays in the visit, so that centering can be switched at any time.

    Below the sheet that is shown waits an empty one: at Clear the browser shows it at once, and nothing that is drawn
    before the server has answered is lost.
    """

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self._memory: dict[str, Any] = st.session_state.setdefault(self._key("memory"), {})  # see `PageMemory`
        if not self._memory:
            linked = visit.spec.settings.drawing
            self._new_sheet(None if linked else FIRST_SAMPLE)
            if linked not in ("", NOTHING):
                self._lay_out(linked)

    def draw(self) -> None:
        """Show the pad and its tools, and take what is new on it."""
        st.markdown("##### Draw a digit")
        place = st.container(key=f"{self.visit.page}-pad")
        with place:
            said = _mount(key=self._key("buttons"), default={"sheet": 0}, on_sheet_change=lambda: None)
            if said.get("sheet") == self._memory["sheet"] + 1:
                self._clear()  # the browser has turned to the sheet below already
            sheet = self._memory["sheet"]
            if self._sheet_key(sheet) not in st.session_state:  # it is new, or another page was shown meanwhile
                self._memory["content"] = self._memory["drawn"] or self._memory["content"]
            result = self._lay(sheet, self._memory["content"])
            self._lay(sheet + 1, None)
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

    def _lay(self, sheet: int, content: dict[str, Any] | None) -> Any:
        """One sheet of the pad. What it says of its strokes is under its key; another key makes another sheet."""
        tool, width = self._tool()
        return st_canvas(
            stroke_width=width if tool == PEN else width + ERASER_MORE_PX,
            stroke_color=INK if tool == PEN else PAPER,
            background_color=PAPER,
            width=PAD_PX,
            height=PAD_PX,
            initial_drawing=content,
            return_image_data=True,
            key=self._sheet_key(sheet),
        )

    def _choose_tool(self) -> None:
        st.segmented_control(
            "Tool", (PEN, ERASER), default=PEN, required=True, key=self._key("tool"), label_visibility="collapsed",
            width="stretch",
        )  # fmt: skip
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Undo stroke", key=self._key("undo"), width="stretch", on_click=self._undo,
                help="Takes back the last stroke of pen or eraser. Watch what that stroke did to the answer.",
            )  # fmt: skip
            st.button(
                "Clear", key=self._key("clear"), width="stretch", on_click=self._clear,
                help="Empties the pad. Watch the bars go, and come back with your first stroke.",
            )  # fmt: skip

    def _choose_pen(self) -> None:
        st.select_slider(
            "Pen width", PENS_PX, PEN_PX, key=self._key("width"), format_func="{} px".format,
            help="Training images have strokes of about 20 px on this pad. Watch what much thinner or thicker ones do.",
        )  # fmt: skip

    def _take_strokes(self, result: Any) -> None:
        """Read the pad when its strokes changed. Before the first it has no image; with none left it has no ink."""
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
        self._memory["refusal"] = ""  # whoever draws has left the file behind
        if not strokes:
            self._memory["ink"], self._memory["message"] = None, ""
            self.visit.show(drawing=NOTHING)
            return
        try:
            self._memory["ink"] = read_pad(image)
        except DrawingError as error:
            self._memory["message"] = str(error)
        else:
            self.prepare()

    def _choose_sample(self) -> None:
        st.caption("Samples")
        for half in (range(5), range(5, 10)):
            with st.container(horizontal=True, gap="xsmall"):  # columns would stand one under the other on a phone
                for digit in half:
                    st.button(
                        str(digit), key=self._key(f"sample.{digit}"), width="stretch", on_click=self._new_sheet,
                        args=(digit,), help=f"Begin with a sample {digit}. Watch what it is read as.",
                    )  # fmt: skip

    def _take_upload(self) -> None:
        types = ("png", "jpg", "jpeg", "webp", "bmp", "gif")
        n_refused = self._memory.setdefault("n_refused", 0)
        file = st.file_uploader(
            "A picture of one digit", types, key=self._key(f"file.{n_refused}"),
            help="Puts a picture on the pad, prepared as your drawing is. Watch what 28 x 28 pixels leave of it.",
        )  # fmt: skip
        if file is not None and file.file_id != self._memory.get("upload"):
            self._memory["upload"] = file.file_id
            try:
                self._show_picture(read_picture(file.getvalue()))
            except DrawingError as error:  # what is on the pad stays
                self._memory["refusal"] = str(error)
                self._memory["n_refused"] = n_refused + 1  # another key: it must not look as if the file were in use
            st.rerun()
        if refusal := self._memory.get("refusal"):
            st.warning(refusal)

    def _show_picture(self, ink: np.ndarray) -> None:
        """A picture from a file, (height, width) uint8, on a new sheet."""
        self._new_sheet(None)
        self._memory["ink"] = ink
        self.prepare()
        self._lay_out(self.visit.spec.settings.drawing)

    def _lay_out(self, drawing: str) -> None:
        """Pixels whose strokes are not known, on a sheet that is new: they can be drawn over."""
        self._memory["content"] = pad_picture(unpack_drawing(drawing))

    def _undo(self) -> None:
        """Take back the last stroke that was on the sheet when it was laid: later ones the browser takes back itself.

        The sheet stays, and says what is on it once the browser has drawn it again.
        """
        content = self._memory["drawn"] or self._memory["content"] or {}
        strokes = content.get("objects", [])
        if strokes and strokes[-1].get("path"):  # not the pixels of a link or a picture
            self._memory["strokes"] = [item.get("path") for item in strokes]
            self._memory["content"] = self._memory["drawn"] = {**content, "objects": strokes[:-1]}
        else:
            st.toast("There is no stroke to take back. Clear empties the pad.")

    def _clear(self) -> None:
        """The empty sheet below, and nothing drawn."""
        self._new_sheet(None, turn=1)
        self.visit.show(drawing=NOTHING)

    def _new_sheet(self, sample: int | None, turn: int = 2) -> None:
        """Turn to the sheet below, which is empty, or with 2 to another one, with a sample on it or not."""
        self._memory["sheet"] = (self._memory.get("sheet") or 0) + turn
        self._memory["strokes"] = self._memory["drawn"] = None
        self._memory["message"] = self._memory["refusal"] = ""
        self._memory["content"] = None if sample is None else pad_content(sample_strokes(sample), INK)
        self._memory["ink"] = None if sample is None else draw_strokes(sample_strokes(sample))
        self.prepare()

    def _sheet_key(self, sheet: int) -> str:
        return self._key(f"canvas.{sheet}")

    def _key(self, name: str) -> str:
        return f"{self.visit.page}.pad.{name}"


def _bytes_of(result: Any) -> bytes | None:
    """The picture as the browser sent it. The pad's own `image_data` would decode it whatever its size."""
    try:
        return result.image_bytes
    except (ValueError, AttributeError, TypeError):  # no data URL at all
        return b""
