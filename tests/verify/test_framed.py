"""A box that is part of a larger formula is no answer; what belongs to its value is kept."""

from __future__ import annotations

import time

import pytest

from phi4web.verdict import CheckRequest
from phi4web.verify.extract import extract
from phi4web.verify.framed import beyond_box
from phi4web.verify.worker.checker import Checker

PART_OF_MORE = [
    r"$x \ne \boxed{4}$",
    r"$x > \boxed{4}$",
    r"$\neq\boxed{4}$",
    "≠ \\boxed{4}",
    r"$\frac{\boxed{4}}{2}$",
    r"$\frac{3}{\boxed{4}}$",
    r"$\sqrt{\boxed{4}}$",
    r"$x^{\boxed{4}}$",
    r"$x_{\boxed{4}}$",
    r"$\overline{\boxed{4}}$",
    r"$\phantom{\boxed{4}}$",
    r"\cancel{\boxed{4}}",
    r"$(\boxed{4},5)$",
    r"$\{\boxed{4}, 5\}$",
    r"$\boxed{4} \cup \{5\}$",
    r"$|\boxed{4}|+1$",
    r"$\boxed{4}{5}$",
    r"$\boxed{4}!$",
    r"$i\boxed{4}$",
    r"$-\,\boxed{4}$",
    r"$-\text{}\boxed{4}$",
    r"$- \displaystyle\boxed{4}$",
    r"minus \boxed{4}",
    r"negative $\boxed{4}$",
    r"$\boxed{4}.5$",
    r"$0.\boxed{4}$",
    r"$1,\boxed{4}00$",
    r"$\boxed{4},000$",
    r"$\boxed{4}e3$",
    r"$\boxed{4}:1$",
    r"$1:\boxed{4}$",
    r"$\boxed{4}'$",
    r"$\boxed{4} = 5$",
    r"$\boxed{4} \neq 4$",
    r"$\boxed{4} < 5$",
    r"$\boxed{4} \to 5$",
    r"\boxed{4} → 5",
    r"$\boxed{4} \pmod 3$",
    r"\boxed{4} (mod 3)",
    r"\boxed{4} squared",
    r"\boxed{4} factorial",
    r"\boxed{4} times 3",
    r"\boxed{4} less than 9",
]
TAKEN_BACK = [
    "<!-- \\boxed{4} -->",
    "<s>\\boxed{4}</s>",
    "<del>\\boxed{4}</del>",
    "~~The answer is \\boxed{4}.~~",
    "The answer is \\boxed{4}. Edit: it is 5.",
    "The answer is \\boxed{4}. Update: 5",
    "The answer is \\boxed{4}. No wait, 5.",
    "\\boxed{4}, or rather 5",
    "\\boxed{4}, I mean 5",
    "\\boxed{4} (or 5)",
    "\\boxed{4}\n\nThe final answer is 5.",
    "\\boxed{4}\n\n**Final answer: 5**",
    "\\boxed{4}\n\n#### 5",
    "For example, \\boxed{4}.",
    "Remember: put the answer in \\boxed{4}",
    "\\boxed{4}\u0338",
    "\u202e\\boxed{4}",
]
IN_MARKUP = [
    "**4** squared",
    "-**4**",
    "Let $x=4$.",
    "We want $x=4$",
    "Answer: 4\nCorrection: 5",
    "Answer: 4. Actually 5.",
    "The expected answer is 4 but I get 5.",
]
STATED = [
    r"$\boxed{4}$",
    r"$x = \boxed{4}$",
    r"$7! \times 2! = \boxed{4}$",
    r"\[x = \boxed{4}.\]",
    r"$$\boxed{4}\text{ cm}^2.$$",
    r"$\text{So } x = {\color{blue}\boxed{4}}$",
    r"$36 - 7 - 2 = \boxed{4} = x$.",
    r"$1+3 \equiv \boxed{4} \pmod7$",
    r"$\$70 - \$66 = \$\boxed{4}$ more than Susan",
    r"He pays $35000 + $22500 = $57500 per year, so the answer is \boxed{4}",
    "\\begin{align*} x &= 2+2 \\\\ &= \\boxed{4} \\end{align*}",
    r"$x \in \boxed{4}$",
    r"the $\boxed{4}^{\text{th}}$ one",
    r"$f(x) = \begin{cases} 1 \\ 2 \end{cases}$, so $\boxed{4}$",
    "\\boxed{4}\n\nThe final answer is $4$.",
    "\\boxed{4}\n\nTherefore our answer is correct.",
    "$\\boxed{4}~~$ and that $~~$ is it",
]


@pytest.mark.parametrize("response", PART_OF_MORE)
def test_a_box_in_a_larger_formula_is_no_answer(response):
    assert extract(response).answer is None


@pytest.mark.parametrize("response", TAKEN_BACK)
def test_what_is_struck_out_or_taken_back_is_no_answer(response):
    assert extract(response).answer is None


@pytest.mark.parametrize("response", IN_MARKUP)
def test_a_value_in_markup_that_is_changed_or_taken_back_is_no_answer(response):
    assert extract(response).answer is None


