"""Answers in a chat: the last turn of the chat is the one being written."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from phi4web.engine.base import Request
from phi4web.errors import BadInput, Phi4webError
from phi4web.events import Delta, Event, Finished, Part, Reading
from phi4web.models import Model
from phi4web.notebook import ENDED, Chat, Turn
from phi4web.prompts import Message, chat_messages
from phi4web.runs.jobs import Job
from phi4web.runs.recorder import Recorder, follow
from phi4web.runs.services import Services, chat_owner, choose_model, refuse_second
from phi4web.solve import bounded_request, clean_problem, most_tokens, thought_tokens
from phi4web.verdict import CheckRequest


def start_chat(
    services: Services,
    chat_id: str,
    text: str,
    *,
    model: str | None = None,
    quant: str | None = None,
    thinking_budget: int | None = None,
    regenerate: bool = False,
    client: str | None = None,
) -> Job[Chat]:
    """Adds the user's turn (or, to regenerate, drops the last answer) and puts the next answer in line.

    Raises BadInput for an unknown chat, a bad text, or nothing to regenerate; Busy for a full line, or one that `client` fills.
    """
    refuse_second(services, chat_owner(chat_id))
    chat = services.store.chat(chat_id)
    if chat is None:
        raise BadInput(f"There is no chat {chat_id!r}.", "Start a new one.")
    same_model = model is None or model == chat.model
    found, quant = choose_model(services, model or chat.model, quant or (chat.quant if same_model else None))
    if regenerate:
        turns, earlier = _without_last_answer(chat)
    else:
        turns, earlier = (*chat.turns, Turn("user", clean_problem(text, services.settings.max_problem_chars))), None
    title = chat.title if chat.turns else turns[0].text[:60]
    most = most_tokens(found, services.settings.max_new_tokens, thinking_budget)
    budget = thought_tokens(found, most, thinking_budget)
    answer = Turn("assistant", "", state="queued", thinking_budget=budget)
    chat = replace(chat, title=title, model=found.id, quant=quant, turns=(*turns, answer))
    seed = secrets.randbits(31) if regenerate else len(turns)

    def save(latest: Chat) -> None:
        services.store.save_chat(_or_earlier(latest, earlier))

    def change(latest: Chat, **fields: Any) -> Chat:
        changed = _change(latest, **fields)
        return _or_earlier(changed, earlier) if fields.get("state") in ENDED else changed

    def work(job: Job[Chat]) -> None:
        recorder = Recorder(job, save, change, _grow)
        follow(job, recorder, lambda: _answer(services, found, seed, job, recorder))

    save(chat)
    try:
        return services.jobs.submit(chat_owner(chat_id), chat, work, client=client)
    except Phi4webError as error:
        save(change(chat, state="failed", message=str(error)))
        raise


def _without_last_answer(chat: Chat) -> tuple[tuple[Turn, ...], Turn | None]:
    """The turns up to the last question, and the answer after it."""
    answered = bool(chat.turns) and chat.turns[-1].role == "assistant"
    turns = chat.turns[:-1] if answered else chat.turns
    if not turns:
        raise BadInput("There is no answer to write again.", "Ask something first.")
    return turns, chat.turns[-1] if answered else None


def _or_earlier(chat: Chat, earlier: Turn | None) -> Chat:
    """The chat with the answer of before as long as the new one has no text: asking again must not lose it."""
    last = chat.turns[-1]
    if earlier is None or last.text or last.thought:
        return chat
    return replace(chat, turns=(*chat.turns[:-1], replace(earlier, message=last.message or earlier.message)))


def _answer(services: Services, model: Model, seed: int, job: Job[Chat], recorder: Recorder[Chat]) -> None:
    quant = job.value.quant
    with services.host.use(model.id, quant, progress=recorder.say, line=recorder.wait_at, cancel=job.cancel) as engine:
        recorder.update(state="reading", message="", share=None, warnings=engine.info.warnings)
        for event in engine.stream(_request(services, model, job.value, seed), job.cancel, job.answer_now):
            _advance(recorder, event)
        recorder.update(answered_early=job.answer_now.is_set())
    _check(services, recorder, job)


def _request(services: Services, model: Model, chat: Chat, seed: int) -> Request:
    said = tuple(Message(turn.role, turn.text) for turn in chat.turns[:-1] if turn.text.strip())
    budget = chat.turns[-1].thinking_budget
    most = most_tokens(model, services.settings.max_new_tokens, budget)
    return bounded_request(model, chat_messages(model, said), model.sampling, most, budget, seed)


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
