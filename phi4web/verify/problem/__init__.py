"""A question in words and formulas, to statements that can be checked. Accounts for every word, or says which it can't."""

from phi4web.verify.problem.conventions import has_dotted_decimal, is_unfinished
from phi4web.verify.problem.forms.integrals import EVERY_ONE
from phi4web.verify.problem.left_side import is_spare_letter, without_left_side
from phi4web.verify.problem.logarithms import log_readings
from phi4web.verify.problem.match import understand
from phi4web.verify.problem.reading import reading_of
from phi4web.verify.problem.statement import Domain, NotUnderstood, Rounding, Statement

__all__ = [
    "EVERY_ONE",
    "Domain",
    "NotUnderstood",
    "Rounding",
    "Statement",
    "has_dotted_decimal",
    "is_spare_letter",
    "is_unfinished",
    "log_readings",
    "reading_of",
    "understand",
    "without_left_side",
]
