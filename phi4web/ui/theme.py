"""The look: Gradio's theme told to use our colour tokens (assets/app.css), and the two IBM Plex fonts that Gradio brings."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from gradio.themes.utils import sizes

ASSETS = Path(__file__).resolve().parents[2] / "assets"
SCRIPTS = ("app.js", "page.js")  # in this order

# Gradio's variable -> our token. The tokens themselves change between light and dark, so both modes say the same.
_TOKENS = {
    "body_background_fill": "var(--paper)",
    "body_text_color": "var(--ink)",
    "body_text_color_subdued": "var(--muted)",
    "background_fill_primary": "var(--surface)",
    "background_fill_secondary": "var(--sunken)",
    "block_background_fill": "transparent",
    "block_border_color": "var(--rule)",
    "block_label_background_fill": "transparent",
    "block_label_text_color": "var(--muted)",
    "block_title_text_color": "var(--muted)",
    "block_info_text_color": "var(--muted)",
    "border_color_primary": "var(--rule)",
    "border_color_accent": "var(--accent)",
    "color_accent_soft": "var(--sunken)",
    "panel_background_fill": "transparent",
    "input_background_fill": "var(--surface)",
    "input_background_fill_focus": "var(--surface)",
    "input_border_color": "var(--edge)",
    "input_border_color_focus": "var(--accent)",
    "input_placeholder_color": "var(--muted)",
    "link_text_color": "var(--accent)",
    "link_text_color_hover": "var(--accent)",
    "link_text_color_visited": "var(--accent)",
    "link_text_color_active": "var(--accent)",
    "code_background_fill": "var(--sunken)",
    "button_primary_background_fill": "var(--accent)",
    "button_primary_background_fill_hover": "var(--accent)",
    "button_primary_border_color": "var(--accent)",
    "button_primary_text_color": "var(--on-accent)",
    "button_secondary_background_fill": "var(--surface)",
    "button_secondary_background_fill_hover": "var(--sunken)",
    "button_secondary_border_color": "var(--edge)",
    "button_secondary_text_color": "var(--ink)",
    "table_even_background_fill": "transparent",
    "table_odd_background_fill": "transparent",
    "table_border_color": "var(--rule)",
    "error_text_color": "var(--refuted)",
    "error_border_color": "var(--refuted)",
    "error_background_fill": "var(--refuted-tint)",
    "checkbox_background_color": "var(--surface)",
    "checkbox_background_color_selected": "var(--accent)",
    "checkbox_border_color": "var(--edge)",
}
_ONCE = {
    "block_border_width": "0px",
    "block_padding": "0px",
    "block_shadow": "none",
    "block_title_text_size": "13px",
    "block_title_text_weight": "400",
    "button_border_width": "1px",
    "button_large_padding": "7px 16px",
    "button_large_radius": "8px",
    "button_large_text_size": "15px",
    "button_large_text_weight": "600",
    "button_medium_padding": "5px 13px",
    "button_medium_radius": "8px",
    "button_medium_text_size": "15px",
    "button_medium_text_weight": "400",
    "button_small_radius": "8px",
    "input_radius": "8px",
    "input_shadow": "none",
    "input_shadow_focus": "none",
    "input_text_size": "16px",
    "prose_text_size": "16px",
    "chatbot_text_size": "16px",
    "layout_gap": "12px",
    "form_gap_width": "0px",
    "container_radius": "8px",
}


def theme() -> gr.themes.Base:
    base = gr.themes.Base(
        text_size=sizes.text_lg,
        radius_size=sizes.radius_md,
        # 600 would be the weight to take, but that file in Gradio 6.31 lacks most letters; browsers take 700 in its place.
        # "Marks" is defined in app.css: Plex draws a check mark that reads as a root sign.
        font=["Marks", gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"],
        font_mono=[gr.themes.LocalFont("IBM Plex Mono", weights=(400,)), "ui-monospace", "monospace"],
    )
    dark = {f"{name}_dark": value for name, value in _TOKENS.items()}
    return base.set(**_TOKENS, **dark, **_ONCE)


def css() -> str:
    return (ASSETS / "app.css").read_text(encoding="utf-8")


def head() -> str:
    """What goes into <head>: our scripts, before Gradio's own start."""
    scripts = [(ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS]
    return "\n".join(['<meta name="color-scheme" content="light dark">', *(f"<script>\n{script}\n</script>" for script in scripts)])
