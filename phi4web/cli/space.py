"""`phi4web space`: the card, the Space, the upload."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from phi4web import space
from phi4web.cli.output import print_json
from phi4web.errors import BadInput


def run(args: argparse.Namespace) -> None:
    if args.action == "render":
        return _render(args)
    if args.repo is None:
        raise BadInput(f"Which Space? Write: phi4web space {args.action} OWNER/NAME")
    if args.action == "create":
        url = space.create(args.repo, private=args.private)
        hardware = space.card(args.flavour)["suggested_hardware"]
        note = f"It is on the free CPU. This flavour wants {hardware}: choose it in the Space's settings."
        print_json({"url": url, "note": note}) if args.json else print(f"{url}\n{note}")
    else:
        url = space.push(args.repo, args.flavour)
        print_json({"url": url}) if args.json else print(url)


def _render(args: argparse.Namespace) -> None:
    if args.repo is not None:
        raise BadInput(f"render takes no Space, but was given {args.repo[:80]!r}.", "Use --flavour and --out.")
    if args.json:
        return print_json(space.card(args.flavour))
    if args.out == "-":
        sys.stdout.write(space.front_matter(args.flavour))
        return
    readme = space.ROOT / "README.md" if args.out is None else Path(args.out)
    changed = space.render(args.flavour, readme)
    print(f"{readme}: {'card written' if changed else 'the card was already right'} ({args.flavour})")
