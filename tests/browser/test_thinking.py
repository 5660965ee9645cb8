"""A model that thinks for long: the meter of its budget, "Answer now" by key and by hand, and a load that can be stopped."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from phi4web.engine.base import Progress
from phi4web.engine.scripted import INFO, ScriptedEngine
from phi4web.errors import Stopped
from phi4web.ui.progress import HURRY_SECONDS, HURRY_TOKENS
from tests.browser.conftest import Stage, scripts, serve
from tests.browser.test_notebook import write
from tests.browser.test_tabs import chat, say

pytestmark = [pytest.mark.browser]
WORDS = "Downloading a/b · 1.6 of 2.5 GiB · 12 MiB/s · about 1 min"
WARNING = "The chat template puts an earlier answer in 2 times."


class Slow:
    """A loader that downloads until it is let go or stopped. Closed at first only for the runs that ask for bf16."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def __call__(self, wanted: object, progress: Progress | None, cancel: threading.Event | None) -> Callable[[], ScriptedEngine]:
        while getattr(wanted, "quant", "") == "bf16" and not self.go_on.is_set():
            if cancel is not None and cancel.is_set():
                raise Stopped("The download was stopped.")
            if progress is not None:
                progress(WORDS, 0.64)
            time.sleep(0.1)
        info = replace(INFO, device="cpu", reasons=("quant: nf4 (asked)",), warnings=(WARNING,))
        return lambda: ScriptedEngine(scripts(), 0.01, info)


@pytest.fixture(scope="module")
def slow() -> Slow:
    return Slow()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, slow: Slow) -> Iterator[Stage]:
    yield from serve(tmp_path_factory.mktemp("data"), loader=slow, model="Phi-4-mini-reasoning", quant="Q4_K_M")


def now_button(place: Page | Locator) -> Locator:
    return place.get_by_role("button", name="Answer now: end the thought and write the answer")


def test_answer_now_comes_late_is_reached_by_key_and_ends_the_thought(page: Page) -> None:
    started = time.monotonic()
    first = write(page, 1, "a long thought", then="Control+Enter")
    expect(first.locator(".slot[data-state=thinking]")).to_be_visible()
    meter = first.get_by_role("progressbar", name="thinking budget")
    expect(meter).to_have_attribute("aria-valuetext", re.compile(r"^[\d,]+ of 8,192 thinking tokens used$"))
    expect(first.locator(".slot .tokens")).to_have_text(re.compile(r"^[\d,]+ of 8,192 tokens$"), use_inner_text=True)
    expect(now_button(first)).to_be_visible()
    assert time.monotonic() - started >= HURRY_SECONDS
    assert int(first.locator(".slot .tokens").inner_text().split()[0].replace(",", "")) >= HURRY_TOKENS
    first.locator("textarea").focus()
    page.keyboard.press("Tab")
    expect(now_button(first)).to_be_focused()
    page.wait_for_timeout(1_500)  # some six pictures later
    expect(now_button(first)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#status [role=status]")).to_have_text("Problem 1: the thought is being ended.")
    expect(first).to_be_focused()
    expect(first.locator(".verdict")).to_be_visible()
    expect(first.locator(".thought summary")).to_have_text(re.compile(r"· answered early by you at [\d,]+ tokens$"))
    expect(now_button(first)).to_have_count(0)


def test_one_key_answers_now_and_a_finger_finds_the_buttons(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    first = write(page, 1, "a long thought", then="Control+Enter")
    expect(now_button(first)).to_be_visible()
    for button in (now_button(first), first.get_by_role("button", name="Stop this run")):
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] >= 44
        assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.querySelector('.slot').getBoundingClientRect().height") == 44
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(first.locator(".thought summary")).to_contain_text("answered early by you")


def test_a_thought_in_the_chat_can_be_ended_too(page: Page) -> None:
    chat(page)
    say(page, "a long thought")
    line = page.locator("#chat-line")
    expect(line.locator(".tokens")).to_have_text(re.compile(r"^[\d,]+ of 8,192 tokens$"), use_inner_text=True)
    expect(now_button(line)).to_be_visible()
    now_button(line).click()
    expect(page.locator("#chat-box textarea")).to_be_focused()
    expect(line.locator("[data-state=done]")).to_contain_text("answered early by you")
    expect(page.locator("#chatbot")).to_contain_text("Factor it")


def test_the_budget_is_chosen_where_the_model_thinks_and_only_there(page: Page) -> None:
    budget = page.get_by_role("combobox", name="Thinking")
    budget.click()
    page.get_by_role("option", name=re.compile("short")).click()
    first = write(page, 1, "a long thought", then="Control+Enter")
    expect(first.locator(".slot .tokens")).to_have_text(re.compile(r"^[\d,]+ of 1,024 tokens$"), use_inner_text=True)
    first.get_by_role("button", name="Stop this run").click()
    model = page.get_by_role("combobox", name="Model")
    model.click()
    model.fill("SmolLM2 135M (built in) · Q4_1")
    page.get_by_role("option", name="SmolLM2 135M (built in) · Q4_1", exact=True).click()
    expect(budget).not_to_be_visible()


def test_a_download_shows_its_words_and_a_bar_and_can_be_stopped(page: Page, slow: Slow) -> None:
    model = page.get_by_role("combobox", name="Model")
    model.click()
    model.fill("Phi-4-mini-reasoning 3.8B · bf16")
    page.get_by_role("option", name="Phi-4-mini-reasoning 3.8B · bf16", exact=True).click()
    first = write(page, 1, "What is 12 + 30?", then="Control+Enter")
    expect(first.locator(".slot[data-state=loading]")).to_contain_text(WORDS)
    expect(first.get_by_role("progressbar", name="loading")).to_have_attribute("aria-valuenow", "64")
    first.get_by_role("button", name="Stop this run").click()
    expect(first.locator(".slot[data-state=stopped]")).to_be_visible()
    slow.go_on.set()
    page.keyboard.press("Control+Enter")
    first.locator("textarea").press("Control+Enter")
    expect(first.locator(".verdict.verified")).to_be_visible()


def test_how_a_model_was_loaded_and_what_it_warned_of_stands_behind_the_figures(page: Page) -> None:
    first = write(page, 1, "What is 12 + 30?", then="Control+Enter")
    expect(first.locator(".verdict.verified")).to_be_visible()
    figures = first.locator("details.meta")
    expect(figures.locator("summary")).to_contain_text("! 1 warning")
    expect(figures.get_by_text(WARNING)).not_to_be_visible()
    figures.locator("summary").click()
    expect(figures.get_by_text(WARNING)).to_be_visible()
    expect(figures).to_contain_text("quant: nf4 (asked)")
