"""The Notebook tab: cells drawn from the store, runs followed from the jobs. It owns no value.

`gr.render` draws the cells from one small State (docs/decisions/0001-notebook-recipe.md). Each cell has a slot with its own
`run` event: it starts a run, or attaches to the one that is going on, and streams until that ends.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from phi4web import runs
from phi4web.errors import Phi4webError
from phi4web.notebook import Cell, CellKind, Run
from phi4web.runs import Services, cell_owner
from phi4web.store import new_id
from phi4web.ui import render
from phi4web.ui.actions import act, answer_now, save_drafts, stop, texts
from phi4web.ui.components import DRAW, QUICK, SLOT_JS, message
from phi4web.ui.follow import Screen
from phi4web.ui.follow import follow as follow_job
from phi4web.ui.markup import trouble
from phi4web.ui.maths import DELIMITERS
from phi4web.ui.picker import chosen, join, pickers
from phi4web.ui.progress import Moment, ticker_of
from phi4web.ui.sheet import Shape, empty_state, is_new, open_sheet, shape, tools, top, view
from phi4web.ui.visitor import visitor

PLACEHOLDER = "Type a problem. x^2, sqrt(x) and $\\LaTeX$ all work.  Shift+Enter runs it."
PLACEHOLDERS: dict[CellKind, str] = {
    "problem": PLACEHOLDER,
    "note": "Write a note. Markdown and $\\LaTeX$ work.",
    "working": "Your own working, one formula a line; a question may stand above.  Shift+Enter checks each step, without a model.",
}
TICKER_SECONDS = 2.0
_skip: Any = gr.skip()
NOTHING = render.CellView(_skip, _skip, _skip, _skip)  # what is shown stays
Screens = dict[str, Screen]  # of one page, by cell

# ---- runs


def follow(services: Services, notebook_id: str, cell_id: str) -> Iterator[render.CellView]:
    """Pictures of the cell until its run ends; one picture if none is going on. Leaving early stops nothing."""
    cell = services.store.cell(notebook_id, cell_id)
    if cell is None:
        return
    ticker, changed = "", 0.0

    def draw(run: Run) -> render.CellView | None:
        nonlocal ticker, changed
        if run.ended:  # its last picture comes from the store, below
            return None
        if time.monotonic() - changed > TICKER_SECONDS:
            ticker, changed = ticker_of(run.thought), time.monotonic()
        return view(services, notebook_id, cell, ticker)

    yield from follow_job(services.jobs.of(cell_owner(notebook_id, cell_id)), draw)
    ended = services.store.cell(notebook_id, cell_id)
    yield view(services, notebook_id, ended) if ended is not None else gone(cell)


def gone(cell: Cell) -> render.CellView:
    """For a tab that still shows a cell which was deleted in another."""
    shown = render.cell_view(replace(cell, runs=()), None, Moment(time.time()))
    return replace(shown, result=trouble("This cell was deleted in another tab. Undo brings it back."))


def run_cell(
    services: Services,
    notebook_id: str,
    cell_id: str,
    data: dict[str, Any],
    config: str | None,
    thinking: int | None,
    client: str | None = None,
    screen: Screen | None = None,
) -> Iterator[render.CellView]:
    """Starts a run if `data` brings a text, and follows what is going on in the cell. Errors are shown in the cell.

    `screen`: the place of the page that shows this cell; every new drawing of a running cell follows it anew.
    """
    source = data.get("source")
    if services.store.cell(notebook_id, cell_id) is None:
        yield gone(Cell(cell_id, str(source or "")))
        return
    if source is None:
        save_drafts(services, notebook_id, texts(data.get("drafts")))
    else:
        try:
            save_drafts(services, notebook_id, {**texts(data.get("drafts")), cell_id: str(source)})
            start(services, notebook_id, cell_id, str(source), config, thinking, bool(data.get("evidence")), client)
        except Phi4webError as error:
            job = services.jobs.of(cell_owner(notebook_id, cell_id))
            if job is None or not same_text(job.value, str(source)):
                yield from told(services, notebook_id, cell_id, str(source), config, str(error), keep=job is None)
                return  # else Run was pressed twice: the second press shows what the first began
    yield from (screen or Screen()).show(follow(services, notebook_id, cell_id), NOTHING)


def same_text(run: Run, source: str) -> bool:
    return (f"{run.problem}\n{run.solution}" if run.by_hand else run.problem).split() == source.split()


def told(
    services: Services, notebook_id: str, cell_id: str, source: str, config: str | None, message: str, keep: bool
) -> Iterator[render.CellView]:
    """The cell with what went wrong. `keep`: nothing is going on in it, so that this is its last run."""
    if keep:
        keep_failure(services, notebook_id, cell_id, source, config, message)
    if (cell := services.store.cell(notebook_id, cell_id)) is not None:
        shown = view(services, notebook_id, cell)
        yield (shown if cell.run and cell.run.message == message else replace(shown, result=trouble(message) + shown.result))


def keep_failure(services: Services, notebook_id: str, cell_id: str, source: str, config: str | None, message: str) -> None:
    """What could not even start is a run that failed: only what is in the store outlives the next drawing of the worksheet."""
    cell = services.store.cell(notebook_id, cell_id)
    known = cell is not None and cell.run is not None and cell.run.message == message
    usable = 0 < len(source.strip()) <= services.settings.max_problem_chars
    if cell is None or known or not usable:
        return
    model = "" if cell.kind == "working" else config or services.host.solver()[0]
    services.store.save_run(
        notebook_id, cell_id, Run(new_id(), source.strip(), model, "", 0, 1, state="failed", message=message, queued_at=time.time())
    )
    services.store.show_run(notebook_id, cell_id, -1)
    services.store.trim_runs(notebook_id, cell_id)


def start(
    services: Services,
    notebook_id: str,
    cell_id: str,
    source: str,
    config: str | None,
    thinking: int | None,
    evidence: bool,
    client: str | None,
) -> None:
    """Starts what the kind of the cell asks for. `evidence`: the model is told why its last answer was refuted."""
    cell = services.store.cell(notebook_id, cell_id)
    if cell is not None and cell.kind == "working":
        runs.start_check(services, notebook_id, cell_id, source, client=client)
        return
    model, quant = chosen(services, config)
    wishes: dict[str, Any] = {"model": model, "quant": quant, "thinking_budget": thinking or None, "with_evidence": evidence}
    runs.start_solve(services, notebook_id, cell_id, source, client=client, **wishes)


# ---- the tab


def drawing_of(data: dict[str, Any]) -> int:
    """How often this page has asked for the same cells once more."""
    number = data.get("drawing")
    return number if isinstance(number, int) else 0


def build(demo: gr.Blocks, services: Services, bus: gr.HTML, wire: gr.HTML, top_html: gr.HTML) -> None:
    """Draws the tab inside the open Blocks and joins its events."""
    state, screens = gr.State(None), gr.State({})
    with gr.Row(elem_classes="bar"):
        config, thinking = pickers(services, solving=True)
        gr.HTML("", js_on_load=None, apply_default_css=False, elem_classes="grow")
        tools_html = gr.HTML("", js_on_load=None, apply_default_css=False)
    join(services, config, thinking)

    def arrive(request: gr.Request) -> tuple[Shape, str, str, dict[str, Any]]:
        sheet = open_sheet(services, dict(request.query_params).get("n"))
        return shape(sheet), top(sheet), tools(services, sheet), message(params={"n": sheet.id})

    def on_act(event: gr.EventData, request: gr.Request) -> tuple[Any, Any, Any, dict[str, Any]]:
        data = dict(event._data or {})
        sheet, said = act(services, data, visitor(request, services.settings))
        if sheet is None:
            return gr.skip(), gr.skip(), gr.skip(), said
        return shape(sheet, drawing_of(data)), top(sheet), tools(services, sheet), {**said, "cells": [cell.id for cell in sheet.cells]}

    def on_stop(event: gr.EventData) -> None:
        stop(services, dict(event._data or {}))

    def on_now(event: gr.EventData) -> None:
        answer_now(services, dict(event._data or {}))

    outputs = [state, top_html, tools_html, wire]
    demo.load(arrive, None, outputs, **QUICK)
    bus.act(on_act, None, outputs, trigger_mode="multiple", **QUICK)
    bus.stop(on_stop, None, None, queue=False, trigger_mode="multiple", **QUICK)
    bus.now(on_now, None, None, queue=False, trigger_mode="multiple", **QUICK)

    def cells(now: Shape | None) -> None:
        sheet = services.store.notebook(now[0]) if now else None
        if sheet is None:
            return
        if is_new(sheet):
            gr.HTML(empty_state(services.settings.exposed), js_on_load=None, apply_default_css=False, key="empty", **DRAW)
        for cell in sheet.cells:
            draw(services, sheet.id, cell, config, thinking, wire, screens)

    with gr.Column(elem_id="cells"):
        # by the state alone: drawing at load too would be drawing twice, and what is typed in between would be lost
        gr.render(inputs=state, triggers=[state.change], show_progress="hidden")(cells)


def draw(services: Services, sheet: str, cell: Cell, config: gr.Dropdown, thinking: gr.Dropdown, wire: gr.HTML, screens: gr.State) -> None:
    """One cell: five components, keyed by the cell, and two listeners."""
    now = view(services, sheet, cell)
    with gr.Column(elem_id=f"cell-{cell.id}", elem_classes="cell", key=("cell", cell.id), **DRAW):
        head = gr.HTML(now.head, js_on_load=None, apply_default_css=False, elem_classes="head", key=("head", cell.id), **DRAW)
        source = gr.Textbox(
            cell.source,
            label=cell.kind.capitalize(),
            show_label=False,
            container=False,
            lines=1,
            max_lines=40 if cell.kind == "working" else 12,
            interactive=True,
            placeholder=PLACEHOLDERS[cell.kind],
            elem_classes="source",
            key=("source", cell.id),
            **DRAW,
        )
        slot = gr.HTML(now.slot, js_on_load=SLOT_JS, apply_default_css=False, key=("slot", cell.id), **DRAW)
        solution = gr.Markdown(
            now.solution, latex_delimiters=DELIMITERS, line_breaks=True, elem_classes="solution", key=("solution", cell.id), **DRAW
        )
        result = gr.HTML(now.result, js_on_load=None, apply_default_css=False, key=("result", cell.id), **DRAW)

    def on_input(text: str) -> dict[str, Any]:
        save_drafts(services, sheet, {cell.id: text})
        return message(saved=True)

    def on_run(
        chosen: str | None, budget: int | None, screens: Screens, event: gr.EventData, request: gr.Request
    ) -> Iterator[tuple[str, str, str, str]]:
        client, screen = visitor(request, services.settings), screens.setdefault(cell.id, Screen())
        for picture in run_cell(services, sheet, cell.id, dict(event._data or {}), chosen, budget, client, screen):
            yield picture.head, picture.slot, picture.solution, picture.result

    source.input(on_input, source, wire, trigger_mode="always_last", key=("save", cell.id), **QUICK)
    # "multiple": the stream of a run ends a moment after its last picture, and a press of Run in that moment is a new run
    outputs = [head, slot, solution, result]
    slot.run(on_run, [config, thinking, screens], outputs, trigger_mode="multiple", key=("run", cell.id), **QUICK)
