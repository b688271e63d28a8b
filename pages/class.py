"""Class: what everybody does, on one wall, for the teacher."""

import streamlit as st

from playground.live.classroom import classroom
from playground.ui.class_desk import ask_key, is_teacher, say_how_to_turn_on, show_desk, show_wall

with st.container(key="title" if classroom.key.is_set and is_teacher() else None):  # not seen: the wall is the page
    st.title("Class", anchor=False)
if not classroom.key.is_set:
    say_how_to_turn_on()
elif is_teacher():
    with st.sidebar:
        show_desk()
    show_wall(st.query_params.get("profile", ""))
else:
    ask_key()
