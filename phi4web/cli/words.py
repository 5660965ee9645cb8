"""Values as a person reads them in a terminal."""

from __future__ import annotations

from phi4web.cli.output import number
from phi4web.engine.base import EngineInfo
from phi4web.memory import gib
from phi4web.notebook import Try
from phi4web.verdict import WAY_OUT, Verdict

TITLES = {"verified": "Verified", "consistent": "Consistent (numeric only)", "refuted": "Refuted", "could_not_check": "Could not check"}
PARTS = (
    ("read as", "reading"),
    ("answer", "answer"),
    ("domain", "domain"),
    ("method", "method"),
    ("evidence", "evidence"),
    ("witness", "witness"),
)


def headline(verdict: Verdict) -> str:
    """The verdict in one line, with its strength, or with the reason that there is none."""
    title = TITLES[verdict.status]
    if verdict.reason is not None:
        return f"{title}: {verdict.reason.replace('_', ' ')}{f' ({verdict.detail})' if verdict.detail else ''}"
    return f"{title} ({verdict.strength})" if verdict.strength else title


def verdict_words(verdict: Verdict) -> str:
    """The whole verdict, one part a line; the grade against a reference stands on its own line."""
    lines = [headline(verdict)]
    lines += [f"  {name:<10}{value}" for name, field in PARTS if (value := getattr(verdict, field))]
    if verdict.completeness != "n/a":
        lines.append(f"  {'complete':<10}{'yes' if verdict.completeness == 'complete' else 'not shown'}")
    if verdict.reason is not None:
        lines.append(f"  {'try':<10}{WAY_OUT[verdict.reason]}")
    if verdict.grade is not None:
        note = f" ({verdict.grade_note})" if verdict.grade_note else ""
        lines.append(f"Against the reference: {verdict.grade.replace('_', ' ')}{note}")
    if verdict.steps:
        lines.append(_coverage(verdict))
        lines += [f"  {s.mark} {s.latex}  {s.words}{f'; {s.witness}' if s.witness else ''}" for s in verdict.steps]
    return "\n".join(lines)


def _coverage(verdict: Verdict) -> str:
    checked = sum(step.mark != "?" for step in verdict.steps)
    return f"{checked} of {len(verdict.steps)} steps checked"


def try_words(one: Try, samples: int) -> str:
    return f"try {one.number} of {samples}: {one.answer or 'no answer'} – {headline(one.verdict)}"


def timing_words(one: Try, info: EngineInfo, peak_bytes: int | None) -> str:
    """The line under an answer: time, speed, first token, memory, and what made it."""
    t = one.timings
    parts = [
        f"{t.seconds:.1f} s",
        number(t.tokens_per_second, ".1f", " tok/s"),
        f"first token {number(t.ttft, '.2f', ' s')}",
        f"peak {'–' if peak_bytes is None else gib(peak_bytes)}",
        info.model,
        info.quant,
        info.device,
        f"seed {one.seed}",
    ]
    return " · ".join(parts)
