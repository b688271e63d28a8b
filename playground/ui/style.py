"""What a projector changes of the frame around every page. The rules for all pages stand in assets/frame.css."""

import streamlit as st

_PROJECTOR = """
<style>
  html { font-size: max(16px, 2.6vh); }  /* Streamlit measures all text in this unit */
  [data-testid="stHeader"] { height: 3rem; min-height: 3rem; }
  [data-testid="stMain"] [data-testid="stMainBlockContainer"] { padding-top: 3rem; }
  [data-testid="stCheckbox"] :is(label, label *) { white-space: normal !important; }
  [data-testid="stButtonGroup"] button { padding: 0.25rem 0.45rem; }
  .st-key-qr img { width: 42vh !important; max-width: none !important; }  /* read from the last row */
</style>
"""


def enlarge() -> None:
    """Put the rules for a projector on the page."""
    st.html(_PROJECTOR)
