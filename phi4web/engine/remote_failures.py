"""What can go wrong between here and a server, each in one line with the way out. No key is ever in them."""

from __future__ import annotations

import random
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import openai

from phi4web.engine.remote_address import Address
from phi4web.errors import ContextExceeded, EngineError, LoadFailed

PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds before each further try
_LONGEST_PAUSE = 30.0  # a server that asks for more is told to the user instead
_AGAIN = (429, 502, 503)
_SETTING = "Look at --remote or PHI4WEB_REMOTE_URL."

# How servers say that a prompt is too long: the numbers, in whichever words.
_LIMIT = re.compile(r"(?:maximum context length (?:is|of)|context length \(|n_ctx\D{0,6})\s*([\d,]+)")
_PROMPT = re.compile(
    r"([\d,]+) (?:in the messages|tokens from the input|input tokens)|input \(([\d,]+) tokens\)|n_prompt_tokens\D{0,6}([\d,]+)"
)


@dataclass(frozen=True, slots=True)
class Server:
    """Whom to name in an error. `key` is only here to be taken out of what the server says."""

    address: Address
    model: str = ""
    key: str | None = field(default=None, repr=False)
    models: tuple[str, ...] = ()


def failure(error: Exception, server: Server, kind: type[EngineError] = EngineError) -> EngineError:
    """Our error for one of the openai package or of the network."""
    if isinstance(error, EngineError):
        return error
    if isinstance(error, openai.APIStatusError):
        return _status(error, server, kind)
    if isinstance(error, openai.APIConnectionError):
        return kind(*_connection(error, server))
    if isinstance(error, openai.APIError):  # inside a stream
        said = _said(error, server)
        return too_long(error) or kind(f"{_the_server(server)} failed while it wrote: {said}")
    return kind(f"{_the_server(server)} sent what can't be read ({type(error).__name__}).", _SETTING)


def _the_server(server: Server) -> str:
    return "The server" if server.address.hidden else f"The server at {server.address.shown}"


def pause(error: Exception, tried: int, pauses: tuple[float, ...] = PAUSES) -> float | None:
    """Seconds to wait before the next try, after `tried` of them; None: another would not help."""
    if tried >= len(pauses) or not _may_pass(error):
        return None
    asked = _retry_after(error)
    if asked is not None:
        return asked if asked <= _LONGEST_PAUSE else None
    return pauses[tried] * random.uniform(1.0, 1.25)


def refused(error: Exception) -> bool:
    """Whether the server did not like the form of the request."""
    return isinstance(error, openai.APIStatusError) and error.status_code in (400, 422)


def room(error: Exception) -> int | None:
    """Tokens left for the answer, if only the sum of prompt and answer was too long; None: the error says something else."""
    limit, prompt = _numbers(error)
    return limit - prompt if limit and prompt and limit > prompt else None


def too_long(error: Exception) -> ContextExceeded | None:
    """If the server says so. The prompt's length is not always told."""
    limit, prompt = _numbers(error)
    if limit is None:
        return None
    long = f"The problem is {prompt:,} tokens" if prompt else "The problem is too long"
    return ContextExceeded(f"{long}; the server's model holds {limit:,}.", "Shorten it, or start the server with a longer context.")


def _numbers(error: Exception) -> tuple[int | None, int | None]:
    text = f"{error} {getattr(error, 'body', '')}"
    limit, prompt = _LIMIT.search(text), _PROMPT.search(text)
    return _int(limit), _int(prompt)


def _int(found: re.Match[str] | None) -> int | None:
    return None if found is None else int(next(filter(None, found.groups())).replace(",", ""))


def _may_pass(error: Exception) -> bool:
    if isinstance(error, openai.APIStatusError):
        return error.status_code in _AGAIN and error.code != "insufficient_quota"
    if isinstance(error, openai.APITimeoutError) or not isinstance(error, openai.APIConnectionError):
        return False
    causes = tuple(_causes(error))
    return not any(isinstance(c, (ssl.SSLError, socket.gaierror, ConnectionRefusedError)) for c in causes)


def _retry_after(error: Exception) -> float | None:
    text = error.response.headers.get("retry-after", "") if isinstance(error, openai.APIStatusError) else ""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _causes(error: BaseException | None, depth: int = 0) -> Iterator[BaseException]:
    """The error and everything that led to it, groups too."""
    if error is None or depth > 12:
        return
    yield error
    for part in getattr(error, "exceptions", ()):
        yield from _causes(part, depth + 1)
    yield from _causes(error.__cause__ or error.__context__, depth + 1)


