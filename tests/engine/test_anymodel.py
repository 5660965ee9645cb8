"""Any other model: described by its own files, planned, loaded, and never by the word of a stranger."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from safetensors.torch import load_file

from phi4web.engine import anymodel
from phi4web.engine.anymodel import config_any, fetch_any, find_any
from phi4web.engine.base import Request
from phi4web.engine.gguf_header import read_header
from phi4web.engine.host import EngineHost
from phi4web.engine.hub import hub_file
from phi4web.engine.loaders import _get
from phi4web.errors import BadInput, LoadFailed, Phi4webError, UnknownModel
from phi4web.events import Finished
from phi4web.hardware import cpu_only, gpu_by_name, machine_with
from phi4web.loadplan import Wishes
from phi4web.memory import GIB, weights
from phi4web.models import PHI_4_MINI_REASONING, Sampling, find, find_quant, parse_config
from phi4web.plan import plan
from phi4web.prompts import solve_messages
from phi4web.settings import Settings
from phi4web.ui.picker import named
from tests.engine.hub_server import Hub, serving
from tests.engine.phi import THINKS, save_gguf, save_phi
from tests.engine.test_gguf_header import write_gguf

CPU = cpu_only(64, frozenset({"avx2", "avx512_bf16"}))
QWEN = {
    "model_type": "qwen2",
    "num_hidden_layers": 28,
    "num_attention_heads": 12,
    "num_key_value_heads": 2,
    "hidden_size": 1536,
    "intermediate_size": 8960,
    "vocab_size": 151936,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": True,
}


@pytest.fixture(scope="module")
def phi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_phi(tmp_path_factory.mktemp("models") / "tiny-phi", THINKS)


@pytest.fixture(scope="module")
def phi_gguf(phi: Path) -> Path:
    return save_gguf(phi, phi.parent / "tiny-phi-F32.gguf")


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test named is a stranger's to the next."""
    monkeypatch.setattr(sys.modules["phi4web.models.find"], "_ADMITTED", {})


