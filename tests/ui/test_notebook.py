"""What the Notebook tab does, without a browser: actions change the store, runs are followed, errors stay in their cell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from phi4web.notebook import Notebook
from phi4web.runs import Services, cell_owner
from phi4web.ui.actions import act, stop
from phi4web.ui.notebook import drawing_of, follow, run_cell
from phi4web.ui.sheet import open_sheet, shape, with_room
from tests.fakes import wait_for


@pytest.fixture
def sheet(services: Services) -> Notebook:
    made = services.store.create_notebook("Mine")
    services.store.add_cell(made.id, 0, "What is 12 + 30?")
    return with_room(services, services.store.notebook(made.id) or made)


def do(services: Services, sheet: Notebook, what: str, **data: Any) -> tuple[Notebook, dict[str, Any]]:
    found, said = act(services, {"do": what, "sheet": sheet.id, **data})
    assert found is not None
    return found, said


def sources(sheet: Notebook) -> list[str]:
    return [cell.source for cell in sheet.cells]


def test_a_worksheet_always_has_room_for_another_problem(services: Services, sheet: Notebook) -> None:
    assert sources(sheet) == ["What is 12 + 30?", ""]
    assert with_room(services, sheet) == sheet


def test_the_named_worksheet_is_opened_else_the_latest_else_a_new_one(services: Services, sheet: Notebook) -> None:
    other = services.store.create_notebook("Other")
    assert open_sheet(services, sheet.id).id == sheet.id
    assert open_sheet(services, "no-such-id").id == other.id
    public = replace(services, settings=replace(services.settings, public=True))
    assert open_sheet(public, "no-such-id").id not in {sheet.id, other.id}


def test_presses_that_can_not_start_leave_one_message_in_the_store(services: Services, sheet: Notebook) -> None:
    cell = sheet.cells[0].id
    for n in range(20):
        list(run_cell(services, sheet.id, cell, {"source": "2+2"}, f"no-such-model-{n}", None))
    found = services.store.cell(sheet.id, cell)
    assert found is not None
    assert len(found.runs) == 1
    assert "no-such-model-19" in found.runs[0].message


def test_cells_are_added_moved_deleted_and_brought_back(services: Services, sheet: Notebook) -> None:
    first = sheet.cells[0].id
    sheet, said = do(services, sheet, "add", at=0, source="new", edit=True)
    assert sources(sheet) == ["new", "What is 12 + 30?", ""]
    assert said["focus"] == sheet.cells[0].id
    sheet, _ = do(services, sheet, "move", cell=first, at=0)
    assert sources(sheet) == ["What is 12 + 30?", "new", ""]
    sheet, said = do(services, sheet, "delete", cell=first, at=0)
    assert sources(sheet) == ["new", ""]
    assert said["undo"]
    sheet, _ = do(services, sheet, "undo")
    assert sources(sheet) == ["What is 12 + 30?", "new", ""]


def test_a_problem_turns_into_a_note_and_back_with_its_text(services: Services, sheet: Notebook) -> None:
    sheet, _ = do(services, sheet, "note", cell=sheet.cells[0].id, at=0)
    assert (sheet.cells[0].kind, sheet.cells[0].source) == ("note", "What is 12 + 30?")
    sheet, _ = do(services, sheet, "problem", cell=sheet.cells[0].id, at=0)
    assert (sheet.cells[0].kind, sheet.cells[0].source) == ("problem", "What is 12 + 30?")


def test_typing_changes_no_shape_so_nothing_is_drawn_again(services: Services, sheet: Notebook) -> None:
    before = shape(sheet)
    sheet, _ = do(services, sheet, "rename", title="New title", drafts={sheet.cells[1].id: "typed"})
    assert sources(sheet)[1] == "typed"
    assert sheet.title == "New title"
    sheet = services.store.notebook(sheet.id) or sheet
    assert shape(sheet)[1][:2] == before[1]


@pytest.mark.parametrize(
    "data", [{"do": "nonsense"}, {"do": "move", "cell": "c1"}, {"do": "add", "at": "x"}, {"do": "load", "keys": ["a"]}]
)
def test_a_forged_action_is_told_and_harms_nothing(services: Services, sheet: Notebook, data: dict[str, Any]) -> None:
    _, said = act(services, {"sheet": sheet.id, **data})
    assert said.get("toast") or said.get("fill") == {} or "n" in said
    assert sources(services.store.notebook(sheet.id) or sheet) == ["What is 12 + 30?", ""]


def test_an_unknown_worksheet_asks_for_a_reload(services: Services) -> None:
    found, said = act(services, {"do": "add", "sheet": "gone"})
    assert found is None
    assert "Reload" in said["toast"]


def test_a_run_is_followed_to_its_verdict(services: Services, sheet: Notebook) -> None:
    cell = sheet.cells[0].id
    pictures = list(run_cell(services, sheet.id, cell, {"source": "What is 12 + 30?"}, None, None))
    assert "data-live" in pictures[0].slot
    assert 'class="verdict verified"' in pictures[-1].result
    assert "data-live" not in pictures[-1].slot


def test_whoever_looks_later_sees_the_same_run_and_leaving_stops_nothing(services: Services, sheet: Notebook) -> None:
    cell = sheet.cells[0].id
    starting = run_cell(services, sheet.id, cell, {"source": "a slow one"}, None, None)
    next(starting)
    starting.close()
    assert services.jobs.of(cell_owner(sheet.id, cell)) is not None
    attached = follow(services, sheet.id, cell)
    assert "data-live" in next(attached).slot
    stop(services, {"sheet": sheet.id, "cell": cell})
    assert 'data-state="stopped"' in list(attached)[-1].slot


def test_the_same_cells_are_drawn_again_where_a_page_asks_for_it(services: Services, sheet: Notebook) -> None:
    found, _ = act(services, {"do": "look", "sheet": sheet.id})
    assert found is not None
    assert shape(found) == shape(sheet)
    assert shape(found, drawing_of({"drawing": 1})) != shape(sheet)
    assert [drawing_of({"drawing": odd}) for odd in (None, "x", 2)] == [0, 0, 2]


def test_run_pressed_twice_is_one_run_and_both_presses_show_it(services: Services, sheet: Notebook) -> None:
    cell = sheet.cells[0].id
    next(run_cell(services, sheet.id, cell, {"source": "a slow one"}, None, None))
    again = run_cell(services, sheet.id, cell, {"source": "a slow one "}, None, None)
    picture = next(again)
    assert "data-live" in picture.slot
    assert "trouble" not in picture.result
    stop(services, {"sheet": sheet.id, "cell": cell})
    assert 'data-state="stopped"' in list(again)[-1].slot
    kept = services.store.cell(sheet.id, cell)
    assert kept is not None
    assert len(kept.runs) == 1


def test_another_text_run_meanwhile_is_refused_and_kept(services: Services, sheet: Notebook) -> None:
    cell = sheet.cells[0].id
    next(run_cell(services, sheet.id, cell, {"source": "a slow one"}, None, None))
    (picture,) = run_cell(services, sheet.id, cell, {"source": "another"}, None, None)
    assert "This is already running." in picture.result
    kept = services.store.cell(sheet.id, cell)
    assert kept is not None
    assert kept.source == "another"
    stop(services, {"sheet": sheet.id, "cell": cell})


def test_deleting_a_cell_stops_its_run(services: Services, sheet: Notebook) -> None:
    cell = sheet.cells[0].id
    next(run_cell(services, sheet.id, cell, {"source": "a slow one"}, None, None))
    do(services, sheet, "delete", cell=cell, at=0)
    assert wait_for(lambda: services.jobs.of(cell_owner(sheet.id, cell)) is None)


@pytest.mark.parametrize(
    ("source", "config", "words"),
    [
        ("  ", None, "The problem is empty."),
        ("x", "no-such-model:nf4", "no-such-model"),
        ("x", "Phi-4-reasoning:q99", "q99"),
        ("x\x00", None, "U+0000"),
    ],
)
def test_bad_input_is_told_in_the_cell(services: Services, sheet: Notebook, source: str, config: str | None, words: str) -> None:
    (picture,) = run_cell(services, sheet.id, sheet.cells[0].id, {"source": source}, config, None)
    assert 'role="alert"' in picture.result
    assert words in picture.result


def test_a_problem_that_is_far_too_long_is_refused_and_not_kept_whole(services: Services, sheet: Notebook) -> None:
    (picture,) = run_cell(services, sheet.id, sheet.cells[0].id, {"source": "x" * 1_000_000}, None, None)
    assert "1,000,000 characters" in picture.result
    kept = services.store.cell(sheet.id, sheet.cells[0].id)
    assert kept is not None
    assert len(kept.source) <= services.settings.max_problem_chars + 1


def test_long_texts_come_when_they_are_asked_for(services: Services, sheet: Notebook) -> None:
    cell = sheet.cells[0].id
    list(run_cell(services, sheet.id, cell, {"source": "What is 12 + 30?"}, None, None))
    stored = services.store.cell(sheet.id, cell)
    assert stored is not None
    assert stored.run is not None
    key = f"thought:{stored.run.id}:0"
    _, said = do(services, sheet, "load", cell=cell, keys=[key, "thought:other:0", "verdict:x:0"])
    assert said["fill"] == {key: "Some thought."}
