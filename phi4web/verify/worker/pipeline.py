"""What a worker does with one job: read the question and the answer, check, grade. Runs only inside a worker process.

This module is where SymPy starts; the parent never imports it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import sympy

from phi4web.errors import ParseFailure
from phi4web.verdict import Reason, Verdict, could_not_check
from phi4web.verify import checks
from phi4web.verify.build import NotBuildable, TooLarge, make_env, to_sympy
from phi4web.verify.checks.roots import NO_REAL_SOLUTION
from phi4web.verify.grade import grade_texts, same
from phi4web.verify.grade.number_words import in_digits
from phi4web.verify.hidden import MESSAGE, composed, is_disguised, undisguised
from phi4web.verify.latex import parse, to_latex
from phi4web.verify.latex.ast import Context, Node, Parse, Text, symbols
from phi4web.verify.problem import (
    EVERY_ONE,
    NotUnderstood,
    Statement,
    is_spare_letter,
    log_readings,
    reading_of,
    understand,
    without_left_side,
)
from phi4web.verify.steps import steps_of
from phi4web.verify.worker.doubts import (
    LOOSE_BRACES,
    comma_readings,
    doubt_of_writing,
    has_constant,
    is_angle_in_degrees,
    is_negative_residue,
    is_order_in_doubt,
    is_place_in_degrees,
    is_rounded_before_the_point,
    is_rounded_otherwise,
    is_with_remainder,
    missing_value,
    says_function_is_its_derivative,
    side_by_side,
    unasked_form,
    unequal_sides,
)
from phi4web.verify.worker.sides import other_name, unchecked_side
from phi4web.verify.worker.typed import mixed_percent, two_meanings

MOST_ANSWER_READINGS = 6
STEPS_SHARE = 0.85  # of the job's time: what was checked until then is sent before the worker would be ended
# the parser knows "no solution" only
NO_REAL = re.compile(r"(?:text )?(?:there (?:is|are) |it has )?no real (?:solutions?|roots?|zeros?)")
SPARE_LETTER = "The question has no letter; the one of the answer was read as a name for the value."
LETTERS_WITH_MEANING = frozenset("eid")  # plain letters when the question uses them as its variable


def run(job: dict[str, Any]) -> Any:
    """The result of one job, as JSON values. `op`: check, grade, same or steps."""
    return OPERATIONS[job["op"]](job)


def check(problem: str, answer: str) -> Verdict:
    """The verdict on a bare answer to a question. An empty question: the answer is only read."""
    problem, answer = composed(problem), composed(answer)
    if is_disguised(problem):
        return could_not_check("not_understood", MESSAGE)
    if is_disguised(answer) or answer.rstrip(" $*").endswith("?"):
        return could_not_check("unreadable_answer", MESSAGE if is_disguised(answer) else "it ends in a question mark")
    try:
        verdict = _check(problem, answer)
    except ValueError as refused:
        if "digits" not in str(refused):
            raise
        return could_not_check("too_large", "a number has too many digits to be written out")
    doubt = doubt_of_writing(problem, answer, verdict)
    if doubt or (verdict.status in ("verified", "consistent") and (doubt := other_name(problem, answer))):
        return _doubted(verdict, doubt)
    return verdict


def _check(problem: str, answer: str) -> Verdict:
    if not problem.strip():
        return _with_answer(could_not_check("no_problem"), answer)
    try:
        statements = understand(problem)
    except NotUnderstood as problem_with:
        return _with_answer(could_not_check(problem_with.reason, problem_with.detail), answer)
    if LOOSE_BRACES.search(problem) and any(side_by_side(problem, s.node) for s in statements):
        return could_not_check("not_understood", "two numbers stand side by side")
    try:
        answers = _answers(answer, statements[0])
    except ParseFailure as failure:
        return could_not_check("unreadable_answer", failure.message, reading=reading_of(statements[0]))
    except _TooMany:
        return could_not_check("unreadable_answer", "it can be read in too many ways", reading=reading_of(statements[0]))
    verdict = agreed([_over_answers(s, answers) for s in statements])
    if problem.rstrip(" $").endswith("!") and statements[0].kind != "evaluate" and verdict.status != "could_not_check":
        return _doubted(verdict, "the ! at the end may be a factorial or a mark of the sentence")
    return verdict


class _TooMany(Exception):
    pass


def _answers(text: str, statement: Statement) -> tuple[Parse, ...]:
    if NO_REAL.fullmatch(" ".join(re.findall("[a-z]+", text.lower()))) and statement.kind == "solve":
        return (Parse(Text(NO_REAL_SOLUTION)),)
    used = frozenset({statement.variable} if statement.variable else ()) & LETTERS_WITH_MEANING
    text = in_digits(text)
    readings = parse(text, context=Context(functions=statement.names, variables=used))
    if any(side_by_side(text, r.node) for r in readings):
        raise ParseFailure("two numbers stand side by side", 0, len(text))
    if len(readings) > MOST_ANSWER_READINGS:
        raise _TooMany
    if statement.kind == "inequality":
        return tuple(Parse(node, r.notes) for r in readings for node in comma_readings(r.node))
    return readings


def _with_answer(verdict: Verdict, answer: str) -> Verdict:
    """The verdict with the answer as it was read, when it can be."""
    try:
        return replace(verdict, answer=to_latex(parse(answer)[0].node))
    except (ParseFailure, RecursionError):
        return verdict


def _over_answers(statement: Statement, answers: Sequence[Parse]) -> Verdict:
    """The verdict that holds under every reading of the answer that fits the question."""
    verdicts: list[Verdict] = []
    expected = "another kind of answer"
    for parsed in answers:
        for asked, given in log_readings(statement, parsed.node):
            try:
                verdict = _without_doubt(asked, given, _one(asked, given))
            except checks.Unfit as misfit:
                expected = str(misfit)
                continue
            verdicts.append(replace(verdict, reading=reading_of(asked), answer=to_latex(given)))
    if verdicts:
        return agreed(verdicts)
    return could_not_check("unreadable_answer", f"expected {expected}", reading=reading_of(statement), answer=to_latex(answers[0].node))


def _one(statement: Statement, answer: Node) -> Verdict:
    bare = without_left_side(statement, answer)
    if bare is None:
        raise checks.Unfit("the answer by itself, or after the name of what the question asks for")
    try:
        verdict = checks.check(statement, bare)
        if verdict.status == "verified" and is_spare_letter(statement, answer):
            return replace(verdict, evidence=f"{verdict.evidence or ''} {SPARE_LETTER}".strip())
        return verdict
    except checks.NoMethod as lacking:
        return could_not_check("no_method", f"there is a method for {lacking}")
    except TooLarge as gate:
        return could_not_check("too_large", gate.message)
    except NotBuildable as gate:
        blamed = _buildable(answer)
        return could_not_check("no_method" if blamed else "unreadable_answer", gate.message)


def _buildable(node: Node) -> bool:
    """Whether the answer by itself makes sense to SymPy, so that the question is what does not."""
    try:
        to_sympy(node, make_env(symbols(node)))
    except (NotBuildable, TooLarge):
        return False
    return True


def _without_doubt(statement: Statement, answer: Node, verdict: Verdict) -> Verdict:
    """The verdict, or none where the answer may be meant in another way than it was checked."""
    if verdict.status == "refuted":
        if statement.one and not (verdict.witness or "").startswith("At "):
            return _doubted(verdict, "the question asks for one of several answers; this one was not shown to be wrong", "incomplete")
        if is_negative_residue(statement, answer):
            return _doubted(verdict, "the answer leaves the same remainder, but as a negative number")
        if is_angle_in_degrees(statement, answer):
            return _doubted(verdict, "the angle of the answer may be in degrees; write 90° or π/2")
        if " rounds to " not in (verdict.witness or "") and is_rounded_before_the_point(statement, answer):
            return _doubted(verdict, "the answer may be right when rounded before the decimal point, which was not checked")
    if verdict.status != "could_not_check" and is_with_remainder(statement):
        return _doubted(verdict, "mod after an equation may be about both sides or about one; write ≡, or brackets")
    if verdict.status != "could_not_check" and is_place_in_degrees(statement):
        return _doubted(verdict, "the number put into the sine, cosine or tangent may be in degrees or in radians; write 30° or pi/6")
    if verdict.status in ("verified", "consistent") and is_rounded_otherwise(statement, answer):
        return _doubted(verdict, "the answer has more digits than the rounding of the question leaves")
    claimed = verdict.status in ("verified", "consistent") or (verdict.status == "refuted" and statement.kind == "inequality")
    if verdict.status != "could_not_check" and says_function_is_its_derivative(statement, answer):
        return _doubted(verdict, "the answer says that the function is equal to its derivative, or to its integral")
    if verdict.status in ("verified", "consistent") and (unequal := unequal_sides(statement, answer)):
        return _doubted(verdict, unequal)
    if verdict.status in ("verified", "consistent") and (unchecked := unchecked_side(statement, answer)):
        return _doubted(verdict, unchecked)
    if claimed and (missing := missing_value(statement, answer)):
        return _doubted(verdict, missing)
    if verdict.status in ("verified", "consistent") and (fault := unasked_form(statement, answer, verdict)):
        return _doubted(verdict, fault)
    if verdict.status in ("verified", "consistent") and EVERY_ONE in statement.form and not has_constant(answer, statement):
        return _doubted(verdict, "the question asks for all antiderivatives; the constant of integration is missing", "incomplete")
    if verdict.status != "could_not_check" and statement.kind == "system" and is_order_in_doubt(statement, answer):
        return _doubted(verdict, "it is not clear which value belongs to which letter; name them, as in x = 1, y = 2")
    return verdict


def _doubted(verdict: Verdict, detail: str, reason: Reason = "undecided") -> Verdict:
    return could_not_check(reason, detail, method=verdict.method, domain=verdict.domain, reading=verdict.reading, answer=verdict.answer)


def graded(reference: str, answer: str) -> dict[str, str]:
    """The grade of an answer against a reference, and why."""
    try:
        result = grade_texts(reference, answer)
    except (NotBuildable, TooLarge) as gate:
        return {"grade": "could_not_check", "note": gate.message}
    doubt = next((d for text in (reference, answer) for d in (two_meanings(text), mixed_percent(text)) if d), None)
    if doubt and result.note != "the same text":
        return {"grade": "could_not_check", "note": doubt}
    return {"grade": result.grade, "note": result.note}


def proved_same(a: str, b: str) -> bool | None:
    """Whether two answers are proven equal or different under every reading. None: neither."""
    a, b = composed(a), composed(b)
    if is_disguised(a) or is_disguised(b):
        return None
    try:
        outcomes = {same(x.node, y.node) for x in parse(a) for y in parse(b)}
    except (ParseFailure, NotBuildable, TooLarge):
        return None
    return outcomes.pop() if len(outcomes) == 1 else None


def agreed(verdicts: Sequence[Verdict]) -> Verdict:
    """The first verdict when all have its status; otherwise nothing is claimed."""
    if len({v.status for v in verdicts}) == 1:
        return verdicts[0]
    first = verdicts[0]
    other = next(v for v in verdicts if v.status != first.status)
    question = first.reading != other.reading
    told = "; ".join(f"{v.status.replace('_', ' ')} when it is {v.reading if question else v.answer}" for v in (first, other))
    detail = f"the {'question' if question else 'answer'} can be read in several ways: {told}"
    return could_not_check("undecided", detail, reading=first.reading, answer=first.answer, method=first.method)


def warm_up() -> None:
    """Run one job of each kind, so that no user waits for SymPy's late imports, some of which the lock would forbid."""
    # these two write code while they are imported
    import sympy.integrals.manualintegrate
    import sympy.physics.units  # noqa: F401

    _without_written_code()
    for question, answer in WARM_UPS:
        check(question, answer)
        graded(answer, answer + " ")
    steps_of("2x + 6 = 10\nx + 3 = 5\nx = 2\n3 + 4 = 7")


