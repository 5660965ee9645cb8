"""A served page with a scripted model and the real checker, and a Chromium that reports every error and every request."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from phi4web.engine.base import Request
from phi4web.engine.host import EngineHost
from phi4web.engine.loaders import Loader
from phi4web.engine.scripted import Script, ScriptedEngine, script
from phi4web.events import Delta, Event
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
        script("word " * 20_000, thought=THOUGHT, match="slow"),  # the whole takes longer than any test
        script(ROOTS, thought=THOUGHT * 300, match="long thought"),
        script("A second answer, still short.", match="And then"),
        script("Something with \\boxed{1}."),
    ]


PATIENCE = 60  # seconds: a busy machine must not fail a test
expect.set_options(timeout=1_000 * PATIENCE)

# What Gradio's own script says when a page is left while a stream is open.
LEAVING = ("AbortError", "errored out", "ERR_INCOMPLETE_CHUNKED_ENCODING")


class Held(ScriptedEngine):
    """While `hold` is set, every answer stays in its thought until it is stopped."""

    def __init__(self, delay_seconds: float, hold: threading.Event) -> None:
        super().__init__(scripts(), delay_seconds)
        self._hold = hold

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        """As the protocol says."""
        for event in super().stream(request, cancel, answer_now):
            while isinstance(event, Delta) and event.part == "solution" and self._hold.is_set() and not cancel.is_set():
                cancel.wait(0.02)
            yield event


@dataclass
class Stage:
    """`services` lets a test look behind the page. `hold`: see Held; it goes with the test."""

    url: str
    services: Services
    hold: threading.Event = field(default_factory=threading.Event)


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
    hold = threading.Event()
    host = EngineHost(settings, loader=loader or (lambda wanted, progress, cancel: lambda: Held(delay_seconds, hold)))
    jobs = Jobs(8, 120, settings.parallel, settings.per_client)
    services = Services(settings, host, Checker(workers), Store(folder / "phi4web.sqlite3"), jobs)
    url, demo = launch(services, settings, block=False)
    try:
        yield Stage(url, services, hold)
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
    context.set_default_timeout(1_000 * PATIENCE)
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
    stage.hold.clear()
    for job in stage.services.jobs.running():  # what one test left must not be in the way of the next
        job.stop()
    assert watch.errors == []
    assert watch.hosts <= {"127.0.0.1"}


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Waits for what only the server knows, while the page goes on."""
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert condition()
