"""Which model: what may be typed in its place on one's own computer, what it says of that, and what the Hardware tab knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from phi4web.hardware import probe
from phi4web.loadplan import Wishes
from phi4web.models import find
from phi4web.peaks import Peak, Peaks
from phi4web.plan import plan
from phi4web.ui.picker import ADVANCED
from tests.browser.conftest import Stage, serve
from tests.browser.test_notebook import cell, write

pytestmark = [pytest.mark.browser]
FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "phi_tiny_mini"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("data")
    device = plan(probe(folder), find("Phi-4-mini-reasoning"), Wishes(quant="Q4_K_M")).device_name
    Peaks(folder).note(Peak("Phi-4-mini-reasoning", "Q4_K_M", device, "sdpa", 4096, 3 << 30, 2 << 30, "2026-11-22T05:00:00"))
    yield from serve(folder, offline=True)


def name_a_model(page: Page, name: str) -> Locator:
    model = page.get_by_role("combobox", name="Model")
    model.click()
    model.fill(name)
    model.press("Enter")
    return page.locator(".hint").first


def test_a_folder_is_taken_with_a_warning_and_runs(page: Page) -> None:
    expect(name_a_model(page, str(FOLDER))).to_have_text(ADVANCED)
    first = write(page, 1, "What is 12 + 30?", then="Control+Enter")
    expect(first.locator(".verdict.verified")).to_be_visible()
    expect(first.locator(".meta")).to_contain_text("phi_tiny_mini (advanced)")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/no/such/folder", "There is no /no/such/folder"),
        ("Phi-5", "There is no model 'Phi-5'"),
        ("nobody/nothing", "nobody/nothing"),
        ("remote:", "names no model"),
    ],
)
def test_a_name_that_leads_nowhere_is_told_in_one_line_at_once_and_in_the_cell(page: Page, name: str, words: str) -> None:
    hint = name_a_model(page, name)
    expect(hint.get_by_role("alert")).to_contain_text(words)
    first = write(page, 1, "What is 12 + 30?", then="Control+Enter")
    expect(first.get_by_role("alert")).to_contain_text(words)


def test_the_hardware_tab_says_what_is_loaded_and_what_was_measured(page: Page) -> None:
    write(page, 1, "What is 12 + 30?", then="Control+Enter")
    expect(cell(page, 1).locator(".verdict")).to_be_visible()
    page.get_by_role("tab", name="Hardware").click()
    expect(page.locator("#machine .loaded")).to_contain_text("answer at once")
    page.get_by_role("combobox", name="Quantisation").click()
    page.get_by_role("option", name="Q4_K_M", exact=True).click()
    expect(page.locator("#fits .measured")).to_have_text(
        re.compile(r"^Measured on this computer: 3.0 GiB at most on 2026-11-22, with a context of 4,096, where 2.0 GiB were expected")
    )
