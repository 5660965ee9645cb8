"""AST to LaTeX and to plain text."""

from __future__ import annotations

from phi4web.verify.latex.ast import Node


def to_latex(node: Node) -> str:
    """LaTeX that `parse` reads back as the same node."""
    raise NotImplementedError


def to_text(node: Node) -> str:
    """One line of plain text for terminals and titles."""
    raise NotImplementedError
