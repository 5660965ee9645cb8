"""AST to SymPy: the only door. An allow-list of nodes, and size gates before anything is evaluated; no string becomes code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from phi4web.errors import BadInput
from phi4web.verify.latex.ast import Node


class NotBuildable(BadInput):
    """The formula has no meaning as a SymPy object: words, dots, or a symbol that `env` doesn't have."""


class TooLarge(BadInput):
    """Evaluating the formula could take too long or too much memory."""


def to_sympy(node: Node, env: Mapping[str, Any]) -> Any:
    """The SymPy object. `env`: symbol name -> SymPy symbol; e, i, pi are Const and need none. Raises TooLarge or NotBuildable."""
    raise NotImplementedError


def make_env(names: frozenset[str], **assumptions: bool) -> dict[str, Any]:
    """A fresh SymPy symbol for each name, with the same assumptions, such as real=True."""
    raise NotImplementedError
