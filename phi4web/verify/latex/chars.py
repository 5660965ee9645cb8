"""Any Unicode to the characters that the tokeniser knows, keeping for each one where it came from."""

from __future__ import annotations

import unicodedata

_NAMED = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "－": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "∙": r"\cdot ",
    "•": r"\cdot ", "∗": "*", "÷": r"\div ", "∕": "/", "⁄": "/", "√": r"\sqrt ", "∛": r"\cbrt ", "∞": r"\infty ", "≤": r"\le ",
    "⩽": r"\le ", "≦": r"\le ", "≥": r"\ge ", "⩾": r"\ge ", "≧": r"\ge ", "≠": r"\ne ", "≈": r"\approx ", "≃": r"\approx ",
    "≅": r"\cong ", "≡": r"\equiv ", "±": r"\pm ", "∓": r"\mp ", "°": r"\degree ", "º": r"\degree ", "∪": r"\cup ", "∩": r"\cap ",
    "∖": r"\setminus ", "∈": r"\in ", "∉": r"\notin ", "∅": r"\emptyset ", "⌀": r"\emptyset ", "⊂": r"\subset ",
    "⊆": r"\subseteq ", "∫": r"\int ", "∑": r"\sum ", "∏": r"\prod ", "∂": r"\partial ", "ℝ": r"\mathbb{R} ", "ℕ": r"\mathbb{N} ",
    "ℤ": r"\mathbb{Z} ", "ℚ": r"\mathbb{Q} ", "ℂ": r"\mathbb{C} ", "→": r"\to ", "⟶": r"\to ", "′": "'", "″": "''", "‴": "'''",
    "’": "'", "‘": "'", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "⟨": r"\langle ", "⟩": r"\rangle ",
    "〈": r"\langle ", "〉": r"\rangle ", "∧": r"\land ", "∨": r"\lor ", "∣": "|", "∥": r"\|", "‖": r"\|", "…": "...", "⋯": r"\cdots ",
    "∇": r"\nabla ", "∠": r"\angle ", "△": r"\triangle ", "ı": r"\imath ", "ȷ": r"\jmath ", "ℓ": r"\ell ", "ϵ": r"\epsilon ",
    "ε": r"\varepsilon ", "ϕ": r"\phi ", "φ": r"\varphi ", "∼": r"\sim ", "，": ",", "；": ";", "：": ":", "（": "(", "）": ")",
    "\u2061": "", "\u2062": "", "\u2063": "", "\u2064": "",
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ζ": "zeta", "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa",
    "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "χ": "chi",
    "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "ϑ": "theta", "µ": "mu",
}  # fmt: skip
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱˣʸ", "0123456789+-()nixy", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₙₖₐₓ", "0123456789+-()nkax", strict=True))


def clean(text: str) -> tuple[str, list[int]]:
    """The text in the tokeniser's characters, and for each of them (and for the end) its offset in `text`.

    Zero-width, bidirectional and control characters vanish; ² becomes ^{2}, ½ becomes \\frac{1}{2}, full-width digits plain ones.
    """
    out: list[str] = []
    origin: list[int] = []
    script = ""  # the run of raised or lowered characters that is open: "", "^" or "_"
    for at, char in enumerate(text):
        kind = "^" if char in _RAISED else "_" if char in _LOWERED else ""
        piece = ""
        if script and kind != script:
            piece, script = "}", ""
        if kind and not script:
            piece, script = piece + kind + "{", kind
        piece += _RAISED.get(char) or _LOWERED.get(char) or _plain(char)
        out.append(piece)
        origin.extend([at] * len(piece))
    if script:
        out.append("}")
        origin.append(len(text))
    origin.append(len(text))
    return "".join(out), origin


def _plain(char: str) -> str:
    if char < "\x7f":
        return char if char >= " " else " " if char in "\t\n\r\f\v" else ""
    if char in _NAMED:
        return _NAMED[char]
    if unicodedata.category(char) in ("Cf", "Cc", "Mn"):
        return ""
    folded = unicodedata.normalize("NFKC", char)
    if "⁄" in folded:  # ½ and its family
        top, _, bottom = folded.partition("⁄")
        return rf"\frac{{{top}}}{{{bottom}}}" if top and bottom else char
    return "".join(_folded(c) for c in folded[:8])


def _folded(char: str) -> str:
    if char in _GREEK:
        return f"\\{_GREEK[char]} "
    if char in _NAMED:
        return _NAMED[char]
    return " " if char.isspace() else char
