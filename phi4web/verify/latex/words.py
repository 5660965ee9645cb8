"""The vocabulary: commands, function names, units, and the answers that people give in words."""

# ruff: noqa: E501, SIM905  (tables of words read best as words)
from __future__ import annotations

from phi4web.verify.latex.ast import FUNCTIONS

# Names as written -> names in FUNCTIONS.
FUNCTION_NAMES: dict[str, str] = {name: name for name in FUNCTIONS if name not in ("root", "pmod")} | {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "acot": "arccot", "asec": "arcsec", "acsc": "arccsc",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "arsinh": "arcsinh", "arcosh": "arccosh", "artanh": "arctanh",
    "cosec": "csc", "tg": "tan", "ctg": "cot", "sh": "sinh", "ch": "cosh", "th": "tanh", "lg": "log", "ceiling": "ceil",
    "sign": "sgn", "Re": "re", "Im": "im", "Arg": "arg", "tr": "trace", "Tr": "trace", "LCM": "lcm", "GCD": "gcd", "nCr": "binom",
    "choose": "binom",
}  # fmt: skip
for _short in ("re", "im", "sh", "ch", "th", "tg", "arg", "dot", "cross", "norm"):  # not as bare words: too often something else
    FUNCTION_NAMES.setdefault(_short, _short)
BARE_FUNCTIONS = {
    k: v
    for k, v in FUNCTION_NAMES.items()
    if k not in ("mod", "re", "im", "sh", "ch", "th", "tg", "arg", "choose", "tr", "Tr", "dot", "cross", "zeta", "gamma")
}
PREFIX_FUNCTIONS = tuple(
    sorted(("sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh ln log exp sqrt cbrt".split()), key=len, reverse=True)
)
TRIG = frozenset("sin cos tan cot sec csc sinh cosh tanh".split())

GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho varrho sigma varsigma tau "
    "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
SYMBOLS = GREEK | {"ell", "hbar", "nabla", "aleph", "wp", "imath", "jmath"}

RELATIONS = {
    "=": "=", "==": "=", ":=": "=", "≠": "!=", "!=": "!=", "<": "<", "<=": "<=", "=<": "<=", ">": ">", ">=": ">=", "->": "->", "=>": "",
    "lt": "<", "gt": ">", "le": "<=", "leq": "<=", "leqslant": "<=", "leqq": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=",
    "geqq": ">=", "ne": "!=", "neq": "!=", "approx": "~", "thickapprox": "~", "simeq": "~", "doteq": "~", "equiv": "==",
    "in": "in", "notin": "notin", "subset": "subset", "subseteq": "subset", "to": "->", "rightarrow": "->", "longrightarrow": "->",
    "mapsto": "->", "coloneqq": "=",
}  # fmt: skip

