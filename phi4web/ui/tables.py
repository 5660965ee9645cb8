"""Tables of the Compare and Hardware tabs as HTML. Pure: values go in, strings come out, every text escaped."""

from __future__ import annotations

from html import escape

from phi4web.compare import Comparison, Outcome, Row, Share
from phi4web.engine.base import EngineInfo
from phi4web.errors import BadInput
from phi4web.hardware import Hardware
from phi4web.loadplan import LoadPlan, Wishes
from phi4web.memory import gib
from phi4web.models import CATALOGUE
from phi4web.plan import plan
from phi4web.ui.words import VERDICTS, count, duration, model_label

DASH = '<span class="small">–</span>'

# heading, what it says on hover and to screen readers
COLUMNS = (
    ("Model", "model and quantisation"),
    ("Correct", "equals the answer key, with a 95 % interval"),
    ("Verified", "proved by computer algebra, with a 95 % interval"),
    ("Verified but wrong", "must stay 0"),
    ("s / problem", "median seconds for one problem, checks included"),
    ("tok/s", "tokens a second, mean ± standard deviation"),
    ("First token", "median seconds until the first token"),
    ("Peak", "most memory used since the model was loaded"),
)


def comparison(value: Comparison) -> str:
    """The table, what may be concluded, and under which conditions. On narrow screens each row is a card (app.css)."""
    heads = "".join(f'<th scope="col" title="{told}">{name}</th>' for name, told in COLUMNS)
    body = "".join(_row(row) for row in value.rows)
    notice = f'<p class="notice">{escape(value.notice)}</p>' if value.notice else ""
    pairs = "".join(f"<li>{escape(pair.words)}</li>" for pair in value.pairs)
    return (
        f'<div class="comparison" data-state="{value.state}">{notice}'
        f'<div class="wide-box" tabindex="0" role="region" aria-label="Comparison, scrolls sideways">'
        '<table class="figures"><caption class="hidden">Comparison</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        f"{f'<ul class=pairs>{pairs}</ul>' if pairs else ''}{_matrix(value)}"
        f'<p class="small">{escape(value.conditions)}</p></div>'
    )


def _row(row: Row) -> str:
    progress = "" if row.done >= row.of else f'<span class="small">{row.done} of {row.of} · {row.state}</span>'
    name = f"<b>{escape(model_label(row.model, row.quant))}</b>{progress}"
    if row.error and row.done == row.failed:
        return f'<tr><th scope="row">{name}</th><td colspan="7"><p class="trouble">{escape(row.error)}</p></td></tr>'
    speed = "" if row.tokens_per_second is None else f"{row.tokens_per_second:.1f}"
    if row.tokens_per_second_sd is not None:
        speed += f' <span class="small">± {row.tokens_per_second_sd:.1f}</span>'
    wrong = f'<b class="{"bad" if row.verified_but_wrong else ""}">{row.verified_but_wrong}</b>'
    cells = (
        share(row.correct),
        share(row.verified),
        wrong,
        seconds(row.seconds_median),
        speed or DASH,
        seconds(row.ttft),
        DASH if row.peak_bytes is None else gib(row.peak_bytes),
    )
    failed = f'<tr><td colspan="8"><p class="trouble">{escape(row.error)}</p></td></tr>' if row.error else ""
    data = "".join(f'<td data-name="{COLUMNS[i][0]}">{cell}</td>' for i, cell in enumerate(cells, start=1))
    return f'<tr><th scope="row">{name}</th>{data}</tr>{failed}'


def share(value: Share) -> str:
    """7 of 12, with the interval as numbers and as a bar."""
    if value.n == 0:
        return DASH
    low, high, at = (round(100 * x) for x in (value.low, value.high, value.k / value.n))
    bar = f'<span class="interval" aria-hidden="true"><i style="left:{low}%;width:{high - low}%"></i><b style="left:{at}%"></b></span>'
    return f'{value.k}/{value.n} <span class="small">{low}–{high} %</span>{bar}'


def seconds(value: float | None) -> str:
    return DASH if value is None else duration(value)


