"""One engine, one user, and a failed load costs nothing."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from phi4web.engine.base import Engine
from phi4web.engine.host import EngineHost, Loader, Ready, always
from phi4web.engine.scripted import INFO, ScriptedEngine
from phi4web.errors import BadInput, EngineError, LoadFailed, OutOfMemory, Phi4webError, Stopped, UnknownModel
from phi4web.hardware import cpu_only, gpu_by_name, machine_with
from phi4web.loadplan import LoadPlan
from phi4web.models import EMBEDDED, PHI_4_MINI_REASONING
from phi4web.settings import Settings


class Shelf:
    """A loader of scripted engines that notes what happened; `missing` fail before the load, `broken` in it."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.engines: list[ScriptedEngine] = []
        self.missing: set[str] = set()
        self.broken: dict[str, Phi4webError] = {}

    def __call__(self, wanted: LoadPlan, progress: object, cancel: object) -> Ready:
        if wanted.quant in self.missing:
            raise LoadFailed(f"No file for {wanted.quant}.")

        def ready() -> Engine:
            self.log.append(f"{wanted.quant} with {sum(not e.closed for e in self.engines)} open")
            if wanted.quant in self.broken:
                raise self.broken[wanted.quant]
            self.engines.append(ScriptedEngine(["4"], info=replace(INFO, model=wanted.model.id, quant=wanted.quant)))
            return self.engines[-1]

        return ready


def host(loader: Loader | None = None, **settings: object) -> EngineHost:
    return EngineHost(Settings(**settings), cpu_only(16), loader or Shelf())  # type: ignore[arg-type]


def quant(h: EngineHost) -> str | None:
    return h.info.quant if h.info else None


def test_the_default_is_the_embedded_model_on_a_machine_without_a_gpu() -> None:
    assert host().default() == (EMBEDDED.id, "Q4_1")
    assert host(model="smollm2", quant="NF4").default() == (EMBEDDED.id, "nf4")
    assert host(model="phi4-mini-reasoning").default() == (PHI_4_MINI_REASONING.id, "Q4_K_M")


def test_the_default_is_mini_reasoning_where_a_card_holds_it() -> None:
    h = EngineHost(Settings(), machine_with(gpu_by_name("RTX 4090")), Shelf())
    assert h.default() == (PHI_4_MINI_REASONING.id, "bf16")
    assert h.plan_for().engine == "local"


def test_the_same_model_is_loaded_once_and_another_replaces_it() -> None:
    shelf = Shelf()
    h = host(shelf)
    assert h.info is None
    for name in ("bf16", "bf16", "int8"):
        with h.use(EMBEDDED.id, name) as engine:
            assert engine.info.quant == name
    assert shelf.log == ["bf16 with 0 open", "int8 with 0 open"]
    assert [e.closed for e in shelf.engines] == [True, False]


def test_a_model_that_can_not_be_made_ready_leaves_the_earlier_one_alone() -> None:
    shelf = Shelf()
    shelf.missing = {"int8"}
    h = host(shelf)
    with h.use():
        pass
    with pytest.raises(LoadFailed, match="No file for int8"), h.use(EMBEDDED.id, "int8"):
        pass
    assert (quant(h), shelf.engines[0].closed) == ("Q4_1", False)


def test_a_model_that_fails_to_load_brings_the_earlier_one_back() -> None:
    shelf = Shelf()
    shelf.broken = {"int8": OutOfMemory("Too big.")}
    h = host(shelf)
    with h.use():
        pass
    with pytest.raises(OutOfMemory, match="Too big"), h.use(EMBEDDED.id, "int8"):
        pass
    assert quant(h) == "Q4_1"
    assert shelf.log == ["Q4_1 with 0 open", "int8 with 0 open", "Q4_1 with 0 open"]
    with h.use() as engine:
        assert engine.info.quant == "Q4_1"


