"""The store keeps everything the user made, across restarts, and loses nothing."""

from __future__ import annotations

import sqlite3
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from phi4web.errors import StoreError
from phi4web.events import Timings, Usage
from phi4web.notebook import Chat, Run, Try, Turn
from phi4web.store import MIGRATIONS, Store
from phi4web.verdict import StepMark, Verdict


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "phi4web.sqlite3"


def a_run(run_id: str = "r1", **changes: object) -> Run:
    steps = (StepMark("1+1=3", "✗", "does not follow", "2 ≠ 3"),)
    verdict = Verdict("refuted", reading="x^2", witness="at x = 1", steps=steps, seconds=0.1)
    one = Try(1, 7, "thinking <b>", "x = 2 \u221a", "2", verdict, "stop", Usage(3, 4, 5), Timings(1.5, 0.1, 0.2, 40.0))
    run = Run(run_id, "Solve x = 2", "SmolLM2", "Q4_1", 7, 8, state="done", tries=(one,), chosen=0, queued_at=1.0, peak_bytes=10)
    return replace(run, **changes)  # type: ignore[arg-type]


def test_a_worksheet_survives_a_restart_with_every_field(path: Path) -> None:
    store = Store(path)
    notebook = store.create_notebook("Radicals")
    cell = store.add_cell(notebook.id, 99, "Solve x = 2")
    store.save_run(notebook.id, cell.id, a_run())
    before = store.notebook(notebook.id)
    store.close()

    assert Store(path).notebook(notebook.id) == before
    assert before is not None
    assert before.cells[0].runs == (a_run(),)


def test_cells_keep_the_order_they_were_put_in(path: Path) -> None:
    store = Store(path)
    notebook = store.create_notebook()
    first = store.add_cell(notebook.id, 99, "first")
    second = store.add_cell(notebook.id, 99, "second")
    between = store.add_cell(notebook.id, 1, "between")
    store.move_cell(notebook.id, second.id, 0)

    found = store.notebook(notebook.id)
    assert found is not None
    assert [c.id for c in found.cells] == [second.id, first.id, between.id]


def test_a_cell_keeps_its_newest_runs_the_shown_one_and_at_most_one_refusal(path: Path) -> None:
    store = Store(path)
    notebook = store.create_notebook()
    cell = store.add_cell(notebook.id, 0, "2+2").id
    for n in range(6):
        store.save_run(notebook.id, cell, a_run(f"r{n}", queued_at=float(n)))
        store.save_run(notebook.id, cell, a_run(f"no{n}", queued_at=n + 0.5, state="failed", tries=(), chosen=None))
    store.show_run(notebook.id, cell, 2)
    store.trim_runs(notebook.id, cell, keep=2)

    found = store.cell(notebook.id, cell)
    assert found is not None
    assert [run.id for run in found.runs] == ["r1", "r4", "r5", "no5"]
    assert found.run is not None
    assert found.run.id == "r1"
    store.show_run(notebook.id, cell, -1)
    store.trim_runs(notebook.id, cell, keep=2)
    assert [run.id for run in store.cell(notebook.id, cell).runs] == ["r4", "r5", "no5"]  # type: ignore[union-attr]


def test_a_deleted_cell_comes_back_with_its_runs(path: Path) -> None:
    store = Store(path)
    notebook = store.create_notebook()
    cell = store.add_cell(notebook.id, 0, "kept")
    store.save_run(notebook.id, cell.id, a_run())
    store.delete_cell(notebook.id, cell.id)
    assert store.cell(notebook.id, cell.id) is None

    restored = store.restore_cell(notebook.id)
    assert restored is not None
    assert (restored.source, restored.runs) == ("kept", (a_run(),))
    assert store.restore_cell(notebook.id) is None


def test_a_new_cell_never_takes_the_name_of_a_deleted_one(path: Path) -> None:
    store = Store(path)
    notebook = store.create_notebook()
    gone = store.add_cell(notebook.id, 0)
    store.delete_cell(notebook.id, gone.id)
    assert store.add_cell(notebook.id, 0).id != gone.id


def test_unfinished_runs_and_chats_are_marked_interrupted_with_their_text(path: Path) -> None:
    store = Store(path)
    notebook = store.create_notebook()
    cell = store.add_cell(notebook.id, 0)
    store.save_run(notebook.id, cell.id, a_run(state="thinking", thought="half a tho"))
    chat = replace(store.create_chat(), turns=(Turn("user", "hi"), Turn("assistant", "hel", state="answering")))
    store.save_chat(chat)
    store.close()

    again = Store(path)
    again.interrupt_unfinished()
    found = again.cell(notebook.id, cell.id)
    assert found is not None
    assert found.run is not None
    assert (found.run.state, found.run.thought) == ("interrupted", "half a tho")
    kept = again.chat(chat.id)
    assert kept is not None
    assert (kept.turns[-1].state, kept.turns[-1].text) == ("interrupted", "hel")


