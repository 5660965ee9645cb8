"""Somebody's own working: checked at once, beside the line for the model, and kept as a run like others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from phi4web import runs
from phi4web.errors import BadInput, Busy
from phi4web.notebook import Cell, Run
from phi4web.runs import Job, Jobs, Services
from phi4web.runs.cells import split_working
from phi4web.runs.jobs import MOST_ASIDE
from phi4web.ui import notebook, render
from phi4web.ui.sheet import view
from phi4web.verify.worker import Checker

RIGHT = "2x + 6 = 10\nx + 3 = 5\nx = 2"
WRONG = "2x + 6 = 10\nx + 3 = 5\nx = 3"


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    made = Checker(1)
    yield made
    made.close()


@pytest.fixture
def with_checker(services: Services, checker: Checker) -> Services:
    return replace(services, checker=checker)


def checked(services: Services, text: str) -> tuple[str, Cell]:
    """The cell after the check of `text`, and the sheet that it is on."""
    sheet = services.store.create_notebook()
    cell = services.store.add_cell(sheet.id, 0, text, "working")
    pictures = list(notebook.run_cell(services, sheet.id, cell.id, {"source": text}, None, None))
    assert pictures
    found = services.store.cell(sheet.id, cell.id)
    assert found is not None
    return sheet.id, found


def test_right_lines_are_verified_step_by_step_without_a_model(with_checker: Services) -> None:
    sheet, cell = checked(with_checker, RIGHT)
    assert cell.run is not None
    assert cell.run.state == "done"
    assert [step.mark for step in cell.run.best.verdict.steps] == ["?", "⇔", "⇔"]  # type: ignore[union-attr]
    shown = view(with_checker, sheet, cell)
    assert "Verified</b> every line follows" in shown.result
    assert "2 of 2 steps checked: 2 ⇔" in shown.result
    assert "without a model" in shown.result
    assert 'class="glyph verified"' in shown.head
    assert with_checker.host.info is None


def test_a_wrong_line_is_named_with_its_counterexample(with_checker: Services) -> None:
    sheet, cell = checked(with_checker, WRONG)
    shown = view(with_checker, sheet, cell)
    assert "Refuted</b> line 3: does not follow: at x = 2, 2 ≠ 3" in shown.result
    assert 'class="glyph refuted"' in shown.head
    assert 'data-do="retry"' not in shown.result


def test_a_question_above_the_lines_has_the_answer_judged_too(with_checker: Services) -> None:
    sheet, cell = checked(with_checker, f"Solve 2x + 6 = 10.\n{RIGHT}")
    shown = view(with_checker, sheet, cell)
    assert "Verified</b> exact · 3 of 3 steps checked" in shown.result
    again = runs.recheck(with_checker, sheet, cell.id)
    assert again is not None
    assert len(again.best.verdict.steps) == 3  # type: ignore[union-attr]


def test_a_check_does_not_wait_for_the_model(with_checker: Services) -> None:
    release = threading.Event()
    with_checker.jobs.submit("other", 0, lambda job: release.wait(120) and None)
    try:
        assert checked(with_checker, RIGHT)[1].run.state == "done"  # type: ignore[union-attr]
    finally:
        release.set()


def test_nothing_to_check_is_said_in_the_cell(with_checker: Services) -> None:
    sheet = with_checker.store.create_notebook()
    cell = with_checker.store.add_cell(sheet.id, 0, "", "working")
    shown = list(notebook.run_cell(with_checker, sheet.id, cell.id, {"source": " "}, None, None))
    assert "There is nothing to check." in shown[-1].result
    with pytest.raises(BadInput):
        runs.start_check(with_checker, sheet.id, cell.id, "x\x00 = 1")


@pytest.mark.parametrize(
    ("text", "question", "lines"),
    [
        (RIGHT, None, RIGHT),
        (f"Solve 2x + 6 = 10.\n{RIGHT}", "Solve 2x + 6 = 10.", RIGHT),
        ("2x = 4, so x is?\nx = 2", "2x = 4, so x is?", "x = 2"),
        ("Solve x = 2", None, "Solve x = 2"),
    ],
)
def test_only_a_first_line_that_asks_is_a_question(text: str, question: str | None, lines: str) -> None:
    assert split_working(text) == (question, lines)


def test_jobs_beside_the_line_are_bounded_and_end_with_it() -> None:
    jobs = Jobs(4, 60)

    def wait(job: Job[int]) -> None:
        job.cancel.wait(120)

    started = [jobs.aside(f"o{n}", 0, wait) for n in range(MOST_ASIDE)]
    with pytest.raises(BadInput):
        jobs.aside("o0", 0, wait)
    with pytest.raises(Busy):
        jobs.aside("one more", 0, wait)
    jobs.close()
    assert all(job.ended for job in started)


def test_the_cell_offers_a_check_and_the_other_kinds() -> None:
    shown = render.head(Cell("c1", RIGHT, "working"), None)
    assert 'aria-label="Check (Shift+Enter)"' in shown
    assert 'data-do="problem">Turn into a problem' in shown
    assert 'data-do="note">Turn into a note' in shown
    assert 'data-do="working"' not in shown


def test_a_run_by_hand_is_known_by_having_no_model() -> None:
    assert Run("r", "", "", "", 0, 1).by_hand
    assert not Run("r", "", "m", "q", 0, 1).by_hand
