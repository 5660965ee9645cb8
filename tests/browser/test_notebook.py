"""The worksheet in a real browser: type, run, read the verdict; stop, reload, move, delete."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from phi4web.notebook import Notebook
from phi4web.ui import notebook
from phi4web.ui.render import CellView
from tests.browser.conftest import Stage, until

pytestmark = [pytest.mark.browser]


def cell(page: Page, number: int) -> Locator:
    return page.locator(".cell").nth(number - 1)


def write(page: Page, number: int, text: str, then: str = "Shift+Enter") -> Locator:
    box = cell(page, number).locator("textarea")
    box.click()
    box.press_sequentially(text)
    if then:
        box.press(then)
    return cell(page, number)


def sheet_of(page: Page) -> str:
    found = re.search(r"[?&]n=([\w-]+)", page.url)
    assert found
    return found[1]


def saved(page: Page, stage: Stage) -> Notebook:
    """The worksheet of the page as it lies on the disk."""
    found = stage.services.store.notebook(sheet_of(page))
    assert found is not None
    return found


def test_a_typed_problem_ends_with_a_verdict_that_says_what_was_checked(page: Page) -> None:
    first = write(page, 1, "Solve x^2 - 5x + 6 = 0")
    verdict = first.locator(".verdict")
    expect(verdict).to_contain_text("Verified")
    expect(verdict).to_have_class(re.compile("verified"))
    for row in ("Read as", "Claim", "Method", "Evidence", "Not checked"):
        expect(verdict.locator("dt", has_text=row)).to_be_visible()
    expect(verdict.locator("dd math").first).to_be_visible()
    expect(first.locator(".gutter i")).to_have_text("✓")
    expect(first.locator(".solution .katex").first).to_be_visible()
    expect(first.locator(".meta")).to_contain_text("tok/s")
    expect(first).to_have_attribute("aria-label", "Problem 1, verified")
    expect(page.locator("#status [role=status]")).to_have_text("Problem 1: verified, exact.")
    expect(cell(page, 2).locator("textarea")).to_be_focused()


def test_the_thought_is_folded_and_comes_whole_when_it_is_opened(page: Page) -> None:
    first = write(page, 1, "Solve x^2 - 5x + 6 = 0")
    expect(first.locator(".verdict")).to_be_visible()
    expect(first.locator(".thought pre")).not_to_be_visible()
    first.locator(".thought summary").click()
    expect(first.locator(".thought pre")).to_contain_text("Their product is 6 and their sum is 5.")


def test_the_thought_line_has_one_height_in_every_state(page: Page, stage: Stage) -> None:
    page.evaluate(
        """() => {
          window.heights = new Map();
          const look = () => document.querySelectorAll('.slot:not([data-state=draft])')
            .forEach(slot => window.heights.set(slot.dataset.state, slot.getBoundingClientRect().height));
          new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
        }"""
    )
    stage.hold.set()
    first = write(page, 1, "Solve x^2 - 5x + 6 = 0")
    expect(first.locator(".slot[data-state=thinking]")).to_be_visible()
    stage.hold.clear()
    expect(first.locator(".verdict")).to_be_visible()
    heights = dict(page.evaluate("[...window.heights]"))
    assert {"thinking", "done"} <= set(heights)
    assert set(heights.values()) == {44}


def test_a_refuted_answer_shows_its_counterexample_and_every_try_can_be_read(page: Page, stage: Stage) -> None:
    first = write(page, 1, "What is 17 + 4?")
    expect(first.locator(".verdict.verified")).to_be_visible()
    tries = first.locator(".tries")
    expect(tries.locator("summary").first).to_have_text("Try 3 of 8 passed the check")
    tries.locator("summary").first.click()
    expect(tries.locator("li")).to_have_count(3)
    expect(tries.locator("li").first.locator(".glyph")).to_have_text("✗")
    tries.locator("li summary").first.click()
    expect(tries.locator("li pre").first).to_contain_text("It is \\boxed{5}.")


def test_a_refuted_answer_can_be_tried_again_with_its_counterexample(page: Page, stage: Stage) -> None:
    first = write(page, 1, "What is 5 + 5?")
    expect(first.locator(".verdict.refuted")).to_be_visible()
    first.get_by_role("button", name="Try again with this evidence").click()
    expect(first.locator(".verdict.verified")).to_be_visible()
    expect(first.locator(".runs")).to_contain_text("2/2")


def test_a_proof_says_that_it_could_not_be_checked_and_what_to_do(page: Page) -> None:
    verdict = write(page, 1, "Prove that the sum of two odd numbers is even.").locator(".verdict")
    expect(verdict).to_contain_text("Could not check")
    expect(verdict).to_contain_text("Read it yourself")


def test_stop_ends_the_run_and_keeps_what_was_written(page: Page, stage: Stage) -> None:
    stage.hold.set()
    first = write(page, 1, "a slow one")
    expect(first.locator(".slot[data-state=thinking]")).to_be_visible()
    first.get_by_role("button", name="Stop this run").click()
    expect(first.locator(".slot[data-state=stopped]")).to_contain_text("Stopped")
    assert not [j for j in stage.services.jobs.running() if sheet_of(page) in j.owner]
    first.locator(".thought summary").click()
    expect(first.locator(".thought pre")).to_contain_text("We look for two numbers.")


def test_a_reload_keeps_the_cells_and_goes_on_with_the_running_one(page: Page, stage: Stage) -> None:
    done = write(page, 1, "What is 12 + 30?")
    expect(done.locator(".verdict.verified")).to_be_visible()
    stage.hold.set()
    write(page, 2, "a slow one")
    expect(cell(page, 2).locator(".slot[data-state=thinking]")).to_be_visible()
    page.reload()
    expect(cell(page, 1).locator("textarea")).to_have_value("What is 12 + 30?")
    expect(cell(page, 1).locator(".verdict.verified")).to_be_visible()
    expect(cell(page, 2).locator(".slot[data-state=thinking]")).to_be_visible()
    stage.hold.clear()
    expect(cell(page, 2).locator(".slot[data-state=answering]")).to_be_visible()
    cell(page, 2).get_by_role("button", name="Stop this run").click()
    expect(cell(page, 2).locator(".slot[data-state=stopped]")).to_be_visible()


def test_a_cell_may_be_inserted_above_a_running_one_without_losing_a_word(page: Page, stage: Stage) -> None:
    stage.hold.set()
    write(page, 1, "Solve x^2 - 5x + 6 = 0")
    expect(cell(page, 1).locator(".slot[data-state=thinking]")).to_be_visible()
    cell(page, 1).locator(".menu summary").click()
    cell(page, 1).get_by_role("button", name="Insert above").click()
    expect(page.locator(".cell")).to_have_count(3)
    expect(cell(page, 1).locator("textarea")).to_have_value("")
    expect(cell(page, 2).locator("textarea")).to_have_value("Solve x^2 - 5x + 6 = 0")
    expect(cell(page, 2).locator(".slot[data-state=thinking]")).to_be_visible()
    stage.hold.clear()
    expect(cell(page, 2).locator(".verdict.verified")).to_be_visible()
    expect(cell(page, 2).locator(".block.solution")).to_contain_text("Factor it")
    expect(cell(page, 1).locator(".verdict")).to_have_count(0)


def test_a_drawing_that_is_older_than_the_end_of_a_run_does_not_hide_the_end(
    page: Page, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worksheet is drawn again while the cell runs, and the drawing arrives when the run has ended."""
    ended, drawn, sent, draw = threading.Event(), threading.Event(), threading.Event(), notebook.draw

    def late(*about: Any) -> None:
        draw(*about)
        drawn.set()
        assert ended.wait(60)
        sent.set()

    stage.hold.set()
    first = write(page, 1, "Solve x^2 - 5x + 6 = 0", then="Control+Enter")
    expect(first.locator(".slot[data-state=thinking]")).to_be_visible()
    monkeypatch.setattr(notebook, "draw", late)
    page.evaluate("phi4web.send('add', { at: 1, source: 'second' })")
    until(page, drawn.is_set)
    stage.hold.clear()
    expect(first.locator(".verdict.verified")).to_be_visible()
    ended.set()
    until(page, sent.is_set)
    page.wait_for_timeout(1_500)  # for the drawing to arrive
    expect(first.locator(".slot[data-state=done]")).to_be_attached()
    expect(first.locator(".verdict.verified")).to_be_visible()


