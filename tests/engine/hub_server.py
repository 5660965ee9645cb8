"""A small server that speaks the hub's endpoints: listing, HEAD and GET with Range, and everything that can go wrong with them."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

COMMIT = "c0ffee" + "0" * 34
LARGE = 1_000  # bytes from which a file counts as large, and is named by its SHA-256


@dataclass
class Hub:
    """`repos`: name -> file -> bytes. `gated`: repositories that want a token that was let in. `tokens`: those that exist.

    `cut_after`: bytes after which a connection breaks, one entry for each GET, then no more. `slow`: seconds for each 64 kB.
    `stalls_after`: so many bytes of a file are sent at once, and the others wait until it is 0 again.
    """

    repos: dict[str, dict[str, bytes]]
    gated: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset({"hf_good"})
    cut_after: list[int] = field(default_factory=list)
    slow: float = 0.0
    stalls_after: int = 0
    broken: int | None = None  # answer everything with this status
    ignores_range: bool = False
    lies: bool = False  # sends other bytes than it promised
    commit: str = COMMIT
    url: str = ""
    log: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, Range

    def gets(self) -> list[tuple[str, str]]:
        """(file, Range) of every file that was sent for."""
        return [(path.rsplit("/", 1)[-1], ranged) for method, path, ranged in self.log if method == "GET" and "/resolve/" in path]


def etag(data: bytes) -> str:
    if len(data) >= LARGE:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        url = urlsplit(self.path)
        self.hub.log.append((self.command, url.path, self.headers.get("Range", "")))
        if self.hub.broken is not None:
            return self._say(self.hub.broken, {}, b"")
        parts = url.path.strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            return self._listing("/".join(parts[2:4]), "blobs" in parse_qs(url.query))
        return self._file("/".join(parts[:2]), "/".join(parts[4:]))

    def _refusal(self, repo: str) -> tuple[int, dict[str, str]] | None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and token not in self.hub.tokens:
            return 401, {"X-Error-Message": "Invalid credentials in Authorization header"}
        if repo in self.hub.gated:
            return (403 if token else 401), {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access to this repository is restricted"}
        if repo not in self.hub.repos or (repo in self.hub.hidden and not token):
            return (404 if token else 401), {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}
        return None

    def _listing(self, repo: str, blobs: bool) -> None:
        token_refusal = self._refusal(repo)
        if token_refusal is not None and token_refusal[1].get("X-Error-Code") != "GatedRepo":  # a gated repository can be listed
            return self._say(*token_refusal, b"")
        files = self.hub.repos[repo].items()
        rows = [{"rfilename": name} | (self._blob(data) if blobs else {}) for name, data in files]
        body = json.dumps({"id": repo, "sha": self.hub.commit, "siblings": rows, "private": False, "tags": []}).encode()
        self._say(200, {"Content-Type": "application/json"}, body)

    def _blob(self, data: bytes) -> dict[str, object]:
        row: dict[str, object] = {"size": len(data), "blobId": etag(data) if len(data) < LARGE else "f" * 40}
        return row | ({"lfs": {"size": len(data), "sha256": etag(data), "pointerSize": 130}} if len(data) >= LARGE else {})

    def _file(self, repo: str, name: str) -> None:
        if (refused := self._refusal(repo)) is not None:
            return self._say(*refused, b"")
        data = self.hub.repos[repo].get(name)
        if data is None:
            return self._say(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": self.hub.commit}, b"")
        about = {"X-Repo-Commit": self.hub.commit, "ETag": f'"{etag(data)}"', "Accept-Ranges": "bytes"}
        start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-")) if self.headers.get("Range") else 0
        if self.hub.ignores_range:
            start = 0
        if start >= len(data) > 0:
            return self._say(416, about | {"Content-Range": f"bytes */{len(data)}"}, b"")
        ranged = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
        body = data[start:] if not self.hub.lies else bytes(len(data) - start)
        self._say(206 if start else 200, about | ranged, body)

    def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self._send(body)

    def _send(self, body: bytes) -> None:
        cut = self.hub.cut_after.pop(0) if self.hub.cut_after and "/resolve/" in self.path else None
        try:
            for at in range(0, len(body[:cut]), 65_536):
                time.sleep(self.hub.slow)
                while 0 < self.hub.stalls_after <= at:
                    time.sleep(0.01)
                self.wfile.write(body[:cut][at : at + 65_536])
            if cut is not None and cut < len(body):
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
        except OSError:
            self.close_connection = True


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
