"""`phi4web doctor`: what this machine has, what will be used and why, and whether the parts work."""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from phi4web import __version__
from phi4web.cli import remote
from phi4web.cli.fit import described, machine_words, plan_words
from phi4web.cli.output import print_json
from phi4web.engine import embedded
from phi4web.engine.host import EngineHost
from phi4web.engine.ondisk import here, in_words, template_of
from phi4web.errors import Phi4webError
from phi4web.hardware import Hardware
from phi4web.memory import gib
from phi4web.models import CATALOGUE, Model
from phi4web.prompts import Message, control_tokens, render, template_report
from phi4web.reasoning import Splitter
from phi4web.settings import Settings, read
from phi4web.verdict import CheckRequest
from phi4web.verify.worker import Checker

LIBRARIES = (
    ("PyTorch", "torch"),
    ("Transformers", "transformers"),
    ("bitsandbytes", "bitsandbytes"),
    ("flash-attn", "flash_attn"),
    ("xllamacpp", "xllamacpp"),
)


@dataclass(frozen=True, slots=True)
class Test:
    name: str
    ok: bool
    words: str


def run(args: argparse.Namespace) -> int:
    settings = remote.settled(read(remote_url=args.remote))
    host = EngineHost(settings)
    plan = host.plan_for()
    tests = [_test(name, part) for name, part in _parts(settings, plan.model)]
    if args.json:
        print_json(
            {
                "version": __version__,
                "python": platform.python_version(),
                "system": platform.platform(),
                "hardware": described(host.hardware),
                "plan": plan.to_dict(),
                "tests": [{"name": t.name, "ok": t.ok, "words": t.words} for t in tests],
            }
        )
    else:
        print(f"phi4web {__version__}, Python {platform.python_version()}, {platform.platform()}")
        print(f"{_machine(host.hardware)}\n\n{plan_words(plan)}\n")
        print("\n".join(f"{'ok  ' if t.ok else 'FAIL'}  {t.name}: {t.words}" for t in tests))
    return 0 if all(t.ok for t in tests) else 1


def _machine(hardware: Hardware) -> str:
    memory = f"{gib(hardware.free_ram_bytes)} of {gib(hardware.ram_bytes)} memory free, {gib(hardware.disk_free_bytes)} disk free"
    cpu = f"{hardware.cpu_name or 'CPU'}, {hardware.cores} cores ({', '.join(sorted(hardware.cpu_features)) or 'no features known'})"
    return "\n".join([machine_words(hardware), *([cpu] if hardware.gpus else [cpu.partition(", ")[2]]), memory, _software(hardware)])


def _software(hardware: Hardware) -> str:
    """The libraries that decide what can run."""
    parts = [f"{name} {found}" if (found := _version(package)) else f"no {name}" for name, package in LIBRARIES]
    parts.append(f"llama.cpp on the {'graphics card' if hardware.llama_gpu else 'CPU'}")
    return ", ".join(parts)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _parts(settings: Settings, model: Model) -> list[tuple[str, Callable[[], str]]]:
    """Each part's name and its test, which returns what it saw, or raises."""
    return [
        ("cache folder", lambda: _writable(settings.cache_dir)),
        ("data folder", lambda: _writable(settings.data_dir)),
        ("built-in model", lambda: _embedded(settings)),
        ("templates", _templates),
        *_on_disk(settings, model),
        ("checker", _checker),
        *([("server", partial(remote.answers, settings))] if settings.remote_url else []),
    ]


def _on_disk(settings: Settings, model: Model) -> list[tuple[str, Callable[[], str]]]:
    """A test of the template of every model that lies here."""
    models = CATALOGUE if model in CATALOGUE else (*CATALOGUE, model)
    return [
        (f"{one.id} {source.quant} on this disk", partial(_template_on_disk, one, path))
        for one, source, path in here(models, settings.cache_dir)
    ]


def _template_on_disk(model: Model, path: Path) -> str:
    report = template_of(path)
    if not report.usable:
        raise RuntimeError(" ".join(report.problems) or "the user's text does not come once")
    notes = [*report.problems, *(["this program renders the prompt itself"] if report.problems else [])]
    return f"its template works: {in_words(report)}{'; ' if notes else ''}{' '.join(notes)}"


def _test(name: str, part: Callable[[], str]) -> Test:
    try:
        return Test(name, True, part())
    except (Phi4webError, OSError, RuntimeError) as error:
        return Test(name, False, " ".join(str(error).split()))


def _writable(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder):
        return str(folder)


def _embedded(settings: Settings) -> str:
    path = embedded.folder(settings.cache_dir) / embedded.FILE
    if not path.is_file():
        raise RuntimeError(f"not here yet ({path}); `phi4web models --fetch` brings it")
    return f"{embedded.ensure_gguf(settings.cache_dir, offline=True)}, its checksum is right"


def _templates() -> str:
    """Every model's prompt on marked texts: the user's words come once. And its answer: thought and solution are told apart."""
    models = [model for model in CATALOGUE if not model.unavailable]
    for model in models:
        report = template_report(lambda rows, model=model: _rendered(model, rows))  # type: ignore[misc]
        if not report.usable or report.problems:
            raise RuntimeError(f"{model.id}: {' '.join(report.problems) or 'the prompt is not usable'}")
        if _split(model) != ("ZZ7", "ZZ8"):
            raise RuntimeError(f"{model.id}: the thought is not found in what it writes")
    return f"{len(models)} models, each text comes once, each thought is found"


def _split(model: Model) -> tuple[str, str]:
    """Thought and solution as the page would show them, fed letter by letter."""
    splitter = Splitter(thinks=model.thinks, strip=control_tokens(model))
    text = "<think>ZZ7</think>ZZ8<|im_end|>" if model.thinks else "ZZ8"
    pieces = [piece for letter in text for piece in splitter.feed(letter)] + splitter.finish()
    thought, solution = ("".join(text for part, text in pieces if part == name) for name in ("thought", "solution"))
    return thought if model.thinks else "ZZ7", solution.removesuffix("<|im_end|>")


def _rendered(model: Model, rows: list[dict[str, str]]) -> str:
    return render(model, [Message(row["role"], row["content"]) for row in rows])  # type: ignore[arg-type]


def _checker() -> str:
    """One right and one wrong answer, through a real worker process."""
    question = "What is the derivative of x^2?"
    with Checker(workers=1) as checker:
        right, wrong = (checker.check(CheckRequest(question, answer)) for answer in ("2x", "x^2/2"))
    if (right.status, wrong.status) != ("verified", "refuted"):
        raise RuntimeError(f"{question} 2x is {right.status} and x^2/2 is {wrong.status}; it should be verified and refuted")
    return f"2x verified and x^2/2 refuted in {right.seconds + wrong.seconds:.2f} s"
