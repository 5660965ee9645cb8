"""Models and quantisations side by side: problems × configurations -> outcomes -> one row of figures for each.

Correct says that the answer equals the reference; Verified says that the check proved it. Two columns, never one.
"""

from phi4web.compare.comparison import Comparison, Outcome, Pair, Row, Share, as_left, from_json, to_json
from phi4web.compare.problems import Problem, load_problems, problem_sets
from phi4web.compare.running import Setup, compare, prepare, start

__all__ = [
    "Comparison",
    "Outcome",
    "Pair",
    "Problem",
    "Row",
    "Setup",
    "Share",
    "as_left",
    "compare",
    "from_json",
    "load_problems",
    "prepare",
    "problem_sets",
    "start",
    "to_json",
]
