"""`phi4web models`: the catalogue and what of it is on this disk; with --fetch one model, downloaded and checked."""

from __future__ import annotations

import argparse
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from phi4web.cli import remote
from phi4web.cli.output import Status, print_json, table
from phi4web.errors import BadInput
from phi4web.models import CATALOGUE, EMBEDDED, PHI_GGUFS, PRACTICE, TRANSFORMERS_QUANTS, Model
from phi4web.settings import Settings, read

HEADING = ("model", "size", "thinks", "context", "AIME 2024", "MATH-500", "GPQA D.", "licence", "on this disk")
SCORES = ("AIME 2024", "MATH-500", "GPQA Diamond")


def run(args: argparse.Namespace) -> None:
    if args.fetch:
        return _fetch(args)
    if args.quant is not None:
        raise BadInput("--quant goes with --fetch only.", "Without --fetch every model is listed.")
    settings = read()
    held = _held(settings)
    if args.json:
        print_json({"models": [_row(model, held.get(model.id, [])) for model in CATALOGUE], "server": remote.rows(settings)})
    else:
        print(words(held) + remote.words(settings))


def words(held: dict[str, list[str]]) -> str:
    """`held`: quants on this disk for each model's id."""
    here = [m for m in CATALOGUE if not m.unavailable]
    lines = [table([HEADING, *(_cells(m, held.get(m.id, [])) for m in here)], (1, 3, 4, 5, 6)), ""]
    lines += [f"{m.id} is not run here: {m.unavailable}. Take {m.instead}, or a server that has it." for m in CATALOGUE if m.unavailable]
    lines += [
        "",
        f"Quants: {', '.join(TRANSFORMERS_QUANTS)}; as GGUF {', '.join(PHI_GGUFS)} "
        f"(of {EMBEDDED.id} only {EMBEDDED.default_quant}, of {PRACTICE.id} only {PRACTICE.default_quant}).",
        "Scores in % as published; docs/models.md has the sources.",
        "`phi4web fit` tells what fits, `phi4web models --fetch NAME` brings a model.",
        "Any other model: --model owner/name from the hub, or the path of a folder with safetensors or of a GGUF file.",
    ]
    return "\n".join(lines)


def _held(settings: Settings) -> dict[str, list[str]]:
    from phi4web.engine.ondisk import here

    held: dict[str, list[str]] = {}
    for model, source, _ in here(CATALOGUE, settings.cache_dir):
        if source.quant not in held.setdefault(model.id, []):
            held[model.id].append(source.quant)
    return held


def _fetch(args: argparse.Namespace) -> None:
    settings, status = read(), Status()
    label, path = _fetched(args.fetch, args.quant, settings, status)
    status.clear()
    print_json({"path": str(path)}) if args.json else print(f"{label} is here: {path}")


def _fetched(name: str, quant: str | None, settings: Settings, status: Status) -> tuple[str, Path]:
    from phi4web.engine.anymodel import fetch_any
    from phi4web.engine.embedded import fetch_embedded

    if name == EMBEDDED.id and quant is None:
        return "The built-in model", fetch_embedded(settings.cache_dir, status.say, settings.offline)
    return fetch_any(name, quant, settings.cache_dir, status.say, threading.Event(), settings.offline)


def _cells(model: Model, held: list[str]) -> tuple[str, ...]:
    size = f"{model.parameters / 1e9:.1f}B" if model.parameters >= 1e9 else f"{model.parameters / 1e6:.0f}M"
    scores = {s.name: f"{s.value:.1f}" for s in model.scores}
    figures = tuple(scores.get(name, "–") for name in SCORES)
    return model.id, size, "yes" if model.thinks else "no", f"{model.arch.context:,}", *figures, model.licence, ", ".join(held) or "–"


def _row(model: Model, held: list[str]) -> dict[str, Any]:
    return {
        "id": model.id,
        "label": model.label,
        "repo": model.repo,
        "aliases": list(model.aliases),
        "parameters": model.parameters if model.arch.plain else None,
        "context": model.arch.context,
        "architecture": asdict(model.arch),
        "thinks": model.thinks,
        "licence": model.licence,
        "sampling": asdict(model.sampling) | {"source": model.sampling_source},
        "thinking_budget": model.thinking_budget,
        "quants": list(model.quants),
        "default_quant": model.default_quant or None,
        "builds": [asdict(source) for source in model.sources],
        "on_disk": held,
        "tries": model.tries,
        "scores": [{"name": s.name, "value": s.value, "source": s.source} for s in model.scores],
        "note": model.note,
        "unavailable": model.unavailable or None,
        "instead": model.instead,
    }
