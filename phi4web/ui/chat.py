"""The Chat tab: talking about problems. It shares the queue and the model with the worksheet, and owns no value."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from phi4web import runs
from phi4web.errors import Phi4webError
from phi4web.notebook import ENDED, Chat, Turn
from phi4web.runs import Job, Services, chat_owner
from phi4web.ui.components import QUICK, message
from phi4web.ui.follow import Screen
from phi4web.ui.follow import follow as follow_job
from phi4web.ui.markup import trouble
from phi4web.ui.maths import DELIMITERS, solution
from phi4web.ui.picker import chosen, join, pickers
from phi4web.ui.progress import hurry_button, loading_meter, may_hurry, sign, thinking_meter, ticker_of, waiting
from phi4web.ui.visitor import visitor
from phi4web.ui.words import VERDICTS, count, duration, model_label

HELLO = "Ask about a problem. The thought is folded away, and an answer to a plain question is checked."
Messages = list[dict[str, Any]]
Picture = tuple[Messages, str]  # what the chat shows, and the line under it
NOTHING: Any = (gr.skip(), gr.skip())  # what is shown stays


def messages(chat: Chat) -> Messages:
    """For gr.Chatbot. Content goes as parts: a bare string would lose its indentation."""
    return [shown for turn in chat.turns for shown in (_user(turn) if turn.role == "user" else _assistant(turn))]


def _message(role: str, markdown: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": markdown}], "metadata": metadata}


def _user(turn: Turn) -> Messages:
    return [_message("user", solution(turn.text))]


def _assistant(turn: Turn) -> Messages:
    live = turn.state not in ENDED
    shown = []
    if turn.thought:
        thinking = turn.state == "thinking"
        tokens = count(turn.thought_tokens, "token")
        # While it grows only its last sentence is sent; the whole comes once, folded.
        text = ticker_of(turn.thought) if thinking else turn.thought
        title = f"Thinking · {tokens}" if thinking else f"Thought · {tokens}"
        shown.append(_message("assistant", solution(text), {"title": title, "status": "pending" if thinking else "done"}))
    if turn.text:
        shown.append(_message("assistant", solution(turn.text, streaming=live) + _verdict(turn)))
    return shown


def _verdict(turn: Turn) -> str:
    """The check's outcome as a last line of the answer."""
    if turn.verdict is None:
        return ""
    sign, word = VERDICTS[turn.verdict.status]
    told = " · ".join(t for t in (turn.verdict.strength, turn.verdict.witness) if t)
    reading = f" · read as \\({turn.verdict.reading}\\)" if turn.verdict.reading else ""
    mark = f'<span class="{turn.verdict.status}">{sign} <b>{word}</b></span>'  # our own words: nothing from outside becomes markup
    return f"\n\n{mark} {solution(told)}{reading}"


def line(chat: Chat, place: int = 0, hurried: bool = False) -> str:
    """What is going on, or what the last answer took: one height in every state. `hurried`: the answer was asked for."""
    last = chat.turns[-1] if chat.turns else None
    if last is None or last.role == "user":
        inside = "<span></span>"
    elif last.state == "failed":
        return f'<div class="slot tall" data-state="failed">{trouble(last.message)}</div>'
    elif last.state in ENDED:
        warned = (
            f'<span class="amber" title="{escape(" ".join(last.warnings))}">! {escape(last.warnings[0])}</span>' if last.warnings else ""
        )
        inside = f"<span>{escape(' · '.join(filter(None, [last.message, *_figures(chat, last)])))}</span>{warned}"
    else:
        inside = _live(last, place, hurried)
    state = last.state if last else "draft-chat"
    return f'<div class="slot" data-chat="{escape(chat.id)}" data-state="{state}">{inside}</div>'


def _live(turn: Turn, place: int, hurried: bool) -> str:
    """The same pieces in every state: words, meter with figures, answer now."""
    thinking = turn.state == "thinking"
    bar = thinking_meter(turn.thought_tokens, turn.thinking_budget) if thinking else loading_meter(turn.share, turn.message)
    now = hurry_button(thinking and may_hurry(turn.thought_tokens), hurried)
    return f"<span>{sign(turn.state)} {escape(_doing(turn, place))}</span><em></em>{bar}{now}"


