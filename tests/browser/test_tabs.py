"""Chat, Compare and Hardware in a real browser."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage

pytestmark = [pytest.mark.browser]


def chat(page: Page) -> None:
    page.get_by_role("tab", name="Chat").click()
    page.locator("#chat-new").click()
    expect(page.locator("#chatbot [data-testid=user]")).to_have_count(0)


def say(page: Page, text: str) -> None:
    page.locator("#chat-box textarea").click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_a_chat_answers_turn_after_turn_with_the_thought_folded(page: Page) -> None:
    chat(page)
    say(page, "Solve x^2 - 5x + 6 = 0")
    expect(page.locator("#chatbot")).to_contain_text("Verified")
    expect(page.locator("#chatbot .prose span.verified")).to_have_css("color", "rgb(11, 107, 58)")
    expect(page.locator("#chatbot .thought-group")).to_contain_text("Thought")
    expect(page.locator("#chatbot")).not_to_contain_text("Their product is 6")
    page.locator("#chatbot .thought-group .title").click()
    expect(page.locator("#chatbot")).to_contain_text("Their product is 6")
    expect(page.locator("#chat-box textarea")).to_have_value("")
    say(page, "And then?")
    expect(page.locator("#chatbot")).to_contain_text("A second answer, still short.")
    expect(page.locator("#chat-line")).to_contain_text("tok/s")


def test_a_chat_survives_a_reload_even_while_it_is_being_answered(page: Page, stage: Stage) -> None:
    stage.hold.set()
    chat(page)
    say(page, "a slow one")
    expect(page.locator("#chat-line [data-state=thinking]")).to_be_visible()
    page.reload()
    page.get_by_role("tab", name="Chat").click()
    expect(page.locator("#chatbot [data-testid=user]")).to_have_text("a slow one")
    expect(page.locator("#chat-line [data-state=thinking]")).to_be_visible()
    stage.hold.clear()
    expect(page.locator("#chat-line [data-state=answering]")).to_be_visible()
    page.locator("#chat-stop").click()
    expect(page.locator("#chat-line [data-state=stopped]")).to_be_visible()


def test_an_answer_can_be_written_again(page: Page) -> None:
    chat(page)
    say(page, "What is 17 + 4?")
    expect(page.locator("#chat-line [data-state=done]")).to_be_visible()
    before = page.locator("#chatbot [data-testid=bot]").last.inner_text()
    page.locator("#chat-again").click()
    expect(page.locator("#chatbot [data-testid=bot]").last).not_to_have_text(before)
    expect(page.locator("#chat-line [data-state=done]")).to_be_visible()
    expect(page.locator("#chatbot [data-testid=user]")).to_have_count(1)


def test_the_earlier_chat_can_be_opened_again(page: Page) -> None:
    chat(page)
    say(page, "And then I ask")
    expect(page.locator("#chatbot")).to_contain_text("A second answer")
    page.locator("#chat-new").click()
    expect(page.locator("#chatbot [data-testid=user]")).to_have_count(0)
    page.get_by_role("combobox", name="Chats").click()
    page.get_by_role("option", name="And then I ask").first.click()
    expect(page.locator("#chatbot")).to_contain_text("A second answer")


def test_a_comparison_of_two_configurations_runs_to_its_end_and_can_be_opened_again(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    page.get_by_label("First n problems").fill("2")
    page.locator("#compare-run").click()
    table = page.locator("#compare-table")
    expect(table.locator(".comparison[data-state=done]")).to_be_visible()
    expect(table.locator("tbody tr th")).to_contain_text(["Q4_1", "bf16"])
    for heading in ("Correct", "Verified", "Verified but wrong", "s / problem", "tok/s", "First token", "Peak"):
        expect(table.locator("thead th", has_text=re.compile(f"^{heading}$"))).to_have_count(1)
    expect(table.locator("td[data-name=Verified]").first).to_contain_text("/2")
    page.reload()
    page.get_by_role("tab", name="Compare").click()
    expect(table.locator(".comparison[data-state=done]")).to_be_visible()


def test_a_comparison_can_be_stopped(page: Page, stage: Stage) -> None:
    stage.hold.set()
    page.get_by_role("tab", name="Compare").click()
    page.get_by_label("First n problems").fill("20")
    page.locator("#compare-run").click()
    expect(page.locator("#compare-table .comparison[data-state=running]")).to_be_visible()
    page.locator("#compare-stop").click()
    expect(page.locator("#compare-table .comparison[data-state=stopped]")).to_be_visible()


def test_hardware_says_first_whether_it_fits_and_then_why(page: Page) -> None:
    page.get_by_role("tab", name="Hardware").click()
    expect(page.locator("#machine")).to_contain_text("Processor")
    card = page.get_by_role("combobox", name="Graphics card")
    card.click()
    card.fill("RTX 4070")
    card.press("Enter")
    page.get_by_role("combobox", name="Model", exact=True).click()
    page.get_by_role("option", name=re.compile("^Phi-4-reasoning 14B")).first.click()
    page.get_by_role("combobox", name="Quantisation").click()
    page.get_by_role("option", name="Q6_K", exact=True).click()
    fits = page.locator("#fits")
    expect(fits.locator(".fits")).to_contain_text("Does not fit on RTX 4070")
    expect(fits.get_by_role("img")).to_have_attribute("aria-label", re.compile("Does not fit"))
    expect(fits.locator(".fixes")).to_contain_text("saves")
    expect(fits).to_contain_text("as asked")


def test_an_unknown_card_is_told_with_the_way_out(page: Page) -> None:
    page.get_by_role("tab", name="Hardware").click()
    card = page.get_by_role("combobox", name="Graphics card")
    card.click()
    card.fill("Voodoo 9000")
    card.press("Enter")
    expect(page.locator("#fits").get_by_role("alert")).to_contain_text("Voodoo 9000")


def test_strangers_see_no_other_worksheet_and_no_other_model(page: Page, stage: Stage) -> None:
    """The rule that the page follows where strangers come; the page itself is served by the fixture."""
    from phi4web.runs import Services
    from phi4web.ui import chat as chat_tab
    from phi4web.ui import notebook
    from phi4web.ui.picker import configs

    mine = stage.services
    public = Services(replace(mine.settings, public=True), mine.host, mine.checker, mine.store, mine.jobs)
    known = {info.id for info in mine.store.notebooks()}
    assert notebook.open_sheet(public, None).id not in known
    assert chat_tab.open_chat(public, None).turns == ()
    own = {":".join(mine.host.default()), ":".join(mine.host.solver())}
    assert {config for _, config in configs(public)} == own
    assert configs(public, solving=True)[0][1] == ":".join(mine.host.solver())
