"""The house: its layout, its pins, its quick start, and documents that name only what is there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from phi4web.memory import estimate
from phi4web.models import CATALOGUE, EMBEDDED, PRACTICE
from phi4web.verdict import WAY_OUT, Verdict

ROOT = Path(__file__).resolve().parent.parent
ROOMS = """errors settings events verdict notebook models hardware memory plan prompts reasoning engine/base engine/local engine/gguf
    engine/scripted verify/extract verify/latex verify/problem verify/build verify/checks verify/grade verify/worker
    solve runs compare stats store space cli ui/app ui/theme ui/render ui/components ui/notebook ui/chat ui/compare ui/hardware""".split()  # noqa: SIM905
TOP = ("app.py", "spaces_config.yaml", "requirements.txt", "requirements-dev.txt", "Makefile", "LICENSE", ".ci/run")
DOCUMENTS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "AGENTS.md")
SUFFIXES = r"(?:py|md|toml|txt|yaml|yml|json|jsonl|css|js|png|sh|ipynb)"


def _is_there(place: str) -> bool:
    path = ROOT / "phi4web" / place
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_of_the_design_stands(room: str) -> None:
    assert _is_there(room)


@pytest.mark.parametrize("name", TOP + DOCUMENTS)
def test_every_file_at_the_top_is_there(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_exactly(name: str) -> None:
    lines = [line.strip() for line in (ROOT / name).read_text().splitlines()]
    loose = [x for x in lines if x and not x.startswith(("#", "-r ")) and not re.fullmatch(r"[A-Za-z0-9_.-]+==\d[\w.]*", x)]
    assert not loose


def test_what_the_application_imports_is_what_it_requires() -> None:
    """Every third-party import of phi4web is a pinned requirement, so that a Space has it too."""
    distribution = {
        "yaml": "PyYAML",
        "starlette": "gradio",
        "fastapi": "gradio",
        "mpmath": "sympy",
        "tqdm": "huggingface_hub",
        "numpy": "torch",
        "tokenizers": "transformers",
        "httpx2": "huggingface_hub",
        "filelock": "huggingface_hub",
        "jinja2": "transformers",
    }
    pins = {line.split("==")[0].lower() for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line}
    imported = set()
    for path in (ROOT / "phi4web").rglob("*.py"):
        imported |= set(re.findall(r"^\s*(?:import|from) ([a-z_0-9A-Z]+)", path.read_text(encoding="utf-8"), re.M))
    foreign = imported - set(sys.stdlib_module_names) - {"phi4web", "__future__"}
    optional = {"flash_attn", "spaces"}
    assert {name for name in foreign - optional if distribution.get(name, name).lower() not in pins} == set()


def _fresh(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.strip().splitlines()[-1]


HEAVY = ("torch", "transformers", "gradio", "sympy", "xllamacpp", "bitsandbytes", "accelerate", "numpy", "openai")


@pytest.mark.parametrize("arguments", [["--help"], ["solve", "--help"], ["serve", "--help"], ["models"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """In a fresh interpreter, so that no other test has imported it before."""
    code = f"""
import sys
from phi4web.cli import main
assert main({arguments!r}) == 0
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    assert _fresh(code) == "[]"


def test_the_checker_loads_sympy_in_its_own_process_only() -> None:
    code = """
import sys
from phi4web.cli import main
if __name__ == "__main__":
    assert main(["check", "--problem", "What is 12 + 30?", "--answer", "42", "--json"]) == 0
    print([name for name in ("torch", "gradio", "sympy") if name in sys.modules])
"""
    assert _fresh(code) == "[]"


def test_make_test_runs_every_gate() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (gates,) = re.findall(r"^test: (.*?) ##", makefile, re.M)
    assert gates.split() == ["lint", "types", "contracts", "unit", "browser"]
    for command in ("ruff check", "ruff format --check", "bin/mypy".replace("bin", "$(BIN)"), "lint-imports", "pytest"):
        assert command in makefile
    assert "make test" in (ROOT / ".ci/run").read_text()
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


