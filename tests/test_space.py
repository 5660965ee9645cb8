"""The Space card: one source, the fields that the Hub reads, and an upload that takes only what a Space needs."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from phi4web import space
from phi4web.errors import BadInput, EngineError

FLAVOURS = ("cpu", "gpu", "zero")
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


def _pins() -> dict[str, str]:
    lines = (space.ROOT / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_the_readme_carries_the_card_of_the_cpu_flavour() -> None:
    readme = (space.ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == space.with_front_matter(readme, space.front_matter("cpu")), "run: phi4web space render --flavour cpu"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_hub_reads_every_field_and_each_value_has_its_form(flavour: space.Flavour) -> None:
    card = space.card(flavour)
    assert set(card) <= space.HUB_FIELDS
    assert set(card) >= {"title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file", "models", "license"}
    assert {card["colorFrom"], card["colorTo"]} <= COLOURS
    assert card["sdk"] == "gradio"
    assert len(card["short_description"]) <= 60
    assert isinstance(card["python_version"], str)
    assert re.fullmatch(r"3\.1[1-3]", card["python_version"])
    assert (space.ROOT / card["app_file"]).is_file()
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+", model) for model in card["models"])


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_suggested_hardware_is_one_that_the_hub_has(flavour: space.Flavour) -> None:
    from huggingface_hub import SpaceHardware

    assert space.card(flavour)["suggested_hardware"] in {hardware.value for hardware in SpaceHardware}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_space_gets_the_gradio_that_is_pinned(flavour: space.Flavour) -> None:
    assert space.card(flavour)["sdk_version"] == _pins()["gradio"]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_block_reads_back_as_the_card(flavour: space.Flavour) -> None:
    block = space.front_matter(flavour)
    assert block.startswith("---\n")
    assert block.endswith("---\n")
    assert yaml.safe_load(block.strip("-\n")) == space.card(flavour)


@pytest.mark.parametrize("before", ["", "# Title\n", "---\ntitle: old\n---\n\n# Title\n\n---\n\nA rule above.\n"])
def test_rendering_twice_changes_nothing_more_and_keeps_the_text(before: str, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(before)
    assert space.render("gpu", readme) is True
    once = readme.read_text(encoding="utf-8")
    assert space.render("gpu", readme) is False
    assert readme.read_text(encoding="utf-8") == once
    assert once.count("title:") == 1
    assert once.endswith(before.split("---\n\n", 1)[-1].lstrip())


def test_a_field_that_the_hub_does_not_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spaces_config.yaml").write_text("common: {title: t, hardware: t4}\nflavours: {cpu: {}}\n")
    with pytest.raises(BadInput, match="does not read hardware"):
        space.card("cpu", tmp_path)


@pytest.mark.parametrize("text", ["", "common: {}\n", "common: {}\nflavours: {gpu: {}}\n", "a: [", "- 1\n"])
def test_a_broken_configuration_is_one_clear_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "spaces_config.yaml").write_text(text)
    with pytest.raises(BadInput, match=r"spaces_config\.yaml"):
        space.card("cpu", tmp_path)


class _Hub(ThreadingHTTPServer):
    """Answers the calls of an upload the way the Hub does, and remembers what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.created: list[dict[str, object]] = []
        self.committed: list[dict[str, object]] = []
        self.refuse = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: _Hub

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.server.refuse:
            return self._answer({"error": "not yours"}, 403)
        there = ("phi4web/gone.py", "notes.md")
        return self._answer([{"type": "file", "path": path, "oid": "0" * 40, "size": 1} for path in there])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.refuse:
            return self._answer({"error": "not yours"}, 403)
        if self.path.startswith("/api/repos/create"):
            self.server.created.append(json.loads(body))
            return self._answer({"url": "https://huggingface.co/spaces/me/maths"})
        if "/preupload/" in self.path:
            return self._answer(
                {"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in json.loads(body)["files"]]}
            )
        if "/commit/" in self.path:
            self.server.committed += [json.loads(line) for line in body.decode().splitlines()]
            return self._answer({"commitUrl": "https://huggingface.co/spaces/me/maths/commit/1", "commitOid": "1" * 40, "success": True})
        return self._answer({"success": True})

    def _answer(self, value: object, code: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Hub]:
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    server = _Hub()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_create_asks_for_a_gradio_space_and_for_no_paid_hardware(hub: _Hub) -> None:
    space.create("me/maths", private=True, endpoint=hub.url)
    (asked,) = hub.created
    assert (asked["type"], asked["sdk"], asked["name"], asked["organization"]) == ("space", "gradio", "maths", "me")
    assert "hardware" not in asked


def test_push_takes_what_a_space_needs_and_nothing_else(hub: _Hub, tmp_path: Path) -> None:
    for name in (
        "app.py", "requirements.txt", "README.md", "LICENSE", "phi4web/a.py", "phi4web/ui/b.py", "phi4web/__pycache__/a.pyc",
        "assets/style.css", "assets/problems/starter.jsonl", ".env", "tests/test_a.py", "worksheets.sqlite3", ".venv/x.py",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("secret" if name == ".env" else "text\n")
    (tmp_path / "spaces_config.yaml").write_text((space.ROOT / "spaces_config.yaml").read_text())
    space.push("me/maths", "gpu", tmp_path, endpoint=hub.url)
    sent = {row["value"]["path"] for row in hub.committed if row["key"] == "file"}  # type: ignore[index]
    assert sent == {
        "app.py", "requirements.txt", "README.md", "LICENSE", "phi4web/a.py", "phi4web/ui/b.py", "assets/style.css",
        "assets/problems/starter.jsonl",
    }  # fmt: skip
    gone = [row["value"]["path"] for row in hub.committed if row["key"] == "deletedFile"]  # type: ignore[index]
    assert gone == ["phi4web/gone.py"], "a module that is no more, and nothing that others put there"
    assert (tmp_path / "README.md").read_text() == "text\n", "the checkout's own card stays"


def test_a_refusal_of_the_hub_is_one_line(hub: _Hub) -> None:
    hub.refuse = True
    with pytest.raises(EngineError, match="The Hub refused") as caught:
        space.push("me/maths", "cpu", endpoint=hub.url)
    assert "\n" not in str(caught.value)


def test_without_a_token_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    with pytest.raises(BadInput, match="HF_TOKEN"):
        space.create("me/maths")


@pytest.mark.parametrize("name", ["maths", "me/maths/more", "", "../x", "me maths/x"])
def test_a_space_has_an_owner_and_a_name(name: str) -> None:
    with pytest.raises(BadInput, match="OWNER/NAME"):
        space.create(name)
