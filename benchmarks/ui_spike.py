"""Is gr.render good enough for a worksheet of 30 cells? Figures for docs/decisions/0001-notebook-recipe.md.

Serves 30 cells made of five keyed components each, then drives Chromium: load, insert at the top, a stream that goes
on across the insert, values after the insert. The last line of stdout is one JSON object; times in milliseconds.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from playwright.sync_api import Page, expect, sync_playwright

CELLS = 30
TICKS = 80
SLOT_JS = """
element.go = () => trigger('run', {});
const attach = () => { if (element.querySelector('[data-live]')) trigger('run', {}); };
watch('value', attach); attach();
"""
BUS_JS = "window.act = (data) => trigger('act', data);"
ANSWER = "$$x_{1,2} = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}$$ and so on. " * 4


@dataclass
class Sheet:
    order: list[str] = field(default_factory=lambda: [f"c{n}" for n in range(CELLS)])
    text: dict[str, str] = field(default_factory=lambda: {f"c{n}": f"Problem number {n}" for n in range(CELLS)})
    ticks: dict[str, int] = field(default_factory=dict)


SHEET = Sheet()


def slot(cell: str) -> str:
    n = SHEET.ticks.get(cell)
    live = " data-live" if n is not None and n < TICKS else ""
    return f"<div id='slot-{cell}' data-cell='{cell}'{live}>tick {n}</div>"


def tail(cell: str) -> Iterator[str]:
    SHEET.ticks.setdefault(cell, 0)
    while SHEET.ticks[cell] < TICKS:
        time.sleep(0.1)
        SHEET.ticks[cell] += 1
        yield slot(cell)


def draw(cell: str) -> None:
    with gr.Column(key=("cell", cell), preserved_by_key=None):
        gr.HTML(f"<b>{cell}</b>", key=("head", cell), preserved_by_key=None)
        source = gr.Textbox(SHEET.text[cell], container=False, elem_id=f"in-{cell}", key=("in", cell), preserved_by_key=None)
        live = gr.HTML(slot(cell), js_on_load=SLOT_JS, key=("slot", cell), preserved_by_key=None)
        gr.Markdown(ANSWER, latex_delimiters=[{"left": "$$", "right": "$$", "display": True}], key=("md", cell), preserved_by_key=None)
        gr.HTML(f"<details><summary>verdict {cell}</summary>why</details>", key=("verdict", cell), preserved_by_key=None)
        source.input(
            lambda text: SHEET.text.__setitem__(cell, text),
            source,
            None,
            key=("save", cell),
            trigger_mode="always_last",
            show_progress="hidden",
        )
        live.run(lambda: (yield from tail(cell)), None, live, key=("run", cell), concurrency_limit=None, show_progress="hidden")


def insert(event: gr.EventData) -> list[str]:
    name = f"c{len(SHEET.order)}"
    SHEET.order.insert(event.at, name)
    SHEET.text[name] = "new one"
    return list(SHEET.order)


def build() -> gr.Blocks:
    with gr.Blocks() as demo:
        ids = gr.State(lambda: list(SHEET.order))
        bus = gr.HTML("", js_on_load=BUS_JS)
        bus.act(insert, None, ids, show_progress="hidden", concurrency_limit=None)

        @gr.render(inputs=ids, show_progress="hidden")
        def cells(order: list[str]) -> None:
            for cell in order:
                draw(cell)

    return demo


def ms(start: float) -> float:
    return round((time.perf_counter() - start) * 1000, 0)


def measure(page: Page, url: str) -> dict[str, object]:
    figures: dict[str, object] = {"cells": CELLS}
    start = time.perf_counter()
    page.goto(url)
    expect(page.locator(f"#in-c{CELLS - 1} textarea, #in-c{CELLS - 1} input")).to_be_visible()
    figures["load_ms"] = ms(start)

    page.evaluate("document.querySelector('#slot-c5').closest('[id^=html-]').go()")
    page.wait_for_function("/tick [1-9]/.test(document.querySelector('#slot-c5').textContent)")
    box = page.locator("#in-c3").locator("textarea, input")
    box.press("End")
    box.press_sequentially(" and more")
    start = time.perf_counter()
    page.evaluate("act({at: 0})")
    expect(page.locator(f"#in-c{CELLS}")).to_be_visible()
    figures["insert_ms"] = ms(start)
    seen: list[str] = []
    while not seen or seen[-1] != f"tick {TICKS}":
        text = page.locator("#slot-c5").inner_text()
        if not seen or seen[-1] != text:
            seen.append(text)
        if ms(start) > 15_000:
            break
        time.sleep(0.02)
    figures["ticks_seen_after_insert"] = len(seen)
    figures["stream_end"] = seen[-1]
    values = [page.locator(f"#in-{c}").locator("textarea, input").input_value() for c in SHEET.order]
    figures["values_right"] = values == [SHEET.text[c] for c in SHEET.order]
    figures["typed_kept"] = SHEET.text["c3"] == "Problem number 3 and more"
    order = page.locator("[data-cell]").evaluate_all("e => e.map(x => x.dataset.cell)")
    figures["order_right"] = order == SHEET.order

    SHEET.ticks["c7"] = 0
    page.reload()
    expect(page.locator("#slot-c7")).to_contain_text(f"tick {TICKS}", timeout=15_000)
    figures["reattached_on_reload"] = True
    return figures


def main() -> None:
    demo = build()
    _, url, _ = demo.launch(prevent_thread_lock=True, server_name="127.0.0.1", quiet=True, ssr_mode=False)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        errors: list[str] = []
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: errors.append(str(e)))
        figures = measure(page, url)
        figures["console_errors"] = errors
        browser.close()
    demo.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
