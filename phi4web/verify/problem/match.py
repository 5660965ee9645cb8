"""From a question to statements: the first sentence form that accounts for every word."""

from __future__ import annotations

import re

from phi4web.verify.problem.clauses import take_clauses
from phi4web.verify.problem.forms import FORMS, KNOWN_WORDS
from phi4web.verify.problem.forms.common import Asked, M, shortened
from phi4web.verify.problem.measures import conversion_of
from phi4web.verify.problem.statement import NotUnderstood, Statement
from phi4web.verify.problem.words import Question, read_question

PROOF = re.compile(r"(?:prove|show|disprove|justify|explain|demonstrate|verify)\b.*|.*\b(?:prove|show) that\b.*|.*\bproof\b.*")
LONGEST_DETAIL = 200  # characters


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
        if statements:
            return statements
    if unread:
        raise unread
    raise NotUnderstood("not_understood", _unknown_words(sentence, question))


def _unknown_words(sentence: str, question: Question) -> str:
    """The words that no form has; when every word is known, the sentence as it was understood."""
    unknown = [w for w in sentence.split() if not w.startswith("<") and w not in KNOWN_WORDS]
    if unknown:
        return ", ".join(dict.fromkeys(unknown))[:LONGEST_DETAIL]
    return re.sub(M, lambda m: shortened(question.formulas[int(m.group(1))]), sentence)[:LONGEST_DETAIL]
