"""The local engine on two small Phi models that really know a few problems: one of the 14B's kind, one of mini's with LongRoPE."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from phi4web.engine.base import Engine, Request
from phi4web.engine.gguf import GgufEngine, GgufOptions
from phi4web.engine.local import LocalEngine
from phi4web.events import Delta, Event, Finished, Reading
from phi4web.models import PHI_4_MINI_REASONING, PHI_4_REASONING, Model, Sampling
from phi4web.prompts import Message, chat_messages, solve_messages, template_report
from phi4web.solve import Options, Solved, solve
from phi4web.verify.worker import Checker
from tests.engine.phi import plan_of
from tests.fixtures.make_phi import BOUNDARY, HERE, problems
from training.gguf_file import write

GREEDY = Sampling(0.0, 1.0, 0)
HOT = Sampling(3.0, 1.0, 0)
BIG = replace(PHI_4_REASONING, sampling=GREEDY)
MINI = replace(PHI_4_MINI_REASONING, sampling=GREEDY, arch=replace(PHI_4_MINI_REASONING.arch, longrope_boundary=BOUNDARY))
FOLDERS = {BIG.id: HERE / "phi_tiny", MINI.id: HERE / "phi_tiny_mini"}
SOME = problems()[::7]


def opened(model: Model, quant: str = "bf16", **changes: object) -> LocalEngine:
    return LocalEngine(FOLDERS[model.id], plan_of(quant, model, **({"context": 512} | changes)))


@pytest.fixture(scope="module")
def engines() -> Iterator[dict[str, LocalEngine]]:
    made = {model.id: opened(model) for model in (BIG, MINI)}
    yield made
    for engine in made.values():
        engine.close()


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    made = Checker(1)
    yield made
    made.close()


def ask(model: Model, problem: str, budget: int | None = None, sampling: Sampling = GREEDY, tokens: int = 200) -> Request:
    return Request(solve_messages(model, problem), sampling, tokens, budget, 1)


def run(engine: Engine, request: Request, answer_now: threading.Event | None = None) -> list[Event]:
    return list(engine.stream(request, threading.Event(), answer_now))


def parts(events: list[Event]) -> tuple[str, str]:
    thought, solution = ("".join(e.text for e in events if isinstance(e, Delta) and e.part == part) for part in ("thought", "solution"))
    return thought, solution


def end(events: list[Event]) -> Finished:
    last = events[-1]
    assert isinstance(last, Finished)
    return last


def test_templates_keep_the_users_text_once_and_treat_a_system_text_as_the_family_does() -> None:
    """The 14B's has its own in place of the caller's; mini's adds the caller's to its own."""
    for model, kept in ((BIG, False), (MINI, True)):
        words = AutoTokenizer.from_pretrained(FOLDERS[model.id])
        report = template_report(lambda m, w=words: str(w.apply_chat_template(m, tokenize=False, add_generation_prompt=True)))  # type: ignore[misc]
        assert (report.usable, report.system_kept, report.opens_thought, report.problems) == (True, kept, False, ())


@pytest.mark.parametrize("model", [BIG, MINI], ids=lambda m: m.id)
def test_thought_and_solution_come_apart_word_for_word_and_the_end_mark_ends_them(model: Model, engines: dict[str, LocalEngine]) -> None:
    for problem, thought, solution in SOME:
        events = run(engines[model.id], ask(model, problem))
        assert parts(events) == (f"{thought}", solution), problem
        assert end(events).stop == "stop"
        assert end(events).usage.thought_tokens > 20


@pytest.mark.parametrize("quant", ["int8", "nf4", "nf4-dq", "fp4"])
def test_quantised_models_still_know_most_answers(quant: str) -> None:
    engine = opened(BIG, quant)
    some = SOME[::2]
    try:
        right = sum(parts(run(engine, ask(BIG, problem)))[1] == solution for problem, _, solution in some)
    finally:
        engine.close()
    assert right >= len(some) - (0 if quant == "int8" else 1)


@pytest.mark.parametrize("model", [BIG, MINI], ids=lambda m: m.id)
@pytest.mark.parametrize("budget", [1, 9, 20])
def test_a_used_up_budget_closes_the_thought_and_the_right_answer_follows(
    model: Model, budget: int, engines: dict[str, LocalEngine]
) -> None:
    problem, whole, solution = SOME[1]
    events = run(engines[model.id], ask(model, problem, budget))
    thought, answer = parts(events)
    assert whole.startswith(thought.rstrip())
    assert len(thought) < len(whole)
    assert answer == solution
    assert (end(events).stop, end(events).usage.thought_tokens) == ("stop", budget)


@pytest.mark.parametrize("model", [BIG, MINI], ids=lambda m: m.id)
def test_answer_now_closes_the_thought_where_it_is(model: Model, engines: dict[str, LocalEngine]) -> None:
    problem, whole, solution = SOME[2]
    hurry, events = threading.Event(), []
    for event in engines[model.id].stream(ask(model, problem), threading.Event(), hurry):
        events.append(event)
        if len(parts(events)[0]) > 4:
            hurry.set()
    thought, answer = parts(events)
    assert len(thought) < len(whole)
    assert answer == solution


@pytest.mark.parametrize("model", [BIG, MINI], ids=lambda m: m.id)
def test_answer_now_before_the_thought_gives_the_answer_at_once(model: Model, engines: dict[str, LocalEngine]) -> None:
    problem, _, solution = SOME[3]
    hurry = threading.Event()
    hurry.set()
    thought, answer = parts(run(engines[model.id], ask(model, problem), hurry))
    assert len(thought) <= 1
    assert answer == solution


@pytest.mark.parametrize("model", [BIG, MINI], ids=lambda m: m.id)
def test_a_conversation_gives_the_same_text_with_and_without_what_was_read_before(model: Model) -> None:
    """The third turn on an engine that had the first two, against one that reads everything.

    Drawn so hot that every token hangs on small differences of the scores: a wrong cache would not go unnoticed.
    """
    turns, asked = list[Message](), list[Request]()
    for problem, _, solution in SOME[:3]:
        turns.append(Message("user", problem))
        asked.append(Request(chat_messages(model, turns), HOT, 80, None, 1))
        turns.append(Message("assistant", solution))
    warm, cold = opened(model, "fp32"), opened(model, "fp32")
    read = [run(warm, request) for request in asked][-1]
    expected = run(cold, asked[-1])
    warm.close()
    cold.close()
    assert parts(read) == parts(expected)
    assert (end(read).usage.cached_tokens, end(expected).usage.cached_tokens) > (40, 0)


def greedy_without_cache(folder: Path, ids: list[int], tokens: int) -> list[int]:
    """The likeliest tokens, each by a call of the model on everything before it: slow, and right by construction."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    made = list(ids)
    with torch.inference_mode():
        for _ in range(tokens):
            made.append(int(model(torch.tensor([made]), use_cache=False).logits[0, -1].argmax()))
            if made[-1] == model.config.eos_token_id:
                break
    return made[len(ids) :]


