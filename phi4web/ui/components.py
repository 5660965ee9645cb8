"""The few parts that every tab uses: the bus and the wire between page and server, the live region."""

from __future__ import annotations

import itertools
import time
from typing import Any

import gradio as gr

# No listener of a window waits for another: the queue of the engine is in phi4web.runs.
QUICK: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
DRAW: dict[str, Any] = {"preserved_by_key": None}  # values come from the store, never from the browser

_numbers = itertools.count(time.time_ns())  # a message that repeats the one before is a new message all the same

BUS_JS = "window.phi4web.bus = trigger; /* 'act' 'stop' 'now' */"
WIRE_JS = "watch('value', () => window.phi4web.receive(props.value));"
SLOT_JS = "window.phi4web.slot(element, trigger, watch); /* 'run' */"


def bus() -> gr.HTML:
    """Page to server: assets/app.js sends every action of a button or a key over it, as `act`, `stop` or `now`."""
    return gr.HTML("", html_template="", js_on_load=BUS_JS, apply_default_css=False, elem_id="bus")


def wire() -> gr.HTML:
    """Server to page: what no component can show, such as where to put the focus (`message`)."""
    return gr.HTML(None, html_template="", js_on_load=WIRE_JS, apply_default_css=False, elem_id="wire")


def message(**fields: Any) -> dict[str, Any]:
    """A value for the wire: saved, params, go, say, focus, edit, run, refresh, toast, undo, fill, cells (assets/app.js, `receive`)."""
    return {"n": next(_numbers), **fields}


def live_region() -> gr.HTML:
    """Present from the start, so that screen readers notice what is put into it."""
    return gr.HTML('<div role="status" aria-live="polite"></div>', js_on_load=None, apply_default_css=False, elem_id="status")