def _matrix(value: Comparison) -> str:
    """Which configuration did what on which problem."""
    if not value.outcomes:
        return ""
    heads = "".join(f'<th scope="col" title="{escape(p.text)}">{n}</th>' for n, p in enumerate(value.problems, start=1))
    rows = "".join(
        f'<tr><th scope="row">{escape(model_label(row.model, row.quant))}</th>'
        + "".join(_mark(value.outcome(row.config, p.id)) for p in value.problems)
        + "</tr>"
        for row in value.rows
    )
    return (
        '<details class="plain"><summary>Problem by problem</summary>'
        '<div class="wide-box" tabindex="0" role="region" aria-label="Problem by problem, scrolls sideways">'
        f'<table class="matrix"><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details>'
    )


def _mark(outcome: Outcome | None) -> str:
    if outcome is None:
        return "<td></td>"
    if outcome.status is None:
        return f'<td class="glyph bad" title="{escape(outcome.error or "")}">!</td>'
    sign, word = VERDICTS[outcome.status]
    graded = f", {outcome.grade.replace('_', ' ')} by the key" if outcome.grade else ""
    told = f"{word}{graded}: {outcome.answer or 'no answer'}"
    return f'<td class="glyph {outcome.status}" title="{escape(told)}">{sign}</td>'


# ---- hardware


def machine(hardware: Hardware) -> str:
    """What this computer has, in one list."""
    cards = ", ".join(f"{g.name} ({gib(g.total_bytes)}, {gib(g.free_bytes)} free)" for g in hardware.gpus) or "none that can be used here"
    rows = [
        ("Graphics card", cards),
        ("Processor", f"{hardware.cpu_name or 'unknown'}, {hardware.cores} cores"),
        ("Memory", f"{gib(hardware.ram_bytes)}, {gib(hardware.free_ram_bytes)} free"),
        ("Disk for models", f"{gib(hardware.disk_free_bytes)} free"),
        *(("Note", note) for note in hardware.notes),
    ]
    return f'<dl class="facts">{"".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in rows)}</dl>'


def loaded(info: EngineInfo | None) -> str:
    """What is really loaded now, with what it warned of, and every choice with its reason."""
    if info is None:
        return ""
    facts = [
        model_label(info.model, info.quant),
        f"on {info.device}",
        f"{info.context:,} tokens of context",
        f"{count(info.slots, 'answer')} at once",
        *([f"{gib(info.resident_bytes)} held"] if info.resident_bytes else []),
        f"loaded in {duration(info.load_seconds)}",
    ]
    warned = "".join(f'<p class="notice">{escape(warning)}</p>' for warning in info.warnings)
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in info.reasons)
    why = f'<details class="plain"><summary>How it was loaded, and why</summary><ul>{reasons}</ul></details>' if reasons else ""
    return f'<h2>Loaded now</h2><p class="loaded">{escape(" · ".join(facts))}</p>{warned}{why}'


PARTS = (("weights", "weights"), ("cache", "cache for the context"), ("working", "working memory"), ("fixed", "fixed part"))


def load_plan(value: LoadPlan) -> str:
    """The verdict first, one bar, the numbers as a table, then every choice with its reason."""
    fits = "verified" if value.fits else "refuted"
    sign = "✓" if value.fits else "✗"
    speed = ""
    if value.tokens_per_second is not None:
        low, high = value.tokens_per_second
        speed = f"<p>Expected speed: {low:.0f} to {high:.0f} tokens a second, worked out from memory bandwidth, not measured.</p>"
    return (
        f'<p class="fits {fits}"><i class="glyph">{sign}</i> {escape(value.verdict)}</p>{bar(value)}{_numbers(value)}'
        f"{_fixes(value)}{speed}{''.join(f'<p class=notice>{escape(w)}</p>' for w in value.warnings)}{_choices(value)}"
    )


