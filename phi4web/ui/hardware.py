"""The Hardware tab: what this machine has, and whether a model would fit this card or another one."""

from __future__ import annotations

import gradio as gr

from phi4web.errors import Phi4webError
from phi4web.hardware import KNOWN_GPUS, Hardware, gpu_by_name, machine_with
from phi4web.loadplan import Wishes
from phi4web.models import CATALOGUE
from phi4web.plan import plan
from phi4web.runs import Services
from phi4web.ui import tables
from phi4web.ui.components import QUICK
from phi4web.ui.markup import trouble
from phi4web.ui.picker import named, takes_any

HERE = "This computer"
AUTO = "automatic"
CONTEXTS = [(AUTO, 0), *((f"{n:,} tokens", n) for n in (2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072))]


def hardware_of(services: Services, card: str | None) -> Hardware:
    """This machine, or an ordinary one with the card of that name. Raises BadInput."""
    return services.host.hardware if not card or card == HERE else machine_with(gpu_by_name(card))


def answer(services: Services, card: str | None, model: str, quant: str | None, context: int | None) -> tuple[str, str]:
    """(whether it fits and how it would be loaded, the table of all models); an error in place of the first."""
    try:
        hardware = hardware_of(services, card)
        wishes = Wishes(quant=None if quant in (None, AUTO) else quant, context=context or None)
        return tables.load_plan(plan(hardware, named(services, model)[0], wishes)), tables.every_plan(hardware, context or None)
    except Phi4webError as error:
        return trouble(str(error)), ""


def quants_of(services: Services, model: str) -> list[str]:
    """Empty but for the automatic one where the model is not known: `answer` says why."""
    try:
        return [AUTO, *named(services, model)[0].quants]
    except Phi4webError:
        return [AUTO]


def here(services: Services) -> str:
    """What this computer has at the moment, and what is loaded."""
    return tables.machine(services.host.hardware_now()) + tables.loaded(services.host.info)


def build(demo: gr.Blocks, services: Services, tab: gr.Tab) -> None:
    """Draws the open tab and joins its events."""
    models = [(m.label, m.id) for m in CATALOGUE if not m.unavailable]
    first = models[0][1]
    with gr.Column(elem_classes="tab-page"):
        found = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="machine")
        gr.HTML("<h2>Will it fit?</h2>", js_on_load=None, apply_default_css=False)
        with gr.Row(elem_classes=["fields", "fit"]):
            card = gr.Dropdown([HERE, *sorted(c.name for c in KNOWN_GPUS)], value=HERE, label="Graphics card", allow_custom_value=True)
            model = gr.Dropdown(models, value=first, label="Model", allow_custom_value=takes_any(services))
            quant = gr.Dropdown(quants_of(services, first), value=AUTO, label="Quantisation")
            context = gr.Dropdown(CONTEXTS, value=0, label="Context")
        fits = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="fits")
        every = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="every-plan")

    def show(card: str | None, model: str, quant: str | None, context: int | None) -> tuple[str, str]:
        return answer(services, card, model, quant, context)

    def on_model(card: str | None, model: str, context: int | None) -> tuple[gr.Dropdown, str, str]:
        return gr.Dropdown(choices=quants_of(services, model), value=AUTO), *answer(services, card, model, AUTO, context)

    inputs, outputs = [card, model, quant, context], [fits, every]
    gr.on([demo.load, tab.select], lambda: here(services), None, found, **QUICK).then(show, inputs, outputs, **QUICK)
    gr.on([card.input, quant.input, context.input], show, inputs, outputs, **QUICK)
    model.input(on_model, [card, model, context], [quant, fits, every], **QUICK)
