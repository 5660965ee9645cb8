"""Small pieces of HTML that every tab uses. Pure; every text is escaped."""

from __future__ import annotations

from html import escape


def trouble(message: str) -> str:
    """An error in the cell that it belongs to."""
    return f'<p class="trouble" role="alert">{escape(message)}</p>' if message else ""


def button(do: str, face: str, label: str, css: str = "quiet", **data: object) -> str:
    extra = "".join(f' data-{name}="{escape(str(value))}"' for name, value in data.items())
    return f'<button type="button" class="{css}" data-do="{do}" aria-label="{escape(label)}" title="{escape(label)}"{extra}>{face}</button>'
