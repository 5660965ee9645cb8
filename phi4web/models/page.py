"""The catalogue as a page: what stands between the markers of docs/models.md."""

from __future__ import annotations

from phi4web.models.find import CATALOGUE
from phi4web.models.types import Model, Sampling, is_gguf


def page() -> str:
    """Markdown; every figure beside its source."""
    return "\n\n".join([_overview(), *(_about(model) for model in CATALOGUE)]) + "\n"


def _table(*rows: tuple[str, ...]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _overview() -> str:
    rows = [(m.id, parameters(m), "yes" if m.thinks else "no", f"{m.arch.context:,}", m.licence, _where(m)) for m in CATALOGUE]
    return _table(("model", "parameters", "thinks", "context (tokens)", "licence", "runs"), *rows)


def parameters(model: Model) -> str:
    """ "14,659,507,200", or what is published where no formula holds."""
    return f"{model.parameters:,}" if model.arch.plain else f"about {model.parameters / 1e9:.1f} billion"


def _where(model: Model) -> str:
    return "here" if not model.unavailable else f"on a server; here take {model.instead}"


def _about(model: Model) -> str:
    parts = [f"### {model.label}", *([model.note] if model.note else [])]
    if model.unavailable:
        parts.append(f"It can't run in this program, because {model.unavailable}.")
    parts.append(_facts(model))
    if model.scores:
        parts.append(_table(("published score", "%", "source"), *((s.name, f"{s.value:g}", _link(s.source)) for s in model.scores)))
    if model.sources:
        parts.append(_table(("quant", "build", "file", "GB"), *_builds(model)))
    return "\n\n".join(parts)


def _facts(model: Model) -> str:
    a = model.arch
    rows = [
        ("repository", f"`{model.repo}`"),
        ("other names", ", ".join(f"`{name}`" for name in model.aliases)),
        (
            "architecture",
            f"{a.layers} layers, {a.heads} heads of {a.head_dim}, {a.kv_heads} for keys and values, hidden {a.hidden:,}, "
            f"intermediate {a.intermediate:,}, vocabulary {a.vocab:,}, embeddings {'tied' if a.tied else 'not tied'} ({_link(a.source)})",
        ),
        ("parameters", parameters(model)),
        ("rotary factors", f"change above {a.longrope_boundary:,} tokens" if a.longrope_boundary else "the same at every length"),
        ("sampling", f"{_sampling(model.sampling)} ({_link(model.sampling_source)})"),
        ("thinking", f"up to {model.thinking_budget:,} tokens by default" if model.thinking_budget else "none"),
        ("answer and thought", f"at most {model.max_new_tokens:,} tokens by default"),
        ("ends with", ", ".join(f"`{token}`" for token in model.stop_tokens).replace("|", r"\|")),
    ]
    return _table(("", ""), *((name, value) for name, value in rows if value))


def _sampling(s: Sampling) -> str:
    if s.temperature == 0:
        return "the likeliest token (temperature 0)"
    cuts = [f"top_p {s.top_p:g}", *([f"top_k {s.top_k}"] if s.top_k else []), *([f"min_p {s.min_p:g}"] if s.min_p else [])]
    return f"temperature {s.temperature:g}, {', '.join(cuts)}"


def _builds(model: Model) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for s in model.sources:
        quant = s.quant if is_gguf(s.quant) or s.quant != "bf16" else "bf16, fp16, and quantised here: int8, nf4, nf4-dq, fp4"
        size = "" if s.bytes is None else f"{s.bytes / 1e9:.3g}"
        rows.append((quant, f"`{s.repo}`{' (some layers in 16 bits)' if s.mixed else ''}", f"`{s.file}`" if s.file else "", size))
    return rows


def _link(source: str) -> str:
    address, _, rest = source.partition(" ")
    return f"<{address}>{' ' + rest if rest else ''}" if address.startswith("https://") else source
