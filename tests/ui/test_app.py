"""How the page is served: link, port, login, headers, allowed names, endpoints for programs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from phi4web.errors import BadInput
from phi4web.runs import Services
from phi4web.settings import Settings
from phi4web.ui import app
from phi4web.ui.app import launch, require_free_port, with_auth
from phi4web.ui.chat import open_chat
from phi4web.ui.endpoints import require_kinds
from phi4web.ui.sheet import open_sheet
from phi4web.ui.web import allowed_hosts, policy
from tests.fakes import wait_for


@pytest.fixture
def url(services: Services) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, demo = launch(services, replace(services.settings, port=port), block=False)
    yield url
    demo.close()


def test_the_page_answers_with_a_policy_that_lets_nothing_in_from_elsewhere(url: str) -> None:
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "http" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_another_name_for_this_server_is_refused(url: str) -> None:
    assert httpx.get(url, headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "path", ["/gradio_api/file=https://example.com/x", "/gradio_api/file=http://example.com/", "/file=https://example.com"]
)
def test_the_server_fetches_nothing_for_others(url: str, path: str) -> None:
    assert httpx.get(url + path).status_code == 404


@pytest.mark.parametrize("path", ["/gradio_api/runs", "/monitoring", "/gradio_api/run/solve"])
def test_doors_that_nobody_needs_are_shut(url: str, path: str) -> None:
    assert httpx.get(url + path).status_code in (403, 404, 405)


def test_programs_can_solve_check_and_fit(url: str) -> None:
    client = Client(url, verbose=False, analytics_enabled=False)
    solved = client.predict("What is 12 + 30?", api_name="/solve")
    assert solved["verdict"]["status"] == "verified"
    assert solved["thought"] == "Some thought. "
    checked = client.predict(problem="What is 12 + 30?", answer="42", api_name="/check")
    assert checked["status"] == "verified"
    fit = client.predict(gpu="RTX 4070", model="phi-4-reasoning", api_name="/fit")
    assert fit["device_name"] == "RTX 4070"
    with pytest.raises(AppError, match="The problem is empty"):
        client.predict("  ", api_name="/solve")
    with pytest.raises(AppError, match="not both"):
        client.predict(api_name="/check")


def test_a_program_that_goes_away_stops_its_run(services: Services, url: str) -> None:
    """Nobody else can ask for its answer, and the engine is for those who wait."""
    with httpx.Client(base_url=f"{url}/gradio_api") as http:
        name = http.post("/call/solve", json={"data": ["slow", "", "", 1, 1, ""]}).json()["event_id"]
        with http.stream("GET", f"/call/solve/{name}"):
            assert wait_for(lambda: services.jobs.running())
            (job,) = services.jobs.running()
    assert wait_for(lambda: job.ended)
    assert job.cancel.is_set()


def test_a_port_in_use_is_told_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"Port {port} on 127.0.0.1.*--port {port + 1}"):
            require_free_port(Settings(port=port))


def test_an_exposed_page_gets_a_password_that_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    settings = with_auth(Settings(host="0.0.0.0"))
    assert settings.auth is not None
    assert capsys.readouterr().out.count(settings.auth[1]) == 1
    assert with_auth(settings).auth == settings.auth
    assert with_auth(Settings(host="0.0.0.0", no_auth=True)).auth is None
    assert with_auth(Settings()).auth is None
    assert with_auth(Settings(host="0.0.0.0", space_id="x/y", public=True)).auth is None


def test_with_a_login_nothing_is_shown_without_it(services: Services) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, demo = launch(services, replace(services.settings, port=port, auth=("me", "secret")), block=False)
    try:
        assert httpx.get(f"{url}/config").status_code == 401
        assert httpx.post(f"{url}/login", data={"username": "me", "password": "wrong"}).status_code == 400
        assert httpx.post(f"{url}/login", data={"username": "me", "password": "secret"}).status_code == 200
    finally:
        demo.close()


def test_only_the_hub_may_frame_a_space_and_only_a_share_link_allows_its_domain() -> None:
    assert "frame-ancestors https://huggingface.co" in policy(Settings(space_id="x/y"))
    assert "frame-ancestors 'self'" in policy(Settings())
    assert "*.gradio.live" in allowed_hosts(Settings(share=True))
    assert "*.gradio.live" not in allowed_hosts(Settings())
    assert allowed_hosts(Settings(host="0.0.0.0")) == ["*"]


def test_the_visits_of_strangers_leave_a_bounded_number_of_empty_worksheets(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "MOST_EMPTY", 3)
    monkeypatch.setattr(app, "TIDY_VISITS", 2)
    strangers = replace(services, settings=replace(services.settings, public=True))
    page = app.build_app(strangers)
    (on_visit,) = [f.fn for f in page.fns.values() if not f.inputs and not f.outputs and any(event == "load" for _, event in f.targets)]
    for _ in range(20):
        open_sheet(strangers, None)
        open_chat(strangers, None)
        on_visit()
    assert len(services.store.notebooks()) <= 5
    assert len(services.store.chats()) <= 5


@pytest.mark.parametrize(
    ("texts", "numbers", "said"),
    [
        ({"problem": None}, {}, "problem=None is no text"),
        ({"model": 5}, {}, "model=5 is no text"),
        ({}, {"samples": "abc"}, "samples=abc is no whole number"),
        ({}, {"samples": True}, "samples=True is no whole number"),
        ({}, {"seed": 1.5}, "seed=1.5 is no whole number"),
        ({}, {"seed": 10**30}, "seed=10+ is no whole number"),  # the answer, which repeats it, could not be sent
    ],
)
def test_a_value_of_another_kind_is_named_before_anything_runs(texts: dict[str, Any], numbers: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        require_kinds(texts, numbers)
