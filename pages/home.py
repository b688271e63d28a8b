"""Home: what the app is, and a card for every page."""

import streamlit as st

from playground.catalog import PAGES

st.title("Deep Learning Playground")
st.write("See how machines learn: build a model, press Play, and watch every number it computes.")
for page in PAGES:
    with st.container(border=True):
        st.subheader(page.title)
        st.write(page.line)
        st.caption(f"Try first: {page.first}")
        st.page_link(f"pages/{page.path}.py", label=f"Open {page.title}", icon=page.icon)
