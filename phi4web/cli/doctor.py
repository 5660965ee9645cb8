"""`phi4web doctor`: what this machine has, what will be used and why, and whether the parts work."""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from phi4web import __version__
from phi4web.cli import remote
from phi4web.cli.fit import described, plan_words
from phi4web.cli.output import print_json
from phi4web.engine import embedded
from phi4web.engine.host import EngineHost
from phi4web.errors import Phi4webError
from phi4web.hardware import Hardware
from phi4web.memory import gib
from phi4web.models import CATALOGUE, Model
from phi4web.prompts import Message, render, template_report
from phi4web.settings import Settings, read
from phi4web.verdict import CheckRequest
from phi4web.verify.worker import Checker


@dataclass(frozen=True, slots=True)
class Test:
    name: str
    ok: bool
    words: str


def run(args: argparse.Namespace) -> int:
    settings = remote.settled(read(remote_url=args.remote))
    host = EngineHost(settings)
    plan = host.plan_for()
    tests = [_test(name, part) for name, part in _parts(settings)]
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
    gpus = [f"{gpu.name}, {gib(gpu.free_bytes)} of {gib(gpu.total_bytes)} free" for gpu in hardware.gpus] or ["no graphics card in use"]
    cpu = f"{hardware.cpu_name or 'CPU'}, {hardware.cores} cores"
    ram = f"{gib(hardware.free_ram_bytes)} of {gib(hardware.ram_bytes)} memory free, {gib(hardware.disk_free_bytes)} disk free"
    return "\n".join([*gpus, cpu, ram])


def _parts(settings: Settings) -> list[tuple[str, Callable[[], str]]]:
    """Each part's name and its test, which returns what it saw, or raises."""
    return [
        ("cache folder", lambda: _writable(settings.cache_dir)),
        ("data folder", lambda: _writable(settings.data_dir)),
        ("built-in model", lambda: _embedded(settings)),
        ("templates", _templates),
        ("checker", _checker),
        *([("server", lambda: remote.answers(settings))] if settings.remote_url else []),
    ]


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
    """Every model's prompt on marked texts: the user's words come once, and earlier thoughts do not."""
    models = [model for model in CATALOGUE if not model.unavailable]
    for model in models:
        report = template_report(lambda rows, model=model: _rendered(model, rows))  # type: ignore[misc]
        if not report.usable or report.problems:
            raise RuntimeError(f"{model.id}: {' '.join(report.problems) or 'the prompt is not usable'}")
    return f"{len(models)} models, each text comes once"


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
