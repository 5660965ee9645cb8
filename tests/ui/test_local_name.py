"""A public page whose model was named by its path tells visitors nothing of the folders on its computer."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from phi4web.engine.host import EngineHost
from phi4web.engine.loaders import from_disk
from phi4web.engine.scripted import INFO, ScriptedEngine
from phi4web.errors import Phi4webError
from phi4web.hardware import cpu_only
from phi4web.loadplan import LoadPlan
from phi4web.runs import Services
from phi4web.ui.app import launch
from phi4web.ui.endpoints import fit_row, solve_row
from phi4web.ui.picker import about, configs
from tests.engine.test_anymodel import write


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["phi4web.models.find"], "_ADMITTED", {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "joe" / "secret" / "phi-4-tuned")


def public(services: Services, folder: Path, *, real: bool = False) -> Services:
    settings = replace(services.settings, public=True, offline=True, model=str(folder))

    def scripted(wanted: LoadPlan, *_: object) -> object:
        return lambda: ScriptedEngine(["\\boxed{42}"], info=replace(INFO, model=wanted.model.id, quant=wanted.quant))

    loader = from_disk(settings, lambda: cpu_only(16)) if real else scripted
    return replace(services, settings=settings, host=EngineHost(settings, cpu_only(16), loader))  # type: ignore[arg-type]


@pytest.fixture
def url(services: Services, folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = public(services, folder)
    url, demo = launch(made, replace(made.settings, port=port), block=False)
    yield url
    demo.close()
    made.host.close()


def test_nothing_that_a_visitor_can_ask_for_names_a_folder(url: str, folder: Path) -> None:
    told = [httpx.get(url).text, httpx.get(f"{url}/config").text]
    client = Client(url, verbose=False, analytics_enabled=False)
    solved = client.predict("What is 12 + 30?", api_name="/solve")
    name = solved["engine"]["model"]
    assert name.startswith("local:phi-4-tuned")
    told.append(json.dumps([solved, client.predict(api_name="/fit"), client.predict(model=name, api_name="/fit")]))
    for ask in ({"model": "phi-4"}, {"model": "phi-4-tuned"}, {"model": "/phi-4-tuned"}, {"quant": "Q9"}):
        for endpoint in ({"api_name": "/fit"}, {"api_name": "/solve", "problem": "What is 12 + 30?"}):
            try:
                told.append(json.dumps(client.predict(**ask, **endpoint)))
            except AppError as error:
                told.append(str(error))
    assert any("This page runs local:phi-4-tuned" in text for text in told)
    for text in told:
        assert "secret" not in text
        assert "joe" not in text


def test_nor_does_a_model_that_can_not_be_loaded(services: Services, folder: Path) -> None:
    """Its files were good when the page was opened, and are not when somebody presses Run."""
    made = public(services, folder, real=True)
    choices = configs(made)
    (folder / "config.json").write_text("{}")
    with pytest.raises(Phi4webError) as caught:
        solve_row(made, "What is 12 + 30?")
    assert "secret" not in f"{caught.value} {about(made, choices[0][1])} {fit_row(made)}"
    assert configs(made) == choices, "what the page offers does not change while it is open"
    made.host.close()
