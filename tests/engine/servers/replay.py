"""A server that replays answers written by hand: each request gets the next one, the last again and again, and is kept."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# In a list of chunks: seconds to wait, or how the connection ends.
CUT = "cut the connection"
DONE = "data: [DONE]\n\n"
Step = dict[str, Any] | str | float


@dataclass(frozen=True)
class Answer:
    """`chunks` make a stream: dictionaries as data lines, numbers as pauses, other text as it is. `body`: a plain answer instead."""

    chunks: tuple[Step, ...] = ()
    status: int = 200
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = ""
    before: float = 0.0  # seconds before the headers


@dataclass
class Replay:
    """`requests` and `headers` of what was asked; `gone` is set once a client left in the middle."""

    answers: list[Answer]
    models: Answer
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    leaving: threading.Event = field(default_factory=threading.Event)

    def next(self) -> Answer:
        return self.answers[min(len(self.requests), len(self.answers)) - 1]


def models(*names: str, owner: str = "someone", **more: Any) -> Answer:
    return Answer(body={"object": "list", "data": [{"id": n, "object": "model", "owned_by": owner, **more} for n in names]})


NO_MODELS = Answer(status=404, body={"detail": "Not Found"})


@contextmanager
def replay(*answers: Answer, models: Answer = NO_MODELS) -> Iterator[Replay]:
    told = Replay(list(answers), models)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            told.paths.append(self.path)
            told.headers.append(dict(self.headers))
            self.plain(told.models)

        def do_POST(self) -> None:
            told.paths.append(self.path)
            told.headers.append(dict(self.headers))
            told.requests.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            answer = told.next()
            if self.waits(answer.before):
                return
            self.plain(answer) if answer.body is not None else self.stream(answer)

        def plain(self, answer: Answer) -> None:
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("content-type", answer.content_type or "application/json")
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def stream(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("content-type", answer.content_type or "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            try:
                for step in answer.chunks:
                    if isinstance(step, float):
                        if self.waits(step):
                            return
                    elif step == CUT:
                        self.close_connection = True
                        return
                    else:
                        self.piece(f"data: {json.dumps(step)}\n\n" if isinstance(step, dict) else step)
                self.wfile.write(b"0\r\n\r\n")
            except OSError:
                told.gone.set()
                self.close_connection = True

        def piece(self, text: str) -> None:
            data = text.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

        def waits(self, seconds: float) -> bool:
            """True when there is nobody to wait for any more."""
            end = time.monotonic() + seconds
            while time.monotonic() < end and not told.leaving.is_set():
                self.connection.settimeout(0.02)
                try:
                    if self.connection.recv(1) == b"":
                        told.gone.set()
                        self.close_connection = True
                        return True
                except TimeoutError:
                    pass
                except OSError:
                    told.gone.set()
                    return True
                finally:
                    self.connection.settimeout(None)
            return False

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield told
    finally:
        told.leaving.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


# The shapes of what servers send. Each is written after the server's own documentation or source, named where it is used.


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, **more}


def usage(prompt: int, new: int, **more: Any) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": new, "total_tokens": prompt + new, **more}


def texts(key: str, pieces: Iterable[str]) -> tuple[dict[str, Any], ...]:
    return tuple(chunk({key: text}) for text in pieces)
