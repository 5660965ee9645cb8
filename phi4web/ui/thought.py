"""The line between a cell's problem and its solution: what is going on, and afterwards the thought, folded. Pure.

It has one height in every state. A long thought is not sent with it: the page asks for it when a reader opens it.
"""

from __future__ import annotations

from html import escape

from phi4web.notebook import Run, Try
from phi4web.ui.markup import button
from phi4web.ui.progress import Moment, hurry_button, loading_meter, may_hurry, no_meter, sign, thinking_meter, waiting
from phi4web.ui.words import clock, count, duration, model_label


def thought_line(run: Run, moment: Moment) -> str:
    return _ended_line(run) if run.ended else _live_line(run, moment)


def _live_line(run: Run, moment: Moment) -> str:
    """Always the same five pieces: words, ticker, meter with figures, answer now, stop."""
    thinking = run.state == "thinking"
    ticker = f"· “{escape(moment.ticker)}”" if thinking and moment.ticker else ""
    if thinking:
        bar = thinking_meter(run.thought_tokens, run.thinking_budget)
    else:
        bar = loading_meter(run.share, run.message) if run.state == "loading" else no_meter()
    now = hurry_button(thinking and may_hurry(run.thought_tokens, _elapsed(run, moment)), moment.hurried)
    stop = button("stop", '<i class="glyph">■</i> Stop', "Stop this run", "stop")
    return f'<span>{sign(run.state)} {_words(run, moment)}</span><em aria-hidden="true">{ticker}</em>{bar}{now}{stop}'


def _words(run: Run, moment: Moment) -> str:
    which = f"Try {len(run.tries) + 1} of {run.samples} · " if run.samples > 1 else ""
    match run.state:
        case "queued":
            return waiting(moment.place)
        case "loading":
            return escape(run.message) or f"Loading {escape(model_label(run.model, run.quant))}"
        case "reading":
            return f"{which}Reading the problem"
        case "thinking":
            return f'{which}<span class="wide">Thinking </span>{clock(_elapsed(run, moment))}'
        case "answering":
            return f"{which}Writing the solution {clock(_elapsed(run, moment))}"
        case _:
            return f"{which}Checking with computer algebra"


def _elapsed(run: Run, moment: Moment) -> float:
    return max(0.0, moment.now - (run.started_at or run.queued_at))


def _ended_line(run: Run) -> str:
    early = {"stopped": run.message or "Stopped", "interrupted": run.message or "Interrupted", "failed": "Failed"}.get(run.state, "")
    best = run.best
    thought, seconds, tokens = run.thought, None, run.thought_tokens
    if best is not None and not thought:
        thought, tokens = best.thought, best.usage.thought_tokens
        seconds = best.timings.ttfat if best.timings.ttfat is not None else best.timings.seconds
    if not thought:
        return f"<span>{escape(' · '.join(filter(None, [early, _wrote(run)])))}</span>"
    told = f"Thought for {duration(seconds)}" if seconds is not None else "Thought"
    cut = _cut_short(run, best) if best is not None else ""
    figures = cut or (count(tokens, "token") if tokens else "")
    title = escape(" · ".join(filter(None, [told, figures, early])))
    return f'<details class="thought"><summary>{title}</summary>{later(run, "thought")}</details>'


def _cut_short(run: Run, best: Try) -> str:
    """Why the thought ended before the model ended it, with its length; empty if it did not."""
    tokens = best.usage.thought_tokens
    if run.answered_early and best is run.tries[-1]:  # after that there is no further try
        return f"answered early by you at {count(tokens, 'token')}"
    used_up = run.thinking_budget is not None and tokens >= run.thinking_budget
    if used_up or (best.stop == "length" and not best.solution.strip()):
        return f"thinking budget of {count(run.thinking_budget or tokens, 'token')} used up"
    return ""


def _wrote(run: Run) -> str:
    if run.by_hand:
        return ""
    if run.state == "done" and run.best is not None:
        return f"Answered in {duration(total_seconds(run))}"
    return ""


def total_seconds(run: Run) -> float:
    """From the start on the first try to the end, the checks included."""
    if run.started_at is not None and run.finished_at is not None:
        return max(0.0, run.finished_at - run.started_at)
    return sum(t.timings.seconds for t in run.tries)


# long texts


def later(run: Run, part: str, number: int = 0) -> str:
    """A place for a long text that the page asks for when a reader opens it: part, run and try (0: the one shown)."""
    return f'<pre tabindex="0" data-load="{part}:{escape(run.id)}:{number}">…</pre>'


def text_of(run: Run, part: str, number: int) -> str:
    """The text that belongs in the place made by `later`."""
    if number == 0:
        shown = run.best
        own = run.thought if part == "thought" else run.solution
        return own or (getattr(shown, part) if shown else "")
    found = next((t for t in run.tries if t.number == number), None)
    return getattr(found, part) if found else ""
