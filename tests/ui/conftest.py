"""Services behind the page, with a scripted model and a checker from a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from phi4web.engine.host import EngineHost
from phi4web.engine.scripted import ScriptedEngine, script
from phi4web.runs import Jobs, Services
from phi4web.settings import Settings
from phi4web.store import Store
from tests.fakes import TableChecker

SLOW = script("word " * 20_000, match="slow")  # goes on for longer than any test, until it is stopped


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    settings = Settings(data_dir=tmp_path, cache_dir=tmp_path)
    scripts = [
        script("The answer is \\boxed{42}.", thought="Some thought. ", match="12 + 30"),
        SLOW,
        script("No."),
    ]
    host = EngineHost(settings, loader=lambda wanted, progress, cancel: lambda: ScriptedEngine(scripts, 0.002))
    made = Services(settings, host, TableChecker(**{"42": "verified", "No": "refuted"}), Store(tmp_path / "p.sqlite3"), Jobs(4, 60))  # type: ignore[arg-type]
    yield made
    made.close()
