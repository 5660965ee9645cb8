"""What the parser reads: LaTeX, ASCII and Unicode, with every ambiguity as a further reading."""

from __future__ import annotations

import pytest

from phi4web.errors import ParseFailure
from phi4web.verify.latex import Context, parse, to_latex, to_text
from phi4web.verify.latex import ast as a
from phi4web.verify.latex.parser import read_all

X, Y = a.Sym("x"), a.Sym("y")


def shown(text: str, context: Context | None = None) -> list[str]:
    return [to_text(p.node) for p in read_all(text, context)]


READ_AS = [
    # arithmetic, products, division
    ("3*x^2+4*x+5=1", "3*x^2 + 4*x + 5 = 1"),
    ("(2)(4)", "2*4"),
    ("7(3)+2", "7*3 + 2"),
    ("-x^2", "-x^2"),
    ("1/3 ÷ 1/6", "1/3/(1/6)"),
    ("6 ÷ 2/3", "6/(2/3)"),
    ("2/3 / 4/5", "2/3/(4/5)"),
    ("2/3 × 3/4 ÷ 1/2", "(2/3)*3/4/(1/2)"),
    (r"\frac{1}{3} \div \frac{1}{6}", "1/3/(1/6)"),
    ("10 ÷ 2 1/2", "10/(2 + 1/2)"),
    ("12 ÷ 3 ÷ 2", "12/3/2"),
    ("8 / 2 / 2", "8/2/2"),
    ("8/2/2", "8/2/2"),
    ("1/2%", "(1/2)%"),
    ("x^-1", "x^(-1)"),
    ("x^10", "x^10"),
    ("2^3^2", "2^(3^2)"),
    ("x**2", "x^2"),
    (r"\frac12", "1/2"),
    (r"\frac 59", "5/9"),
    (r"\frac9{19}", "9/19"),
    (r"{1 \over 2}", "1/2"),
    (r"2 \cdot -3", "2*(-3)"),
    (r"\frac{1}{2}\left(x+1\right)", "(1/2)*(x + 1)"),
    ("a^2b", "a^2*b"),
    # numbers
    (r"1{,}234{,}567", "1234567"),
    (r"10\,000", "10000"),
    (r"11,\! 111,\! 111,\! 100", "11111111100"),
    ("1,234,567.5", "1234567.5"),
    (".35625", "0.35625"),
    ("5.", "5"),
    ("3e8", "3*10^8"),
    ("1.5E-3", "1.5*10^(-3)"),
    (r"0.\overline{3}", "0.(3)"),
    (r"0.1\overline{6}", "0.1(6)"),
    ("0.333...", "0.(3)"),
    ("2516_8", "2516_8"),
    (r"4210_{5}", "4210_5"),
    (r"FF_{16}", "FF_16"),
    (r"2\frac12", "2 + 1/2"),
    ("2 1/2", "2 + 1/2"),
    (r"2x\frac12", "2*x*(1/2)"),
    (r"50\%", "50%"),
    ("５＋６", "5 + 6"),
    # Unicode
    ("x²+½", "x^2 + 1/2"),
    ("√2", "sqrt(2)"),
    ("√(x+1)", "sqrt(x + 1)"),
    ("x ≤ 3", "x ≤ 3"),
    ("−∞", "-∞"),
    ("2×3", "2*3"),
    ("x\u200b+\u202ey", "x + y"),
    ("x₁", "x_1"),
    # functions
    (r"\sin^2 x", "sin(x)^2"),
    ("sin^2 x + cos^2 x", "sin(x)^2 + cos(x)^2"),
    (r"\sin^{-1} x", "arcsin(x)"),
    (r"\tan x/(1+\sin x)", "tan(x)/(1 + sin(x))"),
    (r"\sin 2x \cos x", "sin(2*x)*cos(x)"),
    (r"2\sin x\cos x", "2*sin(x)*cos(x)"),
    ("xsinx", "x*sin(x)"),
    (r"\ln x^2", "ln(x^2)"),
    (r"\log_2 8", "log_2(8)"),
    (r"\log _{7}-3 n=4", "log_7(-3*n) = 4"),
    (r"\sqrt[3]{x}", "root(x, 3)"),
    (r"\binom{n}{k}", "binom(n, k)"),
    (r"{10 \choose 3}", "binom(10, 3)"),
    (r"\gcd(12, 18)", "gcd(12, 18)"),
    (r"\max\{1,2\}", "max(1, 2)"),
    ("7 mod 3", "7 mod 3"),
    (r"3 \pmod 7", "3 (mod 7)"),
    ("3 (mod 7)", "3 (mod 7)"),
    ("|x||y|", "|x|*|y|"),
    ("||x|-1|", "||x| - 1|"),
    (r"\left|\frac{x}{2}\right|", "|x/2|"),
    (r"\lfloor 3.7\rfloor", "floor(3.7)"),
    ("(n-1)!", "(n - 1)!"),
    ("5!=120", "5! = 120"),
    ("x!=2", "x ≠ 2"),
    (r"30^\circ", "30°"),
    (r"\cos 36^\circ", "cos(36°)"),
    # calculus
    ("f'(x)", "f'(x)"),
    ("y''+y=0", "y'' + y = 0"),
    (r"f^{-1}(x)=2x", "f^(-1)(x) = 2*x"),
    (r"\frac{d}{dx} x^2", "d/dx(x^2)"),
    ("d/dx x^2", "d/dx(x^2)"),
    (r"\frac{d^2y}{dx^2}", "d^2/dx^2(y)"),
    (r"\frac{\partial^2 f}{\partial x\partial y}", "d^2/dxdy(f)"),
    (r"\int x e^x dx", "∫ x*e^x dx"),
    (r"\int_0^1 x^2\,dx", "∫ x^2 dx from 0 to 1"),
    (r"\int \frac{dx}{x} + C", "(∫ 1/x dx) + C"),
    (r"\int_0^1\int_0^x xy\,dy\,dx", "∫ (∫ x*y dy from 0 to x) dx from 0 to 1"),
    (r"\lim_{x\to 0^+} \frac{|x|}{x}", "lim x→0+ (|x|/x)"),
    ("lim x->0 sin(x)/x", "lim x→0 (sin(x)/x)"),
    ("lim_x→0 sin(x)/x", "lim x→0 (sin(x)/x)"),
    ("limx→0 sin(x)/x", "lim x→0 (sin(x)/x)"),
    ("lim as x -> 0 of sin(x)/x", "lim x→0 (sin(x)/x)"),
    ("lim x to 0 sin(x)/x", "lim x→0 (sin(x)/x)"),
    ("limit x->0 sin(x)/x", "lim x→0 (sin(x)/x)"),
    (r"\mathrm{lim}_{x \to 0} x", "lim x→0 (x)"),
    ("The limit is 5", "5"),
    ("Σ_{k=1}^{3} k", "∑ k=1..3 (k)"),
    ("Π_{k=1}^3 k", "∏ k=1..3 (k)"),
    ("integral x^2 dx", "∫ x^2 dx"),
    ("d(x^2)/dx", "d/dx(x^2)"),
    (r"\sum_{k=1}^{n} \frac1k", "∑ k=1..n (1/k)"),
    (r"\prod_{k=1}^5 k", "∏ k=1..5 (k)"),
    # sets, lists, logic
    (r"\{1,2\}", "{1, 2}"),
    ("{1, 2}", "{1, 2}"),
    (r"\emptyset", "∅"),
    (r"(-\infty,1)\cup(2,\infty)", "(-∞, 1) ∪ (2, ∞)"),
    ("(3,4]", "(3, 4]"),
    ("]1,2[", "(1, 2)"),
    (r"\{x|-2\le x<1\}", "{x | -2 ≤ x < 1}"),
    (r"\{ x \in \mathbb{R} : x > 3 \}", "{x ∈ ℝ | x > 3}"),
    (r"x \in [-2,7]", "x ∈ [-2, 7]"),
    (r"x=1 \text{ or } x=2", "x = 1 or x = 2"),
    ("x = 2, 3", "x = 2, x = 3"),
    ("x = 2 and x = 3", "x = 2, x = 3"),
    (r"x>1 \text{ and } x<3", "x > 1 and x < 3"),
    ("$x = 5$ or $x = 6$", "x = 5 or x = 6"),
    (r"1 \pm \sqrt{19}", "1 ± sqrt(19)"),
    (r"1,2,\ldots,n", "1, 2, …, n"),
    ("1:2", "1:2"),
    ("12:00", "12:00"),
    # matrices, cases
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[[1, 2], [3, 4]]"),
    (r"\left[\begin{array}{l}1 \\ 0\end{array}\right]", "[[1], [0]]"),
    ("[[1,2],[3,4]]", "[[1, 2], [3, 4]]"),
    (r"\begin{vmatrix}1&2\\3&4\end{vmatrix}", "det([[1, 2], [3, 4]])"),
    (r"\begin{cases} x, & \text{if } x > 0 \\ -x, & \text{otherwise} \end{cases}", "x if x > 0; -x otherwise"),
    (r"\left\{\begin{array}{ll} x & \text{if } x>0 \\ 0 & x\le 0\end{array}\right.", "x if x > 0; 0 if x ≤ 0"),
    (r"\begin{aligned} x &= 1+1 \\ &= 2 \end{aligned}", "x = 1 + 1 = 2"),
    # units and words
    (r"10\text{ cm}", "10 cm"),
    (r"864 \mbox{ inches}^2", "864 in^2"),
    (r"\frac{270}7\text{ degrees}", "(270/7)°"),
    (r"\$32,\!348", "$32348"),
    ("5 apples", "5 apples"),
    (r"\text{(C)}", "(C)"),
    (r"\text{Evelyn}", "Evelyn"),
    ("No solution", "no solution"),
    (r"\text{all real numbers}", "all real numbers"),
    (r"\text{The answer is } 5", "5"),
    ("The answer is three.", "3"),
    (r"\boxed{5}", "5"),
]


