"""One engine, as many users as it has slots, and a failed load costs nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from phi4web.engine.base import Engine, Request
from phi4web.engine.host import EngineHost
from phi4web.engine.loaders import Loader, Ready, always
from phi4web.engine.scripted import INFO, ScriptedEngine
from phi4web.errors import BadInput, EngineBroken, EngineError, LoadFailed, OutOfMemory, Phi4webError, Stopped, UnknownModel
from phi4web.events import Event
from phi4web.hardware import cpu_only, gpu_by_name, machine_with
from phi4web.loadplan import LoadPlan
from phi4web.models import EMBEDDED, PHI_4_MINI_REASONING, PRACTICE
from phi4web.prompts import Message
from phi4web.settings import Settings, read
from tests.fakes import wait_for


class Shelf:
    """A loader of scripted engines that notes what happened; `missing` fail before the load, `broken` in it."""

    def __init__(self, slots: int = 1) -> None:
        self.slots = slots
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
            info = replace(INFO, model=wanted.model.id, quant=wanted.quant, slots=self.slots)
            self.engines.append(ScriptedEngine(["4"], info=info))
            return self.engines[-1]

        return ready


def host(loader: Loader | None = None, **settings: object) -> EngineHost:
    return EngineHost(Settings(**({"unload_seconds": 0} | settings)), cpu_only(16), loader or Shelf())  # type: ignore[arg-type]


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


class Breaking(ScriptedEngine):
    """Fails with `error` as long as there is one."""

    error: Phi4webError | None = None

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        if self.error is not None:
            raise self.error
        yield from super().stream(request, cancel, answer_now)


def tried(engine: Engine) -> str:
    """What came of one question."""
    try:
        return type(list(engine.stream(Request((Message("user", "?"),), EMBEDDED.sampling, 8), threading.Event()))[-1]).__name__
    except EngineError as error:
        return str(error)


def breaking() -> tuple[EngineHost, list[Breaking]]:
    made: list[Breaking] = []

    def ready() -> Engine:
        made.append(Breaking(["4"] * 9, info=replace(INFO, model=EMBEDDED.id, quant="Q4_1", slots=2)))
        return made[-1]

    return host(lambda *_: ready), made


def test_an_engine_that_broke_down_is_loaded_again_for_the_next_user() -> None:
    h, made = breaking()
    with h.use() as first, h.use() as second:
        assert tried(second) == "Finished"
        made[0].error = EngineBroken("It broke down.")
        assert tried(first) == "It broke down."  # whoever asked keeps the error, and may end as if nothing had been
    assert h.info is not None
    with h.use() as third:
        assert tried(third) == "Finished"
    assert [e.closed for e in made] == [True, False]


def test_nobody_gets_a_broken_engine_while_others_still_have_it() -> None:
    h, made = breaking()
    with ExitStack() as outer:
        outer.enter_context(h.use())
        with h.use() as engine:
            made[0].error = EngineBroken("It broke down.")
            tried(engine)
        cancel = threading.Event()
        threading.Timer(0.2, cancel.set).start()
        with pytest.raises(Stopped, match="waiting"), h.use(cancel=cancel):
            pass
    with h.use() as engine:
        assert tried(engine) == "Finished"
    assert len(made) == 2


def test_a_failure_of_one_request_leaves_the_engine_where_it_is() -> None:
    h, made = breaking()
    with h.use() as engine:
        made[0].error = EngineError("Not this one.")
        assert tried(engine) == "Not this one."
    made[0].error = None
    with h.use() as engine:
        assert tried(engine) == "Finished"
    assert len(made) == 1


def test_a_broken_engine_does_not_come_back_when_the_next_one_fails_to_load() -> None:
    shelf = Shelf()
    h = host(shelf)
    with h.use() as engine:
        engine.broken = True  # type: ignore[attr-defined]
    shelf.broken = {"int8": OutOfMemory("Too big.")}
    with pytest.raises(OutOfMemory), h.use(EMBEDDED.id, "int8"):
        pass
    assert h.info is None
    with h.use() as engine:
        assert engine.info.quant == "Q4_1"


def test_a_second_user_waits_and_may_give_up() -> None:
    h = host(always(ScriptedEngine(["4"])))
    cancel = threading.Event()
    with h.use():
        threading.Timer(0.2, cancel.set).start()
        with pytest.raises(Stopped, match="waiting"), h.use(cancel=cancel):
            pass
        assert cancel.is_set(), "it gave up when it was told to, and not before"
    with h.use():
        pass


@pytest.mark.parametrize("slots", [1, 3])
def test_as_many_users_have_the_engine_at_a_time_as_it_has_slots(slots: int) -> None:
    h, inside, most, lock, full = host(Shelf(slots)), 0, 0, threading.Lock(), threading.Event()

    def work() -> None:
        nonlocal inside, most
        with h.use():
            with lock:
                inside += 1
                most = max(most, inside)
                if inside == slots:
                    full.set()
            assert full.wait(20)
            time.sleep(0.05)  # for one more to come in, if it could
            with lock:
                inside -= 1

    in_threads(work, 7)
    assert most == slots


def in_threads(work: Callable[[], None], count: int) -> None:
    """Runs `work` so often at the same time, and fails if one of them hangs."""
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def test_places_are_told_and_zero_when_the_turn_has_come() -> None:
    h, told = host(), list[int]()
    with h.use():
        waits = threading.Thread(target=lambda: use_once(h, line=told.append), daemon=True)
        waits.start()
        assert wait_for(lambda: told == [1])
    waits.join(60)
    assert told == [1, 0]


def use_once(h: EngineHost, **how: Any) -> None:
    with h.use(**how):
        pass


def test_a_model_is_made_ready_while_others_go_on() -> None:
    """A download of gigabytes must not hold up those who have their model."""
    shelf, downloading, go_on = Shelf(), threading.Event(), threading.Event()

    def slow(wanted: LoadPlan, progress: object, cancel: object) -> Ready:
        if wanted.quant == "int8":
            downloading.set()
            assert go_on.wait(60)
        return shelf(wanted, progress, cancel)

    h = host(slow)
    waits = threading.Thread(target=lambda: use_once(h, model_id=EMBEDDED.id, quant="int8"), daemon=True)
    waits.start()
    assert downloading.wait(60)
    with h.use() as engine:
        assert engine.info.quant == "Q4_1"
    go_on.set()
    waits.join(60)
    assert quant(h) == "int8"


def test_loads_that_fail_while_others_wait_leave_everybody_served() -> None:
    """Users of three models at once, one of which never loads: each gets its own or the error, and nobody hangs."""
    shelf = Shelf(slots=2)
    shelf.broken = {"int8": OutOfMemory("Too big.")}
    h, got, asked = host(shelf), list[tuple[str, str]](), iter(["Q4_1", "int8", "bf16", "int8", "Q4_1", "int8", "bf16", "Q4_1"] * 2)

    def work() -> None:
        name = next(asked)
        try:
            with h.use(EMBEDDED.id, name) as engine:
                time.sleep(0.02)
                got.append((name, engine.info.quant))
        except OutOfMemory as error:
            got.append((name, str(error)))

    in_threads(work, 16)
    assert sorted(got) == sorted([("Q4_1", "Q4_1")] * 6 + [("bf16", "bf16")] * 4 + [("int8", "Too big.")] * 6)
    assert sum(not engine.closed for engine in shelf.engines) == 1


def test_a_load_that_ends_in_a_bug_brings_the_earlier_one_back_too() -> None:
    shelf = Shelf()
    h = host(shelf)
    use_once(h)
    shelf.broken = {"int8": ZeroDivisionError("oops")}  # type: ignore[dict-item]
    with pytest.raises(ZeroDivisionError), h.use(EMBEDDED.id, "int8"):
        pass
    assert quant(h) == "Q4_1"


def test_memory_that_python_could_not_get_is_told_like_any_other() -> None:
    shelf = Shelf()
    shelf.broken = {"bf16": MemoryError()}  # type: ignore[dict-item]
    with pytest.raises(OutOfMemory, match=r"^SmolLM2-135M-Instruct bf16 needs about .* GiB; .* are free. Your notebook is saved."):
        use_once(host(shelf), model_id=EMBEDDED.id, quant="bf16")


def test_llama_cpp_fails_for_memory_where_the_plan_says_too_little_and_else_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    shelf.broken = {"Q4_1": LoadFailed("llama.cpp could not load it.")}
    with pytest.raises(LoadFailed, match="could not load"):
        use_once(host(shelf))
    monkeypatch.setattr("phi4web.engine.host.ram", lambda: (2**30, 2**20))
    with pytest.raises(OutOfMemory, match="needs about .*; 1 MiB are free"):
        use_once(host(shelf))


def test_ctrl_c_while_a_model_loads_ends_at_once_without_a_log_and_without_the_earlier_one(caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf()
    with closing(host(shelf)) as h:
        with h.use(EMBEDDED.id, "Q4_1"):
            pass
        shelf.broken["nf4"] = KeyboardInterrupt()  # type: ignore[assignment]
        with pytest.raises(KeyboardInterrupt), h.use(EMBEDDED.id, "nf4"):
            pass
        assert shelf.log == ["Q4_1 with 0 open", "nf4 with 0 open"]
        assert caplog.text == ""


def test_a_model_that_nobody_uses_is_unloaded_and_comes_back_when_asked_for() -> None:
    shelf = Shelf()
    h = host(shelf, unload_seconds=0.3)
    use_once(h)
    assert quant(h) == "Q4_1"
    assert wait_for(lambda: h.info is None)
    assert shelf.engines[0].closed
    use_once(h)
    assert quant(h) == "Q4_1"
    h.close()


def test_a_model_in_use_is_never_unloaded_and_each_use_counts_anew() -> None:
    shelf = Shelf()
    h = host(shelf, unload_seconds=600)
    with h.use():
        h.unload()  # as the clock does
        assert not shelf.engines[0].closed
    first = h._unload
    use_once(h)
    assert first is not None
    assert first.finished.is_set(), "the clock of the use before is stopped"
    assert h._unload is not None
    assert not h._unload.finished.is_set()
    assert len(shelf.engines) == 1
    h.close()


def test_without_the_setting_a_model_stays() -> None:
    h = host(unload_seconds=0)
    use_once(h)
    time.sleep(0.3)
    assert quant(h) == "Q4_1"
    assert h._unload is None


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
        end = time.monotonic() + 120
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
    assert loading.wait(60)
    h.close()
    for thread in users:
        thread.join(60)
    assert len(said) == 2
    assert "The download was stopped." in said


def test_closing_does_not_wait_for_a_load_and_what_it_loaded_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A big model loads for minutes; Ctrl-C must not."""
    monkeypatch.setattr("phi4web.engine.host._CLOSE_SECONDS", 0.1)
    loading, go_on, engine = threading.Event(), threading.Event(), ScriptedEngine(["4"])

    def slow() -> Engine:
        loading.set()
        assert go_on.wait(120)
        return engine

    h = host(lambda wanted, progress, cancel: slow)
    closer = threading.Thread(target=lambda: (loading.wait(60), h.close()), daemon=True)
    user = threading.Thread(target=lambda: pytest.raises(Stopped, h.use().__enter__), daemon=True)
    user.start()
    closer.start()
    closer.join(30)
    waited = closer.is_alive()
    go_on.set()
    user.join(60)
    assert not waited
    assert not user.is_alive()
    assert (engine.closed, h.info) == (True, None)


