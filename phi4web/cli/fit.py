"""`phi4web fit`: which models fit this machine, or a card that is only asked about."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from phi4web.cli.output import number, print_json, table
from phi4web.engine.anymodel import find_any, with_exact_sizes
from phi4web.errors import BadInput
from phi4web.hardware import Gpu, Hardware, gpu_by_name, gpu_with, machine_with, probe
from phi4web.memory import gib
from phi4web.models import BNB_QUANTS, CATALOGUE, Model, find_quant
from phi4web.peaks import Peak, Peaks
from phi4web.plan import LoadPlan, Wishes, plan
from phi4web.settings import read

HEADING = ("model", "quant", "on", "needs", "free", "context", "tok/s", "")
UNITS = "GiB are 2^30 bytes. Needs includes the context. tok/s is worked out from the memory's bandwidth, not measured."


def run(args: argparse.Namespace) -> None:
    hardware = _hardware(args)
    models, quant = _wanted(args)
    plans = [plan(hardware, model, Wishes(quant=quant, context=args.context)) for model in models]
    every = [] if len(models) > 1 or quant else _every_quant(hardware, models[0], args.context)
    if args.json:
        # one plan for each quant of a model, the chosen one marked; or the chosen one for each model
        rows = [one.to_dict() | {"chosen": one.quant == plans[0].quant} for one in every] or [one.to_dict() for one in plans]
        print_json({"hardware": described(hardware), "plans": rows})
    elif len(plans) > 1:
        print(f"{machine_words(hardware)}\n\n{plan_table(plans)}\n{UNITS}")
    else:
        print(f"{machine_words(hardware)}\n\n{plan_words(plans[0])}")
        if every:
            print(f"\nAll its quants here:\n{plan_table(every, plans[0].quant)}\n{UNITS}")


def _hardware(args: argparse.Namespace) -> Hardware:
    if args.gpu is not None:
        return machine_with(gpu_by_name(args.gpu))
    if args.vram is not None:
        return machine_with(gpu_with(args.vram))
    settings = read()
    return replace(probe(settings.cache_dir), peaks=Peaks(settings.data_dir).all())


def _wanted(args: argparse.Namespace) -> tuple[list[Model], str | None]:
    """One model, perhaps in one quant; or every model of the catalogue."""
    if args.model is None:
        if args.quant is not None:
            raise BadInput("--quant needs --model.", "For example: --model Phi-4-mini-reasoning --quant nf4-dq")
        return [model for model in CATALOGUE if not model.unavailable], None
    settings = read()
    model = find_any(args.model, settings.offline)
    quant = find_quant(model, args.quant or model.default_quant)  # says why, for a model that can't run here at all
    if args.online:
        model = with_exact_sizes(model, settings.offline)
    return [model], quant if args.quant else None


def _every_quant(hardware: Hardware, model: Model, context: int | None) -> list[LoadPlan]:
    usable = [q for q in model.quants if hardware.bitsandbytes or q not in BNB_QUANTS]
    return [plan(hardware, model, Wishes(quant=quant, context=context)) for quant in usable]


def machine_words(hardware: Hardware) -> str:
    """The memory that counts, one device a line."""
    if not hardware.gpus:
        memory = f"{gib(hardware.free_ram_bytes)} of {gib(hardware.ram_bytes)} memory free"
        return f"{hardware.cpu_name or 'CPU'}, no graphics card in use, {memory}"
    return "\n".join(f"{gpu.name}{_capability(gpu)}, {gib(gpu.free_bytes)} of {gib(gpu.total_bytes)} free" for gpu in hardware.gpus)


def _capability(gpu: Gpu) -> str:
    return f" (compute capability {gpu.capability[0]}.{gpu.capability[1]})" if gpu.capability else ""


def plan_table(plans: Sequence[LoadPlan], chosen: str | None = None) -> str:
    """`chosen`: the quant that would be taken, marked in its row."""
    rows = [_cells(one, one.quant == chosen) for one in plans]
    measured = any(one.measured for one in plans)
    heading = (*HEADING[:4], *(["measured"] if measured else []), *HEADING[4:])
    if measured:
        rows = [(*row[:4], gib(one.measured.bytes) if one.measured else "–", *row[4:]) for row, one in zip(rows, plans, strict=True)]
    return table([heading, *rows], range(3, 7 + measured))


def described(hardware: Hardware) -> dict[str, object]:
    """For JSON: every field, the sets sorted."""
    from dataclasses import asdict

    return asdict(hardware) | {"cpu_features": sorted(hardware.cpu_features)}


def _cells(one: LoadPlan, chosen: bool) -> tuple[str, ...]:
    speed = "–" if one.tokens_per_second is None else "–".join(f"{value:.0f}" for value in one.tokens_per_second)
    where = "card" if one.device != "cpu" else "CPU"
    ends = "fits" if one.fits else f"{gib(one.memory.total - one.free_bytes)} short"
    mark = ", chosen" if chosen else ""
    return one.model.id, one.quant, where, gib(one.memory.total), gib(one.free_bytes), f"{one.context:,}", speed, ends + mark


def plan_words(one: LoadPlan) -> str:
    """The verdict first, what makes up the bytes, every choice with its reason, and the ways out if it does not fit."""
    m, seen = one.memory, one.measured
    lines = [
        f"{one.model.id} {one.quant}: {one.verdict}",
        f"  {gib(m.weights)} weights + {gib(m.cache)} cache + {gib(m.working)} working + {gib(m.fixed)} fixed, ± {gib(m.band)}",
        *([_measured_words(one, seen)] if seen else []),
        *(f"  {choice}" for choice in one.choices),
        *(f"  note: {warning}" for warning in one.warnings),
        *(f"  try {fix.label}: saves {gib(fix.saves)}{'' if fix.enough else ', not enough alone'}" for fix in one.fixes[:6]),
    ]
    if one.tokens_per_second is not None:
        lines.append(f"  {number(one.tokens_per_second[0], '.0f')} to {number(one.tokens_per_second[1], '.0f', ' tok/s')} expected")
    return "\n".join(lines)


def _measured_words(one: LoadPlan, seen: Peak) -> str:
    change = f"; {gib(seen.extra)} added for that" if seen.extra else ", which changes nothing"
    return f"  measured here: {gib(seen.bytes)} at most on {seen.when[:10]}, where {gib(seen.expected)} were expected{change}"
