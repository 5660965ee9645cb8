"""Text to tokens: LaTeX, ASCII and Unicode end as the same few kinds. One pass, linear time; raises ParseFailure and nothing else.

Kinds: num (digits, perhaps a point), nums (1,234: a grouped number or a list), repeat (0.1(6)), based (FF_16), id, fn, cmd, rel, op,
open, close, env, envend, amp, row, text, unit, special, set, end.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from phi4web.errors import ParseFailure
from phi4web.verify.latex import words as w
from phi4web.verify.latex.chars import clean

MAX_CHARS = 4_000
MAX_TOKENS = 800
MAX_DIGITS = 1_000


class Token(NamedTuple):
    """`spaced`: white space stands before it. `start` and `end` are offsets into the original text."""

    kind: str
    text: str
    start: int
    end: int
    spaced: bool = False


_SPACE = re.compile(r"(?:\s|~|\\[,;:! >]|\\\n)+")
_GROUPED = re.compile(r"\d{1,3}(?:(?:\{,\}\\?!?|,\s?\\[!,]|\\[,;: ]|\\!,|~| )\s?\d{3}(?!\d))+")
_LISTED = re.compile(r"\d+(?:,\d+)+(?![\d.]|\{,\})")
_PLAIN = re.compile(r"\d*(?:\.\d+)?|\d+")
_LISTED_POINT = re.compile(r"\d{1,3}(?:,\d{3})+(?=\.\d)")
_REPEATED = re.compile(r"\d*\.(\d*)(?:\\(?:overline|bar|dot)\s*(?:\{\s*(\d+)\s*\}|(\d))|(?<=\.)\((\d+)\))")
_ONGOING = re.compile(r"\s?(?:\.\.\.|\\ldots|\\dots|\\cdots)")
_EXPONENT = re.compile(r"[eE]([+-]?\d{1,6})(?![\w.])")
_COMMAND = re.compile(r"\\([A-Za-z]+|.)\*?", re.DOTALL)
_RUN = re.compile(r"[A-Za-z]+")
_DEGREE = re.compile(r"\^\s*(?:\{\s*\\(?:circ|degree)\s*\}|\\(?:circ|degree)(?![A-Za-z]))")
_PRIMES = re.compile(r"\^\s*\{\s*((?:\\prime\s*|'\s*)+)\}|\^\s*(\\prime)(?![A-Za-z])")
_OPTIONAL = re.compile(r"\s*\[[^\]\\]{0,20}\]")
_SYMBOLS = re.compile(r"\*\*|\.\.\.|<=|>=|=<|!=|==|:=|->|[-+*/^_!',;:|=<>%()\[\]{}&?.]")
_SIMPLE = re.compile(r"\s*(?:\{\s*)?(\\[A-Za-z]+|[A-Za-z]{1,4}|\d{1,9})\s*")
_BASED = re.compile(r"([0-9A-F]{2,40})_(?:16|\{\s*16\s*\})(?!\d)")
_TIMES = re.compile(r"(?<=\d)\s+[xX](?=\s+\d)|(?<=\d)[xX](?=10\^)")  # 43 x 67, 4.5x10^3
_INDEX = re.compile(r"(\d{1,3})(?=\s*=(?!=))")  # of x1 = 2
_TENDS = re.compile(r"\s*(?:->|\\(?:to|(?:long)?rightarrow)(?![A-Za-z]))")  # → is \to by now
_LIMIT_OF = re.compile(r"[Ll]im(?=[a-z](?![A-Za-z])\s*(?:->|\\to(?![A-Za-z])))")  # limx→0
_SUM_SIGN = re.compile(r"\s*_\s*(?:\{|\()\s*[A-Za-z]\s*=")  # behind a Greek Σ or Π
_VALUE = re.compile(r"\s*(?:[\dA-Za-z({\[]|\\(?:frac|sqrt|left|sin|cos|tan|ln|log|pi|theta)(?![A-Za-z]))")
_OTHER_LETTER = re.compile(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])")
_SAFE_TEXT = re.compile(r"[^\w\s.,:;'()/+=°%$€£?!^-]", re.UNICODE)


def safe_text(text: str) -> str:
    """The words with single spaces and without characters that could mean something to LaTeX or HTML."""
    return " ".join(_SAFE_TEXT.sub(" ", text.replace("_", " ")).split())[:400]


def tokenise(text: str) -> list[Token]:
    """The tokens, ended by one of kind "end"."""
    if len(text) > MAX_CHARS:
        raise ParseFailure(f"the formula has {len(text)} characters; at most {MAX_CHARS} are read", 0, len(text))
    return _Lexer(text).run()


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text, self.origin = clean(text)
        self.pos = 0
        self.spaced = False
        self.tokens: list[Token] = []
        dollars = re.findall(r"(?<!\\)\$(\d?)", self.text)
        self.latex = "\\" in text
        self.times = _TIMES.search(text) is not None  # an x between numbers is a sign
        if self.times and _OTHER_LETTER.search(_TIMES.sub(" ", text)):
            if not self.latex:
                raise ParseFailure("an x between two numbers may be a letter or a times sign", 0, len(text))
            self.times = False
        self.currency = bool(dollars) and (all(dollars) or (len(dollars) == 1))

    def run(self) -> list[Token]:
        while self.pos < len(self.text):
            self._next()
            if len(self.tokens) > MAX_TOKENS:
                raise ParseFailure(f"the formula has more than {MAX_TOKENS} parts", 0, self.origin[-1])
        self._add("end", "", self.pos)
        return self.tokens

    def fail(self, message: str, end: int | None = None) -> ParseFailure:
        stop = self.pos + 1 if end is None else end
        return ParseFailure(message, self.origin[min(self.pos, len(self.text))], self.origin[min(stop, len(self.text))])

    def _add(self, kind: str, text: str, end: int) -> None:
        last = self.origin[max(self.pos, end - 1)] + (1 if end > self.pos else 0)
        self.tokens.append(Token(kind, text, self.origin[self.pos], min(last, self.origin[-1]), self.spaced))
        self.spaced = False
        self.pos = end

    def _next(self) -> None:
        space = _SPACE.match(self.text, self.pos)
        char = self.text[self.pos]
        if space and not (char == "\\" and self.text.startswith("\\\\", self.pos)):
            self.spaced, self.pos = True, space.end()
        elif (based := _BASED.match(self.text, self.pos)) and not self._scripted():
            self._add("based", based.group(1), based.end())
        elif char.isdigit() and char.isascii() or (char == "." and self.text[self.pos + 1 : self.pos + 2].isdecimal()):
            self._number()
        elif char == "\\":
            self._command()
        elif char.isalpha() and char.isascii():
            self._letters()
        elif char == "$":
            self._dollar()
        elif char in "€£¥":
            self._add("unit", char, self.pos + 1)
        else:
            self._symbol()

    # -- numbers ------------------------------------------------------------------------------------------------------------

    def _number(self) -> None:
        if match := _REPEATED.match(self.text, self.pos):
            whole = match.group(0).partition(".")[0]
            block = match.group(2) or match.group(3) or match.group(4)
            return self._digits("repeat", f"{whole or 0}.{match.group(1)}({block})", match.end())
        if match := _GROUPED.match(self.text, self.pos):
            digits = re.sub(r"\D", "", match.group(0))
            return self._fraction(digits, match.end())
        if match := _LISTED_POINT.match(self.text, self.pos):
            return self._fraction(match.group(0).replace(",", ""), match.end())
        if (match := _LISTED.match(self.text, self.pos)) and not self._scripted():
            return self._digits("nums", match.group(0), match.end())
        match = _PLAIN.match(self.text, self.pos)
        assert match is not None
        self._fraction(match.group(0), match.end())

    def _scripted(self) -> bool:
        """Is this number an index or a power, where 1,2 is never one number?"""
        return bool(self.tokens) and self.tokens[-1].text in ("_", "^")

    def _fraction(self, digits: str, end: int) -> None:
        if "." not in digits and (match := re.compile(r"\.\d+").match(self.text, end)):
            digits, end = digits + match.group(0), match.end()
        if "." in digits and (match := _ONGOING.match(self.text, end)):
            repeated = _repeating(digits)
            if repeated:
                return self._digits("repeat", repeated, match.end())
            end = match.end()
        if exponent := _EXPONENT.match(self.text, end):
            self._digits("num", digits, end)
            for kind, text in (("op", "*"), ("num", "10"), ("op", "^"), ("num", exponent.group(1).lstrip("+"))):
                self._add(kind if not text.startswith("-") else "signed", text, self.pos)
            self.pos = exponent.end()
            return None
        self._digits("num", digits, end)

    def _digits(self, kind: str, digits: str, end: int) -> None:
        if len(digits) > MAX_DIGITS:
            raise self.fail(f"a number with {len(digits)} digits is too long; at most {MAX_DIGITS} are read", end)
        if not digits.isascii():
            raise self.fail(f"{digits[:20]!a} is not a number that can be read", end)
        self._add(kind, digits, end)

    # -- words --------------------------------------------------------------------------------------------------------------

    def _letters(self) -> None:
        match = _RUN.match(self.text, self.pos)
        assert match is not None
        run, end = match.group(0), match.end()
        if (limit := _LIMIT_OF.match(self.text, self.pos)) and len(run) == 4:
            return self._add("cmd", "lim", limit.end())
        if self._of_limit(run, end):
            return None
        follows_number = bool(self.tokens) and self.tokens[-1].kind in ("num", "nums", "repeat", "close")
        after_pi = bool(self.tokens) and self.spaced and self.tokens[-1].kind == "id" and self.tokens[-1].text == "pi"
        if (follows_number or after_pi) and run in w.BARE_UNITS:
            return self._add("unit", w.UNITS[run], end)
        if self.times and follows_number and run in ("x", "X"):
            return self._add("op", "×", end)
        if len(run) > 1 and self._word(run, end):
            return None
        if len(run) >= 4 and not hides_function(run) and (self.spaced or not self.tokens):
            return self._add("text", run, end)
        self._split(run)

    def _word(self, run: str, end: int) -> bool:
        """Adds the token of a word that is known as a whole."""
        lower = run.lower()
        if run in w.BARE_FUNCTIONS and run != "choose":
            self._add(
                "cmd" if run in ("sqrt", "cbrt", "binom") else "fn", run if run in ("sqrt", "cbrt", "binom") else w.BARE_FUNCTIONS[run], end
            )
        elif lower in ("pi", "infinity", "inf", "infty", "oo"):
            self._add("id", "pi" if lower == "pi" else "inf", end)
        elif run in w.GREEK:
            self._add("id", run, end)
        elif lower in ("and", "or", "if", "otherwise", "mod", "union", "choose"):
            self._add("op", w.KEYWORDS.get(lower, lower), end)
        elif lower in ("int", "integral", "sum", "prod", "product", "lim", "limit") and self._limits_follow(end, lower):
            self._add("cmd", {"integral": "int", "product": "prod", "limit": "lim"}.get(lower, lower), end)
        elif lower in w.WORD_NUMBERS:
            self._number_word(w.WORD_NUMBERS[lower], end)
        elif lower in w.SPECIALS and lower != "no":
            self._add("special", w.SPECIALS[lower], end)
        else:
            return False
        return True

    def _number_word(self, value: int, end: int) -> None:
        """Seven, and forty-two. A word in brackets after a number, as in 42 (forty-two), says it again and is no factor."""
        if len(self.tokens) > 1 and self.tokens[-1].text == "(" and self.tokens[-2].kind == "num":
            raise self.fail("a number in words after a number can't be read", end)
        ones = re.compile(r"-([a-z]+)", re.I).match(self.text, end)
        if ones and 20 <= value <= 90 and 1 <= w.WORD_NUMBERS.get(ones.group(1).lower(), 0) <= 9:
            value, end = value + w.WORD_NUMBERS[ones.group(1).lower()], ones.end()
        self._add("num", str(value), end)

    def _limits_follow(self, end: int, word: str) -> bool:
        return word in ("int", "integral", "lim", "limit") or self.text[end : end + 1] == "_"

    def _of_limit(self, run: str, end: int) -> bool:
        """The words of a limit: lim as x → 0 of f, lim x to 0 f. True: the word is dealt with."""
        last = self.tokens[-1] if self.tokens else None
        if run == "as" and last is not None and last.kind == "cmd" and last.text == "lim":
            self._skip(end)
        elif (
            run in ("to", "approaches") and last is not None and last.kind == "id" and self.tokens[-2:-1] and self.tokens[-2].text == "lim"
        ):
            self._add("rel", "->", end)
        elif run == "of" and any(t.text == "lim" for t in self.tokens) and self._no_arrow_is_missing():
            self._skip(end)
        else:
            return False
        return True

    def _no_arrow_is_missing(self) -> bool:
        texts = [t.text for t in self.tokens]
        return texts.count("lim") == texts.count("->")

    def _split(self, run: str) -> None:
        """Letters side by side: a product, unless they hold a function name as in xsinx."""
        end = self.pos + len(run)
        before_point = run == "as" and re.compile(r"\s+[A-Za-z](?![A-Za-z])").match(self.text, end)
        tends = before_point and _TENDS.match(self.text, before_point.end())
        if run in w.NO_PRODUCTS or tends or (run in ("re", "im", "tr") and self.text[end : end + 1] == "("):
            raise self.fail(f"the word {run!a} can't be read here", end)
        while run:
            name = next((f for f in w.PREFIX_FUNCTIONS if run.startswith(f)), None)
            if name:
                self._add("cmd" if name in ("sqrt", "cbrt") else "fn", name, self.pos + len(name))
            elif run.startswith("pi"):
                name = "pi"
                self._add("id", "pi", self.pos + 2)
            else:
                name = run[0]
                self._add("id", name, self.pos + 1)
            run = run[len(name) :]
        self._letter_and_digit()

    def _letter_and_digit(self) -> None:
        """x1 = 2 names a solution; any other x2 in plain text may be a power that was lost, an index or a product."""
        if self.latex or self.tokens[-1].kind != "id" or not self.text[self.pos : self.pos + 1].isdigit():
            return
        index = _INDEX.match(self.text, self.pos)
        before = self.tokens[-2].text if len(self.tokens) > 1 else ","
        if index is None or before not in (",", ";", "and", "or", "row"):
            raise self.fail("a letter followed by a digit may be a power, an index or a product")
        self._add("op", "_", self.pos)
        self._add("num", index.group(1), index.end())

    # -- commands -----------------------------------------------------------------------------------------------------------

    def _command(self) -> None:
        match = _COMMAND.match(self.text, self.pos)
        if match is None:
            raise self.fail("a backslash at the end")
        name, end = match.group(1), match.end()
        if name.isalpha() and name.isascii():
            self._named(name, match.end(1) if name not in ("operatorname", "begin", "end") else end)
        else:
            self._escaped(name, match.end(1))

    def _escaped(self, char: str, end: int) -> None:
        if char == "\\":
            optional = _OPTIONAL.match(self.text, end)
            self._add("row", "\\\\", optional.end() if optional and re.search(r"\d\s*(pt|em|ex|cm|mm)", optional.group(0)) else end)
        elif char in "()[]":
            self.pos = end
        elif char in "{}":
            self._add("open" if char == "{" else "close", "\\{", end)
        elif char == "|":
            self._add("op", "‖", end)
        elif char == "%":
            self._add("op", "%", end)
        elif char == "$":
            self._add("unit", "$", end)
        elif char in "#&_/-":
            self.spaced, self.pos = True, end
        else:
            raise self.fail(f"\\{char!a} is not a command that can be read".replace("'", ""), end)

    def _named(self, name: str, end: int) -> None:
        if name in w.SPACES or name in w.BIG:
            self.spaced, self.pos = True, end
            self._sized(name in w.BIG)
        elif name in ("left", "right", "middle"):
            self._delimiter(name, end)
        elif name in w.TEXTS:
            self._text(name, end)
        elif name in w.STYLES:
            self._styled(name, end)
        elif name in ("begin", "end"):
            self._environment(name, end)
        elif name in w.SKIPPED_WITH_ARGUMENT:
            self.pos = self._group(end)[1]
        elif not self._listed(name, end):
            raise self.fail(f"\\{name[:30]} is not a command that can be read", end)

    def _sized(self, big: bool) -> None:
        if big and self.text.startswith(".", self.pos):
            self.pos += 1

    def _listed(self, name: str, end: int) -> bool:
        """Commands that are one token each."""
        if name in w.COMMANDS or name in w.COMMAND_ALIASES:
            self._add("cmd", w.COMMAND_ALIASES.get(name, name), end)
        elif name in w.RELATIONS:
            self._add("rel", w.RELATIONS[name], end)
        elif name in w.OPERATORS:
            self._add("op", w.OPERATORS[name], end)
        elif name in w.BRACKETS:
            opens, closes = w.BRACKETS[name]
            self._add("open" if opens else "close", opens or closes, end)
        elif name in ("pi", "infty"):
            self._add("id", "pi" if name == "pi" else "inf", end)
        elif name in ("emptyset", "varnothing", "oslash"):
            self._add("set", "∅", end)
        elif name in w.FUNCTION_NAMES:
            self._add("fn", w.FUNCTION_NAMES[name], end)
        elif name in ("Sigma", "Pi") and _SUM_SIGN.match(self.text, end):
            self._add("cmd", "sum" if name == "Sigma" else "prod", end)
        elif name in ("Sigma", "Pi", "nabla") and _VALUE.match(self.text, end):
            raise self.fail(f"what \\{name} goes over can't be read", end)
        elif name in w.SYMBOLS:
            self._add("id", {"imath": "i", "jmath": "j"}.get(name, name), end)
        elif name in w.NUMBER_SETS:
            self._add("set", name, end)
        elif name in ("not",):
            return self._negated(end)
        elif name in ("angle", "triangle", "measuredangle"):
            return self._shape(name, end)
        elif name in ("top", "intercal"):
            self._add("id", "T", end)
        elif name in (
            "cong",
            "sim",
            "propto",
            "perp",
            "parallel",
            "mathellipsis",
            "implies",
            "Rightarrow",
            "iff",
            "Leftrightarrow",
            "Longrightarrow",
        ):
            raise self.fail(f"\\{name} can't be checked", end)
        elif name in ("dagger", "ast"):
            return False
        elif name == "euro" or name == "pounds":
            self._add("unit", "€" if name == "euro" else "£", end)
        else:
            return False
        return True

    def _negated(self, end: int) -> bool:
        match = re.compile(r"\s*(=|\\in(?![a-z]))").match(self.text, end)
        if match is None:
            return False
        self._add("rel", "!=" if match.group(1) == "=" else "notin", match.end())
        return True

    def _shape(self, name: str, end: int) -> bool:
        match = re.compile(r"\s*\{?\s*([A-Z]{1,4})\s*\}?").match(self.text, end)
        if match is None:
            return False
        self._add("id", f"{'angle' if 'angle' in name and name != 'triangle' else name}:{match.group(1)}", match.end())
        return True

    def _delimiter(self, name: str, end: int) -> None:
        """What follows \\left and \\right: a bracket with its direction known, or a dot for none."""
        end = end + len(self.text[end:]) - len(self.text[end:].lstrip())
        char = self.text[end : end + 1]
        kind = {"left": "open", "right": "close", "middle": "op"}[name]
        if char == ".":
            self.pos = end
            return self._add("close", ".", end + 1) if name == "right" else self._skip(end + 1)
        if char == "|":
            return self._add(kind, "|", end + 1)
        if self.text.startswith("\\|", end):
            return self._add(kind, "‖", end + 2)
        if char and char in "<>":
            return self._add("open" if char == "<" else "close", "⟨", end + 1)
        self.spaced, self.pos = self.spaced, end

    def _skip(self, end: int) -> None:
        self.spaced, self.pos = True, end

    def _group(self, start: int) -> tuple[str, int]:
        """The raw content of the braces at `start` (or the one character there) and the offset after it."""
        at = start + len(self.text[start : start + 50]) - len(self.text[start : start + 50].lstrip())
        if self.text[at : at + 1] != "{":
            return self.text[at : at + 1], min(at + 1, len(self.text))
        depth = 0
        for i in range(at, len(self.text)):
            char = self.text[i]
            if char in "{}" and not (self.text[i - 1] == "\\" and self.text[i - 2 : i - 1] != "\\"):
                depth += 1 if char == "{" else -1
                if depth == 0:
                    return self.text[at + 1 : i], i + 1
        raise self.fail("a brace is not closed", len(self.text))

    def _environment(self, name: str, end: int) -> None:
        content, end = self._group(end)
        env = content.strip().rstrip("*")
        if env not in w.ENVIRONMENTS:
            raise self.fail(f"the environment {env[:30]!a} can't be read", end)
        if name == "begin" and env in ("array", "alignedat"):
            optional = _OPTIONAL.match(self.text, end)
            end = self._group(optional.end() if optional else end)[1]
        self._add("env" if name == "begin" else "envend", w.ENVIRONMENTS[env], end)

    def _text(self, name: str, end: int) -> None:
        content, end = self._group(end)
        bare = re.sub(r"\\[,;: !]|~|\$|\\(?:text|mathrm|quad|qquad)(?![a-z])|[{}]", " ", content)
        words = " ".join(bare.split())
        lower = words.lower().strip(" .,:;")
        follows = self.tokens[-1].kind in ("num", "nums", "repeat", "close", "id") if self.tokens else False
        if not lower:
            comma = "," if words == "," else ";" if words == ";" else ""
            return self._add("op", comma, end) if comma else self._skip(end)
        if follows and (words in w.UNITS or lower in w.UNITS):
            return self._add("unit", w.UNITS.get(words) or w.UNITS[lower], end)
        if lower in w.KEYWORDS:
            kind = "rel" if w.KEYWORDS[lower] in ("=", "in") else "op"
            return self._add(kind, w.KEYWORDS[lower], end)
        if lower in w.SPECIALS:
            return self._add("special", w.SPECIALS[lower], end)
        if lower in w.WORD_NUMBERS:
            return self._add("num", str(w.WORD_NUMBERS[lower]), end)
        if lower in ("lim", "limit"):
            return self._add("cmd", "lim", end)
        if name in w.LETTERED and self._lettered(words, end):
            return None
        if re.fullmatch(r"\d{1,30}(\.\d{1,30})?", words):
            return self._add("num", words, end)
        self._add("text", safe_text(words), end)

    def _lettered(self, words: str, end: int) -> bool:
        r"""\mathrm and \operatorname: a function, a letter, or letters side by side."""
        if words in w.FUNCTION_NAMES:
            name = w.FUNCTION_NAMES[words]
            self._add("cmd" if name in ("sqrt", "binom") else "fn", name, end)
        elif words in ("sum", "prod", "int"):
            self._add("cmd", words, end)
        elif words in w.NO_PRODUCTS:
            return False
        elif words in ("pi",):
            self._add("id", "pi", end)
        elif re.fullmatch(r"[A-Za-z]{1,3}", words):
            start = self.pos
            for letter in words:
                self._add("id", letter, self.pos)
            self.pos = max(end, start)
        elif re.fullmatch(r"[0-9.]{1,30}", words):
            self._add("num", words.rstrip("."), end)
        else:
            return False
        return True

    def _styled(self, name: str, end: int) -> None:
        match = _SIMPLE.match(self.text, end)
        braced = self.text[end : end + 50].lstrip().startswith("{")
        stop = match.end() if match else end
        closed = match is not None and (not braced or self.text[stop : stop + 1] == "}")
        style = w.STYLES[name]
        if match is None or not closed:
            return self._add("fn", "conj", end) if style == "bar" else self._skip(end)
        content, stop = match.group(1).lstrip("\\"), stop + (1 if braced else 0)
        if match.group(1).startswith("\\") and content not in w.SYMBOLS:
            raise self.fail(f"\\{name} of \\{content[:20]} can't be read", stop)
        if not braced and len(content) > 1 and not match.group(1).startswith("\\"):
            content, stop = content[0], match.start(1) + 1
        if style == "bb" and content in w.NUMBER_SETS:
            return self._add("set", content, stop)
        if content.isdigit():
            return self._add("num", content, stop)
        self._add("id", f"{style}:{ {'imath': 'i', 'jmath': 'j'}.get(content, content) }", stop)

    # -- the rest -----------------------------------------------------------------------------------------------------------

    def _dollar(self) -> None:
        if self.currency and self.text[self.pos + 1 : self.pos + 2].isdecimal():
            return self._add("unit", "$", self.pos + 1)
        self.pos += 1
        self.spaced = True

    def _symbol(self) -> None:
        if match := _DEGREE.match(self.text, self.pos):
            return self._add("op", "°", match.end())
        if match := _PRIMES.match(self.text, self.pos):
            return self._primes(match)
        match = _SYMBOLS.match(self.text, self.pos)
        if match is None:
            raise self.fail(f"the character {self.text[self.pos]!a} can't be read")
        text, end = match.group(0), match.end()
        if text == "!=" and self.tokens and not self.spaced and self.tokens[-1].kind in ("num", "close"):
            text, end = "!", end - 1  # 5!=120 is a factorial
        if text in "()[]{}":
            opening = {")": "(", "]": "[", "}": "{"}
            return self._add("close" if text in opening else "open", opening.get(text, text), end)
        if text == "&":
            return self._add("amp", "&", end)
        if text in w.RELATIONS:
            return self._add("rel", w.RELATIONS[text], end)
        self._add("op", "^" if text == "**" else text, end)

    def _primes(self, match: re.Match[str]) -> None:
        count = match.group(0).count("\\prime") + match.group(0).count("'")
        for _ in range(count):
            self._add("op", "'", self.pos)
        self.pos = match.end()


def hides_function(run: str) -> bool:
    """xsinx and 2cosx do; using and since don't: the name must reach to within two letters of the end."""
    return any(len(run) - (run.rfind(f) + len(f)) <= 1 and run.rfind(f) >= 0 and len(run) - len(f) <= 3 for f in w.PREFIX_FUNCTIONS)


def _repeating(digits: str) -> str:
    """0.333 -> 0.(3), 0.1666 -> 0.1(6): the block must stand there three times (twice if longer than one digit); else empty."""
    whole, _, part = digits.partition(".")
    for length in range(1, len(part) // 2 + 1):
        block, times = part[-length:], 3 if length == 1 else 2
        if part.endswith(block * times):
            lead = part
            while lead.endswith(block):
                lead = lead[: -len(block)]
            return f"{whole or 0}.{lead}({block})"
    return ""
