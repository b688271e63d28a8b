"""The frame around every page: navigation on top. Streamlit runs this file for each visit and each change.

Workers execute the main script again when they start, so everything, imports included, stands behind `__main__`.
"""


def main() -> None:
    """Draw the navigation and the page that the address names."""
    from pathlib import Path

    import streamlit as st

    from playground.catalog import APP, CLASS, FOLLOW, HOME, PAGES
    from playground.live.classroom import classroom
    from playground.ui.class_desk import is_teacher
    from playground.ui.session import turn_to
    from playground.ui.style import enlarge

    root = Path(__file__).parents[2]
    projector = st.query_params.get("profile") == "projector"
    st.set_page_config(
        page_title=APP,
        page_icon=root / "assets" / "icon.png",  # a Material symbol would be fetched from another server
        layout="wide",
        initial_sidebar_state="collapsed" if projector else "auto",  # the last row needs the room
    )
    if projector:
        enlarge()
    of_class = (CLASS, FOLLOW) if classroom.key.is_set else (CLASS,)  # found by their address only, and by the teacher
    pages = [
        st.Page(
            root / "pages" / f"{page.path}.py",
            title=page.title,
            icon=page.icon,
            default=page is HOME,
            visibility="hidden" if page is FOLLOW or (page is CLASS and not is_teacher()) else "visible",
        )
        for page in (HOME, *PAGES, *of_class)
    ]
    shown = st.navigation(pages, position="top")
    for page in PAGES:
        if page.title == shown.title:
            with st.container(key="title"):  # not seen, but read out: the view below is the page
                st.title(page.title, anchor=False)
                st.write(page.line)
    turn_to(shown.url_path)
    shown.run()


if __name__ == "__main__":
    main()
