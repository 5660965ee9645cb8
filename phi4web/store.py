"""Everything the user made, in one SQLite file: worksheets, cells, runs, chats, comparisons. Survives a killed server.

In: values of phi4web.notebook. Out: the same. It does not know what a run is doing, only what it looked like last.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from phi4web.errors import StoreError
from phi4web.notebook import ENDED, Cell, CellKind, Chat, Notebook, Run

log = logging.getLogger(__name__)
T = TypeVar("T")

KEPT_RUNS = 50  # of a cell, the newest
_RUN = TypeAdapter(Run)
_CHAT = TypeAdapter(Chat)


@dataclass(frozen=True, slots=True)
class NotebookInfo:
    """`updated`: seconds since the epoch."""

    id: str
    title: str
    updated: float


Migration = Callable[[sqlite3.Connection], None]
MIGRATIONS: list[Migration] = []  # applied in order, once each; never edited after a release
migration = MIGRATIONS.append


@migration
def _first(db: sqlite3.Connection) -> None:
    for statement in (
        "CREATE TABLE notebooks (id TEXT PRIMARY KEY, title TEXT NOT NULL, updated REAL NOT NULL)",
        "CREATE TABLE cells (notebook TEXT NOT NULL REFERENCES notebooks(id), id TEXT NOT NULL, position INTEGER NOT NULL,"
        " kind TEXT NOT NULL, source TEXT NOT NULL, shown INTEGER NOT NULL DEFAULT -1, deleted REAL, PRIMARY KEY (notebook, id))",
        "CREATE TABLE runs (id TEXT PRIMARY KEY, notebook TEXT NOT NULL, cell TEXT NOT NULL, state TEXT NOT NULL,"
        " queued_at REAL NOT NULL, body TEXT NOT NULL, FOREIGN KEY (notebook, cell) REFERENCES cells(notebook, id))",
        "CREATE INDEX runs_of_cell ON runs (notebook, cell, queued_at)",
        "CREATE TABLE chats (id TEXT PRIMARY KEY, title TEXT NOT NULL, updated REAL NOT NULL, body TEXT NOT NULL)",
        "CREATE TABLE comparisons (id TEXT PRIMARY KEY, updated REAL NOT NULL, body TEXT NOT NULL)",
    ):
        db.execute(statement)


def new_id() -> str:
    """An unguessable name: whoever has a worksheet's id can open it."""
    return secrets.token_urlsafe(12)


def _read(kind: TypeAdapter[T], body: object) -> list[T]:
    """The saved value, or nothing where it can't be read any more: one bad row must not close the whole worksheet."""
    try:
        return [kind.validate_json(str(body))]
    except ValidationError as error:
        log.warning("A saved row can't be read and is left out: %s", error)
        return []


