"""The part "Real sentences" of the Attention page: examples beside a view that reads what is typed into it."""

from __future__ import annotations

import streamlit as st

from playground.spec.sentences import CHANGED_SENTENCE, START_SENTENCE, SentencesSpec
from playground.ui.live_view import show_live, start_live
from playground.ui.session import Visit
from playground.ui.share import show_actions
from playground.ui.tiles import show_notices

TROPHY = "The trophy didn't fit in the suitcase because it was too {}."
EXAMPLES = {  # title: two sentences, the word that looks, the one that it may look at
    "Who was too tired?": (START_SENTENCE, "", "it", "animal"),
    "The same with one word changed": (START_SENTENCE, CHANGED_SENTENCE, "it", "animal"),
    "A verb finds its noun": ("The keys to the cabinet are on the table.", "", "are", "keys"),
    "She or he?": ("John told Mary that she had won.", "John told Bill that he had won.", "she", "mary"),
    "Two kinds of bank": (
        "She sat on the bank and looked at the river.",
        "She sat in the bank and looked at the money.",
        "bank",
        "river",
    ),
    "Trophy or suitcase? Hardly a change": (TROPHY.format("big"), TROPHY.format("small"), "it", "trophy"),
}
ABOUT = (
    "MiniLM has read a billion pairs of sentences; it is fixed, nothing is trained here. It has 6 layers of 12 heads. "
    "In each head every word spreads an attention of 1 over all words. `[CLS]` and `[SEP]` mark the ends: "
    "a head often looks there when it has nothing to look for."
)


def show_sentences() -> None:
    """Examples in the sidebar, everything else in the view."""
    visit = Visit("attention", SentencesSpec, part="sentences")
    start_live(visit)
    show_notices(visit)
    show_live(visit, on_choice=visit.take)
    with st.sidebar:
        show_actions(visit, trains=False)
        st.markdown("##### Examples")
        for title, (sentence, other, word, target) in EXAMPLES.items():
            choices = {"sentence": sentence, "other": other, "word": word, "target": target}
            st.button(
                title, key=f"{visit.page}.example.{title}", width="stretch", on_click=visit.change, kwargs=choices,
                help=f"Watch where “{word}” looks: is it “{target}”? {sentence}",
            )  # fmt: skip
        st.markdown("##### The model")
        st.caption(ABOUT)
