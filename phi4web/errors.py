"""Every error that a user may see: one clear line that names the value and the way out.

Phi4webError
├── BadInput              what the user gave can't be used (command line: exit 2)
│   ├── UnknownModel      a name that is not in the catalogue
│   └── ParseFailure      a formula that could not be read, with its span
├── EngineError           the model could not be loaded or run
│   ├── LoadFailed        missing file, corrupt file, no download possible
│   ├── OutOfMemory       the device or the machine had too little memory
│   ├── ContextExceeded   prompt longer than the model holds; nothing was sent
│   └── EngineBroken      what was loaded answers nothing any more; the next use loads it again
├── Busy                  the queue is full
├── StoreError            the data folder could not be read or written
└── Stopped               the user pressed Stop while waiting or loading
"""

from __future__ import annotations


def first_line(error: BaseException, most: int = 300) -> str:
    """What another program's error says first, at most `most` characters; its kind where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:most]


class Phi4webError(Exception):
    """`message` is one line for the user; `hint` is what to do about it, or empty."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BadInput(Phi4webError):
    pass


class UnknownModel(BadInput):
    pass


class ParseFailure(BadInput):
    """`start` and `end` are character offsets into the text that was read."""

    def __init__(self, message: str, start: int = 0, end: int = 0) -> None:
        super().__init__(message)
        self.start = start
        self.end = end

    def __reduce__(self) -> tuple[type[ParseFailure], tuple[str, int, int]]:
        return ParseFailure, (self.message, self.start, self.end)


class EngineError(Phi4webError):
    pass


class LoadFailed(EngineError):
    pass


class OutOfMemory(EngineError):
    pass


class ContextExceeded(EngineError):
    pass


class EngineBroken(EngineError):
    pass


class Busy(Phi4webError):
    pass


class StoreError(Phi4webError):
    pass


class Stopped(Phi4webError):
    pass
