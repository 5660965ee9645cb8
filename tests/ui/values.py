"""Values for the tests of the page: one verdict of each status, runs in every state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from phi4web.events import Timings, Usage
from phi4web.notebook import Run, RunState, Try
from phi4web.verdict import StepMark, Verdict, could_not_check

VERIFIED = Verdict(
    "verified",
    "exact",
    reading="x^{2} - 5 x + 6 = 0",
    answer="x = 2",
    method="substitution",
    evidence="left − right is 0",
    domain="x in the real numbers",
    completeness="complete",
)
CONSISTENT = Verdict("consistent", "24 points", reading="x", answer="y", method="sampling")
REFUTED = Verdict(
    "refuted", reading="x^{2} = 4", answer="x = 3", witness="at x = 3 the left side is 9", evidence="at x = 3 the left side is 9"
)
UNCHECKED = could_not_check("proof")
STEPS = (
    StepMark("3x + 4 = x + 6", "⇔", ""),
    StepMark("x^2 = 1", "⇒", "may add solutions", "x = -1"),
    StepMark("???", "?", "could not read this line"),
)


def attempt(number: int = 1, verdict: Verdict = VERIFIED, **changes: Any) -> Try:
    base = Try(
        number, number, "a thought", "The answer is $x = 2$.", "x = 2", verdict, "stop", Usage(5, 7, 9), Timings(2.0, 0.04, 1.5, 46.2)
    )
    return replace(base, **changes)


def run(state: RunState = "done", tries: tuple[Try, ...] = (), **changes: Any) -> Run:
    base = Run("run1", "Solve x^2 = 4", "Phi-4-mini-reasoning", "nf4", 1, 8, state=state, queued_at=100.0, started_at=101.0)
    tries = tries or ((attempt(),) if state == "done" else ())
    ended = {"finished_at": 105.0} if state in ("done", "stopped", "failed") else {}
    return replace(base, tries=tries, chosen=len(tries) - 1 if tries else None, **ended | changes)
