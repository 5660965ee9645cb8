"""How formulas and bold text are marked in a response."""

from __future__ import annotations

import re

from phi4web.verify.extract.found import Span, trimmed

BOLD = re.compile(r"\*\*([^*\n]{1,300})\*\*")
DISPLAY = re.compile(r"\$\$([^$]{1,4000})\$\$|\\\[((?:[^\\]|\\(?![\[\]])){1,4000})\\\]")
INLINE = re.compile(r"(?<![\\$])\$(?=\S)([^$\n]{1,1000})(?<=\S)\$(?!\d)|\\\(((?:[^\\\n]|\\(?![()])){1,1000})\\\)")
EQUATION = re.compile(r"^[ \t>*•-]*(?:\d{1,2}[.)][ \t]+)?([A-Za-z](?:_\w{1,3})?'?(?:\([a-z]\))?[ \t]*=[ \t]*[^\n]{1,300})$", re.M)


def group_span(text: str, match: re.Match[str]) -> Span | None:
    group = next(i for i in range(1, len(match.groups()) + 1) if match.group(i) is not None)
    return trimmed(text, match.start(group), match.end(group))