def test_a_second_user_waits_and_may_give_up() -> None:
    h = host(always(ScriptedEngine(["4"])))
    cancel = threading.Event()
    with h.use():
        threading.Timer(0.2, cancel.set).start()
        started = time.monotonic()
        with pytest.raises(Stopped, match="waiting"), h.use(cancel=cancel):
            pass
        assert 0.1 < time.monotonic() - started < 2
    with h.use():
        pass


def test_only_one_user_has_the_engine_at_a_time() -> None:
    h, inside, most = host(), 0, 0

    def work() -> None:
        nonlocal inside, most
        with h.use():
            inside += 1
            most = max(most, inside)
            time.sleep(0.02)
            inside -= 1

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_stop_while_loading_raises_stopped_and_the_engine_stays_usable() -> None:
    cancel = threading.Event()
    h = host()

    def progress(words: str, share: float | None) -> None:
        cancel.set()

    with pytest.raises(Stopped, match="loading"), h.use(progress=progress, cancel=cancel):
        pass
    with h.use() as engine:
        assert engine.info.quant == "Q4_1"


def test_strangers_get_the_default_model_only() -> None:
    h = host(public=True)
    with h.use() as engine, pytest.raises(BadInput, match="runs SmolLM2-135M-Instruct:Q4_1 only"), h.use(EMBEDDED.id, "int8"):
        pass
    assert engine.info.quant == "Q4_1"


def test_strangers_get_the_default_on_a_card_that_runs_it_in_other_numbers() -> None:
    """A T4 has no bf16, so that the plan for bf16 says fp16: it is the same default all the same."""
    h = EngineHost(Settings(public=True, quant="bf16"), machine_with(gpu_by_name("T4")), Shelf())
    assert (h.default()[1], h.plan_for().quant) == ("bf16", "fp16")
    for asked in ((None, None), h.default()):
        with h.use(*asked) as engine:
            assert engine.info.quant == "fp16"
    with pytest.raises(BadInput, match="bf16 only"), h.use(quant="int8"):
        pass


def test_what_is_free_now_is_told_apart_from_what_the_plans_rest_on(tmp_path: Path) -> None:
    h = EngineHost(Settings(cache_dir=tmp_path), loader=Shelf())
    h._hardware = replace(h.hardware, free_ram_bytes=1)
    assert h.hardware.free_ram_bytes == 1
    assert h.hardware_now().free_ram_bytes > 1
    assert host().hardware_now() == cpu_only(16)


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(UnknownModel, match="phi-9"), host().use("phi-9"):
        pass


def test_a_closed_host_gives_nothing_and_closes_its_engine() -> None:
    shelf = Shelf()
    h = host(shelf)
    with h.use():
        pass
    h.close()
    h.close()
    assert shelf.engines[0].closed
    assert h.info is None
    with pytest.raises(EngineError, match="closing"), h.use():
        pass


def test_closing_ends_a_download_that_nobody_can_stop_and_those_who_wait_for_it() -> None:
    """The warm-up after the start loads without a Stop button; Ctrl-C must not wait for gigabytes."""
    loading, said = threading.Event(), []

    def endless(wanted: LoadPlan, progress: object, cancel: threading.Event | None) -> Ready:
        loading.set()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if cancel is not None and cancel.is_set():
                raise Stopped("The download was stopped.")
            time.sleep(0.01)
        raise LoadFailed("Nobody stopped the download.")

    def user() -> None:
        try:
            with h.use():
                pass
        except Phi4webError as error:
            said.append(str(error))

    h = host(endless)
    users = [threading.Thread(target=user, daemon=True) for _ in range(2)]
    for thread in users:
        thread.start()
    assert loading.wait(10)
    h.close()
    for thread in users:
        thread.join(10)
    assert len(said) == 2
    assert "The download was stopped." in said


def test_without_internet_a_hub_model_fails_in_one_line_at_once(tmp_path: Path) -> None:
    h = EngineHost(Settings(cache_dir=tmp_path, offline=True), cpu_only(64))
    started = time.monotonic()
    with pytest.raises(LoadFailed, match="is not on this computer") as failure, h.use("phi-4", "Q4_K_M"):
        pass
    assert "\n" not in str(failure.value)
    assert time.monotonic() - started < 10
