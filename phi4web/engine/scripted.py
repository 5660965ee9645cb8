"""The engine without a model: it replays recorded event streams. For tests, documentation and screenshots.

A script is a list of events. Which one is played is decided by a piece of the problem's text, or by order.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from phi4web.engine.base import EngineInfo, Request
from phi4web.errors import BadInput, ContextExceeded, EngineError, OutOfMemory, Phi4webError
from phi4web.events import Delta, Event, Finished, Reading, Stop, Timings, Usage

_FAILURES: dict[str, type[Phi4webError]] = {e.__name__: e for e in (EngineError, OutOfMemory, ContextExceeded)}
INFO = EngineInfo("scripted", "scripted", "none", "none", "none", "none", 4096, 0.0)


@dataclass(frozen=True, slots=True)
class Script:
    """`match`: played when this text is in the last message; empty: for any problem. `failure` is raised after the events.

    Of several that match, each is played once in order, and the last again and again.
    """

    events: tuple[Event, ...]
    match: str = ""
    failure: Phi4webError | None = None


def script(solution: str, *, thought: str = "", match: str = "", stop: Stop = "stop", piece_chars: int = 4) -> Script:
    """The events of a model that thinks `thought` and answers `solution`, a few characters at a time."""
    pieces = [*_pieces("thought", thought, piece_chars), *_pieces("solution", solution, piece_chars)]
    usage = Usage(prompt_tokens=12, thought_tokens=-(-len(thought) // piece_chars), solution_tokens=-(-len(solution) // piece_chars))
    end = Finished(stop, usage, Timings(seconds=1.0, ttft=0.1, ttfat=0.2, tokens_per_second=50.0))
    return Script((Reading(12), *pieces, end), match)


def _pieces(part: Any, text: str, size: int) -> list[Delta]:
    return [Delta(part, text[at : at + size]) for at in range(0, len(text), size)]


class ScriptedEngine:
    """`delay_seconds` passes before each Delta. `requests` keeps what was asked, for tests to look at."""

    def __init__(self, scripts: Iterable[Script | str], delay_seconds: float = 0.0, info: EngineInfo = INFO) -> None:
        self._scripts = [script(s) if isinstance(s, str) else s for s in scripts]
        self._played = [0] * len(self._scripts)
        self._delay = delay_seconds
        self._info = info
        self.requests: list[Request] = []
        self.closed = False

    @property
    def info(self) -> EngineInfo:
        return self._info

    def stream(self, request: Request, cancel: threading.Event, answer_now: threading.Event | None = None) -> Iterator[Event]:
        """As the protocol says. Raises EngineError where no script fits."""
        if self.closed:
            raise EngineError("The engine is closed.")
        self.requests.append(request)
        chosen = self._choose(request.messages[-1].content)
        written: dict[str, int] = {"thought": 0, "solution": 0}
        for event in chosen.events:
            if isinstance(event, Delta) and event.part == "thought" and answer_now is not None and answer_now.is_set():
                continue
            if isinstance(event, Delta) and (cancel.wait(self._delay) if self._delay else cancel.is_set()):
                yield _cancelled(chosen, written)
                return
            if isinstance(event, Finished) and answer_now is not None and answer_now.is_set():
                event = replace(event, usage=replace(event.usage, thought_tokens=written["thought"]))
            if isinstance(event, Delta):
                written[event.part] += event.tokens
            yield event
        if chosen.failure is not None:
            raise chosen.failure

    def peak_bytes(self) -> int | None:
        return None

    def close(self) -> None:
        self.closed = True

    def _choose(self, text: str) -> Script:
        """The first script with this text that has not been played; where all have been, the last of them."""
        fitting = [i for i, s in enumerate(self._scripts) if s.match and s.match in text]
        fitting = fitting or [i for i, s in enumerate(self._scripts) if not s.match]
        if not fitting:
            raise EngineError(f"No script fits {text[:60]!r}.")
        index = next((i for i in fitting if not self._played[i]), fitting[-1])
        self._played[index] += 1
        return self._scripts[index]


def _cancelled(chosen: Script, written: Mapping[str, int]) -> Finished:
    end = next((e for e in chosen.events if isinstance(e, Finished)), Finished("stop", Usage(), Timings()))
    usage = replace(end.usage, thought_tokens=written["thought"], solution_tokens=written["solution"], estimated=True)
    return replace(end, stop="cancelled", usage=usage)


def to_json(scripts: Sequence[Script]) -> str:
    """The inverse of `from_json`."""
    return json.dumps([_script_row(s) for s in scripts], ensure_ascii=False, indent=1)


def from_json(text: str) -> list[Script]:
    """Scripts from JSON: a list of {"match", "events": [{"reading"|"delta"|"finished": {...}}], "failure"}.

    In place of "events", "solution" with or without "thought" makes them. Raises BadInput for anything else.
    """
    try:
        return [_row_script(row) for row in json.loads(text)]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"These scripts can't be read: {error!r}.") from None


def load(path: Path) -> list[Script]:
    return from_json(path.read_text(encoding="utf-8"))


_KINDS: dict[str, type[Event]] = {"reading": Reading, "delta": Delta, "finished": Finished}


def _script_row(scripted: Script) -> dict[str, Any]:
    row: dict[str, Any] = {"match": scripted.match, "events": [{type(e).__name__.lower(): asdict(e)} for e in scripted.events]}
    if scripted.failure is not None:
        row["failure"] = [type(scripted.failure).__name__, *scripted.failure.args]
    return row


def _row_script(row: dict[str, Any]) -> Script:
    if "events" not in row:
        return script(**row)
    failure = row.get("failure")
    events = tuple(_event(kind, values) for pair in row["events"] for kind, values in pair.items())
    return Script(events, row.get("match", ""), _FAILURES[failure[0]](*failure[1:]) if failure else None)


def _event(kind: str, values: dict[str, Any]) -> Event:
    if kind == "finished":
        return Finished(values["stop"], Usage(**values["usage"]), Timings(**values["timings"]))
    return _KINDS[kind](**values)