@pytest.mark.skipif(sys.platform == "win32", reason="make")
def test_make_says_which_python_it_needs(tmp_path: Path) -> None:
    """With only an old Python on the path, as on a fresh Mac."""
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    (tmp_path / "python3").write_text('#!/bin/sh\nif [ "$1" = --version ]; then echo Python 3.9.6; else exit 1; fi\n')
    (tmp_path / "python3").chmod(0o755)
    make = shutil.which("make")
    assert make is not None
    done = subprocess.run([make, "run"], cwd=tmp_path, env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("phi4web needs Python 3.11 or later. Found: Python 3.9.6.")
    assert not (tmp_path / ".venv").exists()


def test_the_contracts_leave_no_module_out() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert all(c["exhaustive"] for c in contracts if c["type"] == "layers")


def test_make_alone_explains_itself() -> None:
    out = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "lint", "types", "bench", "clean"):
        assert re.search(rf"^  make {target} ", out, re.M)


QUANTS = ("bf16", "int8", "nf4-dq", "Q4_K_M")


def _table_of_models() -> str:
    """As it should stand in README.md: the Phi-4 models that can run here, with 8,192 tokens on a graphics card."""
    rows = [f"| model | parameters | thinks | {' | '.join(QUANTS)} |", f"|{'---|' * (3 + len(QUANTS))}"]
    for model in CATALOGUE:
        if not model.unavailable and model not in (EMBEDDED, PRACTICE):
            needs = [f"{estimate(model, quant, 8192).total / 2**30:.1f}" for quant in QUANTS]
            thinks = "yes" if model.thinks else "no"
            rows.append(f"| {model.id} | {model.parameters / 1e9:.1f}B | {thinks} | {' | '.join(needs)} |")
    return "\n".join(rows) + "\n"


def test_the_table_of_models_in_the_readme_is_worked_out_from_the_catalogue() -> None:
    table = _table_of_models()
    assert table in (ROOT / "README.md").read_text(encoding="utf-8"), f"it should be:\n{table}"


def test_the_reasons_and_fields_of_a_verdict_are_documented() -> None:
    text = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")
    assert [row for row in re.findall(r"^\| `(\w+)` \| ([A-Z].*) \|$", text, re.M) if row[0] in WAY_OUT] == list(WAY_OUT.items())
    fields = re.findall(r"^\| `(\w+)` \|", text.split("## The row")[1], re.M)
    assert fields == ["id", *Verdict("verified").to_dict()]


def _documents() -> list[Path]:
    return [ROOT / name for name in DOCUMENTS] + sorted((ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
    missing = [target for target in links if not (document.parent / target).exists()]
    named = re.findall(rf"`([\w./-]+/[\w.-]+\.{SUFFIXES})`", text) + re.findall(
        r"`((?:phi4web|tests|docs|assets|benchmarks)/[\w./-]*)`", text
    )
    missing += [name for name in named if not (ROOT / name).exists() and not (document.parent / name).exists()]
    assert not missing


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_names_a_folder_of_one_machine(document: Path) -> None:
    assert not re.search(r"(?<![\w.:/])/(?:home|root|work|tmp|Users|opt)/", document.read_text(encoding="utf-8"))


_LOCAL = {"engine.local", "engine.local_batch", "engine.local_cache", "engine.local_load", "engine.local_sampling"}
HEAVY = {"gradio": {"cli", "ui"}, "torch": {"hardware.gpus", "engine.convert"} | _LOCAL, "sympy": {"verify"}}


@pytest.mark.parametrize("heavy", HEAVY)
def test_a_heavy_library_is_forbidden_to_every_module_that_need_not_know_it(heavy: str) -> None:
    """The contracts list modules by name; a new one must not be forgotten. Those that may know it are named here."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [c for c in settings["tool"]["importlinter"]["contracts"] if heavy in c.get("forbidden_modules", ())]
    listed = {name.removeprefix("phi4web.") for name in contract["source_modules"]}
    rooms = _modules(ROOT / "phi4web")
    for package in {room.partition(".")[0] for room in HEAVY[heavy] if "." in room}:
        rooms = rooms - {package} | {f"{package}.{name}" for name in _modules(ROOT / "phi4web" / package)}
    assert listed == rooms - HEAVY[heavy]


def _modules(folder: Path) -> set[str]:
    found = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    return {name for name in found if not name.startswith("__")}
