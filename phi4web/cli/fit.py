"""`phi4web fit`: which models fit this machine, or a card that is only asked about."""

from __future__ import annotations

import argparse

from phi4web.cli.output import number, print_json, table
from phi4web.errors import BadInput
from phi4web.hardware import Hardware, gpu_by_name, gpu_with, machine_with, probe
from phi4web.memory import gib
from phi4web.models import CATALOGUE, Model, find, find_quant
from phi4web.plan import LoadPlan, Wishes, plan

HEADING = ("model", "quant", "on", "needs", "free", "context", "tok/s", "")


def run(args: argparse.Namespace) -> None:
    hardware = _hardware(args)
    plans = [plan(hardware, model, Wishes(quant=quant, context=args.context)) for model, quant in _wanted(args)]
    if args.json:
        print_json({"hardware": described(hardware), "plans": [one.to_dict() for one in plans]})
    elif len(plans) == 1:
        print(plan_words(plans[0]))
    else:
        print(table([HEADING, *(_cells(one) for one in plans)], range(3, 7)))
        print("GiB are 2^30 bytes. Needs includes the context. tok/s is worked out from the memory's bandwidth, not measured.")


def _hardware(args: argparse.Namespace) -> Hardware:
    if args.gpu is not None:
        return machine_with(gpu_by_name(args.gpu))
    return probe() if args.vram is None else machine_with(gpu_with(args.vram))


def _wanted(args: argparse.Namespace) -> list[tuple[Model, str | None]]:
    """One model in one quant, all quants of one model, or every model with the quant that the plan chooses."""
    if args.model is None:
        if args.quant is not None:
            raise BadInput("--quant needs --model.", "For example: --model Phi-4-mini-reasoning --quant nf4-dq")
        return [(model, None) for model in CATALOGUE if not model.unavailable]
    model = find(args.model)
    if args.quant is not None:
        return [(model, find_quant(model, args.quant))]
    find_quant(model, model.default_quant)  # says why, for a model that can't run here at all
    return [(model, quant) for quant in model.quants]


def described(hardware: Hardware) -> dict[str, object]:
    """For JSON: every field, the sets sorted."""
    from dataclasses import asdict

    return asdict(hardware) | {"cpu_features": sorted(hardware.cpu_features)}


def _cells(one: LoadPlan) -> tuple[str, ...]:
    speed = "–" if one.tokens_per_second is None else "–".join(f"{value:.0f}" for value in one.tokens_per_second)
    where = "card" if one.device != "cpu" else "CPU"
    ends = "fits" if one.fits else f"{gib(one.memory.total - one.free_bytes)} short"
    return one.model.id, one.quant, where, gib(one.memory.total), gib(one.free_bytes), f"{one.context:,}", speed, ends


def plan_words(one: LoadPlan) -> str:
    """The verdict first, what makes up the bytes, every choice with its reason, and the ways out if it does not fit."""
    m = one.memory
    lines = [
        f"{one.model.id} {one.quant}: {one.verdict}",
        f"  {gib(m.weights)} weights + {gib(m.cache)} cache + {gib(m.working)} working + {gib(m.fixed)} fixed, ± {gib(m.band)}",
        *(f"  {choice}" for choice in one.choices),
        *(f"  note: {warning}" for warning in one.warnings),
        *(f"  try {fix.label}: saves {gib(fix.saves)}{'' if fix.enough else ', not enough alone'}" for fix in one.fixes[:6]),
    ]
    if one.tokens_per_second is not None:
        lines.append(f"  {number(one.tokens_per_second[0], '.0f')} to {number(one.tokens_per_second[1], '.0f', ' tok/s')} expected")
    return "\n".join(lines)
