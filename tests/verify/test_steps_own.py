"""Somebody's own working as students write it: remarks between lines, labels, notes at their ends, definitions and derivatives."""

from __future__ import annotations

import pytest

from phi4web.verify.steps import steps_of


def marks(text: str, problem: str | None = None) -> str:
    return "".join(step.mark for step in steps_of(text, problem).steps)


def wrong(text: str, problem: str | None = None) -> str | None:
    """The line of the first ✗, as it was written."""
    marked = steps_of(text, problem)
    if marked.first_wrong is None:
        return None
    at = marked.steps[marked.first_wrong].end - 1
    return text[text.rfind("\n", 0, at) + 1 :].partition("\n")[0]


WITH_REMARKS = [
    ("5x-7=2x+8\nSubtract 2x from both sides:\n3x-7=8\nDivide by 3:\n3x=15\nx=5", "?⇔⇔⇔"),
    ("x/2+x/3=10\nmultiply by 6\n3x+2x=10\n5x=60", "?✗✗"),
    ("- Start: 2(x+4)=3x\n- Expand: 2x+4=3x\n- So: x=4", "?✗⇔"),
    ("2x-5=9      | + 5\n2x=14     | : 2\nx=7", "?⇔⇔"),
    ("2x-5=9      | + 5\n2x=4     | : 2\nx=2", "?✗⇔"),
    ("|x-1|=2  | : 1\nx-1=2 or x-1=-2", "?⇔"),
    ("P=|a|+|b|\nP=|b|+|a|", "??"),
    ("2x+1=7\nwe get 2x=6\nwhich means x=3", "?⇔⇔"),
    ("2x+1=7\nSubtracting 1 gives 2x=6\nDividing by 2 gives x=4", "?⇔✗"),
    ("x^2+6x=7\n(x+3)^2=16 because 9 was added\nx+3=4 or x+3=-4, as required", "?⇔⇔"),
    ("LHS = (a+b)^2\n= a^2+2ab+b^2\n= RHS", "✓"),
    ("LHS = (a+b)^2\n= a^2+b^2", "✗"),
    ("Total: 36 + 8 = 42", "✗"),
    ("3 tickets at $12 each: 3 * 12 = 36\nTotal with $8: 36 + 8 = 45", "✓✗"),
    ("25% of 80 = 20\n25% of 80 = 25", "✓✗"),
    ("2 * 3 = 7 apples", "✗"),
    (r"\begin{align*} x^2+4x+4 &= 9 \\ (x+2)^2 &= 9 \\ x &= 1 \text{ or } x = 5 \end{align*}", "?⇔✗"),
    (r"\det \begin{pmatrix} 2 & 3 \\ 1 & 4 \end{pmatrix}" + "\n= 2*4+3*1", "✗"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WITH_REMARKS, ids=lambda v: str(v)[:40])
def test_remarks_between_lines_do_not_turn_the_marks_off(text: str, expected: str) -> None:
    assert marks(text) == expected


NEVER_WRONG = [
    "price = 80\ndiscount = 20\n80 - 20",  # two names, two numbers: neither claims to be the other
    "a) x+1=3\nx=2\nb) x+5=9\nx=4",  # two exercises
    "1) x+1=3\nx=2\n2) x+5=9\nx=4",
    "x+1=3\nx=2\n\nx+5=9\nx=4",  # paragraphs
    "x+1=3\nx=2\nSecond equation:\nx+5=9\nx=4",
    "2x=6\nx=3\nSimilarly for the other triangle\nx=5",
    "x=4\nx=-4 does not work, wrong",
    "sqrt(x+7)=x+1\nx=2 or x=-3\ncheck: x = -3: sqrt(4) = -2, false",
    "x-2=0\nor\nx-3=0",
    "r = sqrt(50/pi)\nr ≈ sqrt(15.92)\nr ≈ 3.99",
    "A = 25 pi\nA ≈ 78.5",
    "12 inches = 1 foot\n36 inches = 3 feet",
    "60 s = 1 minute\n3600 s = 1 hour",
    "a = 2, b = 3, c = -5",
    "f(x)=x^2\nf'(x)=2x\nf(x)=sin(x)\nf'(x)=cos(x)",  # a list of functions of one name
    "y=2x-1\ny=5-x",  # two lines that meet
    "f(x)=x^2\nf'(x)=0\nx=0",
    "f(x)=x^2-4\nf(x)=0\nx=2 or x=-2",
    "u=x^2\ndu=2x dx",
    "f(x)=ax^2\nf(2)=12\n4a=12\na=3",
    "3x=10\nx=3.33",  # rounded, and cut off
    "3x=2\nx=0.66",
    "x^2=2\nx=1.41 or x=-1.41",
    "x/3\n0.333x",
    "3x=10\nx=3.3333\n2x=6.67\ny=2x+1\ny=7.67",
    "x+y=1\nx-y=1/3\nx=0.667\ny=0.333",
    "x=3\ny=7\nx=-2\ny=-3",  # two cases
    "x=3\n\ny=7\n",
    "2x+y=7\ny=7-2x\ny=x+1",  # two lines that meet
    "x+y+z=6\nz=6-x-y\nz=x+2y",
    "x/(x-2)=2/(x-2)\nx=2\nno solution, because x - 2 = 0",
    "x_1+x_2=5\nx_1=2\nx_2=3",
    "1/x > 2\n1 > 2x\nx < 1/2\nx > 0\n0 < x < 1/2",  # a second condition, taken together with the first
    "3 h = 180 min\nv = 240 km / 3 h = 80 km/h",  # a rate is no product
    "z^4=1\nz=1 or z=-1\nz=i or z=-i",
    "x^2+4=0\nx=±2i\nx=2i",
    "sin x = 1/2\nx = 30",
    "2sin^2 x + 3 sin x - 2 = 0\nsin x = 1/2 or sin x = -2\nsin x = 1/2",
    "y=x^2\ny=2x+3\nx^2-2x-3=0\nx=3, y=9\nx=-1, y=1",  # two solutions of a system, one after the other
    "x^2+y^2=25\ny=x+1\nx=3\ny=4\nx=-4\ny=-3",
    "10/sin 30 = b/sin 45\nb = 10 sin 45 / sin 30\nb = 14.14",  # degrees
    "f(x) = sin(x)\nf(30) = 1/2",
    "\\int x \\ln x dx\nu=\\ln x, dv=x dx\ndu=1/x dx, v=x^2/2\n= \\frac{x^2}{2}\\ln x - \\int \\frac{x}{2} dx",
    "0=-16t(t-4)\nt=0, t=4\nt=2",  # the middle of them: another value
    "i=1\ni^2=1",  # a letter like any other
    "2x + y = 8   (1)\nx - y = 1    (2)\n(1)+(2): 3x = 9\nx = 3\ny = 2",
    "2x + y = 8 (1)\nx - y = 1 (2)\n2*(1): 4x + 2y = 16",
    "12 = 2*3 (2)",
    "2x < 6\nx < 3\nx + 1 > 0\nx > -1",
    "P(A) = 3/8\nP(not A) = 1 - 3/8 = 5/8",
    "P(A) = 3/8\nP(2) = 5/8",  # no function
    "t = 2 s\nv = 10 m / 2 s = 5 m/s",
]  # fmt: skip


@pytest.mark.parametrize("text", NEVER_WRONG, ids=lambda v: v[:40])
def test_what_a_student_may_rightly_write_is_never_called_wrong(text: str) -> None:
    assert wrong(text) is None


FIRST_WRONG = [
    ("f(x)=x^2 sin(x)\nf'(x)=2x cos(x)", "f'(x)=2x cos(x)"),
    ("f(x)=x/(x^2+1)\nf'(x)=((x^2+1)-x*2x)/(x^2+1)^2\nf'(x)=(1+x^2)/(x^2+1)^2", "f'(x)=(1+x^2)/(x^2+1)^2"),
    ("y=(3x+1)^5\ndy/dx=15(3x+1)^4\ndy/dx=5(3x+1)^4", "dy/dx=5(3x+1)^4"),
    ("y=x^3\ny'=3x^2\ny''=3x", "y''=3x"),
    ("f(x)=2x^2-3x\nf(2)=4*4-6", "f(2)=4*4-6"),
    ("f(x)=x^2-4x+7\n= (x-2)^2-4+7\n= (x-2)^2-3", "= (x-2)^2-3"),
    (r"\int x e^x dx" + "\n= x e^x - \\int e^x dx\n= x e^x + e^x + C", "= x e^x + e^x + C"),
    ("int cos(u) du\n= -sin(u) + C", "= -sin(u) + C"),
    ("\\int_0^2 3x^2 dx\n= [x^3]_0^2\n= 6 - 0", "= 6 - 0"),
    ("\\lim_{x \\to 2} (x+2)\n= 0", "= 0"),
    ("r = sqrt(50/pi)\nr ≈ 7.96", "r ≈ 7.96"),
    ("2x+y=7\nx-y=2\n3x=5\nx=3", "3x=5"),
    ("x + y = 10 and x - y = 4\n2x = 6\nx = 3", "2x = 6"),
    ("(1) 2x + 3y = 12\n(2) 4x - 3y = 6\n6x=18\nx=3\nPut into (1):\n3+3y=12\n3y=9", "3+3y=12"),
    ("3x+2y=16\n5x-y=5\n10x-2y=5\n13x=26", "10x-2y=5"),
    ("2x^2+3x-5=0\na = 2, b = 3, c = -5\nx = (3 ± sqrt(9 + 40))/4", "x = (3 ± sqrt(9 + 40))/4"),
    ("2A=(a+b)h\n2A/h=a+b\nb=2A/h+a", "b=2A/h+a"),
    ("2x+y=7\nso y=7+2x", "so y=7+2x"),
    ("6=x(x-1)\nx^2-x+6=0", "x^2-x+6=0"),  # all solutions lost, none left
    ("x^2=4\nno solution", "no solution"),
    ("3x=2\nx=0.6", "x=0.6"),
    ("x^2+2x+5=0\nx=(-2±sqrt(4-20))/2\nx=(-2±16i)/2", "x=(-2±16i)/2"),
    ("2 sin x - 1 = 0\nsin x = 2", "sin x = 2"),
    ("tan x = 1\ntan x = 2", "tan x = 2"),
    ("y=x^2\ny=2x+3\nx^2-2x-3=0\nx=3, y=9\nx=-1, y=2", "x=-1, y=2"),
    ("0=-16t(t-4)\nt=0, t=4\nso t=2", "so t=2"),
    ("2x + y = 8   (1)\nx - y = 1    (2)\n(1)+(2): 3x = 7", "(1)+(2): 3x = 7"),
    ("log_2(x) + log_2(x-2) = 3\nx(x-2) = 9", "x(x-2) = 9"),
    ("4^x - 3*2^x + 2 = 0\nx = 0 or x = 2", "x = 0 or x = 2"),
    ("(x+1)/(x-2) > 0\nx > -1", "x > -1"),
    ("v = 240 km / 3 h = 90 km/h", "v = 240 km / 3 h = 90 km/h"),
    ("\\sum_{k=1}^{4} k^2\n= 31", "= 31"),
    ("x^2-x-6=0\nx_1=3, x_2=2", "x_1=3, x_2=2"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), FIRST_WRONG, ids=lambda v: v[:40])
def test_the_first_wrong_line_is_named(text: str, line: str) -> None:
    assert wrong(text) == line


def test_a_lost_constant_of_integration_is_told() -> None:
    lost, kept = (steps_of(f"\\int 2x dx\n= {end}").steps[-1] for end in ("x^2", "x^2 + C"))
    assert (lost.mark, lost.words) == ("⇐", "one antiderivative of many: + C is missing")
    assert (kept.mark, kept.words) == ("✓", "both sides are equal; up to a constant")
    assert "⇐" not in marks("\\int x e^x dx\n= x e^x - \\int e^x dx\n= x e^x - e^x + C")


FROM_ABOVE = [
    ("2x+y=7\nx-y=2\n3x=9\nx=3\ny=1", "??⇒⇔⇒"),
    ("y=2x-1\n3x+2y=12\n3x+2(2x-1)=12\n7x=14\nx=2\ny=2*2-1", "??⇒⇔⇔⇒"),
    ("x^4-5x^2+4=0\nlet u = x^2\nu^2-5u+4=0\nu=1 or u=4\nx=±1 or x=±2", "??⇒⇔⇔"),
    ("2x^2+3x-5=0\na=2, b=3, c=-5\nx=(-3±sqrt(9+40))/4", "????⇔"),
    ("x^2-x-6=0\nx_1=3, x_2=-2", "?⇐⇔"),
    ("2E/m=v^2\nv=sqrt(2E/m)", "?⇐"),
    ("x^2=1\nx=1\nx=-1", "?⇐⇔"),
    ("1/x > 2\n1 > 2x\nx < 1/2\nx > 0\n0 < x < 1/2", "?⇒⇔?⇔"),
    ("(x+1)/(x-2) >= 0\nx <= -1 or x > 2", "?⇔"),
    ("(x+1)/(x-2) >= 0\nx <= -1 or x >= 2", "?⇒"),
    ("x/x > 0\nx < 0 or x > 0", "?⇔"),
    ("x^2+2x+5=0\nx=(-2±sqrt(4-20))/2\nx=(-2±4i)/2\nx=-1±2i", "?⇔⇔⇔"),
    ("z^2=-4\nz=2i", "?⇐"),
    ("z^4=1\nz=±1\nz=±i", "??⇔"),
    ("log_2(x)+log_2(x-2)=3\nlog_2(x(x-2))=3\nx(x-2)=8\nx=4 or x=-2\nx=4", "?⇒⇔⇔⇐"),
    ("e^(2x)-3e^x+2=0\nlet u = e^x\nu^2-3u+2=0\nu=1 or u=2\nx=0 or x=ln 2", "???⇔⇔"),
    ("2cos^2 x - 3cos x + 1 = 0\n(2cos x - 1)(cos x - 1)=0\ncos x = 1/2 or cos x = 1", "?⇔⇔"),
    ("sin^2 x = 1\nsin x = 1", "?⇐"),
    ("x^2=4\nx = +-2", "?⇔"),
    ("(x-1)^2=4\nx = 1 +/- 2", "?⇔"),
    ("x = 3 +-2\nx = 1", "?⇔"),
    ("x^(2/3)=4\nx=8 or x=-8", "??"),
    ("x^(1/3)=2\nx=8", "?⇔"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FROM_ABOVE, ids=lambda v: v[:40])
def test_lines_further_up_count_too(text: str, expected: str) -> None:
    assert marks(text) == expected


def test_the_line_that_is_meant_is_named() -> None:
    step = steps_of("x^4-5x^2+4=0\nlet u = x^2\nu^2-5u+4=0\nu=1 or u=4\nx=±1 or x=±2").steps[-1]
    assert step.words == "same solutions as the line x^4-5x^2+4 = 0"
    assert steps_of("2x+y=7\nx-y=2\n3x=9").steps[-1].words == "follows from the lines above together"


def test_what_was_added_may_be_left_out_again() -> None:
    marked = steps_of("x/(x-2)=2/(x-2)\nx=2\nno solution")
    assert [s.mark for s in marked.steps] == ["?", "⇒", "⇐"]
    assert marked.steps[-1].words == "leaves out what does not solve the first line"


@pytest.mark.parametrize("text", ["x+1=3\nx=2\ny=7", "x+1=3\nx=2\nprice = 50", "x+1=3\nx=2\nTotal: 12", "a) x+1=3\nx=2\nb) y=5"])
def test_a_value_that_comes_from_nowhere_is_not_taken_as_given(text: str) -> None:
    step = steps_of(text).steps[-1]
    assert (step.mark, step.words) == ("?", "not checked: nothing above says so")


def test_a_name_for_a_formula_is_taken_as_given() -> None:
    assert steps_of("x^4=16\nlet u = x^2\nu^2=16").steps[1].words == "a new name: taken as given"


NOT_GIVEN = [
    "P(A) = 3/8\nP(not A) = 2 - 3/8 = 5/8",
    "x + 1 = 3\nx = 2\nThe total of both is = 7 apples",
    "3(x+4) - 2(x-1) = 3x + 6 - 2x + 2 = x + 8",
    "a) (x+2)^2 = x^2 + 4x + 6\nb) (x-2)^2 = x^2 - 4x + 4",
    "x^2 + 6 = 0\nx^2 = -4",  # neither has a real solution, which makes them no rewriting of each other
    "7 km = 5000 m\n5000 m / 25 s = 200 m/s",
    "1 + 3 + 3 + ... + 100 = 100*101/2 = 5050",
]


@pytest.mark.parametrize("text", NOT_GIVEN)
def test_what_was_not_checked_is_not_taken_as_given(text: str) -> None:
    assert any(s.mark == "?" and s.words.startswith("not checked") for s in steps_of(text).steps)


def test_a_condition_behind_a_value_is_a_remark() -> None:
    assert marks("(x+4)(x-3)=0\nx = 3 (x > 0)") == "?⇐"
    assert marks("(x+4)(x-3)=0\nx = 4 (x > 0)") == "?✗"
