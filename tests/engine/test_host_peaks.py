"""What a model took here is kept, shown beside the estimate, and puts it right; other machines are not written about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from phi4web.engine.host import EngineHost
from phi4web.engine.loaders import always
from phi4web.engine.scripted import INFO, ScriptedEngine
from phi4web.hardware import cpu_only
from phi4web.memory import GIB
from phi4web.models import EMBEDDED
from phi4web.peaks import Peaks
from phi4web.settings import Settings


class Hungry(ScriptedEngine):
    """Counts as many bytes as it is told."""

    taken: int | None = None

    def peak_bytes(self) -> int | None:
        return self.taken


def engine(taken: int | None, slots: int = 1) -> Hungry:
    made = Hungry(["4"], info=replace(INFO, model=EMBEDDED.id, quant="Q4_1", attn_implementation="llama.cpp", slots=slots))
    made.taken = taken
    return made


def test_a_run_leaves_its_peak_and_the_next_plan_knows_it(tmp_path: Path) -> None:
    host = EngineHost(Settings(cache_dir=tmp_path, data_dir=tmp_path / "data", model=EMBEDDED.id), loader=always(engine(5 * GIB)))
    before = host.plan_for()
    assert before.measured is None
    with host.use():
        pass
    (peak,) = Peaks(tmp_path / "data").all()
    assert (peak.model, peak.quant, peak.attention, peak.bytes) == (EMBEDDED.id, "Q4_1", "llama.cpp", 5 * GIB)
    assert peak.expected == before.memory.total
    after = host.plan_for()
    assert (after.measured, after.memory.total, after.estimated) == (peak, 5 * GIB, before.memory.total)
    with host.use():
        pass
    assert Peaks(tmp_path / "data").all() == (peak,), "a corrected estimate does not count as the estimate"
    host.close()
    again = EngineHost(Settings(cache_dir=tmp_path, data_dir=tmp_path / "data", model=EMBEDDED.id), loader=always(engine(1)))
    assert again.plan_for().measured == peak


def test_a_peak_that_shrinks_the_next_plan_is_not_held_against_that_plan(tmp_path: Path) -> None:
    """The engine stays as the first plan loaded it, so the same bytes must not count as more above a smaller estimate."""
    hungry = engine(0)
    host = EngineHost(Settings(cache_dir=tmp_path, data_dir=tmp_path, model=EMBEDDED.id), loader=always(hungry))
    before = host.plan_for()
    hungry.taken = before.free_bytes + before.memory.cache // 4
    contexts, extras = [before.context], []
    for _ in range(3):
        with host.use():
            pass
        contexts.append(host.plan_for().context)
        extras.append(Peaks(tmp_path).all()[0].extra)
    host.close()
    assert contexts[1] < contexts[0], "else nothing is shown here"
    assert len(set(contexts[1:])) == 1
    assert len(set(extras)) == 1


@pytest.mark.parametrize("taken", [None, 5 * GIB])
def test_nothing_is_written_where_nothing_was_measured_here(tmp_path: Path, taken: int | None) -> None:
    given = None if taken is None else cpu_only(16)
    host = EngineHost(Settings(cache_dir=tmp_path, data_dir=tmp_path / "data"), given, always(engine(taken)))
    with host.use(EMBEDDED.id):
        pass
    host.close()
    assert not (tmp_path / "data").exists()


def test_what_several_took_together_is_nobodys_peak(tmp_path: Path) -> None:
    host = EngineHost(Settings(cache_dir=tmp_path, data_dir=tmp_path / "data"), loader=always(engine(5 * GIB, slots=2)))
    with host.use(EMBEDDED.id), host.use(EMBEDDED.id):
        pass
    with host.use(EMBEDDED.id):
        pass
    host.close()
    assert Peaks(tmp_path / "data").all() == ()


def test_caches_for_further_users_are_expected(tmp_path: Path) -> None:
    """They are made only where there is room, so they must not count against one user on a smaller machine."""
    host = EngineHost(Settings(cache_dir=tmp_path, data_dir=tmp_path / "data"), loader=always(engine(2 * GIB, slots=8)))
    with host.use(EMBEDDED.id):
        pass
    plan = host.plan_for(EMBEDDED.id)
    (peak,) = Peaks(tmp_path / "data").all()
    assert peak.expected == plan.estimated + 7 * plan.memory.cache
    assert plan.memory.total == plan.estimated + peak.extra
    host.close()
