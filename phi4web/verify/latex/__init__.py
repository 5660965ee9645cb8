"""Formulas in LaTeX, plain ASCII or Unicode, mixed freely, to a small frozen AST and back. Text in, values out; SymPy is not known here.

parse(text, context=None) -> tuple of readings, the likeliest first; raises ParseFailure and nothing else.
to_latex(node), to_text(node): the inverse, made by us from what was understood; safe to show.
"""

from __future__ import annotations

from phi4web.verify.latex.ast import Context, Node, Parse
from phi4web.verify.latex.parser import parse
from phi4web.verify.latex.render import to_latex, to_text

__all__ = ["Context", "Node", "Parse", "parse", "to_latex", "to_text"]
