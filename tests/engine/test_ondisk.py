"""What is here is found, whole or not at all, and a template is tried before anybody relies on it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from phi4web.engine import embedded
from phi4web.engine.hub import hub_file
from phi4web.engine.ondisk import here, in_words, template_of
from phi4web.errors import LoadFailed
from phi4web.models import CATALOGUE, EMBEDDED, PHI_4, PRACTICE, Source
from tests.engine.hub_server import Hub, serving
from tests.engine.phi import save_gguf, save_phi

BAKED = (  # as in an upload of Phi-4-reasoning: the caller's system message is lost
    "{% for m in messages %}{% if m.role == 'system' %}<|im_start|>system<|im_sep|>You are Phi.<|im_end|>"
    "{% else %}<|im_start|>{{ m.role }}<|im_sep|>{{ m.content.split('</think>')[-1] }}<|im_end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant<|im_sep|>{% endif %}"
)


@pytest.fixture
def phi(tmp_path: Path) -> Path:
    return save_phi(tmp_path / "phi")


def test_the_template_of_a_folder_and_of_a_gguf_file_are_tried(phi: Path, tmp_path: Path) -> None:
    for path in (phi, save_gguf(phi, tmp_path / "phi.gguf")):
        report = template_of(path)
        assert (report.usable, report.system_kept, report.problems) == (True, True, ())
        assert in_words(report) == "the user's text comes once, a system message is kept, old thoughts are left to this program to drop"


def test_a_template_that_drops_the_system_message_is_told(phi: Path) -> None:
    (phi / "chat_template.jinja").write_text(BAKED)
    report = template_of(phi)
    assert (report.usable, report.system_kept, report.drops_thoughts) == (True, False, True)
    assert "a system message is dropped" in in_words(report)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{{ messages[0].content }}{{ messages[0].content }}", "2 times instead of once"),
        ("{{ raise_exception('Only assistants here') }}", "Only assistants here"),
        ("{% for m in messages %}", "can't be read"),
        ("{{ ''.__class__.__mro__ }}{{ messages[-1].content }}", "unsafe"),
    ],
)
def test_a_broken_or_hostile_template_is_one_clear_line(phi: Path, template: str, says: str) -> None:
    (phi / "chat_template.jinja").write_text(template)
    try:
        report = template_of(phi)
        words = " ".join(report.problems)
        assert report.problems
    except LoadFailed as failure:
        words = str(failure)
    assert says in words
    assert "\n" not in words


def test_no_template_is_told(phi: Path) -> None:
    (phi / "chat_template.jinja").unlink()
    settings = phi / "tokenizer_config.json"
    settings.write_text(json.dumps({k: v for k, v in json.loads(settings.read_text()).items() if k != "chat_template"}))
    with pytest.raises(LoadFailed, match="has no chat template; this program's own is used"):
        template_of(phi)


def test_every_whole_build_is_found_and_no_other(phi: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    assert {m.id for m, _, _ in here(CATALOGUE, tmp_path)} == {PRACTICE.id}, "it comes with the package"
    catalogue = [m for m in CATALOGUE if m is not PRACTICE]
    file = embedded.folder(tmp_path) / embedded.FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(b"GGUF")
    with serving(Hub({"unsloth/phi-4-GGUF": {"phi-4-Q2_K.gguf": b"GGUF" * 1_000}})) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        hub_file("unsloth/phi-4-GGUF", "phi-4-Q2_K.gguf", None, None, False)
    assert [(m.id, s.quant, s.kind) for m, s, _ in here(catalogue, tmp_path)] == [
        (PHI_4.id, "Q2_K", "hub-gguf"),
        (EMBEDDED.id, "Q4_1", "wheel"),
    ]
    own = replace(PHI_4, id=str(phi), sources=(Source("bf16", str(phi), "local"), Source("bf16", str(tmp_path / "absent"), "local")))
    assert [path for _, _, path in here([own], tmp_path)] == [phi]
