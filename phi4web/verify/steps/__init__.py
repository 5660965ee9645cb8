"""The steps of a solution, each with a mark: ✓ equal, ⇔ same solutions, ⇒ may add some, ⇐ loses some, ✗ wrong, ? not checked.

steps_of(response, problem) -> Marked. The visible solution only, never the thought. A line is called wrong only with a witness:
a claim in numbers that is false, an identity that can't be a condition, or one line of the user's own working that doesn't follow
out of the one above. Whatever could be a trial, a rounding, a unit or another notation is "not checked".
"""

from __future__ import annotations

from phi4web.verify.steps.marking import Marked, Step, steps_of

__all__ = ["Marked", "Step", "steps_of"]
