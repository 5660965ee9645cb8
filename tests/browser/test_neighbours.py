"""Others on the same server: somebody's check that never ends, two tabs on one worksheet, and worksheets of 200 cells."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from phi4web.engine.scripted import ScriptedEngine, script
from phi4web.verify.worker import checker
from tests.browser.conftest import Stage, Watch, serve
from tests.browser.test_notebook import cell, sheet_of, write

pytestmark = [pytest.mark.browser]
# SymPy looks for a closed form for minutes.
STUCK = "Evaluate \\int_0^1 \\frac{\\sin(x^3) e^{x^2}}{x^5+x+%d} dx"
SUM = "What is %d + 30?"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One engine of one slot and two check workers, as on a small machine."""
    written = [script(f"It is \\boxed{{{n + 30}}}.", match=SUM % n) for n in range(10, 40)]
    written.append(script("$$\\int_0^1 x dx = 0.5$$ so it is \\boxed{0.31}.", match="Evaluate"))
    with pytest.MonkeyPatch.context() as patch:
        for budget in ("CHECK_SECONDS", "STEPS_SECONDS", "CELL_SECONDS"):
            patch.setattr(checker, budget, 600.0)  # longer than any test: who waits for it waits in vain
        yield from serve(tmp_path_factory.mktemp("data"), loader=lambda w, p, c: lambda: ScriptedEngine(written, 0.004), workers=2)


@pytest.fixture
def other(stage: Stage, chromium: Browser) -> Iterator[Page]:
    """Somebody else, on a worksheet of their own."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page, watch = context.new_page(), Watch()
    watch.over(page)
    page.goto(f"{stage.url}/?n={stage.services.store.create_notebook().id}")
    page.locator(".cell textarea").first.wait_for()
    yield page
    context.close()
    assert watch.errors == []


def seconds_of_a_check(page: Page, lines: str) -> float:
    """From the press of a key until the verdict on somebody's own lines."""
    expect(page.locator(".cell").last.locator(".slot[data-state=draft]")).to_be_attached()
    number = page.locator(".cell").count()  # before the empty problem at the end
    page.get_by_role("button", name="+ Working").click()
    expect(cell(page, number).locator("textarea")).to_be_focused()
    page.keyboard.insert_text(lines)
    return seconds_until_verdict(page, number)


def seconds_of_a_run(page: Page, text: str) -> float:
    number = page.locator(".cell").count()
    cell(page, number).locator("textarea").click()
    page.keyboard.insert_text(text)
    return seconds_until_verdict(page, number)


def seconds_until_verdict(page: Page, number: int) -> float:
    started = time.monotonic()
    page.keyboard.press("Control+Enter")
    expect(cell(page, number).locator(".verdict.verified")).to_be_visible()
    return time.monotonic() - started


def test_a_check_that_never_ends_delays_nobody_elses_check_or_run(page: Page, other: Page) -> None:
    """Both kinds of cell are stuck in turn; each time a neighbour checks and runs something while that goes on."""
    calm = (seconds_of_a_check(other, "2x + 6 = 10\nx + 3 = 5\nx = 2"), seconds_of_a_run(other, SUM % 10))
    calm = (seconds_of_a_check(other, "2x + 6 = 12\nx + 3 = 6\nx = 3"), seconds_of_a_run(other, SUM % 11))
    told = []
    for number, kind in ((1, "problem"), (2, "working")):
        if kind == "working":
            page.get_by_role("button", name="+ Working").click()
            expect(cell(page, number).locator("textarea")).to_be_focused()
            page.keyboard.insert_text(f"{STUCK % number}\n0.31")
        else:
            cell(page, number).locator("textarea").click()
            page.keyboard.insert_text(STUCK % number)
        page.keyboard.press("Control+Enter")
        stuck = cell(page, number).locator(".slot[data-state=checking]")
        expect(stuck).to_be_visible()
        lines = f"2x + 6 = {12 + 2 * number}\nx + 3 = {6 + number}\nx = {3 + number}"
        beside = (seconds_of_a_check(other, lines), seconds_of_a_run(other, SUM % (20 + number)))
        expect(stuck).to_be_visible()  # it went on all the while
        told.append((kind, *(round(b - c, 2) for b, c in zip(beside, calm, strict=True))))
        cell(page, number).get_by_role("button", name="Stop this run").click()
        expect(cell(page, number).locator(".slot[data-state=stopped]")).to_be_attached()
    print("seconds lost beside a stuck check (kind of cell, check, run):", told, "calm:", [round(c, 2) for c in calm])


def test_two_presses_of_run_are_one_run_and_one_new_problem(page: Page, stage: Stage) -> None:
    cell(page, 1).locator("textarea").click()
    page.keyboard.insert_text(SUM % 30)
    cell(page, 1).get_by_role("button", name="Run (Shift+Enter)").dblclick()
    expect(cell(page, 1).locator(".verdict.verified")).to_be_visible()
    page.wait_for_timeout(500)
    kept = stage.services.store.notebook(sheet_of(page))
    assert kept is not None
    assert [len(one.runs) for one in kept.cells] == [1, 0]
    expect(page.locator(".cell")).to_have_count(2)


def test_a_cell_that_another_tab_deletes_says_so_and_runs_no_more(page: Page, other: Page, stage: Stage) -> None:
    other.goto(page.url)
    expect(other.locator(".cell")).to_have_count(1)
    first = write(other, 1, STUCK % 9, then="Control+Enter")
    expect(first.locator(".slot[data-state=checking]")).to_be_visible()
    page.reload()
    cell(page, 1).locator(".menu summary").click()
    cell(page, 1).get_by_role("button", name="Delete").click()
    expect(first.get_by_role("alert")).to_contain_text("deleted in another tab")
    first.get_by_role("button", name="Run (Shift+Enter)").click()
    page.wait_for_timeout(500)
    assert stage.services.jobs.running() == []
