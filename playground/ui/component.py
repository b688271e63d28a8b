"""Parts of a page that are drawn by a script of `assets`."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.live.assets import ADDRESS

# Streamlit runs the exported function again when data or theme change; the script then keeps what it has drawn.
_SCRIPT = """
export default function (component) {
  let cleanup = null
  let ended = false
  const said = component.parentElement.querySelector("div")
  const mount = (script) => {
    said.textContent = ""
    if (!ended) cleanup = script.mount(component)
  }
  const fail = () => { said.textContent = "This page came only in part. Reload it." }
  import(new URL("ADDRESS", location.href)).then(mount, fail)
  return () => { ended = true; cleanup?.() }
}
"""


def component(name: str, script: str) -> Any:
    """What mounts a part of a page, as `st.components.v2.component` returns it.

    Args:
        name: of the part, on all pages.
        script: its file in `assets`, which exports `mount(component)`; what that returns is called when the part goes.
    """
    js = _SCRIPT.replace("ADDRESS", f"{ADDRESS}/{script}")
    return st.components.v2.component(f"playground_{name}", html="<div></div>", js=js)