@pytest.mark.parametrize(("text", "expected"), READ_AS)
def test_the_first_reading(text: str, expected: str) -> None:
    assert shown(text)[0] == expected


MORE_THAN_ONE = [
    ("1/2x", ["(1/2)*x", "1/(2*x)"]),
    ("1,234", ["1234", "1, 234"]),
    ("(1,2)", ["(1, 2)", "(1, 2)"]),
    ("[1,2]", ["[1, 2]", "(1, 2)"]),
    (r"\sin x/2", ["sin(x)/2", "sin(x/2)"]),
    (r"\sin \pi/6", ["sin(π/6)", "sin(π)/6"]),
    (r"\sin(x)^2", ["sin(x)^2", "sin(x^2)"]),
    ("3+4j", ["3 + 4*j", "3 + 4*i"]),
    ("P(x)", ["P(x)", "P*x"]),
    ("2e^2x", ["2*e^2*x", "2*e^(2*x)"]),
    ("2^3xy+1", ["2^3*x*y + 1", "2^(3*x*y) + 1"]),
    ("e^2xe^3x", ["e^2*x*e^3*x", "e^(2*x)*e^(3*x)"]),
    ("d/dx x^2 + x", ["d/dx(x^2) + x", "d/dx(x^2 + x)"]),
    ("d/dx (x^2) + x", ["d/dx(x^2) + x"]),
    ("d/dx x^2 + d/dx x", ["d/dx(x^2) + d/dx(x)"]),
    (r"\lim_{x\to 0} x + 1", ["(lim x→0 (x)) + 1", "lim x→0 (x + 1)"]),
]


