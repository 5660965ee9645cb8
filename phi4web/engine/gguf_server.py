"""llama.cpp's server inside this process, by xllamacpp: opens it, turns messages into tokens, and runs one completion.

In: a GGUF file and what to open it with. Out: tokens, and the chunks of a completion as llama.cpp writes them. Text goes in
as tokens only, so that the caller knows what stands in the cache. Caches of slots can be kept in files.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from phi4web.engine.gguf_beginnings import Beginnings
from phi4web.engine.gguf_header import GgufHeader
from phi4web.engine.tokens import common_prefix
from phi4web.errors import EngineBroken, EngineError, LoadFailed
from phi4web.models import Model
from phi4web.prompts import Message, Role, TemplateReport, render, template_report

_SECONDS = 60.0  # for a template or a tokenizer to answer; both take milliseconds
_PLACE = "ZZ0"  # stands for the last message where only what comes before it is wanted
_FIXED_PARTS = 32  # of which the tokens are remembered
Chunk = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opening:
    """What to open a file with. `context`: tokens in each slot. `chunk`: tokens that are read at once.

    `writers`, `readers`: threads for a single token, and for more than one at once. `gpu_layers` -1: all, 0: none.
    """

    context: int
    slots: int
    chunk: int
    writers: int
    readers: int
    gpu_layers: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """`fixed`: of its tokens those in front of the last message's text, such as the system text. The request alone says how many."""

    tokens: list[int]
    fixed: int


class GgufServer:
    """Loads in the constructor, which raises LoadFailed in one line. `beginnings`: of prompts, kept for all slots."""

    def __init__(self, path: Path, opening: Opening, header: GgufHeader, model: Model) -> None:
        self._key = secrets.token_hex(32)
        self._model = model
        self.beginnings = Beginnings(header, self._act)
        self._server: Any = _open(path, opening, header, self._key, self.beginnings.folder)
        self._fixed = lru_cache(_FIXED_PARTS)(self._tokens_before)
        self.template: TemplateReport = template_report(self._apply_template)

    def complete(self, body: dict[str, Any], take: Callable[[Chunk], bool]) -> None:
        """Runs one completion and gives each chunk to `take`, which ends it by returning True. Blocks."""
        self._open_server().handle_completions({"stream": True} | body, take)

    def close(self) -> None:
        """Drops the model, once the last completion that still runs has ended. What is asked afterwards raises EngineError."""
        self._server = None
        self.beginnings.close()

    def prompt(self, messages: Sequence[Message]) -> Prompt:
        """The tokens of a conversation, up to where the assistant begins."""
        tokens = self.tokens(self._text(messages), start=True)
        fixed = common_prefix(self._fixed(tuple(messages[:-1]), messages[-1].role), tokens)
        return Prompt(tokens, max(0, min(fixed, len(tokens) - 2)))

    def tokens(self, text: str, start: bool = False) -> list[int]:
        """`start`: with the token that some models want in front of everything."""
        return [int(t) for t in self._ask("/tokenize", {"content": text, "add_special": start, "parse_special": True})["tokens"]]

    def _text(self, messages: Sequence[Message]) -> str:
        if self.template.usable:
            return self._apply_template([{"role": m.role, "content": m.content} for m in messages])
        return render(self._model, messages)

    def _tokens_before(self, earlier: tuple[Message, ...], role: Role) -> list[int]:
        return self.tokens(self._text([*earlier, Message(role, _PLACE)]).partition(_PLACE)[0], start=True)

    def _act(self, slot: int, action: str, name: str) -> None:
        """`action`: "save" a slot's cache in the file of this name, or "restore" it from there. Raises EngineError."""
        self._ask(f"/slots/{slot}?action={action}", {"filename": name})

    def _open_server(self) -> Any:
        server = self._server
        if server is None:
            raise EngineError("The engine is closed.")
        return server

    def _apply_template(self, messages: list[dict[str, str]]) -> str:
        return str(self._ask("/apply-template", {"messages": messages})["prompt"])

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What is not offered in process goes by the server's own port on 127.0.0.1."""
        connection = http.client.HTTPConnection(urlsplit(self._open_server().listening_address).netloc, timeout=_SECONDS)
        try:
            connection.request("POST", path, json.dumps(body), {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        except ConnectionError as error:
            raise EngineBroken(f"llama.cpp answers no more ({error}).", "The next run loads the model again.") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise EngineError(f"llama.cpp did not answer on its own port: {error}.") from None
        finally:
            connection.close()
        if "error" in answer:
            raise EngineError(refused(answer["error"]))
        return dict(answer)


def refused(error: dict[str, Any]) -> str:
    """What llama.cpp said, in one line."""
    return f"llama.cpp refused: {' '.join(str(error.get('message', error)).split())[:300]}"


def unbroken(work: Callable[[], T]) -> T:
    """Does this work, and lets Ctrl-C take effect only at its end. Other threads than the main one never hear of it."""
    if threading.current_thread() is not threading.main_thread():
        return work()
    pressed: list[int] = []
    usual = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        return work()
    finally:
        signal.signal(signal.SIGINT, usual or signal.SIG_DFL)
        if pressed:
            signal.raise_signal(signal.SIGINT)


def _open(path: Path, opening: Opening, header: GgufHeader, key: str, folder: Path) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    # Each slot has a cache of its own: what others write can neither use up its room nor change its numbers.
    params.n_parallel, params.n_ctx, params.kv_unified = opening.slots, opening.slots * opening.context, False
    params.n_batch = params.n_ubatch = opening.chunk
    params.n_gpu_layers = opening.gpu_layers
    params.cache_ram_mib = 0  # it would keep up to 8 GiB of old prompts beside the running ones
    params.cpuparams.n_threads, params.cpuparams_batch.n_threads = opening.writers, opening.readers
    params.use_jinja = True
    params.special = True  # a think tag of the kind "control" would not be written otherwise
    params.verbosity = -1
    # It always listens on a port of its own on 127.0.0.1; nobody else is meant to get in.
    params.ui = False
    params.endpoint_slots = False
    params.api_keys = [key]
    params.slot_save_path = f"{folder}{os.sep}"

    def started() -> Any:
        server = xllamacpp.Server(params)
        # Its loop starts some time after this; a server that is dropped before never ends. One token waits for the loop.
        server.handle_completions({"prompt": [1], "n_predict": 1, "cache_prompt": False}, lambda _: False)
        return server

    try:
        return unbroken(started)
    except RuntimeError:
        raise LoadFailed(
            f"llama.cpp could not load {path.name} ({header.architecture}, {header.quant}, context {opening.context:,} × {opening.slots}).",
            "The file may be damaged or of a newer kind, or memory too small.",
        ) from None
