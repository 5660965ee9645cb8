"""What the checker says about an answer, and about each step. Pure values; the JSON form is a contract (docs/verification.md)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["verified", "consistent", "refuted", "could_not_check"]
Completeness = Literal["complete", "not_shown", "n/a"]
Grade = Literal["correct", "incorrect", "could_not_check"]
Mark = Literal["✓", "⇔", "⇒", "⇐", "?", "✗"]
Reason = Literal[
    "no_problem",  # there was no question to check against
    "no_answer",  # the text holds no final answer
    "truncated",  # the thought never ended, so there is no answer
    "unreadable_answer",  # the answer is not a formula that the parser knows
    "not_understood",  # some words of the question are unknown to the matcher
    "proof",  # words to judge, nothing to compute
    "no_method",  # understood, but no independent route for this class
    "undecided",  # the route ran and could prove neither
    "incomplete",  # every given value holds, but others may be missing
    "too_large",  # over a size limit
    "timeout",  # took longer than the budget
    "checker_failed",  # the worker died; the next check has a new one
    "stopped",  # the user stopped it
]

# One thing that the user can do about each reason.
WAY_OUT: dict[Reason, str] = {
    "no_problem": "Give the question too, so that the answer can be checked against it.",
    "no_answer": "Run it again, or ask for the final answer in a box.",
    "truncated": "Run it again with a larger thinking budget.",
    "unreadable_answer": "Write the answer as a formula, for example x = 2 or 3/4.",
    "not_understood": "Say it as a plain question, for example: Solve x^2 - 5x + 6 = 0.",
    "proof": "Read it yourself: a proof in words is not something that the checker can compute.",
    "no_method": "Check it by hand: there is no independent route for this kind of question yet.",
    "undecided": "Try a simpler form of the answer.",
    "incomplete": "Check by hand whether other solutions exist.",
    "too_large": "Use smaller numbers or a shorter formula.",
    "timeout": "Try a simpler form of the question or the answer.",
    "checker_failed": "Check again; the checker has been restarted.",
    "stopped": "Press Check again to finish the check.",
}


@dataclass(frozen=True, slots=True)
class StepMark:
    """One checked step: ✓ equal, ⇔ same solutions, ⇒ may add, ⇐ loses, ? not checked, ✗ wrong (with a witness)."""

    latex: str
    mark: Mark
    words: str
    witness: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One checked answer.

    `reading`, `answer`: LaTeX made by us from what was understood. `strength`: "exact", "to N digits", "N points".
    `witness`: the concrete counterexample of a refutation. `detail`: free words beside `reason`, such as the
    words of the question that were not understood. None: does not apply.
    """

    status: Status
    strength: str | None = None
    reading: str | None = None
    answer: str | None = None
    method: str | None = None
    evidence: str | None = None
    witness: str | None = None
    domain: str | None = None
    completeness: Completeness = "n/a"
    reason: Reason | None = None
    detail: str | None = None
    grade: Grade | None = None
    grade_note: str | None = None
    steps: tuple[StepMark, ...] = field(default=())
    first_wrong: int | None = None
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"steps": [asdict(s) for s in self.steps]}

    @staticmethod
    def from_dict(row: dict[str, Any]) -> Verdict:
        """The inverse of `to_dict`. Raises TypeError for unknown keys."""
        return Verdict(**(row | {"steps": tuple(StepMark(**s) for s in row.get("steps", ()))}))


def could_not_check(reason: Reason, detail: str | None = None, **known: Any) -> Verdict:
    return Verdict("could_not_check", reason=reason, detail=detail, **known)


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What to check. `answer` is a bare answer, `response` a whole model output to extract one from; one of both.

    `reference` asks for a grade, `steps` for marks on each step of the response. None: not given.
    """

    problem: str | None = None
    answer: str | None = None
    response: str | None = None
    reference: str | None = None
    steps: bool = False
