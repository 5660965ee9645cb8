"""The words on the wire: a request as each kind of server takes it, and what one piece of a streamed answer says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from phi4web.engine.base import Request
from phi4web.engine.remote_server import Dialect
from phi4web.models import Model, Sampling
from phi4web.prompts import CLOSE_THOUGHT, THINK_OPEN, Message, chat_messages, defuse

# Servers that go on with an assistant's message which they get as the last one.
CONTINUING: tuple[Dialect, ...] = ("vLLM", "SGLang", "llama.cpp")
_ENOUGH = (
    "You have already thought about it, up to here:\n\n{thought}\n\n"
    "No time is left. Do not think any further: write the solution now, with the answer that follows from this."
)


@dataclass(frozen=True, slots=True)
class Piece:
    """What one chunk says. Texts are empty and numbers None where it says nothing of them. `new_tokens` is the count so far."""

    thought: str = ""
    text: str = ""
    finish: str = ""
    prompt_tokens: int | None = None
    new_tokens: int | None = None
    thought_tokens: int | None = None
    cached_tokens: int | None = None
    counted: bool = False


def messages_for(model: Model, request: Request) -> tuple[Message, ...]:
    """The turns as this model's template takes them: a system text reaches Phi-4-reasoning in the user's turn only."""
    return chat_messages(model, request.messages)


def closed_thought(messages: Sequence[Message], thought: str) -> tuple[Message, ...]:
    """The same turns and the answer begun with its thought closed, for servers that go on with it."""
    return (*messages, Message("assistant", f"{THINK_OPEN}{thought}{CLOSE_THOUGHT}"))


def asked_again(messages: Sequence[Message], thought: str) -> tuple[Message, ...]:
    """The same question with the thought so far, for servers that can't go on with an answer."""
    *before, last = messages
    so_far = defuse(thought.replace(THINK_OPEN, "").replace("</think>", "")).strip()
    return (*before, Message("user", f"{last.content}\n\n{_ENOUGH.format(thought=so_far or '(nothing yet)')}"))


def body(name: str, request: Request, messages: Sequence[Message], max_tokens: int) -> dict[str, Any]:
    """What every OpenAI-compatible server understands."""
    seed = {} if request.seed is None else {"seed": request.seed % 2**32}
    return seed | {
        "model": name,
        "messages": [{"role": m.role, "content": m.content} for m in messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": max_tokens,
        "temperature": request.sampling.temperature,
        "top_p": request.sampling.top_p,
    }


def extras(dialect: Dialect, request: Request, *, going_on: bool) -> dict[str, Any]:
    """What only some understand: samplers, counts with each piece, and to go on with the last message."""
    sampling = request.sampling
    if dialect == "Transformers":
        return {"generation_config": _generation_config(sampling)}
    more: dict[str, Any] = {}
    if sampling.top_k or dialect == "llama.cpp":  # which would take 40 by itself
        more["top_k"] = sampling.top_k
    if sampling.min_p or dialect == "llama.cpp":
        more["min_p"] = sampling.min_p
    if dialect == "llama.cpp":
        more |= {"samplers": ["top_k", "temperature", "top_p", "min_p"], "return_progress": True, "timings_per_token": True}
    if dialect in ("vLLM", "SGLang"):
        more["stream_options"] = {"include_usage": True, "continuous_usage_stats": True}
        if going_on:
            more |= {"continue_final_message": True, "add_generation_prompt": False}
    return more


def _generation_config(sampling: Sampling) -> str:
    """`transformers serve` takes the likeliest token whatever the temperature, unless this says otherwise."""
    if not sampling.temperature:
        return json.dumps({"do_sample": False})
    cuts = {name: value for name, value in (("top_k", sampling.top_k), ("min_p", sampling.min_p)) if value or name == "top_k"}
    return json.dumps({"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p, **cuts})


def piece(chunk: Any) -> Piece:
    """Takes what is there, in either spelling, and nothing for granted."""
    choice = next(iter(getattr(chunk, "choices", None) or ()), None)
    delta = getattr(choice, "delta", None)
    usage, timings = getattr(chunk, "usage", None), getattr(chunk, "timings", None)
    told = _number(usage, "completion_tokens")
    return Piece(
        thought=_text(delta, "reasoning") or _text(delta, "reasoning_content"),
        text=_text(delta, "content"),
        finish=_text(choice, "finish_reason"),
        prompt_tokens=_number(usage, "prompt_tokens") or _number(getattr(chunk, "prompt_progress", None), "total"),
        new_tokens=told if told is not None else _number(timings, "predicted_n"),
        thought_tokens=_number(_of(usage, "completion_tokens_details"), "reasoning_tokens"),
        cached_tokens=_number(_of(usage, "prompt_tokens_details"), "cached_tokens"),
        counted=told is not None,
    )


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def _text(value: Any, name: str) -> str:
    found = _of(value, name)
    return _whole(found) if isinstance(found, str) else ""


def _whole(text: str) -> str:
    """Half characters, which JSON can write and nothing can save or send on, become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number(value: Any, name: str) -> int | None:
    found = _of(value, name)
    return found if isinstance(found, int) else None
