"""How a user names a server, and what the commands say of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from phi4web.cli import main
from phi4web.engine.host import EngineHost
from phi4web.engine.remote_list import remote_models, with_default
from phi4web.errors import BadInput, LoadFailed, UnknownModel
from phi4web.hardware import cpu_only
from phi4web.models import find, find_quant, parse_config
from phi4web.settings import Settings, read
from tests.engine.servers.replay import DONE, Answer, Replay, chunk, models, replay, texts, usage

KEY = "sk-not-to-be-seen"
LISTED = models("nomic-embed-text", "phi4-mini-reasoning:latest", owner="library")
ANSWER = Answer((*texts("content", ["\\boxed{", "42}"]), chunk({}, "stop"), chunk(usage=usage(9, 3)), DONE))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Replay]:
    """Named by the environment, with a key."""
    monkeypatch.setenv("PHI4WEB_DATA", str(tmp_path))
    monkeypatch.delenv("PHI4WEB_MODEL", raising=False)
    with replay(ANSWER, models=LISTED) as told:
        monkeypatch.setenv("PHI4WEB_REMOTE_URL", told.url)
        monkeypatch.setenv("PHI4WEB_REMOTE_KEY", KEY)
        yield told


@pytest.mark.parametrize(
    ("name", "style", "thinks"),
    [
        ("microsoft/Phi-4-mini-reasoning", "phi4-mini-reasoning", True),
        ("unsloth/Phi-4-reasoning-plus-GGUF:Q4_K_M", "phi4-reasoning", True),
        ("/models/phi-4-reasoning-plus-Q4_K_M.gguf", "phi4-reasoning", True),
        ("phi4-reasoning:plus-q8_0", "phi4-reasoning", True),
        ("microsoft/Phi-4-mini-flash-reasoning", "phi4-mini-reasoning", True),
        ("phi4:14b", "chatml-phi4", False),
        ("phi4-mini", "phi4-mini", False),
        ("Qwen/QwQ-32B", "chatml-phi4", True),
    ],
)
def test_a_name_of_the_family_brings_its_template_and_habits(name: str, style: str, thinks: bool) -> None:
    model = find(f"remote:{name}")
    assert (model.id, model.style, model.thinks) == (f"remote:{name}", style, thinks)
    assert (model.quants, model.sources, model.unavailable) == (("served",), (), "")
    assert parse_config(f"remote:{name}") == parse_config(f"remote:{name}:served") == (model, "served")


def test_a_served_model_has_no_other_quant_and_no_empty_name() -> None:
    with pytest.raises(BadInput, match="has no quant 'nf4'"):
        find_quant(find("remote:phi4"), "nf4")
    with pytest.raises(UnknownModel, match="names no model"):
        find("remote: ")


def test_its_plan_needs_nothing_here() -> None:
    plan = EngineHost(Settings(model="remote:phi4", remote_url="http://h"), cpu_only(1)).plan_for()
    assert (plan.engine, plan.quant, plan.memory.total, plan.fits) == ("remote", "served", 0, True)
    assert "Runs on the server" in plan.verdict
    assert json.dumps(plan.to_dict())


def test_solve_uses_the_servers_model(server: Replay, capsys: pytest.CaptureFixture[str]) -> None:
    """The first that the catalogue knows, where none is named."""
    assert main(["solve", "What is 12 + 30?", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["tries"][-1]["verdict"]["status"], row["tries"][-1]["answer"]) == ("verified", "42")
    assert server.requests[0]["model"] == "phi4-mini-reasoning:latest"
    assert {k.lower(): v for k, v in server.headers[-1].items()}["authorization"] == f"Bearer {KEY}"
    assert KEY not in json.dumps(row)


def test_the_flag_wins_and_a_model_may_be_named(
    server: Replay, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PHI4WEB_REMOTE_URL", "http://127.0.0.1:1")
    assert main(["solve", "What is 12 + 30?", "--remote", server.url, "--model", "remote:other", "--json"]) == 0
    assert server.requests[0]["model"] == "other"


def test_a_server_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for url, words in (("http://127.0.0.1:1", "Nothing listens at"), ("127.0.0.1", "is not the address of a server")):
        assert main(["solve", "What is 12 + 30?", "--remote", url]) == 2
        err = capsys.readouterr().err
        assert words in err
        assert err.count("\n") == 1


def test_a_remote_model_without_a_server_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("PHI4WEB_REMOTE_URL", raising=False)
    assert main(["solve", "What is 12 + 30?", "--model", "remote:phi4"]) == 2
    assert "--remote URL" in capsys.readouterr().err


def test_compare_takes_remote_models(server: Replay, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problems = tmp_path / "one.jsonl"
    problems.write_text('{"id": "a", "problem": "What is 12 + 30?", "reference": "42"}\n')
    assert main(["compare", "--config", "remote:phi4-mini-reasoning:latest:served", "--problems", str(problems), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["rows"][0]
    assert (row["config"], row["correct"]["k"]) == ("remote:phi4-mini-reasoning:latest:served", 1)


def test_models_lists_them_the_family_first(server: Replay, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["server"]
    assert [r["id"] for r in rows] == ["remote:phi4-mini-reasoning:latest", "remote:nomic-embed-text"]
    assert rows[0] == {"id": "remote:phi4-mini-reasoning:latest", "context": None, "thinks": True, "server": "Ollama"}
    assert main(["models"]) == 0
    assert "On the server (Ollama):\n  remote:phi4-mini-reasoning:latest\n" in capsys.readouterr().out


def test_models_works_while_the_server_does_not(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PHI4WEB_REMOTE_URL", "http://127.0.0.1:1")
    assert main(["models"]) == 0
    out = capsys.readouterr().out
    assert "Phi-4-mini-reasoning" in out
    assert "The server: Nothing listens at http://127.0.0.1:1/v1." in out


def test_doctor_says_whether_the_server_answers(server: Replay, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--json"])
    told = json.loads(capsys.readouterr().out)
    (row,) = [t for t in told["tests"] if t["name"] == "server"]
    assert row["ok"]
    assert "seems to be Ollama; models: nomic-embed-text, phi4-mini-reasoning:latest" in row["words"]
    assert told["plan"]["model"] == "remote:phi4-mini-reasoning:latest"
    assert KEY not in json.dumps(told)


def test_the_list_is_asked_for_once_and_its_absence_holds_nobody_up(server: Replay) -> None:
    settings = read()
    assert remote_models(settings) == remote_models(settings) == ("remote:phi4-mini-reasoning:latest", "remote:nomic-embed-text")
    assert server.paths.count("/v1/models") == 1
    assert remote_models(Settings()) == remote_models(Settings(remote_url="http://127.0.0.1:1")) == ()


def test_a_default_model_is_looked_for_only_where_a_server_and_no_model_is_named(server: Replay) -> None:
    assert with_default(read()).model == "remote:phi4-mini-reasoning:latest"
    assert with_default(read(model="phi-4")).model == "phi-4"
    assert with_default(Settings()) == Settings()
    with pytest.raises(LoadFailed, match="Nothing listens"):
        with_default(Settings(remote_url="http://127.0.0.1:1"))
    with replay(ANSWER) as silent, pytest.raises(BadInput, match="--model remote:NAME"):
        with_default(Settings(remote_url=silent.url))


def test_strangers_get_the_hosts_model_and_no_other(server: Replay) -> None:
    host = EngineHost(Settings(public=True, model="remote:phi4-mini-reasoning:latest", remote_url=server.url, remote_key=KEY), cpu_only(1))
    with host.use() as engine:
        assert engine.info.kind == "remote"
    for name in ("remote:nomic-embed-text", "remote:http://elsewhere.invalid/v1"):
        with pytest.raises(BadInput, match="only"), host.use(name):
            pass
    host.close()


def test_the_page_offers_the_servers_models_beside_the_others_but_not_to_strangers(server: Replay, tmp_path: Path) -> None:
    from phi4web.runs import open_services
    from phi4web.ui.picker import chosen, configs

    settings = read(data_dir=tmp_path)
    services = open_services(settings, EngineHost(settings, cpu_only(16)))
    offered = dict(configs(services))
    assert offered["phi4-mini-reasoning:latest (server) · served"] == "remote:phi4-mini-reasoning:latest:served"
    assert chosen(services, "remote:phi4-mini-reasoning:latest:served") == ("remote:phi4-mini-reasoning:latest", "served")
    services.close()
    public = read(data_dir=tmp_path / "b", public=True)
    services = open_services(public, EngineHost(public, cpu_only(16)))
    assert not any("remote:" in value for _, value in configs(services))
    services.close()