SPACES = frozenset(
    "displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits quad qquad enspace enskip thinspace medspace thickspace "
    "negthinspace mathstrut strut nonumber notag null hfill rm bf it sf tt normalsize large Large LARGE small tiny boxed fbox "
    "mathsurround allowbreak nobreak noindent centering relax ensuremath mathop mathbin mathrel mathord mathopen mathclose "
    "underline therefore because".split()
)
BIG = frozenset(s + e for s in ("big", "Big", "bigg", "Bigg") for e in ("", "l", "r", "m"))
SKIPPED_WITH_ARGUMENT = frozenset("hspace vspace phantom hphantom vphantom label tag color kern mspace hskip textcolor".split())
TEXTS = frozenset(
    "text mbox hbox textrm textnormal textup textbf textit texttt textsf emph mathrm mathsf mathtt mathit operatorname operatornamewithlimits".split()
)
LETTERED = frozenset("mathrm mathsf mathtt mathit operatorname operatornamewithlimits".split())  # content is a name before it is a word
STYLES = {
    "mathbf": "bold", "boldsymbol": "bold", "pmb": "bold", "bm": "bold", "bold": "bold", "vec": "vec", "overrightarrow": "vec", "hat": "hat", "widehat": "hat",
    "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde", "mathcal": "cal", "mathscr": "cal", "mathfrak": "frak",
    "mathbb": "bb", "Bbb": "bb", "dot": "dot", "ddot": "ddot",
}  # fmt: skip
OPERATORS = {
    "times": "×", "cdot": "*", "ast": "*", "star": "*", "bullet": "*", "div": "÷", "pm": "±", "mp": "∓", "cup": "∪", "bigcup": "∪", "cap": "∩",
    "bigcap": "∩", "setminus": "∖", "backslash": "∖", "prime": "'", "colon": ":", "land": "and", "wedge": "and", "lor": "or", "vee": "or",
    "mid": "|", "vert": "|", "bmod": "mod", "mod": "mod", "pmod": "pmod", "choose": "choose", "degree": "°", "circ": "°",
    "over": "over", "ldots": "...", "dotsm": "...", "dotso": "...", "cdots": "...", "dots": "...", "dotsc": "...", "dotsb": "...", "vdots": "...", "ddots": "...",
}  # fmt: skip
BRACKETS = {  # command: (opens, closes)
    "lfloor": ("⌊", ""), "rfloor": ("", "⌊"), "lceil": ("⌈", ""), "rceil": ("", "⌈"), "langle": ("⟨", ""), "rangle": ("", "⟨"),
    "lbrace": ("\\{", ""), "rbrace": ("", "\\{"), "lvert": ("|", ""), "rvert": ("", "|"), "lVert": ("‖", ""), "rVert": ("", "‖"),
    "lbrack": ("[", ""), "rbrack": ("", "["), "lparen": ("(", ""), "rparen": ("", "("),
}  # fmt: skip
COMMANDS = frozenset("frac sqrt cbrt binom int sum prod lim partial".split())
COMMAND_ALIASES = {"dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "dbinom": "binom", "tbinom": "binom", "smallint": "int"}
NUMBER_SETS = frozenset("NZQRC")

# Heads of operators and words of a sentence that are no letters side by side.
NO_PRODUCTS = frozenset("arg sup dim ker deg avg var lim sum prod int grad curl div to of from".split())

WORD_NUMBERS = {
    w: n
    for n, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
        "twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100}

KEYWORDS = {
    "and": "and", "or": "or", "if": "if", "when": "if", "for": "if", "where": "if", "whenever": "if", "otherwise": "otherwise", "else": "otherwise",
    "elsewhere": "otherwise", "mod": "mod", "such that": "|", "for all": "if", "union": "∪", "times": "*", "over": "/", "in": "in",
    "is": "=", "equals": "=", "and also": "and", "or else": "or",
}  # fmt: skip

_UNITS = {
    "cm": "centimeter centimeters centimetre centimetres", "mm": "millimeter millimeters millimetre millimetres",
    "km": "kilometer kilometers kilometre kilometres", "m": "meter meters metre metres", "in": "inch inches", "ft": "foot feet",
    "yd": "yard yards", "mi": "mile miles", "kg": "kilogram kilograms kgs", "g": "gram grams", "mg": "milligram milligrams", "lb": "lbs pound pounds",
    "oz": "ounce ounces", "l": "liter liters litre litres", "ml": "mL milliliter milliliters millilitre millilitres", "gal": "gallon gallons",
    "s": "sec secs second seconds", "min": "mins minute minutes", "h": "hr hrs hour hours", "day": "days", "week": "weeks wk",
    "month": "months", "year": "years yr yrs", "mph": "miles/hour", "m/s": "mps meters/second", "km/h": "kph kmh kilometers/hour", "rad": "radian radians",
    "deg": "degree degrees", "$": "dollar dollars USD usd", "cent": "cents", "€": "euro euros EUR", "unit": "units",
    "sq unit": "square units sq units units squared", "N": "newton newtons", "J": "joule joules", "W": "watt watts", "V": "volt volts",
    "Hz": "hertz", "kHz": "kilohertz", "Pa": "pascal pascals", "kWh": "kilowatt-hours", "percent": "percents",
    "°C": "celsius", "°F": "fahrenheit", "ton": "tons tonnes", "m/s^2": "", "dozen": "dozens", "people": "person persons", "pt": "point points",
}  # fmt: skip
_MANY_WORDS = {
    "square units": "unit^2",
    "units squared": "unit^2",
    "square unit": "unit^2",
    "sq units": "unit^2",
    "cubic units": "unit^3",
    "per cent": "percent",
    "degrees celsius": "°C",
    "degrees fahrenheit": "°F",
    "cubic unit": "unit^3",
    "units cubed": "unit^3",
}
UNITS: dict[str, str] = {
    alias: unit for unit, aliases in _UNITS.items() if unit != "sq unit" for alias in (unit, *aliases.split())
} | _MANY_WORDS
UNITS.pop("", None)
# Units that are read as such in bare letters after a number; the rest are units only inside \text or \mathrm.
BARE_UNITS = frozenset(u for u in UNITS if len(u) >= 2 and u.isalpha() and u not in ("in", "min", "sec", "deg", "pt"))
# Words that follow a number as things counted; any word but these may be one.
NOT_THINGS = frozenset(
    "more less least most about not no or and if than is are was be the a an of times half twice except without only exactly almost "
    "nearly around between greater fewer per to from by with other solutions solution".split()
)

SPECIALS = {
    "no solution": "no_solution", "no solutions": "no_solution", "no real solution": "no_solution", "no real solutions": "no_solution",
    "there is no solution": "no_solution", "there are no solutions": "no_solution", "no roots": "no_solution", "no real roots": "no_solution",
    "no real root": "no_solution", "none": "no_solution", "there are no real solutions": "no_solution", "no such x": "no_solution", "no such": "no_solution",
    "there is no real solution": "no_solution", "the equation has no solution": "no_solution", "has no solution": "no_solution", "inconsistent": "no_solution",
    "the equation has no real solutions": "no_solution", "the equation has no solutions": "no_solution", "no integer solutions": "no_solution",
    "no values": "no_solution", "no value": "no_solution", "no real numbers": "no_solution", "empty set": "no_solution", "the empty set": "no_solution",
    "all real numbers": "all_reals", "all reals": "all_reals", "all real number": "all_reals", "any real number": "all_reals",
    "every real number": "all_reals", "all real": "all_reals", "all x": "all_reals", "all real x": "all_reals",
    "all real values": "all_reals", "all real values of x": "all_reals", "the set of all real numbers": "all_reals", "all numbers": "all_reals", "any number": "all_reals",
    "infinitely many solutions": "infinitely_many", "infinitely many": "infinitely_many", "infinite solutions": "infinitely_many",
    "infinite number of solutions": "infinitely_many", "infinite many solutions": "infinitely_many",
    "does not exist": "dne", "dne": "dne", "d.n.e": "dne", "the limit does not exist": "dne", "limit does not exist": "dne", "doesn't exist": "dne", "diverges": "dne",
    "divergent": "dne", "the limit doesn't exist": "dne", "the integral diverges": "dne", "the series diverges": "dne", "it diverges": "dne",
    "no inverse": "dne", "has no inverse": "dne", "not invertible": "dne", "is not invertible": "dne", "inverse does not exist": "dne",
    "the inverse does not exist": "dne", "the matrix is not invertible": "dne", "the matrix has no inverse": "dne",
    "undefined": "undefined", "not defined": "undefined", "indeterminate": "undefined", "is undefined": "undefined", "it is undefined": "undefined",
    "yes": "yes", "no": "no", "true": "true", "false": "false",
}  # fmt: skip
LEAD_INS = frozenset(
    "the a an answer answers final is are so thus hence therefore we get have find obtain that it then value of solution solutions result "
    "equals equal to simplified simplifies expression approximately about roughly and, result, gives which correct choice option total "
    "equation derivative integral limit sum area".split()
)
ENVIRONMENTS = {
    "pmatrix": "matrix", "bmatrix": "matrix", "Bmatrix": "matrix", "matrix": "matrix", "smallmatrix": "matrix", "array": "matrix", "vmatrix": "det",
    "Vmatrix": "det", "cases": "cases", "dcases": "cases", "rcases": "cases", "aligned": "rows", "align": "rows", "gathered": "rows", "split": "rows",
    "equation": "rows", "gather": "rows", "alignedat": "rows", "eqnarray": "rows",
}  # fmt: skip