def test_a_cell_whose_pictures_got_lost_is_followed_anew(page: Page, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    follow, lost = notebook.follow, threading.Event()

    def losing(*about: Any) -> Iterator[CellView]:
        for picture in follow(*about):
            if not lost.is_set() and 'data-state="thinking"' in picture.slot:
                lost.set()
                yield picture
                return
            yield picture

    monkeypatch.setattr(notebook, "follow", losing)
    stage.hold.set()
    first = write(page, 1, "Solve x^2 - 5x + 6 = 0", then="Escape")
    first.press("Control+Enter")
    until(page, lost.is_set)
    expect(first.locator(".slot[data-state=thinking]")).to_be_visible()
    stage.hold.clear()
    until(page, lambda: saved(page, stage).cells[0].run is not None and stage.services.jobs.running() == [])
    page.evaluate("phi4web.lookAgain()")  # as the clock does every twenty seconds
    page.evaluate("phi4web.lookAgain()")
    expect(first.locator(".verdict.verified")).to_be_visible()


def test_an_open_menu_stays_open_while_the_worksheet_is_drawn_again(page: Page) -> None:
    first = write(page, 1, "first", then="")
    first.locator(".menu summary").click()
    page.evaluate("phi4web.send('add', { at: 1, source: 'second' })")
    expect(page.locator(".cell")).to_have_count(3)
    page.wait_for_timeout(500)
    below = cell(page, 2).get_by_role("button", name="Run (Shift+Enter)").bounding_box()
    assert below is not None
    point = [below["x"] + below["width"] / 2, below["y"] + below["height"] / 2]
    assert page.evaluate("([x, y]) => !!document.elementFromPoint(x, y).closest('.menu > div')", point), "a button shines through"
    first.get_by_role("button", name="Insert above").click()
    expect(page.locator(".cell")).to_have_count(4)


def test_what_is_typed_is_saved_without_a_run(page: Page, stage: Stage) -> None:
    write(page, 1, "half a thou", then="")
    expect(page.locator("#saved")).to_have_text(re.compile(r"Saved \d\d:\d\d"))
    until(page, lambda: [one.source for one in saved(page, stage).cells] == ["half a thou"])
    page.reload()
    expect(cell(page, 1).locator("textarea")).to_have_value("half a thou")


def test_what_is_typed_right_after_shift_enter_lands_in_the_new_cell(page: Page) -> None:
    write(page, 1, "What is 12 + 30?")
    page.keyboard.type("the next one")
    expect(cell(page, 2).locator("textarea")).to_have_value("the next one")
    expect(cell(page, 1).locator("textarea")).to_have_value("What is 12 + 30?")


def test_what_is_typed_while_the_new_cell_is_long_in_coming_lands_in_it(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, draw = threading.Event(), notebook.draw

    def late(*about: Any) -> None:
        assert drawn.wait(60)
        draw(*about)

    monkeypatch.setattr(notebook, "draw", late)
    write(page, 1, "What is 12 + 30?")
    page.keyboard.type("typed ")
    page.wait_for_timeout(4_000)
    page.keyboard.type("blindly")
    drawn.set()
    expect(cell(page, 2).locator("textarea")).to_have_value("typed blindly")
    expect(cell(page, 2).locator("textarea")).to_be_focused()


def test_typing_goes_on_while_the_worksheet_is_drawn_again(page: Page) -> None:
    write(page, 1, "first", then="Alt+Enter")
    expect(cell(page, 2).locator("textarea")).to_be_focused()
    page.evaluate("phi4web.send('add', { at: 0 })")
    text = "typed without a pause while a cell comes in above"
    page.keyboard.type(text, delay=15)
    expect(page.locator(".cell")).not_to_have_count(2)  # 3, or 4 where what was typed is saved already and an empty one waits below
    expect(cell(page, 3).locator("textarea")).to_be_focused()
    expect(cell(page, 3).locator("textarea")).to_have_value(text)
    expect(cell(page, 2).locator("textarea")).to_have_value("first")
    expect(cell(page, 1).locator("textarea")).to_have_value("")


def test_a_deleted_cell_comes_back_with_its_verdict(page: Page) -> None:
    write(page, 1, "What is 12 + 30?")
    expect(cell(page, 1).locator(".verdict.verified")).to_be_visible()
    cell(page, 1).locator(".menu summary").click()
    cell(page, 1).get_by_role("button", name="Delete").click()
    expect(page.locator(".cell")).to_have_count(1)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(".cell")).to_have_count(2)
    expect(cell(page, 1).locator("textarea")).to_have_value("What is 12 + 30?")
    expect(cell(page, 1).locator(".verdict.verified")).to_be_visible()


def test_a_cell_moves_by_its_menu_and_by_keys(page: Page) -> None:
    write(page, 1, "first", then="Alt+Enter")
    write(page, 2, "second", then="")
    cell(page, 2).locator("textarea").press("Alt+ArrowUp")
    expect(cell(page, 1).locator("textarea")).to_have_value("second")
    cell(page, 1).locator(".menu summary").click()
    cell(page, 1).get_by_role("button", name="Move down").click()
    expect(cell(page, 1).locator("textarea")).to_have_value("first")


def test_command_keys_insert_delete_and_undo(page: Page) -> None:
    write(page, 1, "only", then="Escape")
    expect(cell(page, 1)).to_be_focused()
    page.keyboard.press("b")
    expect(page.locator(".cell")).to_have_count(2)
    expect(cell(page, 2).locator("textarea")).to_be_focused()
    page.keyboard.type("below")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    expect(cell(page, 1)).to_be_focused()
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(cell(page, 1).locator("textarea")).to_have_value("below")
    page.keyboard.press("z")
    expect(cell(page, 1).locator("textarea")).to_have_value("only")


def test_a_second_run_keeps_the_first_to_look_at(page: Page) -> None:
    first = write(page, 1, "What is 12 + 30?", then="Control+Enter")
    expect(first.locator(".verdict.verified")).to_be_visible()
    first.get_by_role("button", name="Run (Shift+Enter)").click()
    expect(first.locator(".runs")).to_contain_text("2/2")
    expect(first.locator(".verdict.verified")).to_be_visible()
    first.get_by_role("button", name="Earlier run").click()
    expect(first.locator(".runs")).to_contain_text("1/2")


def test_run_pressed_in_the_moment_the_verdict_appears_is_a_run(page: Page) -> None:
    """The stream of the run before is still open then; no press may be lost for that."""
    first = write(page, 1, "What is 12 + 30?", then="")
    page.evaluate(
        """() => {
            const press = new MutationObserver(() => {
                const cell = document.querySelector(".cell"); // the page draws it anew when the next one is added
                const button = cell?.querySelector("[data-do=run]");
                if (!button || !cell.querySelector(".verdict.verified")) return;
                press.disconnect();
                button.click();
            });
            press.observe(document.body, { childList: true, subtree: true });
        }"""
    )
    first.locator("textarea").press("Control+Enter")
    expect(first.locator(".runs")).to_contain_text("2/2")


def test_a_double_click_on_run_is_one_run(page: Page, stage: Stage) -> None:
    first = write(page, 1, "What is 12 + 30?", then="")
    first.get_by_role("button", name="Run (Shift+Enter)").dblclick()
    expect(first.locator(".verdict.verified")).to_be_visible()
    page.wait_for_timeout(500)
    assert len(saved(page, stage).cells[0].runs) == 1
    expect(first.locator(".trouble")).to_have_count(0)


def test_run_all_runs_every_problem(page: Page) -> None:
    write(page, 1, "What is 12 + 30?", then="Alt+Enter")
    write(page, 2, "Solve x^2 - 5x + 6 = 0", then="Control+Enter")
    expect(cell(page, 2).locator(".verdict.verified")).to_be_visible()
    page.get_by_role("button", name="Run all").click()
    expect(cell(page, 1).locator(".runs")).to_contain_text("2/2")
    expect(cell(page, 2).locator(".runs")).to_contain_text("2/2")
    expect(page.locator("[data-live]")).to_have_count(0)


def test_an_empty_problem_is_told_in_its_own_cell(page: Page) -> None:
    cell(page, 1).get_by_role("button", name="Run (Shift+Enter)").click()
    expect(cell(page, 1).get_by_role("alert")).to_contain_text("The problem is empty.")


def test_nothing_that_a_model_or_user_writes_becomes_markup(page: Page) -> None:
    """The page fixture adds: no console error, no request to anybody else."""
    first = write(page, 1, "a hostile <img src=x onerror=alert(1)> one $<b>x</b>$")
    expect(first.locator(".verdict")).to_be_visible()
    first.locator(".thought summary").click()
    expect(first.locator(".thought pre")).to_contain_text("<script>")
    expect(first.locator(".block.solution")).to_contain_text("<img src=x")
    assert page.title() != "owned"
    assert page.locator(".cell img, .cell script, .cell form, .cell iframe, .cell [style*=fixed], .cell a[href^=javascript]").count() == 0


def test_the_title_can_be_changed_and_the_link_opens_the_same_worksheet(page: Page, stage: Stage) -> None:
    page.locator("#top h1 button").click()
    page.locator("#top h1 input").fill("Radical equations")
    page.locator("#top h1 input").press("Enter")
    expect(page.locator("#top h1")).to_contain_text("Radical equations")
    until(page, lambda: saved(page, stage).title == "Radical equations")
    page.goto(f"{stage.url}/?n={sheet_of(page)}")
    expect(page.locator("#top h1")).to_contain_text("Radical equations")


def test_an_example_runs_from_the_first_page(page: Page) -> None:
    page.get_by_role("button", name="What is 12 + 30?").click()
    expect(cell(page, 1).locator(".verdict.verified")).to_be_visible()
    expect(page.locator(".empty")).not_to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
def test_narrow_screens_never_scroll_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    first = write(page, 1, "Solve x^2 - 5x + 6 = 0")
    expect(first.locator(".verdict")).to_be_visible()
    for tab in ("Notebook", "Chat", "Compare", "Hardware"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_light_and_dark_follow_the_system_until_the_reader_chooses(page: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(251, 250, 247)"
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{ground} === 'rgb(20, 22, 26)'")
    page.locator(".bar .menu summary").first.click()
    page.get_by_role("button", name="Light or dark").click()
    page.wait_for_function(f"{ground} === 'rgb(251, 250, 247)'")


def test_own_working_is_checked_step_by_step_from_the_first_page(page: Page) -> None:
    page.get_by_role("button", name="2x + 6 = 10 / x + 3 = 5 / x = 2").click()
    first = cell(page, 1)
    expect(first.locator(".verdict.verified")).to_contain_text("every line follows")
    expect(first.locator(".steps tr")).to_have_count(3)
    expect(first.locator(".steps td.glyph").nth(1)).to_contain_text("same solutions as the line above")
    expect(first).to_have_attribute("aria-label", "Working 1, verified")
    box = first.locator("textarea")
    box.click()
    box.fill("2x + 6 = 10\nx + 3 = 5\nx = 3")
    page.keyboard.press("Control+Enter")
    expect(first.locator(".verdict.refuted")).to_contain_text("line 3: does not follow")
    expect(first.locator(".runs")).to_contain_text("2/2")


def test_working_can_be_added_and_typed_at_once(page: Page) -> None:
    page.get_by_role("button", name="+ Working").click()
    expect(cell(page, 1).locator("textarea")).to_be_focused()
    page.keyboard.type("x^2 - 1\n(x - 1)(x + 1)")
    page.keyboard.press("Shift+Enter")
    expect(cell(page, 1).locator(".verdict.verified")).to_be_visible()
    expect(cell(page, 1).locator("textarea")).to_have_value("x^2 - 1\n(x - 1)(x + 1)")


def test_a_note_is_read_as_markdown_and_edited_with_a_click(page: Page) -> None:
    write(page, 1, "## Plan\n\nFirst **factor**, then $x^2$.", then="Escape")
    cell(page, 1).press("m")
    expect(page.get_by_role("group", name=re.compile("Note 1"))).to_be_visible()
    note = cell(page, 1)
    expect(note.locator(".solution strong")).to_have_text("factor")
    expect(note.locator(".solution .katex").first).to_be_visible()
    note.locator(".solution strong").click()
    expect(note.locator("textarea")).to_be_focused()
    page.keyboard.type(" And *check*.")
    page.keyboard.press("Escape")
    expect(note.locator(".solution em")).to_have_text("check")


def test_the_page_has_our_own_icon(page: Page) -> None:
    icon = page.request.get(page.url.partition("?")[0] + "favicon.ico")
    assert icon.ok
    assert "<title>phi4web</title>" in icon.text()
