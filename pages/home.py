"""Home: what the app is, and a card for every page."""

from pathlib import Path

import streamlit as st

from playground.catalog import APP, PAGES, Page

PICTURES = Path(__file__).parents[1] / "assets" / "home"
N_COLUMNS = 3


def show_card(page: Page) -> None:
    """One page: a picture of it, what one does there, and what to try first."""
    with st.container(border=True, height="stretch", key=f"card-{page.path}"):
        st.image(
            PICTURES / f"{page.path}-{st.context.theme.type or 'light'}.webp",
            width="stretch",
            alt=f"The page {page.title}",
        )
        st.subheader(page.title, anchor=False)
        st.write(page.line)
        st.markdown(f"**Try first:** {page.first}")
        st.space("stretch")  # the links of a row stand on one line
        st.page_link(str(Path(__file__).with_name(f"{page.path}.py")), label=f"Open {page.title}", icon=page.icon)


st.title(APP, anchor=False)
st.write(
    "Build a model, press Play, and watch it learn. Every picture and every number is computed by the model in front "
    "of you. Nothing to install, nothing to log in to; the address bar always holds a link to what you see."
)
for first in range(0, len(PAGES), N_COLUMNS):
    for column, page in zip(st.columns(N_COLUMNS), PAGES[first : first + N_COLUMNS], strict=False):
        with column:
            show_card(page)