def bar(value: LoadPlan) -> str:
    """One bar in proportion; a line marks where the card ends."""
    sizes = [(name, getattr(value.memory, name)) for name, _ in PARTS]
    whole = max(value.memory.total, value.free_bytes, 1)
    segments = "".join(f'<i class="part {name}" style="width:{100 * size / whole:.2f}%"></i>' for name, size in sizes)
    end = f'<b style="left:{100 * value.free_bytes / whole:.2f}%"></b>'
    return f'<div class="bar-of-memory" role="img" aria-label="{escape(value.verdict)}">{segments}{end}</div>'


def _numbers(value: LoadPlan) -> str:
    memory = value.memory
    rows = "".join(
        f'<tr><th scope="row"><i class="part {name}"></i>{words}</th><td>{gib(getattr(memory, name))}</td></tr>' for name, words in PARTS
    )
    return (
        f'<table class="numbers"><caption class="hidden">Memory needed</caption>{rows}'
        f'<tr class="total"><th scope="row">together</th><td>{gib(memory.total)} <span class="small">± {gib(memory.band)}</span></td></tr>'
        f'<tr><th scope="row">free</th><td>{gib(value.free_bytes)}</td></tr></table>{_measured(value)}'
    )


def _measured(value: LoadPlan) -> str:
    """What it really took here, beside what was worked out."""
    seen = value.measured
    if seen is None:
        return ""
    change = f"; the {gib(seen.extra)} more stand in the fixed part" if seen.extra else ""
    return (
        f'<p class="measured small">Measured on this computer: {gib(seen.bytes)} at most on {escape(seen.when[:10])}, with a context of'
        f" {seen.context:,}, where {gib(seen.expected)} were expected{change}.</p>"
    )


def _fixes(value: LoadPlan) -> str:
    if value.fits or not value.fixes:
        return ""
    items = "".join(
        f"<li>{escape(fix.label)}: saves {gib(fix.saves)}{'' if fix.enough else ', not enough alone'}</li>" for fix in value.fixes[:6]
    )
    return f'<div class="fixes"><b>Make it fit</b><ul>{items}</ul></div>'


def _choices(value: LoadPlan) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(c.name)}</th><td>{escape(c.asked or "–")}</td><td>{escape(c.used)}</td><td>{escape(c.why)}</td></tr>'
        for c in value.choices
    )
    return (
        '<details class="plain" open><summary>How it would be loaded, and why</summary><div class="wide-box"><table class="choices">'
        '<thead><tr><td></td><th scope="col">asked</th><th scope="col">used</th><th scope="col">why</th></tr></thead>'
        f"{rows}</table></div></details>"
    )


def every_plan(hardware: Hardware, context: int | None = None) -> str:
    """All models of the catalogue in all their quants on this machine."""
    rows = []
    for model in CATALOGUE:
        for quant in () if model.unavailable else model.quants:
            try:
                rows.append(_plan_row(plan(hardware, model, Wishes(quant=quant, context=context))))
            except BadInput as error:
                rows.append(f'<tr><th scope="row">{escape(model.label)} · {quant}</th><td colspan="5">{escape(str(error))}</td></tr>')
    return (
        '<details class="plain"><summary>All models on this machine</summary><div class="wide-box" tabindex="0" role="region"'
        ' aria-label="All models, scrolls sideways"><table class="choices"><thead><tr><td></td><th scope="col">runs on</th>'
        '<th scope="col">needs</th><th scope="col">free</th><th scope="col">context</th><th scope="col">tok/s</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _plan_row(value: LoadPlan) -> str:
    sign, css = ("✓", "verified") if value.fits else ("✗", "refuted")
    speed = DASH if value.tokens_per_second is None else "–".join(f"{x:.0f}" for x in value.tokens_per_second)
    where = "processor" if value.device == "cpu" else value.device_name
    return (
        f'<tr><th scope="row"><i class="glyph {css}" aria-label="{"fits" if value.fits else "does not fit"}">{sign}</i> '
        f"{escape(value.model.label)} · {escape(value.quant)}</th><td>{escape(where)}</td><td>{gib(value.memory.total)}</td>"
        f"<td>{gib(value.free_bytes)}</td><td>{value.context:,}</td><td>{speed}</td></tr>"
    )
