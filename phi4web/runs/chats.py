"""Answers in a chat: the last turn of the chat is the one being written."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from phi4web.engine.base import Request
from phi4web.errors import BadInput, Phi4webError
from phi4web.events import Delta, Event, Finished, Part, Reading
from phi4web.models import Model
from phi4web.notebook import Chat, Turn
from phi4web.prompts import Message, chat_messages
from phi4web.runs.jobs import Job
from phi4web.runs.recorder import Recorder, follow
from phi4web.runs.services import Services, chat_owner, choose_model
from phi4web.solve import clean_problem
from phi4web.verdict import CheckRequest


def start_chat(
    services: Services, chat_id: str, text: str, *, model: str | None = None, quant: str | None = None, regenerate: bool = False
) -> Job[Chat]:
    """Adds the user's turn (or, to regenerate, drops the last answer) and puts the next answer in line.

    Raises BadInput for an unknown chat, a bad text, or nothing to regenerate; Busy for a full line.
    """
    chat = services.store.chat(chat_id)
    if chat is None:
        raise BadInput(f"There is no chat {chat_id!r}.", "Start a new one.")
    services.jobs.refuse_second(chat_owner(chat_id))
    same_model = model is None or model == chat.model
    found, quant = choose_model(services, model or chat.model, quant or (chat.quant if same_model else None))
    if regenerate:
        turns = _without_last_answer(chat)
    else:
        turns = (*chat.turns, Turn("user", clean_problem(text, services.settings.max_problem_chars)))
    title = chat.title if chat.turns else turns[0].text[:60]
    chat = replace(chat, title=title, model=found.id, quant=quant, turns=(*turns, Turn("assistant", "", state="queued")))
    seed = secrets.randbits(31) if regenerate else len(turns)

    def work(job: Job[Chat]) -> None:
        recorder = Recorder(job, services.store.save_chat, _change, _grow)
        follow(job, recorder, lambda: _answer(services, found, seed, job, recorder))

    services.store.save_chat(chat)
    try:
        return services.jobs.submit(chat_owner(chat_id), chat, work)
    except Phi4webError as error:
        services.store.save_chat(_change(chat, state="failed", message=str(error)))
        raise


def _without_last_answer(chat: Chat) -> tuple[Turn, ...]:
    turns = chat.turns[:-1] if chat.turns and chat.turns[-1].role == "assistant" else chat.turns
    if not turns:
        raise BadInput("There is no answer to write again.", "Ask something first.")
    return turns


def _answer(services: Services, model: Model, seed: int, job: Job[Chat], recorder: Recorder[Chat]) -> None:
    recorder.update(save=True, state="loading")
    with services.host.use(model.id, job.value.quant, progress=recorder.say, cancel=job.cancel) as engine:
        recorder.update(state="reading", message="")
        for event in engine.stream(_request(services, model, job.value, seed), job.cancel):
            _advance(recorder, event)
    _check(services, recorder, job)


def _request(services: Services, model: Model, chat: Chat, seed: int) -> Request:
    return Request(
        messages=chat_messages(model, tuple(Message(turn.role, turn.text) for turn in chat.turns[:-1])),
        sampling=model.sampling,
        max_new_tokens=min(model.max_new_tokens, services.settings.max_new_tokens),
        thinking_budget=model.thinking_budget,
        seed=seed,
    )


def _advance(recorder: Recorder[Chat], event: Event) -> None:
    match event:
        case Reading():
            recorder.update(state="reading")
        case Delta(part, text, tokens):
            recorder.append(part, text, tokens)
        case Finished(_, usage, timings):
            recorder.update(usage=usage, timings=timings)


def _check(services: Services, recorder: Recorder[Chat], job: Job[Chat]) -> None:
    """Checks the answer if the turn before it was a question that the checker understands."""
    question, answer = recorder.value.turns[-2:]
    if job.cancel.is_set() or not answer.text.strip():
        return
    recorder.update(state="checking")
    verdict = services.checker.check(CheckRequest(problem=question.text, response=answer.text), cancel=job.cancel)
    recorder.update(verdict=None if verdict.status == "could_not_check" else verdict)


def _change(chat: Chat, **fields: Any) -> Chat:
    return replace(chat, turns=(*chat.turns[:-1], replace(chat.turns[-1], **fields)))


def _grow(chat: Chat, part: Part, text: str, tokens: int) -> Chat:
    turn = chat.turns[-1]
    if part == "thought":
        return _change(chat, state="thinking", thought=turn.thought + text, thought_tokens=turn.thought_tokens + tokens)
    return _change(chat, state="answering", text=turn.text + text)
