"""The command line. `main` reads the arguments, runs one command, and turns every way it can end into an exit code.

0 done · 1 the model failed · 2 the input can't be used, with one line on stderr that says why · 130 Ctrl-C.
Each command is a module here with `run(args)`; none is imported before it is asked for, so `--help` is quick.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from phi4web.cli.arguments import joined, parser
from phi4web.errors import BadInput, ContextExceeded, LoadFailed, Phi4webError, Stopped, StoreError

UNUSABLE = (BadInput, ContextExceeded, LoadFailed, StoreError)


def main(argv: Sequence[str] | None = None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what is no character becomes its escape, which JSON reads back
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        args = parser().parse_args(joined(sys.argv[1:] if argv is None else argv))
    except SystemExit as leaving:  # argparse has said why
        return leaving.code if isinstance(leaving.code, int) else 2
    return _run(args)


def _run(args: argparse.Namespace) -> int:
    command = importlib.import_module(f"phi4web.cli.{args.command}")
    try:
        code: int | None = command.run(args)
        sys.stdout.flush()
        return code or 0
    except KeyboardInterrupt:
        return _fail("Stopped.", 130)
    except Stopped as error:
        return _fail(str(error), 130)
    except BrokenPipeError:  # whoever read our output has gone; nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except UNUSABLE as error:
        return _fail(str(error), 2)
    except Phi4webError as error:
        return _fail(str(error), 1)


def _fail(message: str, code: int) -> int:
    print(f"phi4web: {' '.join(message.split())}", file=sys.stderr)
    return code
