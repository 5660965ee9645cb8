"""Presses in the moment in which something ends, pressed twice, or while another thing is shown: none is lost, none counts double.

A stream of pictures stays open for a moment after its last one, and for long after the reader has looked elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from phi4web import runs
from phi4web.compare.comparison import from_json
from phi4web.engine.base import Request
from phi4web.engine.scripted import ScriptedEngine
from phi4web.errors import BadInput
from phi4web.events import Event, Finished
from phi4web.notebook import Chat
from phi4web.runs import Job, Services
from tests.browser.conftest import Stage, serve, until
from tests.browser.test_notebook import sheet_of
from tests.browser.test_tabs import chat, say

pytestmark = [pytest.mark.browser]
DONE = "#chat-line [data-state=done]"


class Held(ScriptedEngine):
    """Every answer to a text with "held" in it lacks its end until it is let go or stopped."""

    def __init__(self) -> None:
        super().__init__(["A short answer."], 0.004)
        self.go = threading.Event()

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        for event in super().stream(request, cancel, answer_now):
            while isinstance(event, Finished) and "held" in request.messages[-1].content and not (self.go.is_set() or cancel.is_set()):
                self.go.wait(0.05)
            yield event

    def close(self) -> None:
        """It is loaded again, under the name of another quantisation."""

    def asked(self, text: str) -> int:
        """How often it was asked this."""
        return sum(text in request.messages[-1].content for request in self.requests)


@pytest.fixture(scope="module")
def engine() -> Held:
    return Held()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, engine: Held) -> Iterator[Stage]:
    yield from serve(tmp_path_factory.mktemp("data"), loader=lambda wanted, progress, cancel: lambda: engine)


@pytest.fixture(autouse=True)
def held_again(engine: Held) -> None:
    engine.go.clear()


def press_when(page: Page, appears: str, press: str) -> None:
    """Has the button `press` pressed in the very moment in which `appears` does."""
    page.evaluate(
        """([appears, press]) => {
            const watch = new MutationObserver(() => {
                if (!document.querySelector(appears)) return;
                watch.disconnect();
                document.querySelector(press).click();
            });
            watch.observe(document.body, { childList: true, subtree: true, attributes: true });
        }""",
        [appears, press],
    )


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked while an answer was being written."""
    found, start = list[str](), runs.start_chat

    def noted(services: Services, chat_id: str, text: str, **wishes: Any) -> Job[Chat]:
        try:
            return start(services, chat_id, text, **wishes)
        except BadInput:
            found.append(text)
            raise

    monkeypatch.setattr(runs, "start_chat", noted)
    return found


def sent(page: Page) -> Locator:
    return page.locator("#chatbot [data-testid=user]")


def test_send_pressed_when_the_answer_ends_is_sent(page: Page, engine: Held) -> None:
    chat(page)
    say(page, "A held question.")
    box = page.locator("#chat-box textarea")
    expect(box).to_have_value("")
    box.fill("And the second?")
    press_when(page, DONE, "#chat-send")
    engine.go.set()
    until(page, lambda: engine.asked("And the second?") == 1)
    expect(sent(page)).to_have_count(2)
    expect(box).to_have_value("")
    expect(page.locator(DONE)).to_be_visible()


def test_regenerate_pressed_when_the_answer_ends_writes_another(page: Page, engine: Held) -> None:
    chat(page)
    press_when(page, DONE, "#chat-again")
    say(page, "Say it twice.")
    until(page, lambda: engine.asked("Say it twice.") == 2)
    expect(page.locator(DONE)).to_be_visible()
    expect(sent(page)).to_have_count(1)


def test_send_pressed_twice_sends_once(page: Page, engine: Held, refused: list[str]) -> None:
    chat(page)
    box = page.locator("#chat-box textarea")
    box.fill("Once, held.")
    page.locator("#chat-send").dblclick()
    until(page, lambda: len(refused) == 1)
    expect(sent(page)).to_have_text("Once, held.")
    expect(box).to_have_value("")
    engine.go.set()
    expect(page.locator(DONE)).to_be_visible()
    expect(sent(page)).to_have_count(1)
    expect(page.locator("#chat-line [role=alert]")).to_have_count(0)
    assert engine.asked("Once, held.") == 1


def test_what_is_sent_while_an_answer_is_written_stays_in_the_box(page: Page, engine: Held, refused: list[str]) -> None:
    chat(page)
    say(page, "Another held question.")
    box = page.locator("#chat-box textarea")
    expect(box).to_have_value("")
    say(page, "Too early")
    until(page, lambda: refused == ["Too early"])
    engine.go.set()
    expect(page.locator(DONE)).to_be_visible()
    expect(sent(page)).to_have_text("Another held question.")
    expect(box).to_have_value("Too early")
    page.locator("#chat-send").click()
    expect(sent(page)).to_have_count(2)
    expect(box).to_have_value("")


def test_an_answer_that_goes_on_is_not_drawn_over_the_chat_that_was_opened_instead(page: Page, stage: Stage, engine: Held) -> None:
    """Also where the page found it going on when it was opened."""
    chat(page)
    say(page, "A held question here.")
    expect(page.locator("#chat-line [data-state=answering]")).to_be_visible()
    page.reload()
    page.get_by_role("tab", name="Chat").click()
    expect(page.locator("#chat-line [data-state=answering]")).to_be_visible()
    page.locator("#chat-new").click()
    expect(sent(page)).to_have_count(0)
    page.get_by_role("combobox", name="Chats").click()
    page.get_by_role("option", name="A held question here.").first.click()
    expect(page.locator("#chat-line [data-state=answering]")).to_be_visible()
    page.locator("#chat-new").click()
    expect(sent(page)).to_have_count(0)
    engine.go.set()
    until(page, lambda: stage.services.jobs.running() == [])
    page.wait_for_timeout(1_000)  # the last pictures of who watched it
    expect(sent(page)).to_have_count(0)


def test_run_pressed_when_a_comparison_ends_begins_another_and_pressed_twice_only_one(page: Page, stage: Stage) -> None:
    page.get_by_role("tab", name="Compare").click()
    page.get_by_label("First n problems").fill("1")
    press_when(page, "#compare-table .comparison[data-state=done]", "#compare-run")
    page.locator("#compare-run").dblclick()
    until(page, lambda: len(done(stage)) == 2)
    expect(page.locator("#compare-table .comparison[data-state=done]")).to_be_visible()
    assert len(stage.services.store.comparisons()) == 2


def done(stage: Stage) -> list[str]:
    return [body for _, _, body in stage.services.store.comparisons() if from_json(body).state == "done"]


def test_a_drawing_that_got_lost_is_asked_for_once_more(page: Page, stage: Stage) -> None:
    """Gradio drops one that comes in the moment a stream ends; here the page is told of a cell that was never drawn."""
    sheet = sheet_of(page)
    behind = stage.services.store.add_cell(sheet, 0, "What is 12 + 30?")
    known = [behind.id, *(cell.id for cell in stage.services.store.notebook(sheet).cells[1:])]
    page.evaluate("cells => window.phi4web.receive({ cells })", known)
    expect(page.locator(f"#cell-{behind.id} textarea")).to_have_value("What is 12 + 30?")


def test_a_tab_that_is_looked_at_again_shows_what_another_one_added(page: Page, stage: Stage) -> None:
    added = stage.services.store.add_cell(sheet_of(page), 0, "What is 12 + 30?")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(f"#cell-{added.id} textarea")).to_have_value("What is 12 + 30?")
