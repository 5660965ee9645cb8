"""`phi4web models`: the catalogue, and with --fetch the small built-in model."""

from __future__ import annotations

import argparse
from typing import Any

from phi4web.cli import remote
from phi4web.cli.output import Status, print_json, table
from phi4web.models import CATALOGUE, Model
from phi4web.settings import read

HEADING = ("model", "size", "thinks", "context", "licence", "quants")


def run(args: argparse.Namespace) -> None:
    if args.fetch:
        return _fetch(args)
    settings = read()
    if args.json:
        print_json({"models": [_row(model) for model in CATALOGUE], "server": remote.rows(settings)})
    else:
        print(table([HEADING, *(_cells(model) for model in CATALOGUE)], (1, 3)) + remote.words(settings))


def _fetch(args: argparse.Namespace) -> None:
    from phi4web.engine.embedded import fetch_embedded

    settings, status = read(), Status()
    path = fetch_embedded(settings.cache_dir, status.say, settings.offline)
    status.clear()
    print_json({"path": str(path)}) if args.json else print(f"The built-in model is here: {path}")


def _cells(model: Model) -> tuple[str, ...]:
    size = f"{model.parameters / 1e9:.1f}B" if model.parameters >= 1e9 else f"{model.parameters / 1e6:.0f}M"
    quants = ", ".join(model.quants) if not model.unavailable else f"not here: {model.unavailable}"
    context = f"{model.arch.context:,}"
    return model.id, size if model.arch.plain else "–", "yes" if model.thinks else "no", context, model.licence, quants


def _row(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "label": model.label,
        "repo": model.repo,
        "parameters": model.parameters if model.arch.plain else None,
        "context": model.arch.context,
        "thinks": model.thinks,
        "licence": model.licence,
        "quants": list(model.quants),
        "default_quant": model.default_quant or None,
        "tries": model.tries,
        "scores": [{"name": s.name, "value": s.value, "source": s.source} for s in model.scores],
        "note": model.note,
        "unavailable": model.unavailable or None,
        "instead": model.instead,
    }
