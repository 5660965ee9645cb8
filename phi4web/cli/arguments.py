"""Every command and flag, in one place. Nothing of phi4web is imported here, so that `--help` answers at once."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from typing import NoReturn

FORMULAS = ("--problem", "--answer", "--response", "--reference")


class Parser(argparse.ArgumentParser):
    """Bad usage is one line, without the usage text."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"phi4web: {' '.join(message.split())} (see `{self.prog} --help`)\n")


def parser() -> Parser:
    top = Parser(prog="phi4web", description="Maths problems solved by a local model and checked by computer algebra.", allow_abbrev=False)
    top.add_argument("--version", action=_Version, nargs=0, help="show the version and leave")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_serve, _solve, _check, _compare, _fit, _models, _space, _doctor):
        add(commands)
    return top


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from phi4web import __version__

        print(f"phi4web {__version__}")
        sys.exit(0)


Commands = argparse._SubParsersAction  # its only name


def _command(commands: Commands[Parser], name: str, does: str) -> Parser:
    command = commands.add_parser(name, help=does, description=does[0].upper() + does[1:] + ".", allow_abbrev=False)
    command.add_argument("--json", action="store_true", help="print JSON instead of words")
    return command


def _model(command: Parser, model: str = "model of the catalogue (default: what fits this machine)") -> None:
    command.add_argument("--model", metavar="NAME", help=model)
    command.add_argument("--quant", metavar="QUANT", help="bf16, fp16, int8, nf4, nf4-dq, fp4 or a GGUF name such as Q4_K_M")


def _remote(command: Parser) -> None:
    command.add_argument("--remote", metavar="URL", help="a server whose models to use, such as vLLM; its key: PHI4WEB_REMOTE_KEY")


def _serve(commands: Commands[Parser]) -> None:
    command = _command(commands, "serve", "serve the page")
    command.add_argument("--host", help="address to listen on (default: 127.0.0.1, this computer only)")
    command.add_argument("--port", type=int, help="port to listen on (default: 7860)")
    command.add_argument("--share", action="store_true", default=None, help="also make a public link, with a password")
    command.add_argument("--auth", metavar="USER:PASSWORD", help="ask for this login")
    command.add_argument("--no-auth", action="store_true", default=None, help="share or listen to others without a password")
    command.add_argument("--public", action="store_true", default=None, help="strangers may come: no other models, no paths, short limits")
    _model(command)
    _remote(command)


def _solve(commands: Commands[Parser]) -> None:
    command = _command(commands, "solve", "solve one problem and check the answer")
    command.add_argument("problem", metavar="PROBLEM", help="the problem in words or LaTeX; - reads it from standard input")
    _model(command)
    _remote(command)
    command.add_argument("--thinking-budget", type=_count, metavar="TOKENS", help="tokens for the thought (default: the model's own)")
    command.add_argument("--max-new-tokens", type=_count, metavar="TOKENS", help="tokens for thought and solution together")
    command.add_argument("--samples", type=_few, metavar="K", help="tries allowed until one is verified (default: the model's own)")
    command.add_argument(
        "--retry-refuted",
        type=int,
        choices=(0, 1, 2),
        default=0,
        metavar="N",
        help="further tries, at most 2, that are told why the last answer was refuted (default: 0)",
    )
    command.add_argument("--reference", metavar="R", help="the known answer, to grade against")
    command.add_argument("--seed", type=_number, default=1, help="seed of the first try (default: 1)")


def _check(commands: Commands[Parser]) -> None:
    command = _command(commands, "check", "check an answer, without a model")
    command.add_argument("--problem", metavar="P", help="the question that was answered; - reads standard input")
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--answer", metavar="A", help="the bare answer")
    what.add_argument("--response", metavar="R", help="a whole model output to find the answer in; - reads standard input")
    what.add_argument("--jsonl", metavar="FILE", help="check every row of a file (-: standard input), one JSON row out for each")
    command.add_argument("--reference", metavar="G", help="the known answer, to grade against")
    command.add_argument("--steps", action="store_true", help="mark each step of the response too")
    command.add_argument("--workers", type=_few, metavar="N", help="processes for a batch (default: one a core, at most 8)")