def _doing(turn: Turn, place: int) -> str:
    return {
        "queued": waiting(place),
        "loading": turn.message or "Loading the model",
        "reading": "Reading",
        "thinking": "Thinking",
        "answering": "Writing",
        "checking": "Checking with computer algebra",
    }[turn.state]


def _figures(chat: Chat, turn: Turn) -> list[str]:
    figures = [duration(turn.timings.seconds)] if turn.timings else []
    if turn.answered_early and turn.thought:
        figures.insert(0, "answered early by you")
    if turn.timings and turn.timings.tokens_per_second is not None:
        figures.append(f"{turn.timings.tokens_per_second:.0f} tok/s")
    if turn.usage:
        figures.append(f"context {count(turn.usage.prompt_tokens + turn.usage.new_tokens, 'token')}")
    return [*figures, model_label(chat.model, chat.quant)] if chat.model else figures


def picture(services: Services, chat_id: str | None, trouble_with: str = "") -> Picture:
    """As it is now: the job's value while one goes on, else what was saved."""
    chat = services.store.chat(chat_id) if chat_id else None
    job = services.jobs.of(chat_owner(chat_id)) if chat_id else None
    saved = ([], "") if chat is None else (messages(chat), line(chat))
    shown = saved if job is None else live_picture(job)
    return (shown[0], trouble(trouble_with)) if trouble_with else shown


def live_picture(job: Job[Chat]) -> Picture:
    return messages(job.value), line(job.value, job.place, job.answer_now.is_set())


def follow(services: Services, chat_id: str) -> Iterator[Picture]:
    """Pictures of the chat until its answer ends. Leaving early stops nothing."""
    job = services.jobs.of(chat_owner(chat_id))
    if job is not None:
        yield from follow_job(job, lambda _: live_picture(job))
    yield picture(services, chat_id)


def ask(
    services: Services,
    screen: Screen,
    chat_id: str,
    text: str,
    config: str | None,
    thinking: int | None = None,
    regenerate: bool = False,
    client: str | None = None,
) -> Iterator[Picture]:
    """Sends a turn, or has the last answer written again, and follows it. Errors are shown under the chat.

    While an answer is being written there, it begins nothing and follows that one.
    """
    try:
        model, quant = chosen(services, config)
        wishes: dict[str, Any] = {"model": model, "quant": quant, "thinking_budget": thinking or None, "regenerate": regenerate}
        runs.start_chat(services, chat_id, text, client=client, **wishes)
    except Phi4webError as error:
        if services.jobs.of(chat_owner(chat_id)) is None:
            yield picture(services, chat_id, str(error))
            return
    yield from screen.show(follow(services, chat_id), NOTHING)


def taken(services: Services, chat_id: str, text: str) -> bool:
    """Whether this is what was asked last: then it need not stay in the box."""
    job = services.jobs.of(chat_owner(chat_id))
    chat = services.store.chat(chat_id) if job is None else job.value
    asked = [turn.text for turn in chat.turns if turn.role == "user"] if chat else []
    return asked[-1:] == [text.strip()]


def open_chat(services: Services, wanted: str | None) -> Chat:
    """The chat of this name, else the latest (never a stranger's, where strangers come), else a new one."""
    found = services.store.chat(wanted) if wanted else None
    if found is None and not services.settings.public and (known := services.store.chats()):
        found = known[0]
    return found or services.store.create_chat()


def new_chat(services: Services) -> Chat:
    """An empty chat: the latest one if nothing was said in it yet."""
    known = [] if services.settings.public else services.store.chats()
    return known[0] if known and not known[0].turns else services.store.create_chat()


def history(services: Services, chat: Chat) -> gr.Dropdown:
    known = [chat] if services.settings.public else services.store.chats()[:40]
    return gr.Dropdown(choices=[(c.title, c.id) for c in known], value=chat.id if any(c.id == chat.id for c in known) else None)