def test_saving_a_run_again_replaces_it(path: Path) -> None:
    store = Store(path)
    notebook = store.create_notebook()
    cell = store.add_cell(notebook.id, 0)
    store.save_run(notebook.id, cell.id, a_run(state="thinking"))
    store.save_run(notebook.id, cell.id, a_run(state="done"))
    found = store.cell(notebook.id, cell.id)
    assert found is not None
    assert [r.state for r in found.runs] == ["done"]


def test_writers_in_many_threads_lose_nothing(path: Path) -> None:
    store = Store(path)
    notebook = store.create_notebook()
    threads = [threading.Thread(target=lambda: [store.add_cell(notebook.id, 0) for _ in range(10)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.notebook(notebook.id)
    assert found is not None
    assert len({c.id for c in found.cells}) == 80


def test_chats_and_comparisons_come_latest_first(path: Path) -> None:
    store = Store(path)
    first, second = store.create_chat(), store.create_chat()
    store.save_chat(replace(first, title="again"))
    assert [c.id for c in store.chats()] == [first.id, second.id]
    store.delete_chat(second.id)
    assert store.chat(second.id) is None
    store.save_comparison("a", "{}")
    store.save_comparison("b", "[]")
    assert [(i, body) for i, _, body in store.comparisons()] == [("b", "[]"), ("a", "{}")]
    assert store.chat(first.id) == Chat(first.id, "again")


def test_a_folder_that_refuses_is_named_with_the_way_out(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(StoreError, match=r"file.*PHI4WEB_DATA"):
        Store(blocked / "data" / "x.sqlite3")


def test_a_file_from_a_newer_version_is_left_alone(path: Path) -> None:
    Store(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    size = path.stat().st_size
    with pytest.raises(StoreError, match="newer phi4web"):
        Store(path)
    assert path.stat().st_size == size
    assert stat.S_ISREG(path.stat().st_mode)


def test_a_failed_migration_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(path)
    notebook = store.create_notebook("kept")
    store.close()

    def breaks(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM notebooks")
        raise sqlite3.OperationalError("no")

    monkeypatch.setattr("phi4web.store.MIGRATIONS", [*MIGRATIONS, breaks])
    with pytest.raises(StoreError):
        Store(path)
    monkeypatch.undo()
    found = Store(path).notebook(notebook.id)
    assert found is not None
    assert found.title == "kept"


def test_one_row_that_can_not_be_read_is_left_out_and_the_rest_opens(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = Store(path)
    notebook = store.create_notebook()
    cell = store.add_cell(notebook.id, 0, "kept")
    store.save_run(notebook.id, cell.id, a_run("good"))
    store.save_run(notebook.id, cell.id, a_run("bad"))
    store._db.execute("UPDATE runs SET body = '{}' WHERE id = 'bad'")
    found = store.notebook(notebook.id)
    assert found is not None
    assert [r.id for r in found.cells[0].runs] == ["good"]
    assert "left out" in caplog.text


def test_worksheets_and_chats_that_stayed_empty_go_but_for_the_latest(path: Path) -> None:
    """A worksheet with a text, a deleted one or a run is never empty, nor is a chat with a turn."""
    store = Store(path)
    used = [store.create_notebook().id for _ in range(3)]
    store.add_cell(used[0], 0, "x = 1")
    store.delete_cell(used[1], store.add_cell(used[1], 0, "x = 2").id)
    store.save_run(used[2], store.add_cell(used[2], 0).id, a_run())
    talked = replace(store.create_chat(), turns=(Turn("user", "Hello"),))
    store.save_chat(talked)
    empty = [store.create_notebook().id for _ in range(5)]
    for name in empty:
        store.add_cell(name, 0)
    silent = [store.create_chat().id for _ in range(5)]
    store.forget_empty(2)
    store.forget_empty(2)
    assert {n.id for n in store.notebooks()} == {*used, *empty[3:]}
    assert {c.id for c in store.chats()} == {talked.id, *silent[3:]}
    store.close()


def test_a_file_that_is_no_database_is_named_and_kept(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("my notes, not a database" * 10)
    with pytest.raises(StoreError, match=r"sqlite3 can't be used.*Move it away"):
        Store(path)
    assert path.read_text().startswith("my notes")
