"""What every engine asks of a prompt in tokens: what it shares with another one, and what to say when it is too long."""

from __future__ import annotations

from collections.abc import Sequence

from phi4web.errors import ContextExceeded


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    most = min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), most)


def too_long(tokens: int, context: int) -> ContextExceeded:
    """For a prompt of so many tokens, where the model holds no more than `context`."""
    return ContextExceeded(
        f"The problem is {tokens:,} tokens; the model holds {context:,}. Nothing was sent.",
        "Shorten it, or load the model with a longer context.",
    )
