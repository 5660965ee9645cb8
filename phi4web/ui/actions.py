"""What the buttons and keys of a worksheet do to the store. In: what the page sent. Out: what to tell it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from phi4web import runs
from phi4web.errors import Phi4webError
from phi4web.notebook import Cell, CellKind, Notebook
from phi4web.runs import Services, cell_owner, chat_owner
from phi4web.ui import render
from phi4web.ui.components import message
from phi4web.ui.sheet import is_empty, live_cell, with_room
from phi4web.ui.thought import text_of


def save_drafts(services: Services, notebook_id: str, drafts: dict[str, str]) -> None:
    limit = services.settings.max_problem_chars
    for cell_id, text in drafts.items():
        services.store.set_source(notebook_id, cell_id, text[: limit + 1])


def texts(drafts: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in drafts.items()} if isinstance(drafts, dict) else {}


def stop(services: Services, data: dict[str, Any]) -> None:
    """Stops the run of one cell, or, without one, every run of the worksheet."""
    owner = cell_owner(str(data.get("sheet")), str(data.get("cell", "")))
    for job in services.jobs.running():
        if job.owner == owner or ("cell" not in data and job.owner.startswith(owner)):
            job.stop()


def answer_now(services: Services, data: dict[str, Any]) -> None:
    """Asks the model of one cell, or of one chat, to end its thought."""
    owner = chat_owner(str(data["chat"])) if "chat" in data else cell_owner(str(data.get("sheet")), str(data.get("cell")))
    job = services.jobs.of(owner)
    if job is not None:
        job.answer_now.set()


# ---- actions: each gets (services, worksheet, data of the button) and gives what to tell the page


def _add(services: Services, sheet: str, data: dict[str, Any]) -> dict[str, Any]:
    at, source, kind = int(data.get("at", 10**6)), str(data.get("source", "")), kind_of(data.get("kind"))
    cell = None if source or kind != "problem" else _empty_at(services, sheet, at)
    cell = cell or services.store.add_cell(sheet, at, source, kind)
    return message(saved=True, focus=cell.id if data.get("edit") else None, edit=True, run=cell.id if data.get("run") else None)


def _empty_at(services: Services, sheet: str, at: int) -> Cell | None:
    """The empty problem that stands where one is asked for: two presses, or two tabs, need no second one."""
    cells = found.cells if (found := services.store.notebook(sheet)) else ()
    there = cells[at] if 0 <= at < len(cells) else None
    return there if there is not None and is_empty(there) else None


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
    runs.recheck(services, sheet, str(data["cell"]), client=data["client"])
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
    live = live_cell(stored, services.jobs.of(cell_owner(sheet, stored.id)))
    known = {run.id: run for run in live.runs}
    found = {}
    for key in map(str, data.get("keys", ())):
        part, run_id, number = key.split(":")
        if run_id in known and part in ("thought", "solution"):
            found[key] = text_of(known[run_id], part, int(number)).strip()
    return message(fill=found)


def _look(services: Services, sheet: str, data: dict[str, Any]) -> dict[str, Any]:
    """Nothing to do: the page wants to know what the worksheet holds by now."""
    return message()


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
    "look": _look,
}


def act(services: Services, data: dict[str, Any], client: str | None = None) -> tuple[Notebook | None, dict[str, Any]]:
    """Does what a button asked for. Gives the worksheet as it is now (None: unknown) and what to tell the page.

    `client`: who asks; what takes long counts among their runs.
    """
    sheet = str(data.get("sheet"))
    action = ACTIONS.get(str(data.get("do")))
    if action is None or services.store.notebook(sheet) is None:
        return None, message(toast="This page is out of date. Reload it.")
    try:
        save_drafts(services, sheet, texts(data.get("drafts")))
        said = action(services, sheet, {**data, "client": client})
    except (Phi4webError, ValueError, KeyError, TypeError) as error:
        said = message(toast=str(error))
    found = services.store.notebook(sheet)
    return (with_room(services, found) if found else None), said
