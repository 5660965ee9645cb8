"""The remote engine: any server that speaks OpenAI's chat completions, such as vLLM, SGLang, llama.cpp, Ollama, LM Studio or Azure.

In: an address, the server's name of a model, and a key if it asks for one. Out: the engine protocol. The server queues and
batches, so many streams may run at once. The key goes into requests and nowhere else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from phi4web.engine.base import EngineInfo, Request
from phi4web.engine.remote_address import Address, address, hidden
from phi4web.engine.remote_failures import PAUSES, Server
from phi4web.engine.remote_server import Link, Loop, Survey, client, survey
from phi4web.engine.remote_stream import RemoteStream
from phi4web.engine.remote_wire import CONTINUING
from phi4web.errors import EngineError, LoadFailed
from phi4web.events import Event, Finished, Timings, Usage
from phi4web.loadplan import LoadPlan
from phi4web.models import REMOTE, SERVED, Model
from phi4web.settings import Settings

SLOTS = 16  # streams at once: what may be sent; how many of them really run at once is the server's business
_LOOK_SECONDS = 0.05
_CLOSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """`name`: what the server calls the model. `hide_address`: strangers see the errors. `pauses`: seconds before each further try."""

    model: Model
    name: str
    key: str | None = field(default=None, repr=False)
    hide_address: bool = False
    pauses: tuple[float, ...] = PAUSES


def open_remote(settings: Settings, plan: LoadPlan) -> RemoteEngine:
    """The engine for a plan and the host's own server. Raises BadInput for a bad address, LoadFailed where there is no server."""
    if settings.remote_url is None:
        raise LoadFailed(f"{plan.model.id} needs a server.", "Name it with --remote URL or PHI4WEB_REMOTE_URL.")
    name = plan.model.id.removeprefix(REMOTE)
    return RemoteEngine(address(settings.remote_url), RemoteOptions(plan.model, name, settings.remote_key, settings.public))


class RemoteEngine:
    """Asks the server for its models in the constructor, which raises LoadFailed in one line where it can't be used."""

    def __init__(self, where: Address, options: RemoteOptions) -> None:
        started = time.monotonic()
        where = hidden(where) if options.hide_address else where
        server = Server(where, options.name, options.key)
        self._slots = threading.BoundedSemaphore(SLOTS)
        self._closing, self._shutting = threading.Event(), threading.Lock()
        self._client: Any = client(where, options.key)  # may fail, and leaves no thread behind then
        self._loop = Loop()
        try:
            found = self._loop.submit(survey(self._client, server)).result()
        except BaseException:
            self.close()
            raise
        self._link = Link(
            client=self._client,
            server=replace(server, models=tuple(model.id for model in found.models)),
            model=options.model,
            dialect=found.dialect,
            context=found.context_of(options.name),
            closing=self._closing,
            pauses=options.pauses,
            goes_on=found.dialect in CONTINUING,
            warnings=_warnings(found, where, options),
        )
        self._info = _info(found, options, time.monotonic() - started)

    @property
    def info(self) -> EngineInfo:
        """What is learned of the server while it answers comes into it."""
        return replace(self._info, reasons=(f"server: {self._link.dialect}", *self._info.reasons), warnings=tuple(self._link.warnings))

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        """As the protocol says. `cancel` closes the connection at once, whatever is being waited for."""
        if not self._enter(cancel):
            yield Finished("cancelled", Usage(estimated=True), Timings())
            return
        try:
            yield from RemoteStream(self._link, self._loop, request, cancel, answer_now or threading.Event()).events()
        finally:
            self._slots.release()

    def peak_bytes(self) -> int | None:
        """Not known: the memory is the server's."""
        return None

    def close(self) -> None:
        """Ends what runs, then the connections."""
        self._closing.set()
        with self._shutting:
            if not self._loop.running:
                return
            until = time.monotonic() + _CLOSE_SECONDS
            for _ in range(SLOTS):  # each stream lets go of its slot when it has seen the closing
                self._slots.acquire(timeout=max(0.0, until - time.monotonic()))
            with suppress(Exception):  # the connections go with the loop in any case
                self._loop.submit(self._client.close()).result(_CLOSE_SECONDS)
            self._loop.close()

    def _enter(self, cancel: threading.Event) -> bool:
        """Waits for a slot. False: cancelled meanwhile."""
        while not self._closing.is_set():
            if cancel.is_set():
                return False
            if self._slots.acquire(timeout=_LOOK_SECONDS):
                return True
        raise EngineError("The engine is closed.")


def _info(found: Survey, options: RemoteOptions, seconds: float) -> EngineInfo:
    return EngineInfo(
        kind="remote",
        model=options.model.id,
        quant=SERVED,
        device="server",
        dtype=SERVED,
        attn_implementation=SERVED,
        context=found.context_of(options.name) or options.model.arch.context,
        load_seconds=seconds,
        slots=SLOTS,
        reasons=("weights, attention and batching are the server's choice",),
    )


def _warnings(found: Survey, where: Address, options: RemoteOptions) -> list[str]:
    told = []
    if found.problem:
        told.append(f"The server does not list its models, so the name {options.name!r} is taken as typed.")
    if options.key is not None and where.plain:
        told.append("The key goes over http, which others on the way can read; use https.")
    return told
