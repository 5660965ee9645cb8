"""The real built-in models, the real checker, a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from phi4web.engine.embedded import ensure_gguf
from phi4web.runs import open_services
from phi4web.settings import Settings, read
from phi4web.ui.app import launch
from tests.browser.conftest import Watch, free_port

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.slow]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    cache = read().cache_dir
    ensure_gguf(cache)
    settings = Settings(data_dir=tmp_path, cache_dir=cache, port=free_port(), offline=True)
    services = open_services(settings)
    url, demo = launch(services, settings, block=False)
    yield url
    demo.close()
    services.close()


def test_a_sum_typed_by_hand_ends_with_a_verdict_from_the_real_model(url: str, context: BrowserContext) -> None:
    page, watch = context.new_page(), Watch()
    watch.over(page)
    page.goto(url)
    page.locator(".cell textarea").first.click()
    page.keyboard.type("What is 12 + 30?")
    page.keyboard.press("Shift+Enter")
    cell = page.locator(".cell").first
    expect(cell.locator(".verdict")).to_be_visible(timeout=150_000)
    if "Verified" in cell.locator(".verdict summary").inner_text():
        expect(cell.locator(".answer")).to_contain_text("42")
    expect(cell.locator(".meta")).to_contain_text("Practice model")
    assert watch.errors == []
    assert watch.hosts <= {"127.0.0.1"}


def test_a_word_in_chat_is_answered_by_the_model_that_talks(url: str, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(url)
    page.get_by_role("tab", name="Chat").click()
    page.locator("#chat-box textarea").click()
    page.keyboard.type("Say hello.")
    page.keyboard.press("Enter")
    expect(page.locator("#chatbot [data-testid=bot]")).to_be_visible(timeout=150_000)
    expect(page.locator("#chatbot, #chat-line").filter(has_text="SmolLM2").first).to_be_visible(timeout=150_000)
