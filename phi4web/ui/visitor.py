"""Who is at the other end: a key to count the runs of one visitor by. It proves nothing about who that is."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

import gradio as gr
from starlette.datastructures import Headers

from phi4web.settings import LOOPBACK, Settings


def visitor(request: gr.Request, settings: Settings) -> str | None:
    """The address. Where a proxy or a tunnel on this computer hides it, the browser's session, which a stranger can make anew.

    On a Space the hub's proxy tells the address. None: nothing is known.
    """
    told = _told(request.headers) if settings.space_id else ""
    address = told or (request.client.host if request.client else "")
    if told or (address and address not in LOOPBACK and settings.space_id is None):
        return f"address:{address}"
    return f"session:{request.session_hash}" if request.session_hash else None


def _told(headers: Headers | Mapping[str, str]) -> str:
    """The last entry that is not a proxy inside the hub: a proxy writes behind what it got, and what it got may be anybody's words."""
    name = "x-forwarded-for"
    lines = headers.getlist(name) if isinstance(headers, Headers) else [str(headers.get(name, ""))]  # Gradio may hand on either
    entries = [entry.strip() for entry in ",".join(lines).split(",")]
    return next((entry for entry in reversed(entries) if not _inside(entry)), entries[-1])


def _inside(entry: str) -> bool:
    try:
        return not ipaddress.ip_address(entry).is_global
    except ValueError:
        return False