def _connection(error: openai.APIConnectionError, server: Server) -> tuple[str, str]:
    where = server.address
    shown, subject, host = where.shown, where.subject, "the server" if where.hidden else where.host
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = "" if where.hidden else f" ({cause.verify_message or cause.reason})"  # which may name the host
            way_out = "Use the name that it was made for, or set SSL_CERT_FILE to the file of the authority that signed it."
            return f"The certificate of {host} can't be trusted{why}.", way_out
        if isinstance(cause, ssl.SSLError):
            why = "" if where.hidden else f" ({getattr(cause, 'reason', '') or cause})"
            return (
                f"{where.subject if where.hidden else host} does not speak TLS as expected{why}.",
                "Try the address with http:// in place of https://.",
            )
        if isinstance(cause, socket.gaierror):
            return "The server's host is not known." if where.hidden else f"There is no host named {host}.", _SETTING
        if isinstance(cause, ConnectionRefusedError):
            return f"Nothing listens at {shown}.", f"Start the server, or use another address. {_SETTING}"
    if isinstance(error, openai.APITimeoutError):
        if any("Connect" in type(cause).__name__ for cause in causes):
            return f"{subject} can't be reached: no answer to the connection in time.", _SETTING
        return f"{subject} said nothing for too long.", "See whether the server is still loading or overloaded."
    return f"The connection to {shown} broke off.", "See what the server says, and try again."


def _status(error: openai.APIStatusError, server: Server, kind: type[EngineError]) -> EngineError:
    code, shown, said = error.status_code, server.address.subject, _said(error, server)
    long = too_long(error) if code in (400, 413, 422, 500) else None
    if long is not None:
        return long
    if code == 401:
        if server.key is None:
            return kind(f"{shown} asks for a key.", "Set PHI4WEB_REMOTE_KEY.")
        return kind(f"{shown} does not accept the key (401).", "Set PHI4WEB_REMOTE_KEY to the right one.")
    if code == 403:
        return kind(f"{shown} does not allow this (403): {said}", "The key in PHI4WEB_REMOTE_KEY may be for something else.")
    if code == 404:
        return _not_found(_words(error.body) or str(error.message), server, kind)
    if 300 <= code < 400:
        return kind(f"{shown} points to another address ({code}).", "Give the address that it points to, with https:// if need be.")
    if code == 429:
        return kind(f"{shown} has too many requests or no quota left (429): {said}", "Try again later.")
    if code in (502, 503, 504):
        return kind(f"{shown} is not ready ({code}): {said}", "It may still be loading the model; try again later.")
    if code >= 500:
        return kind(f"{shown} failed ({code}): {said}", "See what the server says.")
    return kind(f"{shown} refused the request ({code}): {said}")


def _not_found(said: str, server: Server, kind: type[EngineError]) -> EngineError:
    if server.model and (server.model in said or "model" in said.lower() or "deployment" in said.lower()):
        known = f"It has: {', '.join(server.models[:8])}." if server.models else "`phi4web models` lists what it has."
        return kind(f"The server has no model {server.model[:80]!r}.", known)
    at = "where one is looked for" if server.address.hidden else f"at {server.address.shown}"
    return kind(f"There is no OpenAI-compatible server {at} (404).", f"Most addresses end in /v1. {_SETTING}")


def _said(error: openai.APIError, server: Server) -> str:
    """What the server says, in one line of bounded length, without the key. Its words may name it, so strangers get none."""
    if server.address.hidden:
        return "its own words are not shown here"
    text = _words(error.body) or str(error.message)
    if server.key:
        text = text.replace(server.key, "…")
    return " ".join(text.split())[:300] or "no reason given"


def _words(body: Any) -> str:
    if isinstance(body, dict):
        return next((_words(body[k]) for k in ("message", "error", "detail", "msg") if body.get(k)), "")
    if isinstance(body, list):
        return "; ".join(filter(None, map(_words, body)))
    return body if isinstance(body, str) and "<html" not in body.lower() else ""


def load_failure(error: Exception, server: Server) -> EngineError:
    """The same while the engine is opened."""
    return failure(error, server, LoadFailed)
