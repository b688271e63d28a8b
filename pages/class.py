"""Class: what everybody does, on one wall, for the teacher."""

import streamlit as st

from playground.ui.class_desk import ask_key, is_teacher, show_desk, show_wall

st.title("Class", anchor=False)
if is_teacher():
    show_desk()
    show_wall(st.query_params.get("profile", ""))
else:
    ask_key()
