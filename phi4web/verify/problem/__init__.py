"""A question in words and formulas, to statements that can be checked. Accounts for every word, or says which it can't."""

from phi4web.verify.problem.logarithms import log_readings
from phi4web.verify.problem.match import understand
from phi4web.verify.problem.reading import reading_of
from phi4web.verify.problem.statement import Domain, NotUnderstood, Rounding, Statement

__all__ = ["Domain", "NotUnderstood", "Rounding", "Statement", "log_readings", "reading_of", "understand"]
