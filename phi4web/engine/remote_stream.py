"""One answer from a server: asked for, read piece by piece, split into thought and solution, counted, and cut short if need be."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import openai

from phi4web.engine.base import Request
from phi4web.engine.budget import fitting_budget
from phi4web.engine.meter import Meter
from phi4web.engine.remote_failures import failure, pause, refused, room, too_long
from phi4web.engine.remote_server import Link, Loop, without_key
from phi4web.engine.remote_wire import Piece, asked_again, body, closed_thought, extras, messages_for, piece
from phi4web.errors import EngineError
from phi4web.events import Delta, Event, Finished, Reading, Stop
from phi4web.prompts import THINK_OPEN, Message, control_tokens
from phi4web.reasoning import Splitter

_LOOK_SECONDS = 0.05
_END_SECONDS = 1.0  # for a cancelled request to let go of its connection
_THINK_CLOSE = "</think>"
_CHARS_A_TOKEN = 4  # to guess the length of a prompt that the server does not tell


class RemoteStream:
    """One request. A task on the loop reads the server and hands over events, None at the end; the caller's thread takes them."""

    def __init__(self, link: Link, loop: Loop, request: Request, cancel: threading.Event, answer_now: threading.Event) -> None:
        self._link, self._loop, self._request = link, loop, request
        self._cancel, self._answer_now, self._halted = cancel, answer_now, asyncio.Event()
        self._halted_at: float | None = None
        self._events: queue.SimpleQueue[Event | EngineError | None] = queue.SimpleQueue()
        model = link.model
        # Thoughts are looked for in every model's text: the server may have another behind the name.
        self._meter = Meter(Splitter(prefilled=link.prefilled, strip=control_tokens(model)))
        self._messages = messages_for(model, request)
        self._budget = request.thinking_budget
        self._may_close = True
        self._again: Splitter | None = None  # splits the second answer, where the model was asked once more
        self._reasoning = False  # the server has said a piece of the thought, and no text after it
        self._thought: list[str] = []
        self._solution_tail: str | None = None  # its last characters, once there is a solution
        self._read = False
        self._finish: Stop | None = None
        self._prompt_tokens: int | None = None
        self._before = 0  # tokens of the first answer, where there are two
        self._told: Piece | None = None  # the last piece with a count
        self._cached = 0

    # in the caller's thread

    def events(self) -> Iterator[Event]:
        self._loop.submit(self._run())
        try:
            while (event := self._next()) is not None:
                if isinstance(event, EngineError):
                    raise event
                yield event
                if isinstance(event, Finished):  # what comes behind it, comes too late
                    return
        finally:  # also when the reader went away in the middle
            self._loop.soon(self._halted.set)

    def _next(self) -> Event | EngineError | None:
        while True:
            if self._halted_at is None and self._stopped():
                self._halted_at = time.monotonic()
                self._loop.soon(self._halted.set)
            with suppress(queue.Empty):
                return self._events.get(timeout=_LOOK_SECONDS)
            if self._halted_at is not None and time.monotonic() - self._halted_at > _END_SECONDS:  # the loop is gone, or stuck
                if self._cancel.is_set():
                    return self._end("cancelled")
                return EngineError("The engine is closed.")

    def _stopped(self) -> bool:
        return self._cancel.is_set() or self._link.closing.is_set()

    # on the loop

    async def _run(self) -> None:
        work, halt = asyncio.ensure_future(self._work()), asyncio.ensure_future(self._halted.wait())
        try:
            await asyncio.wait((work, halt), return_when=asyncio.FIRST_COMPLETED)
            if halt.done():
                work.cancel()
            await work
        except asyncio.CancelledError:
            self._end_with("cancelled")
        except Exception as error:
            if self._halted.is_set():
                self._end_with("cancelled")
            else:
                self._events.put(failure(error, self._link.server))
        finally:
            halt.cancel()
            self._events.put(None)

    async def _work(self) -> None:
        if not self._stopped():
            await self._write(self._messages, self._request.max_new_tokens)
            if self._must_close:
                await self._go_on()
        self._end_with(self._finish or "cancelled")

    def _end_with(self, stop: Stop) -> None:
        if self._again is not None:
            self._send(self._pieces(self._again.finish(), 0))
        self._send(self._meter.flush())
        self._events.put(self._end(stop))

    @property
    def _must_close(self) -> bool:
        used = self._answer_now.is_set() or (self._budget is not None and self._meter.thought_tokens >= self._budget)
        return used and self._may_close and self._meter.thinking and not self._stopped()

    async def _go_on(self) -> None:
        """The thought's tokens are used up: its end is put into the prompt, or where the server can't go on, it is asked again."""
        self._send(self._meter.close_thought())
        self._may_close, self._finish = False, None
        told, self._told = self._told, None
        self._before = (told and told.new_tokens) or self._meter.thought_tokens
        counted = told is not None
        thought, left = "".join(self._thought), self._request.max_new_tokens - self._before
        if left < 1:
            self._finish = "length"
            return
        if self._link.goes_on:
            try:
                await self._write(closed_thought(self._messages, thought), left, going_on=True)
            except openai.APIStatusError as error:
                if not refused(error) and error.status_code != 500:
                    raise
                self._link.goes_on = False
        if not self._link.goes_on:
            self._again = Splitter(strip=control_tokens(self._link.model))
            self._reasoning = False
            await self._write(asked_again(self._messages, thought), left)
        self._told = self._told if counted else None

    async def _write(self, messages: Sequence[Message], max_tokens: int, *, going_on: bool = False) -> None:
        """Asks until the server has begun to answer; what has begun is never asked for twice."""
        tried, asked_extras = 0, self._link.takes_extras
        while True:
            heard = False
            try:
                stream = await self._ask(messages, max_tokens, going_on, asked_extras)
                async with stream:
                    self._say_reading()
                    async for chunk in stream:
                        heard = self._take(piece(chunk)) or heard
                        if self._must_close:
                            return
                self._check_end(stream)
                if self._link.takes_extras != asked_extras:
                    self._leave_extras_out()
                return
            except Exception as error:
                if heard or self._stopped():
                    raise
                less = room(error)
                if less is not None and less < max_tokens:
                    max_tokens = less
                    self._fit(less)
                elif refused(error) and too_long(error) is None and asked_extras and not going_on:
                    asked_extras = self._is_transformers(error)
                elif (seconds := pause(error, tried, self._link.pauses)) is not None:
                    tried += 1
                    await asyncio.sleep(seconds)
                else:
                    raise

    async def _ask(self, messages: Sequence[Message], max_tokens: int, going_on: bool, with_extras: bool) -> Any:
        name = self._link.server.model
        more = extras(self._link.dialect, self._request, going_on=going_on) if with_extras or going_on else {}
        return await self._link.client.chat.completions.create(
            **body(name, self._request, messages, max_tokens), extra_body=more or None, extra_headers=without_key(self._link.server.key)
        )

    def _fit(self, left: int) -> None:
        """The server's window has `left` tokens for the answer: the thought must leave some of them to the solution."""
        self._budget = fitting_budget(left, self._request.max_new_tokens, self._budget)

    def _is_transformers(self, error: Exception) -> bool:
        """Whether its way to refuse has just told that this is `transformers serve`, which takes the extras in a form of its own."""
        if self._link.dialect == "Transformers" or "Unexpected fields" not in str(getattr(error, "body", "")):
            return False
        self._link.dialect = "Transformers"
        return True

    def _leave_extras_out(self) -> None:
        """They were the reason for a refusal; from now on the server is not asked for them."""
        self._link.takes_extras = False
        if self._request.sampling.top_k or self._request.sampling.min_p:
            self._link.warn("The server does not take top_k and min_p, so they are left out.")

    def _say_reading(self) -> None:
        if self._link.dialect != "llama.cpp":  # which tells the prompt's length with its first piece
            self._reading(None)

    def _reading(self, prompt_tokens: int | None) -> None:
        if not self._read:
            self._read = True
            self._events.put(Reading(prompt_tokens))

    def _take(self, said: Piece) -> bool:
        """Returns whether any text was in it."""
        if self._prompt_tokens is None:
            self._prompt_tokens = said.prompt_tokens
            if said.prompt_tokens is not None and self._link.context is not None:
                self._fit(self._link.context - said.prompt_tokens)
        self._reading(said.prompt_tokens)
        tokens = self._count(said)
        if said.thought:
            self._send(self._hear_thought(said.thought, 0 if said.text else tokens))
        if said.text:
            self._send(self._hear_text(said.text, tokens))
        if said.finish:
            self._finish = "length" if said.finish == "length" else "stop"
            if said.finish == "content_filter":
                raise EngineError("The server's content filter ended the answer.", "Ask in other words.")
        return bool(said.thought or said.text)

    def _count(self, said: Piece) -> int:
        """Tokens that this piece stands for: as told, or one."""
        if said.cached_tokens and not self._before:
            self._cached = said.cached_tokens
        if said.new_tokens is None:
            return 1
        before = (self._told and self._told.new_tokens) or 0
        self._told = said
        return max(0, said.new_tokens - before)

    def _hear_thought(self, text: str, tokens: int) -> Iterator[Delta]:
        """The server has split the answer: tags are put back in, so that thoughts of every kind take the same way."""
        if self._again is not None:
            return self._meter.split("thought", text, tokens)
        if not self._may_close:  # the thought was closed in the prompt, which this server's splitter does not know
            return self._meter.raw(text, tokens)
        if self._reasoning:
            return self._meter.raw(text, tokens)
        if self._solution_tail is not None:
            return self._meter.split("thought", text, tokens)
        self._reasoning = True
        opening = "" if self._meter.thinking else THINK_OPEN
        return self._meter.raw(opening + text.lstrip().removeprefix(THINK_OPEN), tokens)

    def _hear_text(self, text: str, tokens: int) -> Iterator[Delta]:
        if self._again is not None:
            return self._pieces(self._again.feed(text), tokens)
        if self._reasoning and self._may_close:
            self._reasoning = False
            text = _THINK_CLOSE + text
        return self._meter.raw(text, tokens)

    def _pieces(self, pieces: Iterable[tuple[Any, str]], tokens: int) -> Iterator[Delta]:
        for part, text in pieces:
            yield from self._meter.split(part, text, tokens)
            tokens = 0

    def _send(self, deltas: Iterable[Delta]) -> None:
        for delta in deltas:
            if delta.part == "thought":
                self._thought.append(delta.text)
            else:
                self._look_for_lone_close(delta.text)
            self._events.put(delta)

    def _look_for_lone_close(self, text: str) -> None:
        """An answer that only closes a thought was begun inside it by the prompt: from the next one on, that is known."""
        text = (self._solution_tail or "") + text
        self._solution_tail = text[1 - len(_THINK_CLOSE) :]
        if not self._thought and _THINK_CLOSE in text:
            self._link.prefilled = True
            self._link.warn("The server's template opens the thought itself; the first answer shows it as part of the solution.")

    def _check_end(self, stream: Any) -> None:
        """A stream that just stops was cut; one with no pieces at all was never one."""
        if self._finish is not None or (self._told is not None and self._told.counted):
            self._finish = self._finish or "stop"
            return
        shown, kind = self._link.server.address.subject, stream.response.headers.get("content-type", "nothing known")
        if "event-stream" not in kind:
            raise EngineError(f"{shown} sent {kind.partition(';')[0]} instead of a stream of text.", "Most addresses end in /v1.")
        raise EngineError(f"{shown} broke off before the answer was complete.", "See what the server says, and try again.")

    def _end(self, stop: Stop) -> Finished:
        told = self._told
        new = None if told is None or told.new_tokens is None else told.new_tokens + self._before
        chars = sum(len(m.content) for m in self._messages)
        prompt = self._prompt_tokens or -(-chars // _CHARS_A_TOKEN)
        end = self._meter.finished(stop, prompt, new, self._cached)
        if self._prompt_tokens is None:
            end = replace(end, usage=replace(end.usage, estimated=True))
        if told is not None and told.thought_tokens and new and not self._before:
            end = replace(end, usage=replace(end.usage, thought_tokens=told.thought_tokens, solution_tokens=new - told.thought_tokens))
        return end