def stop(services: Services, chat_id: str | None) -> None:
    job = services.jobs.of(chat_owner(chat_id)) if chat_id else None
    if job is not None:
        job.stop()


def build(demo: gr.Blocks, services: Services, wire: gr.HTML) -> None:
    """Draws the tab inside the open Blocks and joins its events."""
    current, screen = gr.State(None), gr.State(Screen())
    with gr.Row(elem_classes="bar"):
        config, thinking = pickers(services)
        past = gr.Dropdown([], label="Chats", show_label=False, container=False, elem_classes="pick", min_width=220)
        gr.HTML("", js_on_load=None, apply_default_css=False, elem_classes="grow")
        fresh = gr.Button("New chat", elem_id="chat-new")
    join(services, config, thinking)
    chatbot = gr.Chatbot(
        label="Chat",
        show_label=False,
        container=False,
        layout="panel",
        buttons=[],
        latex_delimiters=DELIMITERS,
        placeholder=HELLO,
        allow_tags=False,
        elem_id="chatbot",
    )
    under = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="chat-line")
    with gr.Row(elem_classes="ask"):
        box = gr.Textbox(
            label="Message", show_label=False, container=False, lines=1, max_lines=8, placeholder="Ask …  Enter sends", elem_id="chat-box"
        )
        send = gr.Button("Send", variant="primary", elem_id="chat-send", min_width=80, scale=0)
        halt = gr.Button("Stop", elem_id="chat-stop", min_width=80, scale=0)
        again = gr.Button("Regenerate", elem_id="chat-again", min_width=120, scale=0)

    def arrive(request: gr.Request) -> tuple[str, gr.Dropdown, Messages, str, dict[str, Any]]:
        return opened(open_chat(services, dict(request.query_params).get("c")))

    def opened(chat: Chat) -> tuple[str, gr.Dropdown, Messages, str, dict[str, Any]]:
        return chat.id, history(services, chat), *picture(services, chat.id), message(params={"c": chat.id})

    def on_pick(chat_id: str) -> tuple[str, gr.Dropdown, Messages, str, dict[str, Any]]:
        return opened(open_chat(services, chat_id))

    def on_follow(chat_id: str, screen: Screen) -> Iterator[Picture]:
        yield from screen.show(follow(services, chat_id), NOTHING)

    def on_send(
        chat_id: str, text: str, model: str | None, budget: int | None, screen: Screen, request: gr.Request
    ) -> Iterator[tuple[Any, Any, Any]]:
        first, client = True, visitor(request, services.settings)
        for shown in ask(services, screen, chat_id, text, model, budget, client=client):
            done = first and "trouble" not in shown[1] and taken(services, chat_id, text)
            yield ("" if done else gr.skip()), *shown
            first = False

    def on_again(chat_id: str, model: str | None, budget: int | None, screen: Screen, request: gr.Request) -> Iterator[Picture]:
        yield from ask(services, screen, chat_id, "", model, budget, regenerate=True, client=visitor(request, services.settings))

    def titles(chat_id: str) -> gr.Dropdown:
        return history(services, open_chat(services, chat_id))

    whole, live = [current, past, chatbot, under, wire], [chatbot, under]
    many: dict[str, Any] = {"trigger_mode": "multiple", **QUICK}  # see Screen
    sent = gr.on([send.click, box.submit], on_send, [current, box, config, thinking, screen], [box, *live], **many)
    sent.then(titles, current, past, **QUICK)
    again.click(on_again, [current, config, thinking, screen], live, **many)
    for opening in (
        demo.load(arrive, None, whole, **QUICK),
        past.input(on_pick, past, whole, **QUICK),
        fresh.click(lambda: opened(new_chat(services)), None, whole, **QUICK),
    ):
        opening.then(on_follow, [current, screen], live, **many)
    halt.click(lambda chat_id: stop(services, chat_id), current, None, queue=False, **QUICK)
