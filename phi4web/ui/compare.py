"""The Compare tab: configurations side by side on a problem set, live, and the earlier comparisons."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from phi4web import compare
from phi4web.compare import Comparison
from phi4web.errors import BadInput, Phi4webError
from phi4web.runs import Job, Services
from phi4web.ui import tables
from phi4web.ui.components import QUICK
from phi4web.ui.follow import Screen
from phi4web.ui.follow import follow as follow_job
from phi4web.ui.markup import trouble
from phi4web.ui.picker import configs

log = logging.getLogger(__name__)
FRAME_SECONDS = 0.5
INTRO = (
    "<p>Two or more models or quantisations on the same problems. <b>Correct</b> compares with the answer key;"
    " <b>Verified</b> says that computer algebra proved the answer. The first needs a key, the second does not.</p>"
)
EARLIER = [("Earlier comparisons", "")]
Picture = tuple[str, str]  # table, what is going on
NOTHING: Any = (gr.skip(), gr.skip())  # what is shown stays
_starting = threading.Lock()


def job_of(services: Services, comparison_id: str | None) -> Job[Comparison] | None:
    """The comparison of this name if it is still going on; without a name, any that is, but never a stranger's."""
    if comparison_id is None and services.settings.public:
        return None
    found = [j for j in services.jobs.running() if j.owner.startswith("compare:")]
    return next((j for j in found if comparison_id in (None, j.id)), None)


def saved(services: Services, comparison_id: str) -> Comparison | None:
    body = next((body for key, _, body in services.store.comparisons() if key == comparison_id), None)
    return None if body is None else compare.as_left(compare.from_json(body))


def earlier(services: Services) -> list[tuple[str, str]]:
    """(label, id) of what was compared before, the latest first. Empty where strangers come."""
    if services.settings.public:
        return []
    return [choice for key, at, body in services.store.comparisons()[:40] for choice in _choice(key, at, body)]


def _choice(key: str, at: float, body: str) -> list[tuple[str, str]]:
    try:
        return [(_label(compare.from_json(body), at), key)]
    except BadInput as error:  # one that can't be read any more must not hide the others
        log.warning("comparison %s: %s", key, error)
        return []


def _label(value: Comparison, at: float) -> str:
    names = ", ".join(f"{row.model} {row.quant}" for row in value.rows)
    return f"{time.strftime('%Y-%m-%d %H:%M', time.localtime(at))} · {len(value.problems)} problems · {names}"[:110]


def line(value: Comparison, place: int = 0) -> str:
    words = value.message or {"done": "Done.", "stopped": "Stopped."}.get(value.state, "")
    live = value.state in ("waiting", "running")
    told = f"◐ Waiting, {place} before it" if live and place else f"{'◐ ' if live else ''}{words}"
    return f'<div class="slot" data-state="{value.state}"><span>{escape(told)}</span></div>'


def follow(services: Services, job: Job[Comparison]) -> Iterator[Picture]:
    """Pictures until the comparison ends. Leaving early stops nothing."""
    yield from follow_job(job, lambda value: (tables.comparison(value), line(value, job.place)), FRAME_SECONDS)
    yield tables.comparison(job.value), line(job.value)


def show(services: Services, comparison_id: str | None) -> Iterator[Picture]:
    """A comparison by name: live if it goes on, else as it was saved."""
    job = job_of(services, comparison_id)
    if job is not None:
        yield from follow(services, job)
    elif comparison_id and (value := saved(services, comparison_id)) is not None:
        yield tables.comparison(value), line(value)


def run(
    services: Services, screen: Screen, wanted: list[str], problems: str, limit: float | None, samples: float | None
) -> Iterator[Picture]:
    """Starts a comparison, unless the one that was started here goes on, and follows it.

    What can't be used is said in place of the table.
    """
    try:
        with _starting:  # two presses are one
            job = screen.started
            if job is None or job.ended or job.value.state not in ("waiting", "running"):
                job = screen.started = start(services, wanted, problems, limit, samples)
    except Phi4webError as error:
        yield from screen.show(iter([(trouble(str(error)), "")]), NOTHING)
        return
    yield from screen.show(follow(services, job), NOTHING)