class Store:
    """One connection behind one lock: writes are small and at most a few a second."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file and brings it up to date. Raises StoreError naming the folder."""
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._migrate()
        except (OSError, sqlite3.OperationalError) as error:
            raise StoreError(
                f"Worksheets can't be saved in {path.parent}: {error}.", "Set PHI4WEB_DATA to a folder that you may write to."
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{path} can't be used: {error}.", "Move it away, or set PHI4WEB_DATA to another folder.") from error

    def _migrate(self) -> None:
        have = self._db.execute("PRAGMA user_version").fetchone()[0]
        if have > len(MIGRATIONS):
            raise StoreError(f"{self.path} was written by a newer phi4web.", "Update phi4web, or set PHI4WEB_DATA to another folder.")
        for number, step in enumerate(MIGRATIONS[have:], start=have + 1):
            with self._write():
                step(self._db)
                self._db.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise StoreError(f"{self.path} could not be written: {error}.", "Free some space, or close what else uses it.") from error

    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    # worksheets

    def notebooks(self) -> list[NotebookInfo]:
        """The latest first."""
        rows = self._rows("SELECT id, title, updated FROM notebooks ORDER BY updated DESC, rowid DESC")
        return [NotebookInfo(str(i), str(t), float(u)) for i, t, u in rows]  # type: ignore[arg-type]

    def create_notebook(self, title: str = "Untitled worksheet") -> Notebook:
        notebook = Notebook(new_id(), title)
        with self._write() as db:
            db.execute("INSERT INTO notebooks VALUES (?, ?, ?)", (notebook.id, title, time.time()))
        return notebook

    def notebook(self, notebook_id: str) -> Notebook | None:
        found = self._rows("SELECT title FROM notebooks WHERE id = ?", notebook_id)
        if not found:
            return None
        cells = self._rows(
            "SELECT id, source, kind, shown FROM cells WHERE notebook = ? AND deleted IS NULL ORDER BY position", notebook_id
        )
        runs: dict[object, list[Run]] = {}
        for cell, body in self._rows("SELECT cell, body FROM runs WHERE notebook = ? ORDER BY queued_at, rowid", notebook_id):
            runs.setdefault(cell, []).extend(_read(_RUN, body))
        return Notebook(
            notebook_id,
            str(found[0][0]),
            tuple(Cell(str(i), str(s), kind, tuple(runs.get(i, ())), shown) for i, s, kind, shown in cells),  # type: ignore[arg-type]
        )

    def cell(self, notebook_id: str, cell_id: str) -> Cell | None:
        found = self._rows("SELECT source, kind, shown FROM cells WHERE notebook = ? AND id = ? AND deleted IS NULL", notebook_id, cell_id)
        if not found:
            return None
        bodies = self._rows("SELECT body FROM runs WHERE notebook = ? AND cell = ? ORDER BY queued_at, rowid", notebook_id, cell_id)
        source, kind, shown = found[0]
        return Cell(cell_id, str(source), kind, tuple(r for (b,) in bodies for r in _read(_RUN, b)), shown)  # type: ignore[arg-type]

    def rename(self, notebook_id: str, title: str) -> None:
        with self._write() as db:
            db.execute("UPDATE notebooks SET title = ?, updated = ? WHERE id = ?", (title, time.time(), notebook_id))

    # cells

    def add_cell(self, notebook_id: str, index: int, source: str = "", kind: CellKind = "problem") -> Cell:
        """Puts a new cell before position `index` (a large one: at the end). Names are small and used again by no other cell."""
        with self._write() as db:
            count = db.execute("SELECT count(*) FROM cells WHERE notebook = ?", (notebook_id,)).fetchone()[0]
            cell = Cell(f"c{count + 1}", source, kind)
            order = self._order(notebook_id)
            db.execute(
                "INSERT INTO cells (notebook, id, position, kind, source) VALUES (?, ?, ?, ?, ?)", (notebook_id, cell.id, -1, kind, source)
            )
            order.insert(index, cell.id)
            self._place(notebook_id, order)
        return cell

    def set_source(self, notebook_id: str, cell_id: str, source: str) -> None:
        with self._write() as db:
            db.execute("UPDATE cells SET source = ? WHERE notebook = ? AND id = ?", (source, notebook_id, cell_id))
            self._touch(notebook_id)

    def move_cell(self, notebook_id: str, cell_id: str, index: int) -> None:
        with self._write():
            order = self._order(notebook_id)
            if cell_id in order:
                order.remove(cell_id)
                order.insert(max(0, index), cell_id)
                self._place(notebook_id, order)

    def show_run(self, notebook_id: str, cell_id: str, index: int) -> None:
        with self._write() as db:
            db.execute("UPDATE cells SET shown = ? WHERE notebook = ? AND id = ?", (index, notebook_id, cell_id))

    def delete_cell(self, notebook_id: str, cell_id: str) -> None:
        """Hides it; `restore_cell` brings the last one back."""
        with self._write() as db:
            db.execute("UPDATE cells SET deleted = ? WHERE notebook = ? AND id = ?", (time.time(), notebook_id, cell_id))
            self._touch(notebook_id)

    def restore_cell(self, notebook_id: str) -> Cell | None:
        """Brings back what was deleted last, at its old place. None: nothing to undo."""
        with self._write() as db:
            found = db.execute(
                "SELECT id FROM cells WHERE notebook = ? AND deleted IS NOT NULL ORDER BY deleted DESC LIMIT 1", (notebook_id,)
            ).fetchone()
            if found is None:
                return None
            db.execute("UPDATE cells SET deleted = NULL WHERE notebook = ? AND id = ?", (notebook_id, found[0]))
            self._touch(notebook_id)
        return self.cell(notebook_id, found[0])

    def _order(self, notebook_id: str) -> list[str]:
        query = "SELECT id FROM cells WHERE notebook = ? AND deleted IS NULL ORDER BY position"
        return [row[0] for row in self._db.execute(query, (notebook_id,))]

    def _place(self, notebook_id: str, order: list[str]) -> None:
        self._db.executemany(
            "UPDATE cells SET position = ? WHERE notebook = ? AND id = ?", [(n, notebook_id, cell) for n, cell in enumerate(order)]
        )
        self._touch(notebook_id)

    def _touch(self, notebook_id: str) -> None:
        self._db.execute("UPDATE notebooks SET updated = ? WHERE id = ?", (time.time(), notebook_id))

    # runs

    def save_run(self, notebook_id: str, cell_id: str, run: Run) -> None:
        """Adds the run, or replaces what was saved of it before. Raises StoreError if the disk refuses."""
        with self._write() as db:
            db.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body",
                (run.id, notebook_id, cell_id, run.state, run.queued_at, _RUN.dump_json(run).decode()),
            )
            self._touch(notebook_id)

    def trim_runs(self, notebook_id: str, cell_id: str, keep: int = KEPT_RUNS) -> None:
        """Forgets all but the newest `keep` runs of the cell, and refused ones but for the last run. The shown one stays, and shown."""
        with self._write() as db:
            cell = self.cell(notebook_id, cell_id)
            if cell is None or not cell.runs:
                return
            shown = range(len(cell.runs))[max(-len(cell.runs), min(cell.shown, len(cell.runs) - 1))]
            stays = {*[run.id for run in cell.runs if not run.refused][-keep:], cell.runs[-1].id, cell.runs[shown].id}
            gone = [run.id for run in cell.runs if run.id not in stays]
            if not gone:
                return
            db.executemany("DELETE FROM runs WHERE id = ?", [(run_id,) for run_id in gone])
            if cell.shown >= 0:
                before = sum(run.id in stays for run in cell.runs[:shown])
                db.execute("UPDATE cells SET shown = ? WHERE notebook = ? AND id = ?", (before, notebook_id, cell_id))

    def interrupt_unfinished(self) -> int:
        """At start-up: whatever was still going when the last server ended is marked interrupted, its text kept."""
        marks = ", ".join("?" * len(ENDED))
        rows = self._rows(f"SELECT notebook, cell, body FROM runs WHERE state NOT IN ({marks})", *sorted(ENDED))
        for notebook_id, cell_id, body in rows:
            for run in _read(_RUN, body):
                self.save_run(
                    str(notebook_id), str(cell_id), replace(run, state="interrupted", message="The server stopped during this run.")
                )
        for chat in self.chats():
            if chat.turns and chat.turns[-1].state not in ENDED:
                last = replace(chat.turns[-1], state="interrupted", message="The server stopped during this answer.")
                self.save_chat(replace(chat, turns=(*chat.turns[:-1], last)))
        return len(rows)

    # chats and comparisons

    def chats(self) -> list[Chat]:
        """The latest first."""
        return [chat for (b,) in self._rows("SELECT body FROM chats ORDER BY updated DESC, rowid DESC") for chat in _read(_CHAT, b)]

    def create_chat(self) -> Chat:
        chat = Chat(new_id())
        self.save_chat(chat)
        return chat

    def chat(self, chat_id: str) -> Chat | None:
        found = self._rows("SELECT body FROM chats WHERE id = ?", chat_id)
        return next(iter(_read(_CHAT, found[0][0])), None) if found else None

    def save_chat(self, chat: Chat) -> None:
        with self._write() as db:
            db.execute(
                "INSERT INTO chats VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET title = excluded.title, updated = excluded.updated, body = excluded.body",
                (chat.id, chat.title, time.time(), _CHAT.dump_json(chat).decode()),
            )

    def delete_chat(self, chat_id: str) -> None:
        with self._write() as db:
            db.execute("DELETE FROM chats WHERE id = ?", (chat_id,))

    def comparisons(self) -> list[tuple[str, float, str]]:
        """(id, time of the last change, body as JSON), the latest first. What the body holds is compare's business."""
        rows = self._rows("SELECT id, updated, body FROM comparisons ORDER BY updated DESC, rowid DESC")
        return [(str(i), float(u), str(b)) for i, u, b in rows]  # type: ignore[arg-type]

    def save_comparison(self, comparison_id: str, body: str) -> None:
        with self._write() as db:
            db.execute(
                "INSERT INTO comparisons VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET updated = excluded.updated, body = excluded.body",
                (comparison_id, time.time(), body),
            )

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def forget_empty(self, keep: int) -> None:
        """Removes worksheets and chats in which nobody wrote anything, but for the latest `keep` of each."""
        with self._write() as db:
            db.execute("CREATE TEMP TABLE IF NOT EXISTS gone (id TEXT PRIMARY KEY)")
            db.execute("DELETE FROM gone")
            db.execute(
                "INSERT INTO gone SELECT id FROM notebooks WHERE NOT EXISTS"
                " (SELECT 1 FROM cells WHERE notebook = notebooks.id AND trim(source) <> '')"
                " AND NOT EXISTS (SELECT 1 FROM runs WHERE notebook = notebooks.id) ORDER BY updated DESC, rowid DESC LIMIT -1 OFFSET ?",
                (keep,),
            )
            db.execute("DELETE FROM cells WHERE notebook IN (SELECT id FROM gone)")
            db.execute("DELETE FROM notebooks WHERE id IN (SELECT id FROM gone)")
            db.execute(
                "DELETE FROM chats WHERE id IN (SELECT id FROM chats WHERE json_array_length(body, '$.turns') = 0"
                " ORDER BY updated DESC, rowid DESC LIMIT -1 OFFSET ?)",
                (keep,),
            )
