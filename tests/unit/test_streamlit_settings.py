"""What .streamlit/config.toml must do to Streamlit itself, whatever its version."""

from __future__ import annotations

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_cache import populate_hash_if_needed


def test_a_browser_is_sent_each_message_and_never_told_to_remember_one() -> None:
    """It may have forgotten it by then, when several runs of the script are under way; the visit then ends."""
    message = ForwardMsg()
    message.delta.new_element.markdown.body = 1_000_000 * "x"
    populate_hash_if_needed(message)
    assert message.hash
    assert not message.metadata.cacheable
