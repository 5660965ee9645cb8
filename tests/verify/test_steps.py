"""Marks on steps: what must be called wrong, what must never be, and how the solutions of equations change from line to line."""

from __future__ import annotations

import pytest

from phi4web.verify.steps import Marked, steps_of


def marks(text: str, problem: str | None = None) -> str:
    return "".join(step.mark for step in steps_of(text, problem).steps)


def last(text: str, problem: str | None = None) -> tuple[str, str, str | None]:
    step = steps_of(text, problem).steps[-1]
    return step.mark, step.words, step.witness


# -- the user's own working ---------------------------------------------------------------------------------------------------------

WORKING = [
    ("2x+6=10\nx+3=5\nx=2", "?⇔⇔"),
    (r"$2x+6=10$" + "\n" + r"$2x=4$" + "\n" + "$x=2$", "?⇔⇔"),
    ("Step 1: 2x+6=10\nStep 2: 2x=4\nStep 3: x=2", "?⇔⇔"),
    ("2x+6=10\nso 2x=4\ntherefore x=2", "?⇔⇔"),
    ("2x+6=10\nx+6=5\nx=-1", "?✗⇔"),
    (r"\frac{x}{2}=3 \implies x=6 \implies x=7", "?⇔✗"),
    ("x^2=4\nx=2 or x=-2", "?⇔"),
    (r"x^2=2" + "\n" + r"x=\pm\sqrt{2}", "?⇔"),
    ("x^2=4\nx=2\nx=-2", "?⇐⇔"),
    ("x^2=x\nx=1", "?⇐"),
    ("(x-2)^2=0\nx-2=0", "?⇔"),
    ("(x^2-1)/(x-1)=0\nx^2-1=0", "?⇒"),
    ("|x-1|=2\nx-1=2 or x-1=-2\nx=3 or x=-1", "?⇔⇔"),
    ("x^2+1=0\nno solution", "?⇔"),
    ("x^2+2x+1=4\n(x+1)^2=4\nx+1=\\pm 2\nx=1 or x=-3", "?⇔⇔⇔"),
    ("x^2-5x+6=0\nx-2=0\nx-3=0\nx=2\nx=3", "?⇐⇔⇔⇔"),
    ("2^x=8\nx=3\nx=4", "?⇔?"),
    ("e^{2x}=5\n2x=\\ln 5\nx=\\frac{\\ln 5}{2}", "?⇔⇔"),
    ("\\ln x=2\nx=e^2", "?⇔"),
    ("2^x=-1\nno solution", "?⇔"),
    ("sqrt(x)*sqrt(x)=-4\nx=-4", "?⇒"),
    ("2x+6=10\n2x=4 (subtract 6)\nx=2 // divide by 2", "?⇔⇔"),
    ("2x+1=7\nx=3\ncheck: 2(3)+1=7", "?⇔✓"),
    ("x=2\nx=3", "??"),
    ("12*3\n36\n36+4\n40\n41", "?✓?✓✗"),
    ("f(x)=x^2\nf'(x)=2x", "?✓"),
    ("\\sin x=1/2\nx=\\pi/6", "??"),
    ("5<2x+1<9\n2<x<4", "?⇔"),
    ("x=3\nx^2=9", "?⇒"),
    ("c=sqrt(5)\n2c=2sqrt(5)", "?⇔"),
    ("x^5-x-1=0\nx^6-x^2-x=0", "?⇒"),
    ("x^3=2\nx=\\sqrt[3]{2}", "?⇔"),
    ("2x<4\nx<2", "?⇔"),
    ("-2x<4\nx<-2", "?✗"),
    ("x>2\nx^2>4", "?⇒"),
    ("2x+y=5\ny=5-2x", "?⇔"),
    ("xy=y\nx=1", "?⇐"),
    ("(x+1)^2\nx^2+2x+1\nx^2+3x+1", "?✓✗"),
    ("(x+1)^2\n= x^2+2x+1\n= x^2+2x+2", "✓✗"),
    (r"\frac{d}{dx} x^3" + "\n3x^2\n2x^2", "?✓✗"),
    (r"\int 2x\,dx" + "\nx^2+C", "?✓"),
    ("1. 2+2=4\n2. 3+4=8", "✓✗"),
    ("x=12/4=3", "?✓"),
    ("lim x→0 sin(x)/x = 0", "✗"),
    ("lim x→2 (3) = 3", "✓"),
    ("lim x->0 sin(2x)/x\n= 2", "✓"),
    ("3+4=7=8", "✓✗"),
    (r"17\equiv 2\pmod 5" + "\n" + r"17\equiv 3\pmod 5", "✓✗"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WORKING, ids=lambda v: str(v)[:40])
def test_each_line_of_a_working_gets_its_mark(text: str, expected: str) -> None:
    assert marks(text) == expected


def test_a_surd_equation_shows_where_solutions_come_in_and_where_they_go() -> None:
    text = (
        "sqrt(3x+4)=2+sqrt(x+2)\n3x+4=4+4sqrt(x+2)+x+2\nx-1=2sqrt(x+2)\nx^2-2x+1=4x+8\n"
        "x^2-6x-7=0\n(x-7)(x+1)=0\nx=7 or x=-1\nx=7"
    )  # fmt: skip
    marked = steps_of(text)
    assert "".join(s.mark for s in marked.steps) == "?⇔⇔⇒⇔⇔⇔⇐"
    assert (marked.steps[3].words, marked.steps[3].witness) == ("follows, but may add solutions", "x = -1")
    assert (marked.steps[-1].words, marked.steps[-1].witness) == ("leaves out what does not solve the first line", "x = -1")


def test_the_words_of_each_mark_name_the_witness() -> None:
    assert last("2x+6=10\nx+3=5") == ("⇔", "same solutions as the line above", None)
    assert last("x^2=x\nx=1") == ("⇐", "loses solutions", "x = 0")
    assert last("2x+6=10\nx+6=5") == ("✗", "does not follow", "at x = 2, 8 ≠ 5")
    assert last("3+4=8") == ("✗", "does not follow", "7 ≠ 8")
    assert last("(x+1)^2\nx^2+1") == ("✗", "does not follow", "at x = 1, 4 ≠ 2")
    assert last("(x-2)^2=0\nx-2=0")[1] == "same solutions as the line above; x = 2 counts twice above"
    assert last("f(x)=x+\\foo{3}")[0] == "?"


def test_the_first_line_is_compared_with_the_question() -> None:
    assert last("2x+6=10", "Solve 2x + 6 = 10")[:2] == ("⇔", "same solutions as the question")
    assert steps_of("2x+6=10\nx=2", "What is 3 + 4?").steps[0].words == "the start: taken as given"
    assert last("2x+6=10", "What is 3 + 4?")[:2] == ("?", "not checked: an equation that nothing follows from")


def test_the_first_wrong_step_is_the_first_cross() -> None:
    assert steps_of("1+1=2\n1+2=4\n1+3=5").first_wrong == 1
    assert steps_of("1+1=2").first_wrong is None


def test_coverage_counts_every_mark_but_the_question_mark() -> None:
    marked = steps_of("2x+6=10\nx+3=5\nx=2")
    assert (marked.checked, len(marked.steps)) == (2, 3)


# -- solutions in words ---------------------------------------------------------------------------------------------------------------

MUST_ALARM = [
    "So the total is $3 \\cdot 4 + 5 = 18$ apples.",
    "We get 3 * 4 = 13 apples in all.",
    "\\begin{align*}2^3 + 5 &= 8 + 5 \\\\ &= 14\\end{align*}",
    "Therefore $\\frac{1}{2} + \\frac{1}{3} = \\frac{2}{5}.$",
    "We have $\\sqrt{16} + \\sqrt{9} = 5$.",
    "Hence $17 \\cdot 44 = \\boxed{788}$.",
    "There are $\\binom{5}{2} = 12$ ways.",
    "Then $2(3)(4) = 25$.",
    "\\[1 + 2 + 3 = 6 = 7\\]",
    "This gives $3 + 1 < 2$ for the two lengths.",
    "$2\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix} = \\begin{pmatrix} 2 & 4 \\\\ 6 & 9 \\end{pmatrix}$",
]  # fmt: skip


@pytest.mark.parametrize("text", MUST_ALARM)
def test_a_false_claim_in_numbers_is_called_wrong(text: str) -> None:
    marked = steps_of(text, "What is it?")
    assert marked.first_wrong is not None
    assert marked.steps[marked.first_wrong].witness


MUST_NOT_ALARM = [
    # trials and suppositions
    "If we suppose that $x = 1$, then $3(1) + 4 = 8$, which is false.",
    "Could it be that $2 + 2 = 5$?",
    "But $2 \\cdot 3 = 7$ is a contradiction.",
    "If $b=2$, then $4a=4(a-3) \\Rightarrow 0=-12$.",
    # remainders, congruences, rounding
    "Dividing, $22 \\div 7 = 3$ remainder $1$.",
    "Working modulo $5$, $7 + 6 = 3$.",
    "We have $\\lfloor 42/5 \\rfloor + \\lfloor 42/25 \\rfloor = 8 + 1$.",
    "The number of multiples is $42/5 = 8$, rounded down.",
    "So $2/3 = 0.67$.",
    "$\\pi = 3.14$",
    "$\\pi \\approx 3.14 \\approx 3$",
    # units, degrees, percent, other notations
    "$3\\text{ feet} = 36\\text{ inches}$",
    "$1\\text{ hour} = 60$",
    "$\\$2 = 200\\text{ cents}$",
    "$\\angle A = 180 - 90 - 30 = 60^\\circ$",
    "$\\sin 30 = \\frac{1}{2}$",
    "$\\frac{20}{100} = 20$ percent, so $20\\% = 20/100$.",
    "$2\\frac{1}{2} = \\frac{5}{2}$",
    "$1{,}000 + 1 = 1{,}001$ and $1,\\!000 \\cdot 2 = 2,\\!000$",
    "$0.\\overline{3} = \\frac{1}{3}$",
    "In base 2, $1010_2 = 10$.",
    "$\\log 8 = 3$",
    "$e = \\frac{1}{2}$ is the eccentricity.",
    "$7! \\times 2!=\\boxed{10,\\!080}$",
    # definitions and conditions
    "Let $f(2) = 7$ and $f(3) = 10$.",
    "Then $f(2) = 3(2) + 1 = 7$.",
    "We know $x + y = 5$ and $x - y = 1$.",
    "Since $x^2 = x + 1$, $x^3 = x \\cdot x^2 = x(x + 1) = x^2 + x = 2x + 1$.",
    "$(x - 2)(x - 3) = x^2 - 5x + 6 = 0$",
    "$x = \\pm 3$",
    "$(x, y) = (2, 3)$",
    "$AB = 5$ and $BC = 12$, so $AC = \\sqrt{25 + 144} = 13$.",
    "$1 + 2 + \\dots + 9 = 45$",
    "$2, 4, 8, \\ldots$",
    "1. $x = 2$\n2. $x = 3$",
    "The solutions are $x = 1, 2$.",
    "$\\sqrt{x^2} = x$",
    "$x^2 = 16$ and $x > 0$, so $x = 4$.",
    "[asy] draw((0,0)--(1,1)); label(\"$2=3$\", (0,0)); [/asy] Done.",
    "<think>$1 + 1 = 3$</think> $1 + 1 = 2$",
    "<think>$1 + 1 = 3$ and so on",
]  # fmt: skip


@pytest.mark.parametrize("text", MUST_NOT_ALARM)
@pytest.mark.parametrize("problem", [None, "What is it?"])
def test_what_may_be_meant_otherwise_is_never_called_wrong(text: str, problem: str | None) -> None:
    assert [s.latex for s in steps_of(text, problem).steps if s.mark == "✗"] == []


def test_a_letter_that_could_be_a_variable_proves_no_inequality() -> None:
    assert "✓" not in marks("Thus, $(16 - e^2)(4) \\ge (8 - e)^1$.")


def test_what_holds_among_the_real_numbers_is_not_said_of_complex_ones() -> None:
    assert marks("z^5 + 1 = 0\nz^7 = -1") == "??"
    assert marks("z^5 + 1 = 0\nz^5 = -1") == "?⇔"
    assert marks("z^2 = 4\nz = 2 or z = -2\nz = \\pm 2") == "?⇔⇔"
    assert marks("x^5 + 1 = 0\nx^7 = -1") == "?⇔"


def test_a_line_with_several_sides_is_compared_by_its_first() -> None:
    assert marks("2500p = 22500\np = \\frac{22500}{2501} = 9") == "?✗✗"


def test_a_custom_operation_of_the_question_is_not_arithmetic() -> None:
    problem = "The operation * is defined as a * b = a + 2b. What is 3 * 4?"
    assert "✗" not in marks("$3 * 4 = 3 + 8 = 11$", problem)
    assert marks("$3 * 4 = 12$", problem) == "?"
    assert "✗" in marks("$3 \\cdot 4 = 13$", "What is it?")


def test_an_identity_is_called_wrong_only_when_it_can_not_be_a_condition() -> None:
    text = "\\begin{align*}(x+1)(x+2) &= x^2 + 2x + x + 2 \\\\ &= x^2 + 4x + 2\\end{align*}"
    assert marks(text, "Expand the product of x + 1 and x + 2.") == "✓✗"
    assert "✗" not in marks(text, "Expand it, given that x = 0.")
    assert "✗" not in marks("x^3\n= x*x^2\n= x(x+1)", "Let x^2 = x + 1. Find x^3.")
    assert "✗" not in marks("We have " + text)


def test_equations_of_a_solution_in_words_are_compared_too() -> None:
    assert marks("We have $2x + 6 = 10$, so $2x = 4$, which gives $x = 2$.") == "⇔⇔"
    assert marks("\\begin{align*}19600 - 280a &= 5600 \\\\ 280a &= 14000 \\\\ a &= 50\\end{align*}") == "?⇔⇔"
    assert "✗" not in marks("We have $2x + 6 = 10$, so $x = 5$.")


SLIPS = [
    # the chain, or the next line, comes back to what was right before
    ("If $x^2 = 2$, then $(x+1)^2 = x^2 + 3x + 1 = x^2 + 2x + 1$.", r"\left(x + 1\right)^{2} = x^{2} + 3 x + 1"),
    ("We have $2x + 6 = 10$, so $2x = 14$, so $x = 2$.", "2 x = 14"),
    ("Then \\begin{align*} 2x + 6 &= 10 \\\\ 2x &= 14 \\\\ x &= 2 \\end{align*}", "2 x = 14"),
    ("So the cone, that means that its volume is $3^2 \\cdot 8 = 82$.", r"3^{2} \cdot 8 = 82"),
    ("Suppose that $x = 1$. It is green. Then $3 + 4 = 8$ is the sum.", "3 + 4 = 8"),
]


@pytest.mark.parametrize(("text", "line"), SLIPS)
def test_a_slip_in_running_text_is_called_wrong_when_nothing_else_explains_it(text: str, line: str) -> None:
    marked = steps_of(text, "A pyramid has a square base. What is it?")
    assert marked.first_wrong is not None
    assert marked.steps[marked.first_wrong].latex == line


NO_SLIPS = [
    "Since $x^2 = x + 1$, $x^3 = x \\cdot x^2 = x(x + 1) = x^2 + x$.",  # a condition is used, and nothing comes back
    "We have $2x = 6$, so $x = 4$ or so, giving $x = 3$.",
    "Then $x - 2 = 0$ or $x - 3 = 0$, so $x = 2$ or $x = 3$.",
    "Suppose that $2x + 6 = 10$, so $2x = 14$, so $x = 2$?",
    "Then \\begin{align*} 2x - 3 &= 7 \\\\ 2x - 3 &= -7 \\\\ 2x &= 10 \\\\ 2x &= -4 \\end{align*}",
    "Then \\begin{align*} x - 2 &= 0 \\\\ x - 3 &= 0 \\\\ x &= 2 \\end{align*}",
    "So $x = 2$, giving $x = -2$, so $x = 2$.",
]


@pytest.mark.parametrize("text", NO_SLIPS)
def test_lines_that_come_back_by_another_way_are_no_slips(text: str) -> None:
    assert steps_of(text, "What is it?").first_wrong is None


def test_offsets_point_into_the_response() -> None:
    text = "First.\n\nSo $1 + 1 = 2$ and then $2 + 2 = 4$."
    steps = steps_of(text).steps
    assert [text[s.start : s.end].strip() for s in steps] == ["2", "4"]


def test_the_latex_of_a_step_is_made_by_us() -> None:
    step = steps_of("$1 + 1 = 2 = \\text{<img src=x onerror=alert(1)>}$").steps[-1]
    assert "<" not in step.latex
    step = steps_of("$\\foo{<script>} = 2 + 2$").steps
    assert all("<" not in s.latex for s in step)


def test_a_solution_without_maths_has_no_steps() -> None:
    assert steps_of("The sum of two odd numbers is even.") == Marked()
    assert steps_of("") == Marked()