@pytest.mark.parametrize(
    ("response", "whole"), [("**4** million", r"4\text{ million}"), ("$4$ %", "4%"), ("**4**°", "4°"), ("**4**", "4"), ("- **4**", "4")]
)
def test_what_stands_behind_markup_belongs_to_the_value(response, whole):
    assert extract(response).whole == whole


@pytest.mark.parametrize("response", STATED)
def test_a_box_that_is_a_side_of_its_own_is_the_answer(response):
    found = extract(response)
    assert (found.answer, found.beyond) == ("4", "")


@pytest.mark.parametrize(
    ("response", "beyond"),
    [
        (r"$\boxed{4}\%$", r"\%"),
        (r"\boxed{4}%", "%"),
        (r"\boxed{4} percent", "%"),
        (r"$\boxed{4}^\circ$", r"^\circ"),
        (r"$\boxed{101}_{2}$", "_{2}"),
        (r"$\boxed{4}$ million", r"\text{ million}"),
    ],
)
def test_what_belongs_to_the_value_is_kept(response, beyond):
    assert extract(response).beyond == beyond


def test_a_percentage_is_checked_as_one_and_graded_as_its_number():
    """References name the number in the box; what is proven is what the whole response says."""
    with Checker(workers=1) as checker:
        verdict = checker.check(CheckRequest(problem="What is 2+2?", response=r"$\boxed{4}\%$", reference="4"))
    assert verdict.status != "verified"
    assert verdict.grade == "correct"


def test_offsets_point_into_the_response_as_it_was():
    response = "<!-- old: \\boxed{5} --> so \\boxed{4}"
    found = extract(response)
    assert response[found.start : found.end] == "4"


@pytest.mark.parametrize(
    ("response", "claim"),
    [
        ("$|x| = 3$", "|x| = 3"),
        ("$x^3 = 3x^2$", "x^3 = 3x^2"),
        ("$x = 4 - 1 = 3$", "x = 3"),
        (r"$$x+1=4 \implies x = 4 - 1 = 3$$", "x = 3"),
        ("$f'(x) = 3$", "f'(x) = 3"),
        (r"$\frac{d}{dx} x^2 = 4 - 1 = 3$", r"\frac{d}{dx} x^2 = 3"),
        ("$f(2) = 4 - 1 = 3$", "f(2) = 3"),
        (r"$$\begin{aligned} f(2) &= 4 - 1 \\ &= 3$$", "f(2) = 3"),
        ("$2 + 1 = 3$", ""),
    ],
)
def test_the_right_side_of_a_condition_is_not_all_that_is_claimed(response, claim):
    assert extract(response).claim == claim


@pytest.mark.parametrize(
    ("response", "status"),
    [
        ("$f(3) = 10$", "verified"),
        ("$f(3) = 3^2 + 1 = 10$", "verified"),
        ("$f(2) = 10$", "could_not_check"),
        ("$f'(3) = 10$", "could_not_check"),
        ("$|f(3)| = 10$", "could_not_check"),
        ("$f(3)/2 = 10$", "could_not_check"),
        ("$f(3) = 11$", "refuted"),
        ("So f(2) = 10.", "could_not_check"),
        ("f(2) = 9 + 1 = 10", "could_not_check"),
        ("Then f'(3) = 10.", "could_not_check"),
        ("So f(3) = 10.", "verified"),
    ],
)
def test_the_name_left_of_the_value_counts(response, status):
    with Checker(workers=1) as checker:
        verdict = checker.check(CheckRequest(problem="Evaluate f(3) if f(x) = x^2 + 1", response=response))
    assert verdict.status == status


def test_two_bounds_are_one_answer():
    assert extract("$x > -2$ and $x < 2$").answer == r"x > -2 \text{ and } x < 2"
    assert extract("$x < 1$, or $x > 5$").answer == r"x < 1 \text{ or } x > 5"


def test_a_condition_on_the_unknown_is_not_taken_for_its_value():
    with Checker(workers=1) as checker:
        verdict = checker.check(CheckRequest(problem="Solve x + 1 = 4", response="$|x| = 3$"))
    assert verdict.status == "could_not_check"


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("So $x = 3$, since $3 + 1 = 4$.", "x = 3"),
        ("Because $2x = 6$, $x = 3$.", "x = 3"),
        ("x + 1 = 4, so x = 3.", "3"),
        ("The derivative of x^3 is 3x^2, so the slope at 1 is 3.", "3x^2"),
        ("The solutions are x = 2 and x = 3.", "x = 2 and x = 3"),
        ("We check: $x = 3$", "x = 3"),
        ("$x = 3$ or any", None),
        ("$x^2$ + 2x", None),
        (r"$\boxed{x^2}+C+x$", None),
        (r"$\boxed{x^2}+C$", "x^2 + C"),
    ],
)
def test_reasons_and_additions_beside_the_answer(response, answer):
    assert extract(response).answer == answer


@pytest.mark.parametrize("piece", ["<s>", "<s></s>", "<!--", "~~", "~~a~~", "\\boxed{4}\n", "$\\boxed{", "{", "\\text{"])
def test_hostile_texts_are_read_in_linear_time(piece):
    text = piece * (300_000 // len(piece)) + r" \boxed{4}"
    start = time.process_time()
    extract(text)
    assert time.process_time() - start < 3


def test_no_box_has_nothing_beyond():
    assert beyond_box("the answer is 4 million", 14, 15) == ""
