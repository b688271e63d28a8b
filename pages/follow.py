"""Follow: one run that everybody watches live, and a copy of it one click away."""

import streamlit as st

from playground.ui.following import show_followed

show_followed(st.query_params.get("profile", ""))
