"""A server on the other side: the client that talks to it, its list of models, and what kind of server it seems to be.

All requests run on one event loop in a thread of its own, so that each can be cancelled at any moment.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import openai

from phi4web.engine.remote_address import Address
from phi4web.engine.remote_failures import PAUSES, Server, load_failure
from phi4web.errors import LoadFailed
from phi4web.models import Model

Dialect = Literal["vLLM", "SGLang", "llama.cpp", "Ollama", "LM Studio", "Transformers", "Azure", "OpenAI-compatible"]
CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 600.0  # between two pieces of an answer; a long line before a busy server counts too
LOOK_SECONDS = 5.0
_API_VERSION = "2024-10-21"  # Azure's; ?api-version=… in the address asks for another
_OWNERS: dict[str, Dialect] = {
    "vllm": "vLLM", "sglang": "SGLang", "llamacpp": "llama.cpp", "library": "Ollama", "organization_owner": "LM Studio",
}  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ServedModel:
    """`context` in tokens, None: the server does not say."""

    id: str
    context: int | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """What a server says of itself. `problem`: why it lists no models, or empty; requests may work all the same."""

    dialect: Dialect
    models: tuple[ServedModel, ...] = ()
    problem: str = ""

    def context_of(self, name: str) -> int | None:
        fitting = [m for m in self.models if m.id in (name, f"{name}:latest")] or (self.models if len(self.models) == 1 else ())
        return next((m.context for m in fitting), None)


@dataclass
class Link:
    """What all streams of an engine share: whom they ask, and what they have learned about it on the way."""

    client: Any
    server: Server
    model: Model
    dialect: Dialect
    context: int | None = None  # tokens, where the server says so
    pauses: tuple[float, ...] = PAUSES
    takes_extras: bool = True  # until the server refuses them
    goes_on: bool = False  # with an answer that was begun for it
    prefilled: bool = False  # its prompts open the thought
    warnings: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def warn(self, words: str) -> None:
        if words not in self.warnings:
            self.warnings.append(words)


class Loop:
    """An event loop that runs in a thread until `close`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="remote", daemon=True)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def soon(self, call: Any) -> None:
        with suppress(RuntimeError):  # closed already, and with it whatever was to be told
            self._loop.call_soon_threadsafe(call)

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        if self._thread.is_alive():
            with suppress(TimeoutError):
                self.submit(_end_the_rest()).result(1)
            self.soon(self._loop.stop)
            self._thread.join(5)
        if not self._loop.is_running():
            self._loop.close()


async def _end_the_rest() -> None:
    """Whatever still runs on this loop; asyncio complains of tasks and generators that are simply dropped."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()


def client(address: Address, key: str | None) -> openai.AsyncOpenAI:
    """Does not try again by itself, follows no redirects, and sends nothing that was not asked for, such as names from the environment.

    Raises LoadFailed where the environment's certificates or proxy can't be used.
    """
    http = _http(address)
    headers: dict[str, Any] = {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()}
    query = dict(address.query)
    if address.azure:
        version = query.pop("api-version", _API_VERSION)
        return openai.AsyncAzureOpenAI(
            azure_endpoint=address.base,
            api_key=key or "none",
            api_version=version,
            max_retries=0,
            http_client=http,
            default_headers=headers,
            default_query=query,
        )
    return openai.AsyncOpenAI(
        base_url=address.base, api_key=key or "none", max_retries=0, http_client=http, default_headers=headers, default_query=query
    )


def _http(address: Address) -> Any:
    try:
        return openai.DefaultAsyncHttpxClient(
            timeout=openai.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=not address.local,  # no proxy stands between this computer and itself
        )
    except OSError:
        which = "" if address.hidden else f" ({os.environ.get('SSL_CERT_FILE', '')[:200]})"
        raise LoadFailed(f"The certificates that SSL_CERT_FILE names can't be read{which}.", "Give it a PEM file, or unset it.") from None
    except Exception as error:  # its words may hold the proxy's password
        raise LoadFailed(
            f"The proxy that the environment names can't be used ({type(error).__name__}).",
            "Look at HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.",
        ) from None


def without_key(key: str | None) -> dict[str, Any]:
    """What goes with each request to a server that asks for no key: openai's client would send one all the same."""
    return {"Authorization": openai.Omit()} if key is None else {}


async def survey(asker: openai.AsyncOpenAI, server: Server) -> Survey:
    """Asks for the list of models. Raises LoadFailed where no request could work: no connection, or the key is refused."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):  # the client's own counts anew with each byte
            answer = await asker.with_options(timeout=LOOK_SECONDS).models.with_raw_response.list(extra_headers=without_key(server.key))
        rows = _rows(answer.text)
    except openai.APIStatusError as error:
        if error.status_code in (401, 403) or 300 <= error.status_code < 400:
            raise load_failure(error, server) from None
        return Survey("Azure" if server.address.azure else "OpenAI-compatible", problem=load_failure(error, server).message)
    except openai.APIConnectionError as error:
        raise load_failure(error, server) from None
    except TimeoutError:
        why = f"{server.address.subject} did not answer within {LOOK_SECONDS:.0f} s."
        raise LoadFailed(why, "See whether the server is running.") from None
    if rows is None:
        return Survey("OpenAI-compatible", problem=f"{server.address.shown}/models is no list of models.")
    dialect = "Azure" if server.address.azure else _dialect(rows)
    return Survey(dialect, tuple(ServedModel(str(row["id"]), _context(row)) for row in rows))


def look(address: Address, key: str | None) -> Survey:
    """Asks a server once, within LOOK_SECONDS. Raises LoadFailed."""

    async def once() -> Survey:
        async with client(address, key) as asker:
            return await survey(asker, Server(address, key=key))

    loop = Loop()
    try:
        return loop.submit(once()).result()
    finally:
        loop.close()


def _rows(text: str) -> list[dict[str, Any]] | None:
    try:
        data = json.loads(text)["data"]
        return [row for row in data if isinstance(row, dict) and _is_name(row.get("id"))]
    except (ValueError, TypeError, KeyError, RecursionError):  # the last: brackets without end
        return None


def _is_name(found: Any) -> bool:
    """Whether it can be shown and typed: no escape codes for the terminal."""
    return isinstance(found, str) and found != "" and found.isprintable()


def _dialect(rows: list[dict[str, Any]]) -> Dialect:
    owners = {str(row.get("owned_by", "")) for row in rows}
    return next((name for owner, name in _OWNERS.items() if owner in owners), "OpenAI-compatible")


def _context(row: dict[str, Any]) -> int | None:
    """As vLLM and SGLang say it, and llama.cpp."""
    meta = row.get("meta")
    told = row.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None)
    return told if isinstance(told, int) else None
