"""Where a server is: the address a user typed, made ready for requests, and a form of it that may be shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from phi4web.errors import BadInput

_LOCAL = ("localhost", "127.0.0.1", "::1")
_AZURE = (".openai.azure.com", ".cognitiveservices.azure.com")
_TAILS = ("/chat/completions", "/completions", "/models")


@dataclass(frozen=True, slots=True)
class Address:
    """`base`: what "/chat/completions" is added to; for Azure the resource. `shown`: for errors, without the query, which may be secret.

    `hidden`: neither host nor port may be told, nor any words of the server's, in which they may be too.
    """

    base: str
    shown: str
    host: str
    query: tuple[tuple[str, str], ...] = ()
    azure: bool = False
    hidden: bool = False

    @property
    def subject(self) -> str:
        """`shown` where a sentence begins."""
        return "The server" if self.hidden else self.shown

    @property
    def local(self) -> bool:
        return self.host in _LOCAL or self.host.startswith("127.")

    @property
    def plain(self) -> bool:
        """Whether what is sent can be read on the way."""
        return self.base.startswith("http:") and not self.local


def hidden(where: Address) -> Address:
    """For errors that strangers see."""
    return replace(where, shown="the server", hidden=True)


def address(url: str) -> Address:
    """From what a user types: "/v1" is added where there is no path. Raises BadInput, which never repeats a password."""
    text = url.strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        said = "The address" if "@" in text else f"{text.partition('?')[0][:80]!r}"
        raise BadInput(f"{said} is not the address of a server.", "Give one like http://127.0.0.1:8000/v1.")
    if "@" in parts.netloc:
        raise BadInput(f"The address of {host} has a user name or password in it.", "Put the key into PHI4WEB_REMOTE_KEY instead.")
    path = parts.path.rstrip("/")
    for tail in _TAILS:
        path = path.removesuffix(tail)
    origin = f"{parts.scheme}://{parts.netloc}"
    azure = host.endswith(_AZURE) and not path.endswith("/v1")
    base = origin if azure else origin + (path or "/v1")
    return Address(base, base, host, tuple(parse_qsl(parts.query)), azure)
