"""A cell's values as HTML. Pure: a Run goes in, strings come out, and every text of a model or user is escaped.

A cell shows four strings: `head` (gutter and tools), `slot` (the thought line and the answer), the solution as Markdown,
and `result` (steps, verdict, tries, timing). Buttons carry `data-do`; assets/app.js turns a press into an action.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from phi4web.memory import gib
from phi4web.notebook import Cell, CellKind, Run, Try
from phi4web.ui import steps
from phi4web.ui.markup import button, trouble
from phi4web.ui.maths import formula, prose, solution
from phi4web.ui.progress import PROGRESS, Moment
from phi4web.ui.thought import later, thought_line, total_seconds
from phi4web.ui.verdicts import verdict_panel
from phi4web.ui.words import VERDICTS, count, duration, model_label
from phi4web.verdict import Reason, Verdict

NO_ANSWER: tuple[Reason, ...] = ("no_problem", "no_answer")  # there is nothing but the steps to judge
KINDS: dict[CellKind, str] = {"problem": "a problem", "working": "your own working", "note": "a note"}


@dataclass(frozen=True, slots=True)
class CellView:
    """What the four components of a cell show."""

    head: str
    slot: str
    solution: str
    result: str


def cell_view(cell: Cell, run: Run | None, moment: Moment) -> CellView:
    """`run` is the one to show."""
    return CellView(
        head(cell, run),
        slot(cell.id, run, moment),
        solution(cell.source) if cell.kind == "note" else shown_solution(run),
        result(run),
    )


# head


def glyph(run: Run | None) -> tuple[str, str, str]:
    """(glyph, CSS class, word) for the gutter: the verdict, or how far the run is."""
    if run is None:
        return "", "quiet", "not run yet"
    if not run.ended:
        return PROGRESS[run.state], "quiet", run.state
    if run.best is not None and run.state == "done" and run.by_hand and _decided_by_steps(run.best.verdict):
        found = steps.outcome(run.best.verdict)
        return found.glyph, found.css, found.word.lower()
    if run.best is not None and run.state == "done":
        sign, word = VERDICTS[run.best.verdict.status]
        return sign, run.best.verdict.status, word.lower()
    return {"failed": ("!", "bad", "failed"), "stopped": ("■", "quiet", "stopped")}.get(run.state, ("!", "amber", "interrupted"))


def _decided_by_steps(verdict: Verdict) -> bool:
    """Whether somebody's own lines are judged by their steps: there is no answer to judge, or a step is wrong."""
    return verdict.first_wrong is not None or verdict.reason in NO_ANSWER


def head(cell: Cell, run: Run | None) -> str:
    sign, css, word = glyph(run)
    live = run is not None and not run.ended
    typeset = cell.kind != "note" and re.search(r"\$|\\\(|\\\[", cell.source)  # a note is typeset whole, as Markdown
    shown = f'<div class="typeset" data-do="edit">{prose(cell.source)}</div>' if typeset else ""
    start = {"problem": "Run (Shift+Enter)", "working": "Check (Shift+Enter)"}.get(cell.kind)
    go = '<span class="live"></span>' if live else button("run", "▶", start, "quiet run") if start else ""
    tools = _runs(cell) + go + _menu(cell)
    return (
        f'<div class="gutter"><span class="number"></span><i class="glyph {css}" title="{word}">{sign}</i></div>'
        f'{shown}<div class="tools" data-cell="{cell.id}" data-kind="{cell.kind}" data-word="{word}">{tools}</div>'
    )


def _runs(cell: Cell) -> str:
    total = len(cell.runs)
    if total < 2:
        return ""
    at = range(total)[cell.shown]
    back = button("show", "‹", "Earlier run", at=max(at - 1, 0))
    on = button("show", "›", "Later run", at=min(at + 1, total - 1))
    return f'<span class="runs">{back}<span aria-label="Run {at + 1} of {total}">{at + 1}/{total}</span>{on}</span>'


def _menu(cell: Cell) -> str:
    entries = (
        ("up", "Move up"),
        ("down", "Move down"),
        ("above", "Insert above"),
        ("below", "Insert below"),
        *((kind, f"Turn into {words}") for kind, words in KINDS.items() if kind != cell.kind),
        ("delete", "Delete"),
    )
    items = "".join(f'<button type="button" data-do="{do}">{text}</button>' for do, text in entries)
    return f'<details class="menu"><summary aria-label="More for this cell" title="More">⋯</summary><div>{items}</div></details>'


# slot


