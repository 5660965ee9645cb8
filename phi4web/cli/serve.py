"""`phi4web serve`, and what `python app.py` does: read the settings, open the services, hand over to the page."""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stdout

from phi4web.cli.output import print_json
from phi4web.engine.anymodel import find_any
from phi4web.engine.remote_list import with_default
from phi4web.errors import BadInput
from phi4web.models import find_quant
from phi4web.settings import Settings, read


def run(args: argparse.Namespace) -> None:
    settings = read(
        remote_url=args.remote,
        host=args.host,
        port=args.port,
        share=args.share,
        auth=None if args.auth is None else _login(args.auth),
        no_auth=args.no_auth,
        public=args.public,
        model=args.model,
        quant=args.quant,
    )
    settings = with_default(settings)
    if settings.model is not None:  # now, and not when the first visitor presses Run
        model = find_any(settings.model, settings.offline)
        find_quant(model, settings.quant or model.default_quant)
    _serve(settings, json=args.json)


def _serve(settings: Settings, *, json: bool) -> None:
    """Until Ctrl-C. With `json`, stdout gets one object when the page is there, and stderr the words."""
    from phi4web.runs import open_services
    from phi4web.ui.app import launch, require_free_port, with_auth

    require_free_port(settings)  # before the store is opened, which another server may be using
    services = open_services(settings)
    try:
        with redirect_stdout(sys.stderr if json else sys.stdout):
            settings = with_auth(settings)
            url, demo = launch(services, settings, block=False)
        if json:
            print_json({"url": url, "login": settings.auth})
        demo.block_thread()
    finally:
        services.close()


def _login(text: str) -> tuple[str, str]:
    user, _, password = text.partition(":")
    if not (user and password):
        raise BadInput("--auth needs the form user:password.")
    return user, password
