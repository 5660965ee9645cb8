"""The remote engine against what vLLM, SGLang, Ollama, llama.cpp, Azure and Transformers put on the wire, written by hand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phi4web.engine.base import Request
from phi4web.engine.remote import RemoteEngine, RemoteOptions
from phi4web.engine.remote_address import address
from phi4web.errors import ContextExceeded, EngineError
from phi4web.events import Delta, Event, Finished, Reading, Usage
from phi4web.models import Sampling, find
from phi4web.prompts import Message
from tests.engine.servers.replay import CUT, DONE, NO_MODELS, Answer, Replay, chunk, models, replay, texts, usage

NAME = "microsoft/Phi-4-reasoning"
KEY = "sk-not-to-be-seen"
WARM = Sampling(0.8, 0.95, 50)
QUICK = (0.01, 0.01)
VLLM = models(NAME, owner="vllm", max_model_len=32768, root=NAME)
SGLANG = models(NAME, owner="sglang", max_model_len=8192)
OLLAMA = models("phi4-reasoning:latest", owner="library")
ROLE = chunk({"role": "assistant", "content": ""})
STOP = chunk({}, "stop")


def ask(text: str = "2+2?", tokens: int = 100, budget: int | None = None, sampling: Sampling = WARM, seed: int | None = 1) -> Request:
    return Request((Message("user", text),), sampling, tokens, budget, seed)


@contextmanager
def server(*answers: Answer, listed: Answer = NO_MODELS, name: str = NAME, key: str | None = None) -> Iterator[tuple[Replay, RemoteEngine]]:
    with replay(*answers, models=listed) as told:
        engine = RemoteEngine(address(told.url), RemoteOptions(find(f"remote:{name}"), name, key, pauses=QUICK))
        try:
            yield told, engine
        finally:
            engine.close()


def run(engine: RemoteEngine, request: Request | None = None, answer_now: threading.Event | None = None) -> list[Event]:
    return list(engine.stream(request or ask(), threading.Event(), answer_now))


def text(events: list[Event], part: str) -> str:
    return "".join(e.text for e in events if isinstance(e, Delta) and e.part == part)


def end(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


def streamed(*chunks: Any, done: bool = True) -> Answer:
    return Answer((ROLE, *chunks, *((DONE,) if done else ())))


def test_vllm_with_a_reasoning_parser() -> None:
    """vllm/entrypoints/openai: delta.reasoning, usage in a last chunk without choices, and with each chunk where asked for."""
    answer = streamed(
        chunk({"reasoning": "Two and"}, usage=usage(17, 2)),
        chunk({"reasoning": " two.\n"}, usage=usage(17, 4)),
        chunk({"content": "\n\n"}, usage=usage(17, 6)),
        chunk({"content": "4"}, usage=usage(17, 7)),
        chunk({"content": ""}, "stop", usage=usage(17, 8)),
        chunk(usage=usage(17, 8, prompt_tokens_details={"cached_tokens": 16})),
    )
    with server(answer, listed=VLLM) as (told, engine):
        events = run(engine)
        assert engine.info.context == 32768
        assert engine.info.reasons[0] == "server: vLLM"
    assert [type(e) for e in events] == [Reading, Delta, Delta, Delta, Finished]
    assert (text(events, "thought"), text(events, "solution")) == ("Two and two.\n", "4")
    assert end(events).stop == "stop"
    assert end(events).usage == Usage(17, 4, 4, 16)
    assert told.paths == ["/v1/models", "/v1/chat/completions"]
    sent = told.requests[0]
    assert (sent["model"], sent["max_tokens"], sent["temperature"], sent["top_p"], sent["top_k"], sent["seed"]) == (
        NAME,
        100,
        0.8,
        0.95,
        50,
        1,
    )
    assert sent["stream_options"] == {"include_usage": True, "continuous_usage_stats": True}
    assert "authorization" not in {name.lower() for name in told.headers[-1]}


@pytest.mark.parametrize("key", ["reasoning", "reasoning_content"])
def test_both_spellings_of_the_thought(key: str) -> None:
    """vLLM and Ollama say `reasoning`, SGLang, llama.cpp, Transformers and older vLLM `reasoning_content`."""
    with server(streamed(*texts(key, ["a", "b"]), *texts("content", ["4"]), STOP, chunk(usage=usage(5, 4))), listed=SGLANG) as (_, engine):
        events = run(engine)
    assert (text(events, "thought"), text(events, "solution")) == ("ab", "4")
    assert end(events).usage == Usage(5, 2, 2)


@pytest.mark.parametrize(
    ("pieces", "thought", "solution"),
    [
        (["<think>", "a", "b", "</think>", "4"], "ab", "4"),
        (["<th", "ink>a</", "think>\n\n4"], "a", "4"),
        (["<think>never closed"], "never closed", ""),
        (["just 4"], "", "just 4"),
    ],
)
def test_inline_tags_however_they_are_cut(pieces: list[str], thought: str, solution: str) -> None:
    """Ollama without the thinking capability, Transformers for Phi, every server without a parser."""
    with server(streamed(*texts("content", pieces), STOP)) as (_, engine):
        events = run(engine)
    assert (text(events, "thought"), text(events, "solution")) == (thought, solution)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(1, 6), min_size=1, max_size=12))
def test_any_cutting_of_the_text_gives_the_same_parts(sizes: list[int]) -> None:
    whole, pieces = "<think>Two and two.</think>\n\nSo it is 4.", []
    for size in [*sizes, len(whole)]:
        pieces.append(whole[:size])
        whole = whole[size:]
    with server(streamed(*texts("content", filter(None, pieces)), STOP)) as (_, engine):
        events = run(engine)
    assert (text(events, "thought"), text(events, "solution")) == ("Two and two.", "So it is 4.")


def test_a_thought_that_is_only_closed_is_known_from_the_second_answer_on() -> None:
    """A template that opens the thought itself, behind a server without a parser. The checker looks after the closing tag only."""
    with server(streamed(*texts("content", ["two and two</thi", "nk>", "4"]), STOP)) as (_, engine):
        first, second = run(engine), run(engine)
        assert "opens the thought itself" in engine.info.warnings[-1]
    assert text(first, "solution") == "two and two</think>4"
    assert (text(second, "thought"), text(second, "solution")) == ("two and two", "4")


def test_no_usage_no_done_null_content_and_roles_alone_are_enough() -> None:
    odd = (chunk({"role": "assistant", "content": None}), chunk({}), chunk(), chunk({"content": None, "reasoning": None}))
    with server(Answer((*odd, *texts("content", ["4", "2"]), chunk({"content": None}, "stop")))) as (_, engine):
        events = run(engine, ask("x" * 40))
    assert text(events, "solution") == "42"
    assert end(events).usage == Usage(10, 0, 2, estimated=True)


def test_keep_alive_comments_are_no_text() -> None:
    with server(Answer((": ping\n\n", ROLE, ": ping\n\n", *texts("content", ["4"]), STOP))) as (_, engine):
        assert text(run(engine), "solution") == "4"


def test_the_end_by_length_and_the_counts_of_thought_that_the_server_tells() -> None:
    told = usage(9, 50, completion_tokens_details={"reasoning_tokens": 45})
    with server(streamed(chunk({"reasoning": "long piece"}), chunk({"content": "4"}), chunk({}, "length"), chunk(usage=told))) as (
        _,
        engine,
    ):
        events = run(engine)
    assert end(events).stop == "length"
    assert end(events).usage == Usage(9, 45, 5)


def test_transformers_serve_refuses_fields_that_it_does_not_know() -> None:
    """cli/serving/utils.py: 422 "Unexpected fields"; usage comes with the end, and nothing after it."""
    refusal = Answer(status=422, body={"detail": "Unexpected fields in the request: {'top_k'}"})
    answer = Answer((ROLE, *texts("content", ["<think>", "a", "</think>", "4"]), chunk({}, "stop", usage=usage(9, 4))))
    with server(refusal, answer, listed=Answer(status=500, body="Internal Server Error")) as (told, engine):
        assert "taken as typed" in engine.info.warnings[0]
        events = run(engine)
        run(engine, ask(sampling=Sampling(0.0, 1.0, 0)))
    assert ["top_k" in r for r in told.requests] == [True, False, False]
    assert json.loads(told.requests[1]["generation_config"]) == {"do_sample": True, "temperature": 0.8, "top_p": 0.95, "top_k": 50}
    assert json.loads(told.requests[2]["generation_config"]) == {"do_sample": False}
    assert end(events).usage == Usage(9, 2, 2)


@pytest.mark.parametrize("status", [400, 422])
def test_what_a_strict_server_does_not_take_is_left_out_once_and_for_all(status: int) -> None:
    refusal = Answer(status=status, body={"error": {"message": "Unknown parameter: 'top_k'."}})
    with server(refusal, streamed(*texts("content", ["4"]), STOP)) as (told, engine):
        run(engine)
        assert "top_k" in engine.info.warnings[-1]
        run(engine)
    assert ["top_k" in r for r in told.requests] == [True, False, False]


def test_a_request_that_is_refused_for_another_reason_is_not_repeated_for_ever() -> None:
    with server(Answer(status=400, body={"error": {"message": "no"}})) as (told, engine):
        with pytest.raises(EngineError, match=r"refused the request \(400\): no"):
            run(engine)
        assert (len(told.requests), engine.info.warnings[1:]) == (2, ())


def test_ollama_names_its_models_with_a_tag() -> None:
    answer = streamed(*texts("reasoning", ["a"]), *texts("content", ["4"]), STOP, chunk(usage=usage(3, 3)))
    with server(answer, listed=OLLAMA, name="phi4-reasoning") as (told, engine):
        assert engine.info.reasons[0] == "server: Ollama"
        assert text(run(engine), "thought") == "a"
    assert told.requests[0]["stream_options"] == {"include_usage": True}


def test_azure_is_asked_by_deployment_version_and_its_own_header() -> None:
    """Only the form of the request: the resource would be NAME.openai.azure.com."""
    where = address("https://mine.openai.azure.com/?api-version=2025-01-01")
    assert (where.azure, where.base, where.shown) == (True, "https://mine.openai.azure.com", "https://mine.openai.azure.com")
    with replay(streamed(*texts("content", ["4"]), STOP)) as told:
        from dataclasses import replace

        engine = RemoteEngine(replace(where, base=told.url, host="127.0.0.1"), RemoteOptions(find("remote:phi-4"), "phi-4", KEY))
        assert text(run(engine), "solution") == "4"
        engine.close()
    assert told.paths[-1] == "/openai/deployments/phi-4/chat/completions?api-version=2025-01-01"
    assert {k.lower(): v for k, v in told.headers[-1].items()}["api-key"] == KEY


def test_a_system_text_reaches_phi_4_reasoning_in_the_users_turn() -> None:
    request = Request((Message("system", "Be brief."), Message("user", "2+2?")), WARM, 10)
    with server(streamed(*texts("content", ["4"]), STOP)) as (told, engine):
        run(engine, request)
    assert told.requests[0]["messages"] == [{"role": "user", "content": "Be brief.\n\n2+2?"}]
    assert "seed" not in told.requests[0]


# The thought is closed: by going on with the answer where the server can, else by asking again


@pytest.mark.parametrize("listed", [VLLM, SGLANG, models(NAME, owner="llamacpp")], ids=["vLLM", "SGLang", "llama.cpp"])
@pytest.mark.parametrize("late", ["content", "reasoning"])
def test_a_used_up_budget_closes_the_thought_and_goes_on(listed: Answer, late: str) -> None:
    """`late`: a parser that looks at the new text only takes the solution for a thought."""
    thinking = Answer((ROLE, *texts("reasoning", ["a", "b", "c"]), *[30.0] * 3))
    rest = streamed(*texts(late, ["It is ", "4."]), STOP, chunk(usage=usage(20, 3)))
    with server(thinking, rest, listed=listed) as (told, engine):
        started = time.monotonic()
        events = run(engine, ask(budget=3))
        assert told.gone.wait(20), "the first connection is closed, so that the server stops"
    assert time.monotonic() - started < 25, "and not after 30 s"
    assert (text(events, "thought"), text(events, "solution")) == ("abc", "It is 4.")
    assert sum(isinstance(e, Reading) for e in events) == 1
    first, second = told.requests
    assert second["messages"][:-1] == first["messages"]
    assert second["messages"][-1]["role"] == "assistant"
    assert second["messages"][-1]["content"].startswith("<think>abc")
    assert second["messages"][-1]["content"].rstrip().endswith("</think>")
    assert second["max_tokens"] == 97
    going_on = {name: second[name] for name in ("continue_final_message", "add_generation_prompt") if name in second}
    assert going_on == ({} if "llamacpp" in str(listed.body) else {"continue_final_message": True, "add_generation_prompt": False})
    assert end(events).usage.thought_tokens == 3


def test_answer_now_closes_the_thought_where_it_is() -> None:
    hurry = threading.Event()
    thinking = Answer((ROLE, *texts("content", ["<think>", "a"]), 0.2, *texts("content", ["b"]), *[30.0] * 3))
    with server(thinking, streamed(*texts("content", ["4"]), STOP, chunk(usage=usage(9, 2))), listed=VLLM) as (told, engine):
        events = []
        for event in engine.stream(ask(), threading.Event(), hurry):
            events.append(event)
            if isinstance(event, Delta):
                hurry.set()
    assert text(events, "thought") in ("a", "ab")
    assert text(events, "solution") == "4"
    assert told.requests[1]["messages"][-1]["content"].startswith("<think>a")


def test_where_the_server_can_not_go_on_it_is_asked_again_with_the_thought_so_far() -> None:
    thinking = streamed(*texts("reasoning", ["a", "b", "c", "d"]), STOP)
    again = streamed(*texts("reasoning", ["hm"]), *texts("content", ["<b>", "4"]), STOP)
    with server(thinking, again, listed=OLLAMA, name="phi4-reasoning") as (told, engine):
        events = run(engine, ask(budget=3))
    assert (text(events, "thought"), text(events, "solution")) == ("abchm", "<b>4")
    (turn,) = told.requests[1]["messages"]
    assert turn["role"] == "user"
    assert turn["content"].startswith("2+2?")
    assert "up to here:\n\nabc\n\n" in turn["content"]
    assert end(events).usage.estimated


def test_a_second_answer_with_inline_tags_is_split_too() -> None:
    thinking = streamed(*texts("content", ["<think>", "a", "b"]), STOP)
    with server(thinking, streamed(*texts("content", ["<thi", "nk>hm</think>", "4"]), STOP)) as (_, engine):
        events = run(engine, ask(budget=2))
    assert (text(events, "thought"), text(events, "solution")) == ("ahm", "4")


def test_a_server_that_refuses_to_go_on_is_asked_again_and_remembered() -> None:
    thinking = streamed(*texts("reasoning", ["a", "b"]), STOP)
    refusal = Answer(status=400, body={"error": {"message": "continue_final_message is set but the final message is not in the chat"}})
    answer = streamed(*texts("content", ["4"]), STOP)
    with server(thinking, refusal, answer, thinking, answer, listed=VLLM) as (told, engine):
        assert text(run(engine, ask(budget=2)), "solution") == "4"
        assert text(run(engine, ask(budget=2)), "solution") == "4"
    assert [r["messages"][-1]["role"] for r in told.requests] == ["user", "assistant", "user", "user", "user"]


# Cancelling


@pytest.mark.parametrize(
    "answer",
    [
        Answer(before=30.0),
        Answer((ROLE, 30.0)),
        Answer((ROLE, *texts("content", ["4"]), 30.0)),
        Answer(status=503, body={"error": "loading"}),
    ],
    ids=["before the headers", "before the first token", "while it writes", "before another try"],
)
def test_cancel_ends_it_whatever_is_waited_for(answer: Answer) -> None:
    with replay(answer) as told:
        options = RemoteOptions(find(f"remote:{NAME}"), NAME, pauses=(30.0,))
        engine = RemoteEngine(address(told.url), options)
        cancel, pressed = threading.Event(), list[float]()

        def press() -> None:
            pressed.append(time.monotonic())
            cancel.set()

        threading.Timer(0.5, press).start()
        events = list(engine.stream(ask(), cancel))
        assert time.monotonic() - pressed[0] < 25, "and not after 30 s"
        assert end(events).stop == "cancelled"
        assert end(events).usage.estimated
        if answer.status == 200:
            assert told.gone.wait(25), "the connection is closed, so that the server stops"
        engine.close()


def test_a_stop_that_the_connection_is_slow_to_see_is_a_stop_and_no_failure() -> None:
    with server(Answer((ROLE, *texts("content", ["4"]), 30.0))) as (_, engine):
        cancel, events = threading.Event(), list[Event]()
        for event in engine.stream(ask(), cancel):
            events.append(event)
            if isinstance(event, Delta):
                engine._loop.soon(lambda: time.sleep(2.5))
                cancel.set()
    assert end(events).stop == "cancelled"
    assert end(events).usage.solution_tokens == 1
    assert sum(isinstance(event, Finished) for event in events) == 1


def test_cancel_is_seen_while_text_comes_without_a_pause() -> None:
    with server(Answer((ROLE, *(step for _ in range(2000) for step in (*texts("content", ["x"]), 0.005))))) as (_, engine):
        cancel, seen = threading.Event(), 0
        for event in engine.stream(ask(), cancel):
            seen += 1
            if isinstance(event, Delta):
                cancel.set()
    assert seen < 1000


def test_a_reader_who_goes_away_closes_the_connection() -> None:
    with server(Answer((ROLE, *texts("content", ["4"]), 30.0))) as (told, engine):
        stream = engine.stream(ask(), threading.Event())
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert told.gone.wait(25)


def test_close_ends_what_runs_and_nothing_more_begins() -> None:
    with server(Answer((ROLE, *texts("content", ["4"]), 30.0))) as (_, engine):
        got, begun = list[Event](), threading.Event()

        def read() -> None:
            for event in engine.stream(ask(), threading.Event()):
                got.append(event)
                begun.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert begun.wait(25)
        engine.close()
        reader.join(25)
        assert end(got).stop == "cancelled"
        with pytest.raises(EngineError, match="closed"):
            run(engine)


def test_many_streams_at_once_do_not_mix() -> None:
    answer = streamed(*texts("content", ["4", "2"]), 1.0, STOP)
    with server(answer) as (_, engine):
        got: list[str] = []
        readers = [threading.Thread(target=lambda: got.append(text(run(engine), "solution"))) for _ in range(20)]
        started = time.monotonic()
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(60)
        assert got == ["42"] * 20
        assert time.monotonic() - started < 15, "one after the other would take 20 s"


# Trying again


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_busy_server_is_asked_again(status: int) -> None:
    busy = Answer(status=status, body={"error": {"message": "busy"}}, headers=(("retry-after", "0"),))
    with server(busy, busy, streamed(*texts("content", ["4"]), STOP)) as (told, engine):
        assert text(run(engine), "solution") == "4"
    assert len(told.requests) == 3


def test_a_connection_that_is_cut_before_any_text_is_asked_again_and_one_after_it_is_not() -> None:
    good = streamed(*texts("content", ["4"]), STOP)
    with server(Answer((ROLE, CUT)), good) as (_, engine):
        assert text(run(engine), "solution") == "4"
    with server(Answer((ROLE, *texts("content", ["4"]), CUT)), good) as (told, engine):
        stream = engine.stream(ask(), threading.Event())
        with pytest.raises(EngineError, match="broke off"):
            list(stream)
        assert len(told.requests) == 1


def test_patience_ends() -> None:
    with server(Answer(status=503, body={"error": {"message": "Loading model"}})) as (told, engine):
        with pytest.raises(EngineError, match=r"is not ready \(503\): Loading model"):
            run(engine)
        assert len(told.requests) == 1 + len(QUICK)


def test_a_server_that_asks_to_wait_for_long_is_not_waited_for() -> None:
    with server(Answer(status=429, body={"error": {"message": "slow down"}}, headers=(("retry-after", "3600"),))) as (told, engine):
        with pytest.raises(EngineError, match="429"):
            run(engine)
        assert len(told.requests) == 1


# Contexts


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 10300 tokens (60 in the messages, "
        "10240 in the completion).",
        "'max_tokens' or 'max_completion_tokens' is too large: 10240. This model's maximum context length is 4096 "
        "tokens and your request has 60 input tokens (10240 > 4096 - 60).",
        "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of "
        "10300 tokens: 60 tokens from the input messages and 10240 tokens for the completion.",
    ],
    ids=["vLLM before", "vLLM", "SGLang"],
)
def test_an_answer_that_would_not_fit_is_asked_for_shorter(said: str) -> None:
    refusal = Answer(status=400, body={"object": "error", "message": said, "type": "BadRequestError", "code": 400})
    with server(refusal, streamed(*texts("content", ["4"]), STOP), listed=VLLM) as (told, engine):
        assert text(run(engine, ask(tokens=10240)), "solution") == "4"
    assert [r["max_tokens"] for r in told.requests] == [10240, 4036]


@pytest.mark.parametrize("told_by", ["a refusal", "the list of models"])
@pytest.mark.parametrize("budget", [None, 8192])
def test_a_thought_without_end_leaves_room_in_the_servers_window_for_the_answer(told_by: str, budget: int | None) -> None:
    said = "This model's maximum context length is 300 tokens. You requested 10300 tokens (60 in the messages, 10240 in the completion)."
    refusal = Answer(status=400, body={"object": "error", "message": said, "code": 400})
    thinking = streamed(*(chunk({"reasoning": "x"}, usage=usage(60, i + 1)) for i in range(240)), chunk({}, "length"))
    answers = (thinking, streamed(*texts("content", ["7"]), STOP))
    refuses = told_by == "a refusal"
    listed = models(NAME, owner="vllm", max_model_len=None if refuses else 300)
    with server(*((refusal,) if refuses else ()), *answers, listed=listed) as (_, engine):
        events = run(engine, ask(tokens=10240, budget=budget))
    assert text(events, "solution") == "7"
    assert end(events).stop == "stop"
    assert 50 < len(text(events, "thought")) < 150


@pytest.mark.parametrize(
    "error",
    [
        {"message": "The input (9000 tokens) is longer than the model's context length (4096 tokens).", "code": 400},
        {"code": 400, "type": "exceed_context_size_error", "message": "request exceeds", "n_prompt_tokens": 9000, "n_ctx": 4096},
        {"message": "This model's maximum context length is 4096 tokens. However, you requested 9100 tokens (9000 in the messages)"},
    ],
    ids=["SGLang", "llama.cpp", "vLLM"],
)
def test_a_prompt_that_is_too_long_is_told_with_both_numbers(error: dict[str, Any]) -> None:
    with server(Answer(status=400, body={"error": error})) as (told, engine):
        with pytest.raises(ContextExceeded, match="The problem is 9,000 tokens; the server's model holds 4,096"):
            run(engine)
        assert len(told.requests) == 1
