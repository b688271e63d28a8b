"""A file of one's own: read within bounds, and told about in its own words, never as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable

import streamlit as st

from playground.data.table import MAX_BYTES, TableError
from playground.ui.callbacks import entire


def plain(text: str) -> str:
    """Text from a file as it stands there, not as Markdown."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~$:-])", r"\\\1", text)


def upload_csv(key: str, use: Callable[[bytes], None], *, tip: str, rules: str, else_try: str = "") -> None:
    """A CSV file for `use`, which raises `TableError` when it breaks a rule; what was there before stays."""
    with st.popover("Own table (CSV)", help=tip, key=f"{key}.box", on_change="rerun"):
        file = st.file_uploader(
            "CSV file", type=["csv", "txt", "tsv"], key=key, max_upload_size=MAX_BYTES // 1_000_000,
            help="Reads a table from your disk. Watch the preview below: nothing is trained before you say so.",
        )  # fmt: skip
        if file is None:
            st.caption(rules)
            return
        try:
            use(file.getvalue())
        except TableError as error:
            text = f"This table cannot be used: {str(error).rstrip('.')}. The run before goes on. {else_try}"
            st.error(plain(text.strip()))


def offer_table(key: str, take: Callable[[], None]) -> None:
    """The button that takes the table of `upload_csv`, and closes its box: what was chosen is to be seen."""

    @entire
    def press() -> None:
        st.session_state[f"{key}.box"] = False
        take()

    st.button("Use this table", on_click=press, help="Trains on this table from now on. Watch the run begin anew.")
