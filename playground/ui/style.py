"""The few rules of appearance that Streamlit's theme has no setting for."""

import streamlit as st

_CSS = """
<style>
  [data-testid="stMain"] [data-testid="stMainBlockContainer"] { padding: 3.6rem 1rem 8px; }
  [data-testid="stSidebar"] [data-testid="stSidebarContent"] { padding: 0 0.25rem 0 0.75rem; scrollbar-gutter: stable; }
  [data-testid="stSidebar"] [data-testid="stSidebarHeader"] {  /* the button that closes it, beside "Projector" */
    position: absolute; top: 3.3rem; right: 1rem; z-index: 1; height: 2rem; margin: 0; padding: 0;
  }
  @media (max-width: 767px) {  /* there the pages stand above */
    [data-testid="stSidebar"] [data-testid="stSidebarHeader"] { top: 0.2rem; }
  }
  [data-testid="stSidebar"] [data-testid="stSidebarUserContent"] { padding: 0.6rem 0 2rem; }
  [data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.6rem; }
  [data-testid="stSidebar"] [data-testid="stHorizontalBlock"] { gap: 0.4rem; }
  [data-testid="stSidebar"] [data-testid="stHorizontalBlock"] button { padding: 0.25rem 0.5rem; min-height: 2.1rem; }
  [data-testid="stSidebar"] h5 { padding: 0.5rem 0 0; }
  [data-testid="stSidebar"] [data-testid="stMarkdownContainer"]:has(h5) { margin-bottom: 0; }
  [data-testid="stLayoutWrapper"]:has(> .st-key-title) {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  }
  .st-key-follow-bar { padding-top: 0.5rem; }  /* Streamlit's header covers the first line of a page without a title */
  .st-key-digits-pad { min-height: 336px; justify-content: flex-end; }  /* a new sheet takes a moment: nothing moves */
  .st-key-parts { padding-top: 0.4rem; margin-bottom: -0.7rem; }
  [data-testid="stLayoutWrapper"]:has(> .st-key-notice) {  /* beside the flow: nothing on the page moves */
    position: fixed; right: 1rem; bottom: 1rem; z-index: 100; width: min(34rem, calc(100vw - 2rem));
  }
  .st-key-notice {
    gap: 0.4rem; padding: 0 0 0.4rem; align-items: flex-end; border-radius: 0.5rem;
    background: var(--st-background-color, Canvas); box-shadow: 0 4px 18px rgb(0 0 0 / 30%);
  }
  .st-key-notice [data-testid="stAlertContainer"] { max-height: 40vh; overflow-y: auto; padding: 0.6rem 0.9rem; }
  .st-key-notice [data-testid="stButton"] { padding: 0 0.9rem; }
  body:has([data-testid="stPopoverBody"]):has([data-testid="stPopover"] button:is(:hover, :focus-visible))
    [data-testid="stTooltipContent"] { display: none; }  /* what the button is for covered what it has opened */
  /* a table with its columns to choose: below its button it has hardly room */
  [data-testid="stPopoverBody"]:has(:is([class*="st-key-"][class*="-csv"], [class*="st-key-"][class*="-table"])) {
    top: auto !important; bottom: 0.75rem; left: 0.75rem !important; transform: none !important;
    max-height: calc(100vh - 1.5rem) !important;
  }
  [data-testid="stExpandSidebarButton"]::after { content: "Menu"; padding-left: 0.25rem; }
  @media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
</style>
"""
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


def show_style(*, projector: bool) -> None:
    """Put the rules on the page. They only move and space things: a page without them still works."""
    st.html(_CSS + (_PROJECTOR if projector else ""))
