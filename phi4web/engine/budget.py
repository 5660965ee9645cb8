"""How long a thought may get: never so long that the window ends before the solution does."""

from __future__ import annotations

from phi4web.prompts import CLOSE_THOUGHT

# Tokens kept free for the solution when a thought would use up the window; half of a small one.
_FOR_SOLUTION = 2048


def fitting_budget(left: int, max_new_tokens: int, asked: int | None) -> int | None:
    """The thought's tokens: fewer than asked for, where the `left` tokens behind the prompt are fewer than the answer may take."""
    room = left - len(CLOSE_THOUGHT)  # no token is shorter than a character
    if room >= max_new_tokens:
        return asked
    most = max(0, room - min(_FOR_SOLUTION, room // 2))
    return most if asked is None else min(most, asked)