def test_a_load_that_fails_while_closing_brings_nothing_back() -> None:
    shelf = Shelf()
    shelf.broken = {"int8": OutOfMemory("Too big.")}
    h = host(shelf)
    with h.use():
        pass
    failing = shelf.broken

    class Closing(dict[str, Phi4webError]):
        def __contains__(self, key: object) -> bool:
            if key == "int8":
                h._closing.set()  # as `close` does, in the middle of the load
            return key in failing

    shelf.broken = Closing(failing)
    with pytest.raises(OutOfMemory), h.use(EMBEDDED.id, "int8"):
        pass
    assert len(shelf.log) == 2
    h.close()


def test_without_internet_a_hub_model_fails_in_one_line_at_once(tmp_path: Path) -> None:
    h = EngineHost(Settings(cache_dir=tmp_path, offline=True), cpu_only(64))
    started = time.monotonic()
    with pytest.raises(LoadFailed, match="is not on this computer") as failure, h.use("phi-4", "Q4_K_M"):
        pass
    assert "\n" not in str(failure.value)
    assert time.monotonic() - started < 10


def test_problems_go_to_the_practice_model_where_the_small_one_would_talk_unless_a_model_is_named() -> None:
    def host(**settings: object) -> EngineHost:
        return EngineHost(read({}, **settings), cpu_only(16))

    assert (host().solver(), host().default()) == ((PRACTICE.id, "Q8_0"), (EMBEDDED.id, "Q4_1"))
    named = host(model="smollm2")
    assert named.solver() == named.default() == (EMBEDDED.id, "Q4_1")
    with_card = EngineHost(read({}), machine_with(gpu_by_name("RTX 4090")))
    assert with_card.solver() == with_card.default()


def test_a_public_page_runs_both_of_its_own_models_and_no_other() -> None:
    host = EngineHost(read({}, public=True), cpu_only(16), always(ScriptedEngine(["4"])))
    for config in (host.solver(), host.default()):
        with host.use(*config):
            pass
    with pytest.raises(BadInput, match="only"), host.use(PRACTICE.id, "bf16"):
        pass
    host.close()
