"""The sentence forms of each class of question. A form must match the whole sentence: that is how every word is accounted for."""

import re

from phi4web.verify.problem.forms import (
    arithmetic,
    circles,
    counting,
    curves,
    derivatives,
    equations,
    functions,
    geometry,
    integrals,
    matrices,
    numbers,
    operations,
    percents,
    polynomials,
    ranges,
    rewrites,
    riddles,
    sequences,
    shapes,
    statistics,
    substitution,
    unknown_functions,
    values,
)
from phi4web.verify.problem.forms.common import Form

FORMS: tuple[Form, ...] = (
    *values.FORMS,
    *matrices.FORMS,
    *functions.FORMS,
    *geometry.FORMS,
    *numbers.FORMS,
    *rewrites.FORMS,
    *arithmetic.FORMS,
    *equations.FORMS,
    *derivatives.FORMS,
    *integrals.FORMS,
    *unknown_functions.FORMS,
    *rewrites.LAST,
    *operations.FORMS,
    *percents.FORMS,
    *substitution.FORMS,
    *polynomials.FORMS,
    *ranges.FORMS,
    *curves.FORMS,
    *statistics.FORMS,
    *sequences.FORMS,
    *shapes.FORMS,
    *counting.FORMS,
    *riddles.FORMS,
    *circles.FORMS,
)
KNOWN_WORDS = frozenset(word for pattern, _ in FORMS for word in re.findall(r"[a-z']{2,}", pattern.pattern))