def slot(cell_id: str, run: Run | None, moment: Moment) -> str:
    """The line between problem and solution, of one height in every state, and the answer under it."""
    if run is None:
        return f'<div class="slot" data-cell="{cell_id}" data-state="draft"></div>'
    live = "" if run.ended else f' data-live="{escape(run.id)}"'
    busy = "" if run.ended else ' aria-busy="true"'
    inside = thought_line(run, moment)
    word = glyph(run)[2]
    strength = run.best.verdict.strength if run.best else None
    said = f"{word}, {strength}" if strength else word
    return (
        f'<div class="slot" data-cell="{cell_id}" data-state="{run.state}" data-said="{escape(said)}"{live}{busy}>{inside}</div>'
        f"{answer_box(run)}"
    )


# answer and solution


def answer_box(run: Run) -> str:
    best = run.best
    if best is None or not run.ended or run.by_hand or best.verdict.reason == "proof" or not (best.verdict.answer or best.answer):
        return ""  # a proof ends with words; the last formula in it is no answer
    latex = best.verdict.answer or best.answer or ""
    copy = button("copy", "Copy", "Copy the answer as LaTeX", text=latex)
    return f'<div class="answer"><span class="small">Answer</span><span class="scroll">{formula(latex)}</span>{copy}</div>'


def shown_solution(run: Run | None) -> str:
    """The text being written, or that of the chosen try."""
    if run is None or run.by_hand:  # the lines stand in the cell's own box already
        return ""
    if run.solution or not run.ended:
        return solution(run.solution, streaming=not run.ended)
    return solution(run.best.solution) if run.best else ""


# the foot of a cell


def result(run: Run | None) -> str:
    """Everything under the solution. While a run goes on there is nothing to say here yet."""
    if run is None or not run.ended:
        return ""
    message = trouble(run.message) if run.state == "failed" else ""
    best = run.best
    if best is None:
        return message
    again = best.verdict.reason in ("stopped", "timeout", "checker_failed")
    if best.stop == "cancelled":  # whoever stops a try does not ask for a verdict on half a text
        panel = ""
    elif run.by_hand and best.verdict.reason in NO_ANSWER:
        panel = steps.working_panel(best.verdict)
    else:
        panel = verdict_panel(best.verdict, again=again, retry=not run.by_hand)
    stepped = run.by_hand or steps.coverage(best.verdict.steps)  # an answer alone is no working: a table of it would say nothing
    table = steps.table(best.verdict.steps) if stepped else ""
    return f"{message}{table}{panel}{tries_line(run)}{timing_line(run)}"


def tries_line(run: Run) -> str:
    """Which try is shown and why, with every try to read."""
    if len(run.tries) < 2:
        return ""
    best = run.best
    if best is not None and best.verdict.status == "verified":
        told = f"Try {best.number} of {run.samples} passed the check"
    else:
        told = f"None of {len(run.tries)} tries passed the check; the most frequent answer is shown"
    rows = "".join(_try(run, t) for t in run.tries)
    return f'<details class="tries"><summary>{escape(told)}</summary><ol>{rows}</ol></details>'


def _try(run: Run, attempt: Try) -> str:
    sign, word = VERDICTS[attempt.verdict.status]
    answer = formula(attempt.verdict.answer or attempt.answer or "") if attempt.verdict.answer or attempt.answer else "no answer found"
    shown = " · shown above" if attempt is run.best else ""
    thought = later(run, "thought", attempt.number) if attempt.thought else ""
    return (
        f'<li><details><summary><i class="glyph {attempt.verdict.status}">{sign}</i>'
        f' <span class="hidden">{word}</span><span class="scroll">{answer}</span>'
        f'<span class="small">seed {attempt.seed} · {duration(attempt.timings.seconds)}{shown}</span></summary>'
        f"{thought}{later(run, 'solution', attempt.number)}</details></li>"
    )


def timing_line(run: Run) -> str:
    """Quiet figures; behind them how the model was loaded, and why."""
    best = run.best
    if best is None:
        return ""
    if run.by_hand:
        return f'<p class="meta small">checked in {duration(best.timings.seconds)}, without a model</p>'
    parts = [duration(total_seconds(run))]
    if best.timings.tokens_per_second is not None:
        parts.append(f"{best.timings.tokens_per_second:.0f} tok/s")
    if best.timings.ttft is not None:
        parts.append(f"first token {duration(best.timings.ttft)}")
    parts += [model_label(run.model, run.quant), f"seed {best.seed}"]
    told = " · ".join(map(escape, parts))
    peak = [f"memory: {gib(run.peak_bytes)} at most"] if run.peak_bytes else []
    rows = [f'<li class="amber">{escape(warning)}</li>' for warning in run.warnings]
    rows += [f"<li>{escape(reason)}</li>" for reason in (*run.reasons, *peak)]
    if not rows:
        return f'<p class="meta small">{told}</p>'
    warned = f' · <span class="amber">! {count(len(run.warnings), "warning")}</span>' if run.warnings else ""
    return f'<details class="meta small"><summary>{told}{warned}</summary><ul>{"".join(rows)}</ul></details>'
