"""Makes the pictures of the four tabs: 1280x900 and 390x844, light and dark. `make screenshots` runs it.

Nothing in them is made up: the page runs the built-in model on this computer, and what it says is what is shown, right or
wrong, with this computer's speed. So they differ a little from one machine to the next. It takes a few minutes.
"""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from phi4web.models import EMBEDDED  # noqa: E402
from phi4web.runs import open_services  # noqa: E402
from phi4web.settings import read  # noqa: E402
from phi4web.ui.app import launch  # noqa: E402

PROBLEMS = (
    "What is 12 + 30?",
    "What is the derivative of $x^2$?",
    "Solve $2x + 3 = 7$.",
    "Prove that the sum of two odd numbers is even.",
)
WORKING = "sqrt(3x + 4) = 2 + sqrt(x + 2)\nx - 1 = 2sqrt(x + 2)\nx^2 - 6x - 7 = 0\n(x - 7)(x + 1) = 0"  # somebody's own lines
QUESTION = "What is 7 * 8?"
SIZES = {"1280": (1280, 900), "390": (390, 844)}
SCHEMES = ("light", "dark")
TABS = ("Notebook", "Chat", "Compare", "Hardware")
MAX_TOKENS = 256  # of one answer; the second quantisation runs without a GPU too
WAIT = 600_000  # milliseconds


@contextmanager
def served() -> Iterator[str]:
    """The page with the built-in model from the user's cache, and a data folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        settings = replace(
            read({}),
            data_dir=Path(folder),
            port=port,
            model=EMBEDDED.id,
            quant=EMBEDDED.default_quant,
            max_new_tokens=MAX_TOKENS,
        )
        services = open_services(settings)
        url, demo = launch(services, settings, block=False)
        yield url
        demo.close()
        services.close()


def fill(page: Page, url: str) -> None:
    """A worksheet, a chat and a comparison, each by the real model."""
    page.goto(url)
    page.locator(".cell textarea").first.wait_for()
    page.locator("#top h1 button").click()
    page.locator("#top h1 input").fill("First problems")
    page.locator("#top h1 input").press("Enter")
    for number, problem in enumerate(PROBLEMS):
        cell = page.locator(".cell").nth(number)
        cell.locator("textarea").focus()
        page.keyboard.type(problem)
        page.keyboard.press("Shift+Enter")
        expect(cell.locator(".verdict")).to_be_visible(timeout=WAIT)
        print(f"{problem} -> {cell.locator('.verdict summary').inner_text()} ({cell.locator('.meta').inner_text()})", flush=True)
    page.get_by_role("button", name="+ Working").click()
    expect(page.locator(".cell").nth(len(PROBLEMS)).locator("textarea")).to_be_focused()
    page.keyboard.type(WORKING)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".cell").nth(len(PROBLEMS)).locator(".steps")).to_be_visible(timeout=WAIT)
    page.get_by_role("tab", name="Chat").click()
    page.locator("#chat-box textarea").click()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator("#chat-line [data-state=done]")).to_be_visible(timeout=WAIT)
    compare(page)


def compare(page: Page) -> None:
    """The default quantisation beside nf4, on the first eight problems."""
    page.get_by_role("tab", name="Compare").click()
    page.locator("#configs input").click()
    page.keyboard.press("Backspace")
    page.keyboard.type("135M (built in) · nf4")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_label("First n problems").fill("8")
    page.locator("#compare-run").click()
    expect(page.locator(".comparison[data-state=done]")).to_be_visible(timeout=WAIT)
    print(page.locator(".comparison").inner_text(), flush=True)


def take(browser: Browser, url: str, scheme: str, name: str) -> None:
    width, height = SIZES[name]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light")
    page.goto(url)
    page.locator(".cell .verdict").first.wait_for()
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        page.mouse.move(width - 2, height - 2)
        page.wait_for_timeout(900)
        page.screenshot(path=HERE / f"{tab.lower()}-{name}-{scheme}.png")
    if name == "1280":
        page.get_by_role("tab", name="Notebook").click()
        page.screenshot(path=HERE / f"worksheet-{scheme}.png", full_page=True)
    page.close()


def main() -> None:
    with served() as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        filling = browser.new_page(viewport={"width": 1280, "height": 900})
        fill(filling, url)
        address = filling.url
        filling.close()
        for scheme in SCHEMES:
            for name in SIZES:
                take(browser, address, scheme, name)
        browser.close()
    print(f"{len(TABS) * len(SIZES) * len(SCHEMES)} pictures of the tabs and {len(SCHEMES)} of the whole worksheet in {HERE}")


if __name__ == "__main__":
    main()
