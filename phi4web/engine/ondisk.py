"""What lies on this machine already, and whether the chat templates in it do what is relied on. Nothing is loaded or fetched."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from phi4web.engine import embedded
from phi4web.engine.gguf_header import read_header
from phi4web.engine.hub import file_here, model_here
from phi4web.errors import LoadFailed
from phi4web.models import Model, Source
from phi4web.prompts import TemplateReport, template_report

Here = tuple[Model, Source, Path]


def here(models: Iterable[Model], cache_dir: Path) -> list[Here]:
    """Every build of these models that is complete on this machine, with its file or folder."""
    found = ((model, source, _place(source, cache_dir)) for model in models for source in model.sources)
    return [(model, source, path) for model, source, path in found if path is not None]


def _place(source: Source, cache_dir: Path) -> Path | None:
    if source.kind == "wheel":
        path = embedded.folder(cache_dir) / embedded.FILE
        return path if path.is_file() else None
    if source.kind == "package":
        return embedded.in_package(source)
    if source.kind == "local":
        path = Path(source.repo) / (source.file or "")
        return path if path.exists() else None
    if source.kind == "converted":
        return None
    return file_here(source.repo, source.file) if source.file is not None else model_here(source.repo)


def template_of(path: Path) -> TemplateReport:
    """What the template in this GGUF file or folder makes of marked texts. Raises LoadFailed if there is none."""
    text, marks = _of_gguf(path) if path.is_file() else _of_folder(path)
    if not text:
        raise LoadFailed(f"{path.name} has no chat template; this program's own is used.")
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    environment.globals |= {"raise_exception": _refuse, "strftime_now": lambda form: ""}
    environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    try:
        template = environment.from_string(text)
    except TemplateError as error:
        raise LoadFailed(f"The chat template of {path.name} can't be read: {error}.") from None
    return template_report(lambda messages: template.render(messages=messages, add_generation_prompt=True, **marks))


def _refuse(words: str) -> None:
    raise TemplateError(words)


def _of_gguf(path: Path) -> tuple[str, Mapping[str, str]]:
    fields = read_header(path).fields
    return str(fields.get("tokenizer.chat_template", "")), {"bos_token": "", "eos_token": ""}


def _of_folder(path: Path) -> tuple[str, Mapping[str, str]]:
    settings = _json(path / "tokenizer_config.json")
    marks = {name: _token(settings.get(name)) for name in ("bos_token", "eos_token", "pad_token")}
    own = path / "chat_template.jinja"
    text = own.read_text(encoding="utf-8", errors="replace") if own.is_file() else settings.get("chat_template", "")
    if isinstance(text, list):
        text = next((t["template"] for t in text if t.get("name") == "default"), "")
    return str(text or ""), marks


def _token(value: Any) -> str:
    return str(value.get("content", "")) if isinstance(value, dict) else str(value or "")


def _json(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def in_words(report: TemplateReport) -> str:
    """What a template keeps and drops, in half a line."""
    parts = [
        "the user's text comes once" if report.user_once else "",
        "a system message is kept" if report.system_kept else "a system message is dropped, so it goes into the user's turn",
        "" if report.drops_thoughts else "old thoughts are left to this program to drop",
        "the prompt opens the thought" if report.opens_thought else "",
    ]
    return ", ".join(filter(None, parts))
