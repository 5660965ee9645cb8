"""Makes the pictures of the four tabs: 1280x900 and 390x844, light and dark. `make screenshots` runs it.

The page, the queue, the store and the checker are the real ones; only the model's words are scripted, so that the
pictures come out the same on every machine.
"""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from phi4web.engine.host import EngineHost  # noqa: E402
from phi4web.engine.scripted import ScriptedEngine, load  # noqa: E402
from phi4web.runs import open_services  # noqa: E402
from phi4web.settings import Settings  # noqa: E402
from phi4web.ui.app import launch  # noqa: E402

PROBLEMS = (
    "Solve $x^2 - 5x + 6 = 0$.",
    "What is the derivative of $x^3 - 2x$?",
    "Find the integral of 3x^2 + 1.",
    "Prove that the sum of two odd numbers is even.",
)
SIZES = {"1280": (1280, 900), "390": (390, 844)}
SCHEMES = ("light", "dark")
TABS = ("Notebook", "Chat", "Compare", "Hardware")
WAIT = 60_000


@contextmanager
def served() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        settings = Settings(data_dir=Path(folder), cache_dir=Path(folder), port=port)
        scripts = load(HERE / "scripts.json")
        host = EngineHost(settings, loader=lambda wanted, progress, cancel: lambda: ScriptedEngine(scripts, 0.01))
        services = open_services(settings, host)
        url, demo = launch(services, settings, block=False)
        yield url
        demo.close()
        services.close()


def fill(page: Page, url: str) -> None:
    """One worksheet with every kind of verdict, a chat, and a comparison."""
    page.goto(url)
    page.locator(".cell textarea").first.wait_for()
    page.locator("#top h1 button").click()
    page.locator("#top h1 input").fill("Roots and slopes")
    page.locator("#top h1 input").press("Enter")
    for number, problem in enumerate(PROBLEMS):
        box = page.locator(".cell").nth(number).locator("textarea")
        box.focus()
        page.keyboard.type(problem)
        page.keyboard.press("Shift+Enter")
        expect(page.locator(".cell").nth(number).locator(".verdict")).to_be_visible(timeout=WAIT)
    page.get_by_role("tab", name="Chat").click()
    page.locator("#chat-box textarea").click()
    page.keyboard.type("What is the derivative of x^3 - 2x?")
    page.keyboard.press("Enter")
    expect(page.locator("#chat-line [data-state=done]")).to_be_visible(timeout=WAIT)
    page.get_by_role("tab", name="Compare").click()
    page.get_by_label("First n problems").fill("6")
    page.locator("#compare-run").click()
    expect(page.locator(".comparison[data-state=done]")).to_be_visible(timeout=WAIT)


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
