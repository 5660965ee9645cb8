"""What a long thought costs the page: a 100 kB thought streamed into a cell, seen in Chromium.

Figures of DESIGN section 8: bytes on the wire for each byte of text, share of the time that the main thread was busy,
longest task. Beside them the thought opened afterwards. The last line of stdout is one JSON object.
"""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
import time
from pathlib import Path

from playwright.sync_api import CDPSession, Page, expect, sync_playwright

from phi4web.engine.host import EngineHost
from phi4web.engine.scripted import ScriptedEngine, script
from phi4web.runs import open_services
from phi4web.settings import Settings
from phi4web.ui.app import launch

SENTENCE = "So the sum of \\(k^2\\) up to n is \\(n(n+1)(2n+1)/6\\), which we check at n = 3: 1 + 4 + 9 = 14. "
THOUGHT = SENTENCE * (100_000 // len(SENTENCE))
PIECE_CHARS = 40
SECONDS = 15.0
LONG_TASKS = "new PerformanceObserver(l => l.getEntries().forEach(e => (window.long ??= []).push(e.duration))).observe({type: 'longtask'})"


def busy(session: CDPSession) -> float:
    """Seconds that the main thread has worked since the page was opened."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))


def measure(page: Page, session: CDPSession) -> dict[str, object]:
    received = [0]
    session.on("Network.dataReceived", lambda event: received.__setitem__(0, received[0] + event["dataLength"]))
    session.send("Network.enable")
    session.send("Performance.enable")
    page.locator(".cell textarea").first.click()
    page.keyboard.type("a long one")
    page.wait_for_timeout(1_000)
    page.evaluate(LONG_TASKS)
    before, received[0], start = busy(session), 0, time.perf_counter()
    page.keyboard.press("Control+Enter")
    cell = page.locator(".cell").first
    expect(cell.locator(".verdict")).to_be_visible(timeout=120_000)
    seconds, worked, wire = time.perf_counter() - start, busy(session) - before, received[0]
    start = time.perf_counter()
    cell.locator(".thought summary").click()
    expect(cell.locator(".thought pre")).to_contain_text("So the sum")
    page.wait_for_timeout(200)
    return {
        "thought_bytes": len(THOUGHT),
        "seconds": round(seconds, 1),
        "wire_bytes": wire,
        "wire_per_text": round(wire / len(THOUGHT), 2),
        "wire_per_text_with_thought_opened": round(received[0] / len(THOUGHT), 2),
        "main_thread_busy": round(worked / seconds, 3),
        "longest_task_ms": round(max(page.evaluate("window.long ?? [0]"))),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = Settings(data_dir=Path(folder), cache_dir=Path(folder), port=port)
        told = script("It is \\boxed{14}.", thought=THOUGHT, piece_chars=PIECE_CHARS)
        delay = SECONDS / (len(THOUGHT) / PIECE_CHARS)
        host = EngineHost(settings, loader=lambda wanted, progress, cancel: lambda: ScriptedEngine([told], delay))
        services = open_services(settings, host)
        services.checker.warm()
        url, demo = launch(services, settings, block=False)
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(url)
        page.locator(".cell textarea").first.wait_for()
        # one try only: the figure is about one thought
        page.get_by_role("combobox", name="Model").first.click()
        page.get_by_role("option", name="Phi-4-mini-reasoning 3.8B · bf16").first.click()
        figures = measure(page, page.context.new_cdp_session(page))
        browser.close()
        demo.close()
        services.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