def start(services: Services, wanted: list[str], problems: str, limit: float | None, samples: float | None) -> Job[Comparison]:
    """Raises BadInput or Busy."""
    if len(wanted) < 2:
        raise BadInput("Choose two or more configurations to compare.")
    if problems not in compare.problem_sets():  # the page reads no file of this computer
        raise BadInput(f"There is no problem set {problems!r:.80}.", f"Choose one of {', '.join(compare.problem_sets())}.")
    most = services.settings.max_new_tokens
    setup = compare.prepare(wanted, problems, limit=int(limit) if limit else None, samples=int(samples or 1), max_new_tokens=most)
    return compare.start(services, setup)


def stop(services: Services) -> None:
    job = job_of(services, None)
    if job is not None:
        job.stop()


def _first_two(choices: list[tuple[str, str]]) -> list[str]:
    """The default and the next quant of the same model."""
    model = choices[0][1].rpartition(":")[0]
    return [config for _, config in choices if config.rpartition(":")[0] == model][:2]


def build(demo: gr.Blocks, services: Services) -> None:
    """Draws the tab inside the open Blocks and joins its events."""
    choices = configs(services)
    sets = list(compare.problem_sets())
    screen = gr.State(Screen())
    with gr.Column(elem_classes="tab-page"):
        gr.HTML(INTRO, js_on_load=None, apply_default_css=False)
        with gr.Row(elem_classes="fields"):
            chosen = gr.Dropdown(
                choices,
                value=_first_two(choices),
                multiselect=True,
                label="Models and quantisations",
                elem_id="configs",
                scale=3,
            )
            problems = gr.Dropdown(sets, value=sets[0] if sets else None, label="Problems", scale=1)
            limit = gr.Number(6, label="First n problems", precision=0, minimum=1, scale=0, min_width=130)
            samples = gr.Number(1, label="Tries each", precision=0, minimum=1, maximum=32, scale=0, min_width=110)
        with gr.Row(elem_classes="bar"):
            go = gr.Button("▶ Run", variant="primary", elem_id="compare-run")
            halt = gr.Button("Stop", elem_id="compare-stop")
            gr.HTML("", js_on_load=None, apply_default_css=False, elem_classes="grow")
            past = gr.Dropdown(
                EARLIER, value="", label="Earlier comparisons", show_label=False, container=False, elem_classes=["pick", "model"]
            )
        now = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="compare-line")
        table = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="compare-table")

    def on_run(wanted: list[str], problems: str, limit: float | None, samples: float | None, screen: Screen) -> Iterator[Picture]:
        yield from run(services, screen, wanted, problems, limit, samples)

    def on_load(screen: Screen) -> Iterator[tuple[Any, Any, Any]]:
        known = earlier(services)
        first = known[0][1] if known else None
        yield gr.Dropdown(choices=EARLIER + known, value=""), gr.skip(), gr.skip()
        for picture in screen.show(show(services, None if job_of(services, None) else first), NOTHING, at_load=True):
            yield gr.skip(), *picture

    def on_past(comparison_id: str | None, screen: Screen) -> Iterator[Picture]:
        yield from screen.show(show(services, comparison_id), NOTHING)

    many: dict[str, Any] = {"trigger_mode": "multiple", **QUICK}  # see Screen
    demo.load(on_load, screen, [past, table, now], **QUICK)
    running = go.click(on_run, [chosen, problems, limit, samples, screen], [table, now], **many)
    running.then(lambda: gr.Dropdown(choices=EARLIER + earlier(services)), None, past, **QUICK)
    halt.click(lambda: stop(services), None, None, queue=False, **QUICK)
    past.input(on_past, [past, screen], [table, now], **many)
