"""The worksheet that a page shows: which one, what decides its drawing, its header and its first page."""

from __future__ import annotations

import time
from dataclasses import replace
from html import escape

from phi4web.notebook import Cell, Notebook, Run
from phi4web.runs import Job, Services, cell_owner
from phi4web.ui import render
from phi4web.ui.progress import Moment

EXAMPLES = (
    "Solve x^2 - 5x + 6 = 0",
    "What is the derivative of x^3 - 2x?",
    "Find the integral of 3x^2 + 1.",
    "Solve 2x + 3 = 7.",
    "What is 12 + 30?",
    "Prove that the sum of two odd numbers is even.",
)
WORKING = "2x + 6 = 10\nx + 3 = 5\nx = 2"

Shape = tuple[str, tuple[tuple[str, str], ...], int]  # (worksheet, ((cell, kind), ...), drawing): all that decides what is drawn


def open_sheet(services: Services, wanted: str | None) -> Notebook:
    """The worksheet of this name, else the latest (never a stranger's, where strangers come), else a new one."""
    found = services.store.notebook(wanted) if wanted else None
    if found is None and not services.settings.public and (known := services.store.notebooks()):
        found = services.store.notebook(known[0].id)
    return with_room(services, found or services.store.create_notebook())


def with_room(services: Services, sheet: Notebook) -> Notebook:
    """The worksheet with an empty problem at its end."""
    if sheet.cells and is_empty(sheet.cells[-1]):
        return sheet
    services.store.add_cell(sheet.id, len(sheet.cells))
    return services.store.notebook(sheet.id) or sheet


def is_empty(cell: Cell) -> bool:
    return cell.kind == "problem" and not cell.source.strip() and not cell.runs


def shape(sheet: Notebook, drawing: int = 0) -> Shape:
    """`drawing`: another number has the same cells drawn again."""
    return sheet.id, tuple((cell.id, cell.kind) for cell in sheet.cells), drawing


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


def live_cell(cell: Cell, job: Job[Run] | None) -> Cell:
    """The cell with what its job shows right now in place of what was saved of it last."""
    if job is None:
        return cell
    older = tuple(run for run in cell.runs if run.id != job.id)
    return replace(cell, runs=(*older, job.value), shown=-1)


def view(services: Services, notebook_id: str, cell: Cell, ticker: str = "") -> render.CellView:
    """The cell as it is now."""
    job = services.jobs.of(cell_owner(notebook_id, cell.id))
    cell = live_cell(cell, job)
    moment = Moment(time.time(), ticker) if job is None else Moment(time.time(), ticker, job.place, job.answer_now.is_set())
    return render.cell_view(cell, cell.run, moment)