@pytest.mark.parametrize(("text", "expected"), MORE_THAN_ONE)
def test_an_ambiguity_is_kept_as_readings(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x(x+1)",
        "2(x)",
        "f(x)",
        "(2)(4)",
        r"2\frac12",
        "x^2y",
        "e^2 x",
        "e^2*x",
        "e^{2}x",
        "e²x",
        r"e^2\cdot x",
        r"2\cdot e^2x",
        "(-2,1]",
        "{1,2}",
        "1, 234",
        r"\frac{1}{2}x",
    ],
)
def test_what_is_clear_has_one_reading(text: str) -> None:
    assert len(shown(text)) == 1


def test_a_further_reading_names_what_was_read_differently() -> None:
    assert parse("1/2x")[1].notes == ("product_after_slash",)


def test_the_context_settles_names_and_brackets() -> None:
    assert parse("e+i", context=Context(variables=frozenset("ei")))[0].node == a.Add((a.Sym("e"), a.Sym("i")))
    assert parse("k(x)", context=Context(functions=frozenset("k")))[0].node == a.Call("k", (X,))
    assert [p.node for p in parse("(1,2)", context=Context(brackets="interval"))] == [a.Interval(a.Num(1), a.Num(2), False, False)]
    assert shown("3,5", Context(decimal_comma=True)) == ["3, 5", "3.5"]


def test_the_index_of_a_sum_is_a_letter_even_if_it_is_i() -> None:
    (reading,) = parse(r"\sum_{i=1}^{n} i^2")
    assert a.symbols(reading.node) == {"n"}


def test_decimals_keep_their_places_and_their_exact_value() -> None:
    assert parse("0.50")[0].node == a.Num(1, 2, 2)


def test_case_and_primes_are_kept() -> None:
    assert parse("X+x")[0].node == a.Add((a.Sym("X"), X))
    assert parse("y'")[0].node == a.Call("y", (), 1) != parse("y")[0].node


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no formula"),
        ("x -", "ends too early|can't be read"),
        ("(x", "not closed"),
        (r"\frac{1", "ends too early|not closed"),
        (r"\foo x", "foo"),
        ("2 3", "side by side"),
        (r"\int x^2", "dx"),
        (r"5 \text{ or more}", "or more"),
        ("limit of sin(x)/x as x→0", "'of'"),
        ("lim sin(x)/x as x→0", "'as'"),
        ("lim sin(x)/x", "tends to"),
        ("sum k=1 to n k", "'sum'"),
        ("int 0 to 1 x dx", "'to'"),
        ("integral from 0 to 1 of x dx", "'to'"),
        ("Σ k", "Sigma"),
        ("∇(x^2)", "nabla"),
        ("arg(3)", "'arg'"),
        ("re(3)", "'re'"),
        ("max 3, 4", "max of one value"),
        ("x = 5 @", "@"),
        ("129_8", "base 8"),
        (r"\begin{pmatrix}1&2\\3\end{pmatrix}", "length"),
    ],
)
def test_what_cannot_be_read_fails_with_words_and_a_span(text: str, word: str) -> None:
    with pytest.raises(ParseFailure, match=word) as failure:
        parse(text)
    assert 0 <= failure.value.start <= failure.value.end <= len(text)


def test_the_span_points_at_the_fault_in_the_original_text() -> None:
    with pytest.raises(ParseFailure) as failure:
        parse("½ + ² @ x")
    assert "½ + ² @ x"[failure.value.start : failure.value.end] == "@"


def test_rendering_shows_what_was_understood() -> None:
    assert to_latex(parse("sqrt(2)/2x >= -1/3")[0].node) == r"\frac{\sqrt{2}}{2} x \ge -\frac{1}{3}"
