"""Tokens to AST."""

from __future__ import annotations

from phi4web.verify.latex.ast import Context, Parse


def parse(text: str, *, context: Context | None = None) -> tuple[Parse, ...]:
    """All readings of one formula, the likeliest first, with notes. Raises ParseFailure with a span, and nothing else."""
    raise NotImplementedError