def write(folder: Path, config: object = QWEN, **files: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
    (folder / "model.safetensors").write_bytes(b"only its size counts")
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def test_a_folder_is_described_by_its_own_files(phi: Path) -> None:
    model = find_any(str(phi))
    assert (model.label, model.advanced, model.arch.layers, model.arch.hidden, model.arch.context) == (
        "tiny-phi (advanced)",
        True,
        2,
        64,
        512,
    )
    assert (model.thinks, model.style) == (True, "chatml-phi4")
    assert model.parameters == sum(t.numel() for t in load_file(phi / "model.safetensors").values())
    assert find(model.id) is find_any(model.id) is model, "from now on it is known"
    assert "not of the catalogue" in plan(CPU, model).warnings[0]


def test_a_tilde_is_the_home_of_whoever_runs_it(phi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(phi.parent))
    assert find_any("~/tiny-phi") == find_any(str(phi))


def test_a_path_stays_with_whoever_named_it(phi: Path, phi_gguf: Path) -> None:
    """Its model is shown everywhere; only the source, which finds the files, keeps the folders above it."""
    for path in (phi, phi_gguf):
        model = find_any(str(path))
        shown = replace(model, sources=())
        assert model.id.startswith(f"local:{path.name}~")
        assert str(phi.parent) not in f"{shown} {plan(CPU, model).to_dict()}"
        for guess in (str(path), path.name, model.id[:-1], f"{model.id}x"):
            with pytest.raises(UnknownModel) as caught:
                find(guess)
            assert str(caught.value).count("tiny-phi") == (1 if "tiny-phi" in guess else 0), "only the word that was asked for"


def test_folders_that_differ_in_case_or_lie_elsewhere_are_two_models(tmp_path: Path) -> None:
    paths = [write(tmp_path / name) for name in ("m/PHI", "m/phi", "n/phi")]
    models = [find_any(str(path)) for path in paths]
    assert len({model.id for model in models}) == 3
    for path, model in zip(paths, models, strict=True):
        assert find_any(str(path)).sources[0].repo == find(model.id).sources[0].repo == str(path)


def test_a_path_is_read_anew(tmp_path: Path) -> None:
    path = write(tmp_path / "m")
    first = find_any(str(path))
    write(path, QWEN | {"num_hidden_layers": 4})
    assert (first.arch.layers, find_any(str(path)).arch.layers, find(first.id).arch.layers) == (28, 4, 4)


def test_what_a_broken_file_is_told_with_is_its_name(phi_gguf: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.gguf"
    short.write_bytes(phi_gguf.read_bytes()[:-1])
    for path in (short, tmp_path / "absent.gguf", tmp_path):
        with pytest.raises(LoadFailed) as caught:
            read_header(path)
        assert path.name in str(caught.value)
        assert str(path.parent) not in str(caught.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="^empty has no config.json"):
        find_any(str(tmp_path / "empty"))


def test_another_kind_of_decoder_has_its_exact_size(tmp_path: Path) -> None:
    """Qwen2.5-Math-1.5B: 1,543,714,304 parameters by its safetensors, of which 57,344 are biases that no formula counts."""
    model = find_any(str(write(tmp_path / "qwen")))
    assert model.parameters == 1_543_714_304 - 57_344
    assert weights(model, "bf16") / GIB == pytest.approx(2.875, rel=0.001)


@pytest.mark.parametrize(
    ("files", "thinks", "sampling"),
    [
        ({}, False, Sampling(0.0, 1.0, 0)),
        ({"tokenizer_config": {"chat_template": "{{ '<think>' }}"}}, True, Sampling(0.8, 0.95, 50)),
        ({"tokenizer_config": {"added_tokens_decoder": {"7": {"content": "<think>"}}}}, True, Sampling(0.8, 0.95, 50)),
        ({"added_tokens": {"<think>": 7}}, True, Sampling(0.8, 0.95, 50)),
        ({"tokenizer": {"added_tokens": [{"content": "<think>"}]}}, True, Sampling(0.8, 0.95, 50)),
        ({"generation_config": {"do_sample": True, "temperature": 0.6, "top_p": 0.9, "top_k": 20}}, False, Sampling(0.6, 0.9, 20)),
        ({"generation_config": {"do_sample": False, "temperature": 0.6}}, False, Sampling(0.0, 1.0, 0)),
        ({"generation_config": {"temperature": "hot", "top_p": 7}}, False, Sampling(1.0, 1.0, 50)),
        ({"tokenizer_config": [], "generation_config": "?"}, False, Sampling(0.0, 1.0, 0)),
    ],
)
def test_thinking_and_sampling_come_from_its_files(tmp_path: Path, files: dict[str, object], thinks: bool, sampling: Sampling) -> None:
    model = find_any(str(write(tmp_path / "m", **files)))
    assert (model.thinks, model.sampling) == (thinks, sampling)
    assert model.thinks == (model.thinking_budget is not None)
    assert solve_messages(model, "What is 1 + 1?")


def test_the_rotary_boundary_is_read_in_both_spellings(tmp_path: Path) -> None:
    old = QWEN | {"model_type": "phi3", "rope_scaling": {"type": "longrope"}, "original_max_position_embeddings": 4096}
    new = QWEN | {"model_type": "phi3", "rope_parameters": {"rope_type": "longrope", "original_max_position_embeddings": 4096}}
    plain = QWEN | {"rope_scaling": {"rope_type": "yarn", "original_max_position_embeddings": 4096}}
    boundaries = [find_any(str(write(tmp_path / str(i), c))).arch.longrope_boundary for i, c in enumerate((old, new, plain))]
    assert boundaries == [4096, 4096, None]


@pytest.mark.parametrize(
    ("saved", "quant"),
    [
        ({"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}, "nf4-dq"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "fp4"}, "fp4"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "int8"),
    ],
)
def test_a_folder_that_is_already_quantised_is_what_it_is(tmp_path: Path, saved: dict[str, object], quant: str) -> None:
    model = find_any(str(write(tmp_path / "m", QWEN | {"quantization_config": saved})))
    assert model.quants == (quant,)
    for machine in (CPU, machine_with(gpu_by_name("RTX 4090")), machine_with(gpu_by_name("T4"))):
        assert plan(machine, model).quant == quant
    with pytest.raises(BadInput, match="has no quant 'bf16'"):
        find_quant(model, "bf16")


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("{", "has no config.json that can be read"),
        ("[]", "has no config.json that can be read"),
        ({"model_type": "mamba"}, "is a 'mamba' model. These kinds run here: phi3, llama, mistral, qwen2, qwen3."),
        ({"model_type": "phi4flash", "auto_map": {"AutoModel": "x.Y"}}, "needs code from its repository, which this program never runs"),
        ({}, "does not say which kind of model it is"),
        (QWEN | {"hidden_size": "big"}, "config.json gives hidden_size as 'big', which is no size"),
        (QWEN | {"num_hidden_layers": 0}, "gives num_hidden_layers as '0'"),
        (QWEN | {"vocab_size": None}, "gives vocab_size as 'None'"),
        (QWEN | {"quantization_config": {"quant_method": "gptq"}}, "is quantised by gptq, which is not used here"),
    ],
)
def test_what_cannot_run_is_one_clear_line(tmp_path: Path, config: object, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        find_any(str(write(tmp_path / "m", config)))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_weights_that_may_carry_code_are_not_taken(tmp_path: Path) -> None:
    (write(tmp_path / "m") / "model.safetensors").rename(tmp_path / "m" / "pytorch_model.bin")
    with pytest.raises(BadInput, match="holds no safetensors. Only safetensors and GGUF files are loaded, because others can carry code"):
        find_any(str(tmp_path / "m"))
    with pytest.raises(BadInput, match="neither a folder nor a .gguf file"):
        find_any(str(tmp_path / "m" / "pytorch_model.bin"))
    with pytest.raises(BadInput, match="There is no /absent/model"):
        find_any("/absent/model")


def test_a_gguf_file_is_described_by_its_head(phi_gguf: Path, tmp_path: Path) -> None:
    model = find_any(str(phi_gguf))
    assert (model.quants, model.arch.layers, model.arch.context, model.style) == (("F32",), 2, 512, "chatml-phi4")
    assert model.thinks, "its vocabulary holds the tag"
    made = plan(CPU, model)
    assert (made.engine, made.quant, made.context, made.memory.weights) == ("gguf", "F32", 512, phi_gguf.stat().st_size)
    assert plan(machine_with(gpu_by_name("RTX 4090")), model).engine == "gguf"
    with pytest.raises(BadInput, match="is a 'mamba' model"):
        find_any(str(write_gguf(tmp_path / "other.gguf", "mamba")))
    (tmp_path / "no.gguf").write_bytes(b"not one")
    with pytest.raises(LoadFailed, match="is not a GGUF file"):
        find_any(str(tmp_path / "no.gguf"))


def answer(host: EngineHost, name: str, quant: str | None = None) -> str:
    with host.use(name, quant) as engine:
        model = find(host.plan_for(name, quant).model.id)
        request = Request(solve_messages(model, "6*7?"), Sampling(0.0, 1.0, 0), 32)
        events = list(engine.stream(request, threading.Event()))
    assert isinstance(events[-1], Finished)
    return "".join(getattr(e, "text", "") for e in events if getattr(e, "part", "") == "solution")


def test_the_page_takes_the_names_that_the_command_line_takes(phi_gguf: Path) -> None:
    """Also with a quant that only files of others have."""
    services: Any = SimpleNamespace(settings=Settings(offline=True))
    model, quant = named(services, f"{phi_gguf}:F32")
    assert (model, quant) == (find_any(str(phi_gguf)), "F32")
    assert config_any(f"{phi_gguf}:F32") == (model, quant)


def test_a_folder_and_a_file_load_and_answer(phi: Path, phi_gguf: Path, tmp_path: Path) -> None:
    """Through the host, as `solve --model` and the page of a private server do it."""
    host = EngineHost(Settings(cache_dir=tmp_path, offline=True), CPU)
    try:
        assert "42" in answer(host, str(phi), "fp32")
        assert "42" in answer(host, str(phi_gguf))
    finally:
        host.close()


def test_a_folder_that_transformers_can_not_load_is_told_by_its_name(tmp_path: Path) -> None:
    folder = write(tmp_path / "joe" / "m")
    host = EngineHost(Settings(cache_dir=tmp_path, offline=True), CPU)
    with pytest.raises(LoadFailed, match="could not be loaded") as caught, host.use(str(folder)):
        pass
    host.close()
    assert "joe" not in str(caught.value)


def test_the_settings_may_name_a_path_even_for_a_public_page(phi: Path, tmp_path: Path) -> None:
    host = EngineHost(Settings(cache_dir=tmp_path, offline=True, public=True, model=str(phi), quant="fp32"), CPU)
    try:
        assert host.default() == (find_any(str(phi)).id, "fp32")
        with host.use() as engine:
            assert engine.info.quant == "fp32"
    finally:
        host.close()


@pytest.mark.parametrize(
    "settings", [Settings(public=True), Settings(host="0.0.0.0", auth=("a", "b")), Settings(share=True, auth=("a", "b"))]
)
def test_a_visitor_can_name_neither_a_path_nor_a_repository(settings: Settings, phi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anymodel, "hub_description", lambda *_: pytest.fail("the hub was asked"))
    host = EngineHost(settings, CPU)
    for name in (str(phi), "microsoft/phi-9", "acme/tiny/x.gguf", "~/x.gguf", "/etc/passwd"):
        with pytest.raises(UnknownModel), host.use(name):
            pass
        with pytest.raises(UnknownModel):
            host.plan_for(name)
        with pytest.raises(UnknownModel):
            find(name)
        with pytest.raises(UnknownModel):
            parse_config(name + ":bf16")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phi: Path, phi_gguf: Path) -> Iterator[Hub]:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    files = {p.name: p.read_bytes() for p in phi.iterdir()}
    with serving(Hub({"acme/tiny-phi": files, "acme/tiny-GGUF": {phi_gguf.name: phi_gguf.read_bytes()}})) as made:
        monkeypatch.setenv("HF_ENDPOINT", made.url)
        yield made


def test_a_repository_is_described_without_its_weights_and_then_runs(server: Hub, tmp_path: Path) -> None:
    model = find_any("acme/tiny-phi")
    assert (model.id, model.arch.layers, model.sources[0].kind) == ("acme/tiny-phi", 2, "hub-safetensors")
    assert "model.safetensors" not in [name for name, _ in server.gets()]
    size = len(server.repos["acme/tiny-phi"]["model.safetensors"])
    assert model.sources[0].bytes == size
    assert find("ACME/tiny-phi") is model
    host = EngineHost(Settings(cache_dir=tmp_path), CPU)
    try:
        assert "42" in answer(host, "acme/tiny-phi", "fp32")
    finally:
        host.close()


def test_a_gguf_repository_wants_one_of_its_files(server: Hub, phi_gguf: Path) -> None:
    with pytest.raises(LoadFailed, match=f"name one of them, for example acme/tiny-GGUF/{phi_gguf.name}"):
        find_any("acme/tiny-GGUF")
    with pytest.raises(LoadFailed, match=f"Fetch it first: phi4web models --fetch acme/tiny-GGUF/{phi_gguf.name}"):
        find_any(f"acme/tiny-GGUF/{phi_gguf.name}")
    hub_file("acme/tiny-GGUF", phi_gguf.name, None, None, False)
    assert find_any(f"acme/tiny-GGUF/{phi_gguf.name}").quants == ("F32",)


@pytest.mark.parametrize("name", ["acme/absent", "acme/tiny-phi"])
def test_a_repository_that_cannot_be_asked_is_one_clear_line(server: Hub, name: str) -> None:
    with pytest.raises(Phi4webError) as caught:
        find_any(name, offline=name == "acme/tiny-phi")
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_of_the_catalogue_never_leads_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where a folder of that name lies in the working directory."""
    write(tmp_path / "phi4-mini-reasoning")
    monkeypatch.chdir(tmp_path)
    assert find_any("phi4-mini-reasoning") is PHI_4_MINI_REASONING
    with pytest.raises(UnknownModel, match="Did you mean Phi-4-mini-reasoning"):
        find_any("phi-4-mini-reasonin")


def test_plans_for_it_follow_the_same_rules(tmp_path: Path) -> None:
    model = find_any(str(write(tmp_path / "qwen")))
    assert plan(machine_with(gpu_by_name("T4")), model).dtype == "fp16"
    assert plan(cpu_only(64), model).dtype == "fp32"
    assert plan(machine_with(gpu_by_name("V100 16GB")), model).attn_implementation == "eager"
    assert plan(CPU, model, Wishes(context=10**9)).context == 131072


def test_a_configuration_may_name_a_path_and_a_quant(phi: Path) -> None:
    named = find_any(str(phi)).id
    for text, quant in (
        (f"{phi}:int8", "int8"),
        (str(phi), "bf16"),
        (named, "bf16"),
        (f"{named}:fp32", "fp32"),
        ("phi4-reasoning:plus:Q8_0", "Q8_0"),
    ):
        assert config_any(text)[1] == quant
    with pytest.raises(BadInput, match="has no quant 'Q4_K_M'"):
        config_any(f"{phi}:Q4_K_M")
    with pytest.raises(UnknownModel, match="phi-9"):
        config_any("phi-9:nf4")


@pytest.mark.parametrize("settings", [Settings(public=True), Settings(host="0.0.0.0", auth=("a", "b"))])
def test_where_strangers_come_the_default_outlives_its_files(settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "m")
    host = EngineHost(replace(settings, model=str(folder), offline=True), CPU)
    first = host.default()
    folder.rename(tmp_path / "gone")
    assert host.default() == first
    assert host.plan_for().model.id == first[0]


def test_a_quant_that_lies_nowhere_is_told(tmp_path: Path) -> None:
    model = replace(find_any(str(write(tmp_path / "m"))), sources=())
    with pytest.raises(LoadFailed, match="Nothing tells where local:m~.... bf16 lies"):
        _get(model, "bf16", Settings(), None, None)


def test_what_a_server_runs_is_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="remote:foo runs on the server, so there is nothing to fetch"):
        fetch_any("remote:foo", None, tmp_path, None, None, True)
