"""Which model answers, and how long it may think: two lists in the bar, and a line under them where there is something to say."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from phi4web.engine.anymodel import config_any
from phi4web.engine.remote_list import remote_models
from phi4web.errors import BadInput, Phi4webError
from phi4web.models import CATALOGUE, SERVED, Model, find, parse_config
from phi4web.runs import Services
from phi4web.solve import SOLUTION_TOKENS
from phi4web.ui.components import QUICK
from phi4web.ui.markup import trouble
from phi4web.ui.words import model_label

SHORT, LONG = 1_024, 24_576  # tokens of a thought
ADVANCED = "Not of the catalogue: nobody has tried this model here. Its own files say how it is talked to, and they may be wrong."


def configs(services: Services, solving: bool = False) -> list[tuple[str, str]]:
    """(label, "MODEL:QUANT") of everything that may be run here, the default for problems or for talk first."""
    ours = [(model_label(*config), ":".join(config)) for config in (services.host.solver(), services.host.default())]
    first, other = ours if solving else reversed(ours)
    if services.settings.public:
        return [first] if first == other else [first, other]
    rest = [
        (model_label(m.id, q), f"{m.id}:{q}") for m in CATALOGUE if not m.unavailable for q in _default_first(m.quants, m.default_quant)
    ]
    served = [(model_label(name, SERVED), f"{name}:{SERVED}") for name in remote_models(services.settings)]
    return [first, *(c for c in (*served, *rest) if c != first)]


def _default_first(quants: tuple[str, ...], default: str) -> list[str]:
    return sorted(quants, key=lambda quant: quant != default)


def chosen(services: Services, config: str | None) -> tuple[str | None, str | None]:
    """Model and quant of a choice, or of what somebody typed in its place; None stands for the default.

    Raises BadInput, and UnknownModel naming the closest. Strangers may take what is offered, and nothing else.
    """
    if not config:
        return None, None
    if services.settings.public and config not in dict(configs(services)).values():
        raise BadInput("This page runs its own models only.", "Run phi4web on your own computer to choose another.")
    model, quant = named(services, config)
    return model.id, quant


def named(services: Services, config: str) -> tuple[Model, str]:
    """Of the catalogue, or "remote:NAME"; for whoever is alone with this computer also a repository of the hub or a path."""
    return config_any(config, services.settings.offline) if takes_any(services) else parse_config(config)


def takes_any(services: Services) -> bool:
    """Whether a name may lead to the hub or into the folders of this computer: not for those who come from elsewhere."""
    return not services.settings.public and not services.settings.exposed


def budgets(model: Model, most_new_tokens: int) -> list[tuple[str, int]]:
    """(label, tokens of a thought) that this model can be asked for; 0 stands for its own number, which all offer."""
    offered = [("Thinking: standard", 0)]
    own = model.thinking_budget or 0
    most = min(LONG, most_new_tokens - SOLUTION_TOKENS, model.arch.context - SOLUTION_TOKENS)
    if own > SHORT:
        offered.append((f"Thinking: short, {SHORT:,} tokens", SHORT))
    if most > own > 0:
        offered.append((f"Thinking: long, {most:,} tokens", most))
    return offered


def about(services: Services, config: str | None) -> tuple[list[tuple[str, int]], str]:
    """(the budgets of this model, a line to show under the list, most often empty)."""
    most = services.settings.max_new_tokens
    try:
        model_id, _ = chosen(services, config or configs(services)[0][1])
        model = find(model_id or "")
    except Phi4webError as error:
        return [("Thinking: standard", 0)], trouble(str(error))
    return budgets(model, most), f'<p class="notice">{escape(ADVANCED)}</p>' if model.advanced else ""


def pickers(services: Services, solving: bool = False) -> tuple[gr.Dropdown, gr.Dropdown]:
    """(model, thinking budget) for problems or for talk, to be put into the open row; `join` brings them to life."""
    choices = configs(services, solving)
    offered, _ = about(services, choices[0][1])
    model = gr.Dropdown(
        choices,
        value=choices[0][1],
        label="Model",
        show_label=False,
        container=False,
        filterable=True,
        interactive=True,
        allow_custom_value=not services.settings.public,
        elem_classes=["pick", "model"],
    )
    thinking = gr.Dropdown(
        offered,
        value=0,
        label="Thinking",
        show_label=False,
        container=False,
        filterable=False,
        interactive=True,
        visible=len(offered) > 1,
        elem_classes="pick",
    )
    return model, thinking


def join(services: Services, model: gr.Dropdown, thinking: gr.Dropdown) -> None:
    """Puts the line under the open row. A budget is offered only where there is more than one."""
    hint = gr.HTML("", js_on_load=None, apply_default_css=False, elem_classes="hint")

    def on_choice(config: str | None, budget: int | None) -> tuple[Any, str]:
        offered, line = about(services, config)
        kept = budget if budget in [tokens for _, tokens in offered] else 0
        return gr.Dropdown(choices=offered, value=kept, visible=len(offered) > 1), line

    model.input(on_choice, [model, thinking], [thinking, hint], **QUICK)
