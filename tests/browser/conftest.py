"""A served page with a scripted model and the real checker, and a Chromium that reports every error and every request."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from phi4web.engine.host import EngineHost
from phi4web.engine.loaders import Loader
from phi4web.engine.scripted import Script, ScriptedEngine, script
from phi4web.runs import Jobs, Services
from phi4web.settings import Settings
from phi4web.store import Store
from phi4web.ui.app import launch
from phi4web.verify.worker import Checker

THOUGHT = "We look for two numbers. Their product is 6 and their sum is 5. So they are 2 and 3. " * 4
ROOTS = "Factor it:\n\n$$x^2 - 5x + 6 = (x-2)(x-3)$$\n\nThe answer is $\\boxed{x = 2 \\text{ or } x = 3}$."
HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>\n\n"
    "![pixel](https://example.com/pixel.png) <form action=https://example.com><input></form>\n\n"
    "<div style='position:fixed;inset:0;z-index:9999'>over everything</div>\n\n"
    "$\\href{javascript:alert(1)}{x} <b>$ The answer is $\\boxed{\\text{<script>document.title='owned'</script>}}$."
)


def scripts() -> list[Script]:
    return [
        script(ROOTS, thought=THOUGHT, match="5x + 6"),
        script("The numbers add up: $12 + 30 = 42$. The answer is \\boxed{42}.", match="12 + 30"),
        script("It is \\boxed{5}.", match="17 + 4"),
        script("Now it is \\boxed{20}.", match="17 + 4"),
        script("Adding gives \\boxed{21}.", match="17 + 4"),
        *(script("It is \\boxed{9}.", match="5 + 5") for _ in range(8)),
        script("Then it is \\boxed{10}.", match="5 + 5"),
        script("Odd numbers are $2a+1$ and $2b+1$; their sum is $2(a+b+1)$.", match="Prove"),
        script(HOSTILE, thought=HOSTILE, match="hostile"),
        script("word " * 400, thought=THOUGHT * 3, match="slow"),
        script(ROOTS, thought=THOUGHT * 30, match="long thought"),
        script("A second answer, still short.", match="And then"),
        script("Something with \\boxed{1}."),
    ]


# What Gradio's own script says when a page is left while a stream is open.
LEAVING = ("AbortError", "errored out", "ERR_INCOMPLETE_CHUNKED_ENCODING")


@dataclass
class Stage:
    """`services` lets a test look behind the page."""

    url: str
    services: Services


@dataclass
class Watch:
    """What a page complained about and whom it asked."""

    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def over(self, page: Page) -> None:
        page.on("console", lambda m: self._note(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.errors.append(str(e)))
        page.on("request", lambda r: self.hosts.add(urlsplit(r.url).hostname or "") if r.url.startswith("http") else None)

    def _note(self, text: str) -> None:
        if not any(known in text for known in LEAVING):
            self.errors.append(text)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(folder: Path, delay_seconds: float = 0.004, loader: Loader | None = None, workers: int = 1, **options: Any) -> Iterator[Stage]:
    """A fresh server over `folder`; the model is scripted, whatever is asked for. `options` are fields of Settings."""
    settings = Settings(data_dir=folder, cache_dir=folder, port=free_port(), **options)
    host = EngineHost(settings, loader=loader or (lambda wanted, progress, cancel: lambda: ScriptedEngine(scripts(), delay_seconds)))
    jobs = Jobs(8, 120, settings.parallel, settings.per_client)
    services = Services(settings, host, Checker(workers), Store(folder / "phi4web.sqlite3"), jobs)
    url, demo = launch(services, settings, block=False)
    try:
        yield Stage(url, services)
    finally:
        demo.close()
        services.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    yield from serve(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(stage: Stage, context: BrowserContext) -> Iterator[Page]:
    """A page on a new worksheet. After the test: nothing in the console, and nobody asked but this computer."""
    page, watch = context.new_page(), Watch()
    watch.over(page)
    page.goto(f"{stage.url}/?n={stage.services.store.create_notebook().id}")
    page.locator(".cell textarea").first.wait_for()
    yield page
    assert watch.errors == []
    assert watch.hosts <= {"127.0.0.1"}