def _compare(commands: Commands[Parser]) -> None:
    command = _command(commands, "compare", "compare models and quantisations on a problem set")
    command.add_argument("--config", nargs="+", action="extend", required=True, metavar="MODEL:QUANT", help="what to compare, one or more")
    command.add_argument("--problems", default="starter", metavar="FILE|SET", help="a JSONL file or a built-in set (default: starter)")
    command.add_argument("--samples", type=_few, default=1, metavar="K", help="tries for each problem (default: 1)")
    command.add_argument("--limit", type=_count, metavar="N", help="only the first N problems")
    command.add_argument("--max-new-tokens", type=_count, metavar="TOKENS", help="tokens for thought and solution together")
    command.add_argument("--seed", type=_number, default=1, help="seed of the first try (default: 1)")
    command.add_argument("--out", metavar="DIR", help="keep every outcome there as it comes")
    command.add_argument("--resume", action="store_true", help="go on with what --out holds")
    _remote(command)


def _fit(commands: Commands[Parser]) -> None:
    command = _command(commands, "fit", "tell which models fit a graphics card")
    card = command.add_mutually_exclusive_group()
    card.add_argument("--gpu", metavar="NAME", help="a card by name, for example 'RTX 4090' (default: this machine)")
    card.add_argument("--vram", type=_gib, metavar="GIB", help="memory of the card in GiB")
    _model(command, "only this model (default: all)")
    command.add_argument("--context", type=_count, metavar="TOKENS", help="tokens of problem, thought and answer together")
    command.add_argument("--online", action="store_true", help="ask the hub for the exact sizes of files that are not here yet")


def _models(commands: Commands[Parser]) -> None:
    command = _command(commands, "models", "list the models of the catalogue, or bring one")
    command.add_argument(
        "--fetch",
        nargs="?",
        const="SmolLM2-135M-Instruct",
        metavar="NAME",
        help="bring this model (default: the small built-in one): of the catalogue, owner/name or owner/name/file.gguf on the hub",
    )
    command.add_argument("--quant", metavar="QUANT", help="for --fetch: which build (default: what fits this machine)")


def _space(commands: Commands[Parser]) -> None:
    command = _command(commands, "space", "put phi4web on Hugging Face Spaces")
    command.add_argument("action", choices=("render", "create", "push"), help="write the README card, make the Space, or upload to it")
    command.add_argument("repo", nargs="?", metavar="OWNER/NAME", help="the Space, for create and push")
    command.add_argument("--flavour", choices=("cpu", "gpu", "zero"), default="cpu", help="hardware to write the card for (default: cpu)")
    command.add_argument("--out", metavar="FILE", help="for render: the file whose card to write (default: README.md; -: print the card)")
    command.add_argument("--private", action="store_true", help="for create: only you can see it")


def _doctor(commands: Commands[Parser]) -> None:
    _remote(_command(commands, "doctor", "show what this machine has, what will be used and why, and test the parts"))


def joined(argv: Sequence[str]) -> list[str]:
    """The arguments with `--answer -x` as `--answer=-x`: formulas begin with a minus sign, and argparse takes that for a flag."""
    out: list[str] = []
    for argument in argv:
        if out and out[-1] in FORMULAS and argument.startswith("-") and not argument.startswith("--"):
            out[-1] += f"={argument}"
        else:
            out.append(argument)
    return out


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number") from None


def _count(text: str) -> int:
    number = _number(text)
    if not 1 <= number <= 10_000_000:
        raise argparse.ArgumentTypeError(f"{text[:40]} is not between 1 and 10,000,000")
    return number


def _few(text: str) -> int:
    """Tries or processes: more of them than this is a slip of the finger."""
    number = _number(text)
    if not 1 <= number <= 64:
        raise argparse.ArgumentTypeError(f"{text[:40]} is not between 1 and 64")
    return number


def _gib(text: str) -> float:
    try:
        size = float(text)
    except ValueError:
        size = math.nan
    if not 0 < size < 100_000:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a size in GiB")
    return size
