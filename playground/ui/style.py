"""The few rules of appearance that Streamlit's theme has no setting for."""

import streamlit as st

_CSS = """
<style>
  [data-testid="stMainBlockContainer"] { padding: 3.75rem 1rem 0.5rem; }
  [data-testid="stSidebarContent"] { padding-top: 0; }
  [data-testid="stSidebarHeader"] { height: 2.25rem; margin-bottom: 0; padding-bottom: 0; }
  [data-testid="stSidebarUserContent"] { padding: 0 1rem 2rem; }
  [data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.55rem; }
  @media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
</style>
"""


def show_style() -> None:
    """Put the rules on the page. They only move and space things: a page without them still works."""
    st.html(_CSS)
