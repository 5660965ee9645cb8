"""The shipped fake plays what was recorded, and stops when told to."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from phi4web.engine.base import Request
from phi4web.engine.scripted import Script, ScriptedEngine, from_json, load, script, to_json
from phi4web.errors import BadInput, ContextExceeded, EngineError
from phi4web.events import Delta, Event, Finished, Reading
from phi4web.models import Sampling
from phi4web.prompts import Message


def ask(engine: ScriptedEngine, text: str, cancel: threading.Event | None = None) -> list[Event]:
    request = Request((Message("user", text),), Sampling(0.0, 1.0, 0), 100)
    return list(engine.stream(request, cancel or threading.Event()))


def written(events: list[Event], part: str = "solution") -> str:
    return "".join(e.text for e in events if isinstance(e, Delta) and e.part == part)


def test_a_script_plays_reading_then_text_then_the_end() -> None:
    events = ask(ScriptedEngine([script("x = 2", thought="Halve it.")]), "2x = 4")
    assert isinstance(events[0], Reading)
    assert (written(events, "thought"), written(events)) == ("Halve it.", "x = 2")
    end = events[-1]
    assert isinstance(end, Finished)
    assert end.stop == "stop"
    assert end.usage.new_tokens == sum(e.tokens for e in events if isinstance(e, Delta))


def test_the_problem_chooses_the_script_and_repeats_play_the_next() -> None:
    engine = ScriptedEngine([script("4", match="2+2"), script("wrong"), script("right")])
    assert [written(ask(engine, text)) for text in ("2+2", "5", "5", "5", "2+2")] == ["4", "wrong", "right", "right", "4"]


def test_a_problem_without_a_script_says_so() -> None:
    with pytest.raises(EngineError, match="No script fits 'y'"):
        ask(ScriptedEngine([script("4", match="x")]), "y")


def test_cancel_ends_a_slow_script_at_once() -> None:
    engine, cancel = ScriptedEngine(["a long answer " * 100], delay_seconds=60.0), threading.Event()
    threading.Timer(0.1, cancel.set).start()
    started = time.monotonic()
    end = ask(engine, "x", cancel)[-1]
    assert time.monotonic() - started < 30, "and not after a minute"
    assert isinstance(end, Finished)
    assert (end.stop, end.usage.estimated) == ("cancelled", True)


def test_a_recorded_failure_is_raised_after_what_was_written() -> None:
    engine = ScriptedEngine([Script((Reading(3), Delta("solution", "4")), failure=ContextExceeded("Too long."))])
    stream = engine.stream(Request((Message("user", "x"),), Sampling(0.0, 1.0, 0), 9), threading.Event())
    assert written([next(stream), next(stream)]) == "4"
    with pytest.raises(ContextExceeded, match="Too long"):
        next(stream)


def test_scripts_survive_the_way_through_json(tmp_path: Path) -> None:
    scripts = [script("x = 2", thought="hm", match="x"), Script((Reading(None),), failure=EngineError("a", "b"))]
    (tmp_path / "s.json").write_text(to_json(scripts), encoding="utf-8")
    again = load(tmp_path / "s.json")
    assert [s.events for s in again] == [s.events for s in scripts]
    assert str(again[1].failure) == "a b"


def test_json_may_give_the_text_alone() -> None:
    (made,) = from_json('[{"match": "12", "thought": "hm", "solution": "42"}]')
    assert made == script("42", thought="hm", match="12")


@pytest.mark.parametrize("text", ["{", "[1]", '[{"events": [{"sung": {}}]}]', '[{"solution": 4, "colour": "red"}]'])
def test_json_that_is_no_script_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput, match="can't be read"):
        from_json(text)


def test_a_closed_engine_writes_nothing() -> None:
    engine = ScriptedEngine(["4"])
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        ask(engine, "x")


def test_answer_now_leaves_out_the_rest_of_the_thought() -> None:
    engine, hurry, seen = ScriptedEngine([script("x = 2", thought="Halve it, then check it.")]), threading.Event(), []
    for event in engine.stream(Request((Message("user", "x"),), Sampling(0.0, 1.0, 0), 9), threading.Event(), hurry):
        seen.append(event)
        if isinstance(event, Delta):
            hurry.set()
    assert (written(seen, "thought"), written(seen)) == ("Halv", "x = 2")