@pytest.mark.parametrize("chunk", [8, 64, 512])
def test_writing_across_the_longrope_boundary_gives_what_a_full_recompute_gives(chunk: int) -> None:
    """From 21 tokens to well beyond 64, where all rotary factors change."""
    engine = opened(MINI, "fp32", prefill_chunk=chunk)
    words = AutoTokenizer.from_pretrained(FOLDERS[MINI.id])
    for problem, thought, solution in SOME[:4]:
        prompt = words.apply_chat_template(
            [{"role": "user", "content": solve_messages(MINI, problem)[0].content}], add_generation_prompt=True
        )
        ids = list(prompt["input_ids"])
        written = greedy_without_cache(FOLDERS[MINI.id], ids, 200)
        events = run(engine, ask(MINI, problem))
        assert len(ids) < BOUNDARY < len(ids) + len(written)
        assert words.decode(written) == f"<think>{thought}</think>\n\n{solution}<|end|>"
        assert parts(events) == (thought, solution)
        assert end(events).usage.new_tokens == len(written)
    engine.close()


def test_a_conversation_that_starts_beyond_the_boundary_is_read_whole() -> None:
    engine = opened(MINI, "fp32", prefill_chunk=16)
    (first, _, known), (second, thought, solution) = SOME[1], SOME[2]
    turns = (
        Message("user", first),
        Message("assistant", known),
        Message("user", first),
        Message("assistant", known),
        Message("user", second),
    )
    events = run(engine, Request(chat_messages(MINI, turns), GREEDY, 200))
    engine.close()
    assert isinstance(events[0], Reading)
    assert (events[0].prompt_tokens or 0) > BOUNDARY
    assert parts(events) == (thought, solution)


@pytest.mark.parametrize("model", [BIG, MINI], ids=lambda m: m.id)
def test_several_at_once_write_what_each_would_write_alone(model: Model, engines: dict[str, LocalEngine]) -> None:
    """In bf16 the last bits may differ beside others; these models are sure enough of their words for that not to matter."""
    requests = [ask(model, problem, budget) for (problem, _, _), budget in zip(SOME[:6], (None, None, 5, None, 12, None), strict=True)]
    alone = [parts(run(engines[model.id], request)) for request in requests]
    with ThreadPoolExecutor(len(requests)) as pool:
        together = [parts(events) for events in pool.map(lambda request: run(engines[model.id], request), requests)]
    assert together == alone
    assert (engines[model.id].info.slots == 1) == (model is MINI)


@pytest.mark.parametrize("model", [BIG, MINI], ids=lambda m: m.id)
def test_solve_has_the_answer_verified_by_the_real_checker(model: Model, engines: dict[str, LocalEngine], checker: Checker) -> None:
    for problem, _, _ in (problems()[9], problems()[40], problems()[-1]):
        *_, last = solve(problem, model, engines[model.id], checker, Options(), threading.Event())
        assert isinstance(last, Solved)
        assert last.chosen == 0
        assert last.tries[0].verdict.status == "verified"
        assert last.tries[0].thought


def test_the_gguf_engine_thinks_the_same_thoughts(tmp_path: Path) -> None:
    path = write(FOLDERS[BIG.id], tmp_path / "phi.gguf", "F16")
    engine = GgufEngine(path, GgufOptions(BIG, "F16", 512))
    try:
        for problem, thought, solution in SOME[:4]:
            assert parts(run(engine, ask(BIG, problem))) == (thought, solution)
        problem, whole, solution = SOME[1]
        events = run(engine, ask(BIG, problem, budget=9))
        assert whole.startswith(parts(events)[0].rstrip())
        assert parts(events)[1] == solution
    finally:
        engine.close()
