"""Who is at the other end: a key to count the runs of one visitor by. It proves nothing about who that is."""

from __future__ import annotations

import gradio as gr

from phi4web.settings import LOOPBACK, Settings


def visitor(request: gr.Request, settings: Settings) -> str | None:
    """The address. Where a proxy or a tunnel on this computer hides it, the browser's session, which a stranger can make anew.

    On a Space the hub's proxy tells the address. None: nothing is known.
    """
    told = str(request.headers.get("x-forwarded-for", "")).partition(",")[0].strip() if settings.space_id else ""
    address = told or (request.client.host if request.client else "")
    if told or (address and address not in LOOPBACK and settings.space_id is None):
        return f"address:{address}"
    return f"session:{request.session_hash}" if request.session_hash else None
