"""The Notebook tab: cells drawn from the store, runs followed from the jobs. It owns no value.

`gr.render` draws the cells from one small State (docs/decisions/0001-notebook-recipe.md). Each cell has a slot with its own
`run` event: it starts a run, or attaches to the one that is going on, and streams until that ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from phi4web import runs
from phi4web.errors import Phi4webError
from phi4web.notebook import Cell, CellKind, Notebook
from phi4web.runs import Services, cell_owner
from phi4web.ui import render
from phi4web.ui.components import DRAW, QUICK, SLOT_JS, message, model_picker, split_config
from phi4web.ui.markup import trouble
from phi4web.ui.maths import DELIMITERS

PLACEHOLDER = "Type a problem. x^2, sqrt(x) and $\\LaTeX$ all work.  Shift+Enter runs it."
EXAMPLES = (
    "Solve x^2 - 5x + 6 = 0",
    "What is the derivative of x^3 - 2x?",
    "Find the integral of 3x^2 + 1.",
    "Solve 2x + 3 = 7.",
    "What is 12 + 30?",
    "Prove that the sum of two odd numbers is even.",
)
WORKING = "2x + 6 = 10\nx + 3 = 5\nx = 2"
PLACEHOLDERS: dict[CellKind, str] = {
    "problem": PLACEHOLDER,
    "note": "Write a note. Markdown and $\\LaTeX$ work.",
    "working": "Your own working, one formula a line; a question may stand above.  Shift+Enter checks each step, without a model.",
}
THINKING = [("Thinking: standard", 0), ("Thinking: short", 1_024), ("Thinking: long", 24_576)]
FRAME_SECONDS = 0.25  # at most four pictures a second
BEAT_SECONDS = 1.0  # at least one, so that a closed tab is noticed and the clock goes on
TICKER_SECONDS = 2.0

Shape = tuple[str, tuple[tuple[str, str], ...]]  # (worksheet, ((cell, kind), ...)): all that decides what is drawn


# ---- values


def open_sheet(services: Services, wanted: str | None) -> Notebook:
    """The worksheet of this name, else the latest (never a stranger's, where strangers come), else a new one."""
    found = services.store.notebook(wanted) if wanted else None
    if found is None and not services.settings.public and (known := services.store.notebooks()):
        found = services.store.notebook(known[0].id)
    return with_room(services, found or services.store.create_notebook())


def with_room(services: Services, sheet: Notebook) -> Notebook:
    """The worksheet with an empty problem at its end."""
    last = sheet.cells[-1] if sheet.cells else None
    if last is not None and last.kind == "problem" and not last.source.strip() and not last.runs:
        return sheet
    services.store.add_cell(sheet.id, len(sheet.cells))
    return services.store.notebook(sheet.id) or sheet


def shape(sheet: Notebook) -> Shape:
    return sheet.id, tuple((cell.id, cell.kind) for cell in sheet.cells)


def top(sheet: Notebook) -> str:
    return (
        f'<header data-sheet="{sheet.id}"><h1><b aria-hidden="true">Σ</b><button type="button" data-do="title" title="Rename">'
        f'{escape(sheet.title)}</button></h1><span class="small" id="saved">Saved</span></header>'
    )


def tools(services: Services, sheet: Notebook) -> str:
    """The right half of the bar: run all, and the menu with the other worksheets."""
    known = [] if services.settings.public else services.store.notebooks()[:30]
    links = "".join(
        f'<a href="?n={escape(info.id)}"{" aria-current=page" if info.id == sheet.id else ""}>{escape(info.title)}</a>' for info in known
    )
    menu = (
        '<button type="button" data-do="new">New worksheet</button><button type="button" data-do="undo">Undo delete</button>'
        f'<button type="button" data-do="theme">Light or dark</button><hr>{links}'
    )
    return (
        '<button type="button" class="quiet" data-do="working-new" title="Check your own steps, line by line, without a model">+ Working'
        '</button><button type="button" class="go" data-do="runall">▶ Run all</button><button type="button" data-do="stopall">Stop</button>'
        '<details class="menu"><summary aria-label="Worksheets and more" title="Worksheets and more">⋯</summary>'
        f"<div>{menu}</div></details>"
    )


def empty_state(exposed: bool = False) -> str:
    """`exposed`: others than the person at this computer come too."""
    stays = "" if exposed else " Everything stays on this computer."
    examples = "".join(f'<button type="button" data-do="example" data-text="{escape(text)}">{escape(text)}</button>' for text in EXAMPLES)
    own = (
        f'<button type="button" data-do="example" data-kind="working" data-text="{escape(WORKING)}">'
        f"{escape(WORKING.replace(chr(10), ' / '))}</button>"
    )
    return (
        '<div class="empty"><h2>A worksheet that checks itself.</h2>'
        f"<p>Type a problem; the model solves it; computer algebra checks the answer.{stays}</p>"
        f'<div class="examples"><span class="small">Try</span>{examples}</div>'
        f'<div class="examples"><span class="small">Or check your own steps</span>{own}</div></div>'
    )


def is_new(sheet: Notebook) -> bool:
    return len(sheet.cells) == 1 and not sheet.cells[0].source and not sheet.cells[0].runs


def live_cell(services: Services, notebook_id: str, cell: Cell) -> tuple[Cell, int]:
    """The cell with what its job shows right now in place of what was saved of it last, and its place in line."""
    job = services.jobs.of(cell_owner(notebook_id, cell.id))
    if job is None:
        return cell, 0
    older = tuple(run for run in cell.runs if run.id != job.id)
    return replace(cell, runs=(*older, job.value), shown=-1), job.place


def view(services: Services, notebook_id: str, cell: Cell, ticker: str = "") -> render.CellView:
    cell, place = live_cell(services, notebook_id, cell)
    return render.cell_view(cell, cell.run, time.time(), ticker, place)


# ---- runs


def follow(services: Services, notebook_id: str, cell_id: str) -> Iterator[render.CellView]:
    """Pictures of the cell until its run ends; one picture if none is going on. Leaving early stops nothing."""
    cell = services.store.cell(notebook_id, cell_id)
    if cell is None:
        return
    job = services.jobs.of(cell_owner(notebook_id, cell_id))
    seen, ticker, changed = -1, "", 0.0
    while job is not None and not job.ended:
        seen = job.wait(seen, BEAT_SECONDS)
        if time.monotonic() - changed > TICKER_SECONDS:
            ticker, changed = render.ticker_of(job.value.thought), time.monotonic()
        shown = view(services, notebook_id, cell, ticker)
        if job.value.ended:  # its last picture comes with the end of this stream: until then the page takes no new press of Run
            continue
        yield shown
        time.sleep(FRAME_SECONDS)
    ended = services.store.cell(notebook_id, cell_id)
    if ended is not None:
        yield view(services, notebook_id, ended)


def run_cell(
    services: Services, notebook_id: str, cell_id: str, data: dict[str, Any], config: str | None, thinking: int | None
) -> Iterator[render.CellView]:
    """Starts a run if `data` brings a text, and follows what is going on in the cell. Errors are shown in the cell."""
    source = data.get("source")
    if source is None:
        save_drafts(services, notebook_id, _texts(data.get("drafts")))
    else:
        try:
            save_drafts(services, notebook_id, {**_texts(data.get("drafts")), cell_id: str(source)})
            start(services, notebook_id, cell_id, str(source), config, thinking, told=bool(data.get("evidence")))
        except Phi4webError as error:
            if (cell := services.store.cell(notebook_id, cell_id)) is not None:
                shown = view(services, notebook_id, cell)
                yield (shown if cell.run and cell.run.message == str(error) else replace(shown, result=trouble(str(error)) + shown.result))
            return
    yield from follow(services, notebook_id, cell_id)


def start(services: Services, notebook_id: str, cell_id: str, source: str, config: str | None, thinking: int | None, told: bool) -> None:
    """Starts what the kind of the cell asks for. `told`: the model is told why its last answer was refuted."""
    cell = services.store.cell(notebook_id, cell_id)
    if cell is not None and cell.kind == "working":
        runs.start_check(services, notebook_id, cell_id, source)
        return
    model, quant = split_config(config)
    budget = thinking or None
    runs.start_solve(services, notebook_id, cell_id, source, model=model, quant=quant, thinking_budget=budget, with_evidence=told)


def save_drafts(services: Services, notebook_id: str, drafts: dict[str, str]) -> None:
    limit = services.settings.max_problem_chars
    for cell_id, text in drafts.items():
        services.store.set_source(notebook_id, cell_id, text[: limit + 1])


def _texts(drafts: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in drafts.items()} if isinstance(drafts, dict) else {}


def stop(services: Services, data: dict[str, Any]) -> None:
    """Stops the run of one cell, or, without one, every run of the worksheet."""
    owner = cell_owner(str(data.get("sheet")), str(data.get("cell", "")))
    for job in services.jobs.running():
        if job.owner == owner or ("cell" not in data and job.owner.startswith(owner)):
            job.stop()


# ---- actions: each gets (services, worksheet, data of the button) and gives what to tell the page


def _add(services: Services, sheet: str, data: dict[str, Any]) -> dict[str, Any]:
    cell = services.store.add_cell(sheet, int(data.get("at", 10**6)), str(data.get("source", "")), kind_of(data.get("kind")))
    return message(saved=True, focus=cell.id if data.get("edit") else None, edit=True, run=cell.id if data.get("run") else None)


def kind_of(asked: object) -> CellKind:
    return next((kind for kind in render.KINDS if kind == asked), "problem")


def _delete(services: Services, sheet: str, data: dict[str, Any]) -> dict[str, Any]:
    stop(services, data)
    services.store.delete_cell(sheet, str(data["cell"]))
    return message(saved=True, toast="Deleted.", undo=True, focus=_after(services, sheet, int(data.get("at", 0))))


def _after(services: Services, sheet: str, at: int) -> str | None:
    cells = found.cells if (found := services.store.notebook(sheet)) else ()
    return cells[min(at, len(cells) - 1)].id if cells else None


def _undo(services: Services, sheet: str, data: dict[str, Any]) -> dict[str, Any]:
    cell = services.store.restore_cell(sheet)
    return message(saved=True, focus=cell.id) if cell else message(toast="Nothing to undo.")


def _move(services: Services, sheet: str, data: dict[str, Any]) -> dict[str, Any]:
    services.store.move_cell(sheet, str(data["cell"]), int(data["at"]))
    return message(saved=True, focus=str(data["cell"]))


def _turn(services: Services, sheet: str, data: dict[str, Any]) -> dict[str, Any]:
    cell = services.store.cell(sheet, str(data["cell"]))
    if cell is None or cell.kind == data["do"]:
        return message()
    new = services.store.add_cell(sheet, int(data.get("at", 0)), cell.source, kind_of(data["do"]))
    services.store.delete_cell(sheet, cell.id)
    return message(saved=True, focus=new.id)


def _show(services: Services, sheet: str, data: dict[str, Any]) -> dict[str, Any]:
    services.store.show_run(sheet, str(data["cell"]), int(data["at"]))
    return message(refresh=str(data["cell"]))


def _recheck(services: Services, sheet: str, data: dict[str, Any]) -> dict[str, Any]:
    runs.recheck(services, sheet, str(data["cell"]))
    return message(saved=True, refresh=str(data["cell"]))


def _rename(services: Services, sheet: str, data: dict[str, Any]) -> dict[str, Any]:
    services.store.rename(sheet, " ".join(str(data.get("title", "")).split())[:120] or "Untitled worksheet")
    return message(saved=True)


def _new(services: Services, sheet: str, data: dict[str, Any]) -> dict[str, Any]:
    return message(go=f"?n={services.store.create_notebook().id}")


def _load(services: Services, sheet: str, data: dict[str, Any]) -> dict[str, Any]:
    """Long texts that a reader opened, by the names that render gave them."""
    stored = services.store.cell(sheet, str(data.get("cell")))
    if stored is None:
        return message()
    known = {run.id: run for run in live_cell(services, sheet, stored)[0].runs}
    texts = {}
    for key in map(str, data.get("keys", ())):
        part, run_id, number = key.split(":")
        if run_id in known and part in ("thought", "solution"):
            texts[key] = render.text_of(known[run_id], part, int(number)).strip()
    return message(fill=texts)


ACTIONS: dict[str, Callable[[Services, str, dict[str, Any]], dict[str, Any]]] = {
    "add": _add,
    "delete": _delete,
    "undo": _undo,
    "move": _move,
    "note": _turn,
    "problem": _turn,
    "working": _turn,
    "show": _show,
    "recheck": _recheck,
    "rename": _rename,
    "new": _new,
    "load": _load,
}


def act(services: Services, data: dict[str, Any]) -> tuple[Notebook | None, dict[str, Any]]:
    """Does what a button asked for. Gives the worksheet as it is now (None: unknown) and what to tell the page."""
    sheet = str(data.get("sheet"))
    action = ACTIONS.get(str(data.get("do")))
    if action is None or services.store.notebook(sheet) is None:
        return None, message(toast="This page is out of date. Reload it.")
    try:
        save_drafts(services, sheet, _texts(data.get("drafts")))
        said = action(services, sheet, data)
    except (Phi4webError, ValueError, KeyError, TypeError) as error:
        said = message(toast=str(error))
    found = services.store.notebook(sheet)
    return (with_room(services, found) if found else None), said


# ---- the tab


def build(demo: gr.Blocks, services: Services, bus: gr.HTML, wire: gr.HTML, top_html: gr.HTML) -> None:
    """Draws the tab inside the open Blocks and joins its events."""
    state = gr.State(None)
    with gr.Row(elem_classes="bar"):
        config = model_picker(services)
        thinking = gr.Dropdown(
            THINKING, value=0, label="Thinking", show_label=False, container=False, filterable=False, interactive=True, elem_classes="pick"
        )
        gr.HTML("", js_on_load=None, apply_default_css=False, elem_classes="grow")
        tools_html = gr.HTML("", js_on_load=None, apply_default_css=False)

    def arrive(request: gr.Request) -> tuple[Shape, str, str, dict[str, Any]]:
        sheet = open_sheet(services, dict(request.query_params).get("n"))
        return shape(sheet), top(sheet), tools(services, sheet), message(params={"n": sheet.id})

    def on_act(event: gr.EventData) -> tuple[Any, Any, Any, dict[str, Any]]:
        sheet, said = act(services, dict(event._data or {}))
        if sheet is None:
            return gr.skip(), gr.skip(), gr.skip(), said
        return shape(sheet), top(sheet), tools(services, sheet), said

    def on_stop(event: gr.EventData) -> None:
        stop(services, dict(event._data or {}))

    outputs = [state, top_html, tools_html, wire]
    demo.load(arrive, None, outputs, **QUICK)
    bus.act(on_act, None, outputs, trigger_mode="multiple", **QUICK)
    bus.stop(on_stop, None, None, queue=False, trigger_mode="multiple", **QUICK)

    def cells(now: Shape | None) -> None:
        sheet = services.store.notebook(now[0]) if now else None
        if sheet is None:
            return
        if is_new(sheet):
            gr.HTML(empty_state(services.settings.exposed), js_on_load=None, apply_default_css=False, key="empty", **DRAW)
        for cell in sheet.cells:
            draw(services, sheet.id, cell, config, thinking, wire)

    with gr.Column(elem_id="cells"):
        # by the state alone: drawing at load too would be drawing twice, and what is typed in between would be lost
        gr.render(inputs=state, triggers=[state.change], show_progress="hidden")(cells)


def draw(services: Services, sheet: str, cell: Cell, config: gr.Dropdown, thinking: gr.Dropdown, wire: gr.HTML) -> None:
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

    def on_run(chosen: str | None, budget: int | None, event: gr.EventData) -> Iterator[tuple[str, str, str, str]]:
        for picture in run_cell(services, sheet, cell.id, dict(event._data or {}), chosen, budget):
            yield picture.head, picture.slot, picture.solution, picture.result

    source.input(on_input, source, wire, trigger_mode="always_last", key=("save", cell.id), **QUICK)
    slot.run(on_run, [config, thinking], [head, slot, solution, result], key=("run", cell.id), **QUICK)
