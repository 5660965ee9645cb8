"""From a question to statements: the first sentence form that accounts for every word."""

from __future__ import annotations

import re
from dataclasses import replace

from phi4web.verify.latex.ast import Sym, walk
from phi4web.verify.problem.clauses import Conditions, take_clauses
from phi4web.verify.problem.conventions import MOD, without_brackets
from phi4web.verify.problem.forms import FORMS, KNOWN_WORDS
from phi4web.verify.problem.forms.common import Asked, M, shortened
from phi4web.verify.problem.measures import conversion_of
from phi4web.verify.problem.statement import NotUnderstood, Statement
from phi4web.verify.problem.words import Question, read_question

PROOF = re.compile(r"(?:prove|show|disprove|justify|explain|demonstrate|verify)\b.*|.*\b(?:prove|show) that\b.*|.*\bproof\b.*")
LONGEST_DETAIL = 200  # characters
BOUNDED = frozenset({"area", "extremum", "value"})  # classes that take the condition on the variable as their ends
COMMA = re.compile(r"[-−+]?\d+,(?:\d\d?|\d{4,})")
MOD_ONLY = re.compile(
    r"(?:what|is|are|whats|what's|does|do|compute|calculate|evaluate|find|work|out|determine|give|state|tell|simplify|solve|get|how|much|obtain"
    r"|if|true|or|false|value|values|result|answer|of|to|expression|equation|equations|congruence|solutions?|all|integers?|system|and|for"
    r"|equal|prime|least|positive|residue|reduce|<\d+>| )+"
)


def understand(text: str) -> tuple[Statement, ...]:
    """Every reading of the question, the likeliest first. Raises NotUnderstood with the reason and the words."""
    if conversions := tuple(dict.fromkeys(conversion_of(text))):
        return conversions
    question = read_question(text)
    if not question.sentence:
        raise NotUnderstood("no_problem")
    if PROOF.fullmatch(question.sentence):
        raise NotUnderstood("proof")
    sentence, conditions = take_clauses(question)
    _refuse_in_doubt(sentence, question)
    unread: NotUnderstood | None = None
    for pattern, handler in FORMS:
        found = pattern.fullmatch(sentence)
        if not found:
            continue
        try:
            statements = tuple(dict.fromkeys(handler(Asked(question, conditions, found))))
        except NotUnderstood as problem:  # a formula that this form can't read; another one may
            unread = unread or problem
            continue
        statements = tuple(_simplified(s, sentence) for s in statements if _keeps(s, conditions))
        if statements:
            return statements
    if unread:
        raise unread
    raise NotUnderstood("not_understood", _unknown_words(sentence, question))


def _refuse_in_doubt(sentence: str, question: Question) -> None:
    """Raises NotUnderstood for 1,5 and 2,5, which may be two numbers or four, and for a word that works on a formula that ends in mod."""
    if len(commas := [f for f in question.formulas if COMMA.fullmatch(f.strip())]) > 1:
        raise NotUnderstood("not_understood", f"{', '.join(map(shortened, commas))}: the comma may be a decimal mark or part two numbers")
    for formula in question.formulas:
        if MOD.search(without_brackets(formula)) and not MOD_ONLY.fullmatch(sentence):
            raise NotUnderstood("not_understood", f"{shortened(formula)}: it is not clear how far mod reaches; write brackets")


def _keeps(statement: Statement, said: Conditions) -> bool:
    """Whether nothing that the clauses of the question said was dropped."""
    domain = statement.domain
    bounded = statement.kind in BOUNDED or set(said.domain.conditions) <= set(domain.conditions)
    numbers = said.domain.numbers in ("unsaid", "real", domain.numbers)
    positive = domain.positive or len(domain.conditions) > len(said.domain.conditions) or not said.domain.positive
    written = said.form - ({"lowest"} if statement.kind == "conversion" else set()) <= statement.form
    return bounded and numbers and positive and written and statement.rounding == said.rounding and _is_about(statement, said.variable)


def _simplified(statement: Statement, sentence: str) -> Statement:
    """With "simplify" before "the sum of 1/4 and 1/4" the value must be in lowest terms."""
    asked = sentence.startswith(("simplify", "reduce")) and statement.kind == "evaluate" and not statement.style
    return replace(statement, style="simplify") if asked else statement


def _is_about(statement: Statement, name: str | None) -> bool:
    """Whether the letter that the question names is in the statement."""
    formulas = (statement.node, *statement.others, *statement.told[1])
    return name in (None, statement.variable, *statement.variables) or any(Sym(name or "") in walk(f) for f in formulas)


def _unknown_words(sentence: str, question: Question) -> str:
    """The words that no form has; when every word is known, the sentence as it was understood."""
    unknown = [w for w in sentence.split() if not w.startswith("<") and w not in KNOWN_WORDS]
    if unknown:
        return ", ".join(dict.fromkeys(unknown))[:LONGEST_DETAIL]
    return re.sub(M, lambda m: shortened(question.formulas[int(m.group(1))]), sentence)[:LONGEST_DETAIL]