def _without_written_code() -> None:
    """For each number of variables SymPy writes its monomial functions as text and runs it, which the lock forbids.

    Its plain functions compute the same, for any number of variables.
    """
    from sympy.polys import monomials

    plain = {
        "mul": monomials.monomial_mul,
        "pow": monomials.monomial_pow,
        "mulpow": lambda a, b, k: tuple(x + y * k for x, y in zip(a, b, strict=True)),
        "ldiv": monomials.monomial_ldiv,
        "div": monomials.monomial_div,
        "lcm": monomials.monomial_lcm,
        "gcd": monomials.monomial_gcd,
    }
    for name, function in plain.items():
        setattr(monomials.MonomialOps, name, lambda _, function=function: function)


def forget() -> None:
    """Drop what SymPy cached."""
    sympy.core.cache.clear_cache()


WARM_UPS = (
    ("What is 1/2 + sqrt(2)?", "sqrt(2) + 1/2"),
    ("Solve x^2 - x - 1 = 0", "x = (1 + sqrt(5))/2, (1 - sqrt(5))/2"),
    ("Differentiate x sin(x)", "sin(x) + x cos(x)"),
    ("Integrate x e^x", "(x - 1) e^x + C"),
    ("Integrate x^2 from 0 to 1", "1/3"),
    ("Find the limit of sin(x)/x as x approaches 0", "1"),
    ("Find sum_{k=1}^{infinity} (-1)^(k+1)/k", "ln 2"),  # SymPy fills a table from text here, which it may not do later
    ("Simplify (x^2 - 1)/(x - 1)", "x + 1"),
    ("Solve sqrt(x) = x - 2", "4"),
    ("Solve x^2 < 4", "-2 < x < 2"),
)
OPERATIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "check": lambda job: check(job["problem"], job["answer"]).to_dict(),
    "grade": lambda job: graded(job["reference"], job["answer"]),
    "same": lambda job: proved_same(job["a"], job["b"]),
    "steps": lambda job: steps_of(undisguised(job["response"]), job["problem"], STEPS_SHARE * job["seconds"]).to_dict(),
}
