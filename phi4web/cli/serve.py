"""`phi4web serve`, and what `python app.py` does: settle the address and the login, then hand over to the page."""

from __future__ import annotations

import argparse
import secrets
import socket
import sys
from dataclasses import replace

from phi4web.cli.output import print_json
from phi4web.errors import BadInput
from phi4web.models import find, find_quant
from phi4web.settings import Settings, read

USER = "phi4web"


def run(args: argparse.Namespace) -> None:
    settings = read(
        host=args.host,
        port=args.port,
        share=args.share,
        auth=None if args.auth is None else _login(args.auth),
        no_auth=args.no_auth,
        public=args.public,
        model=args.model,
        quant=args.quant,
    )
    if settings.model is not None:
        model = find(settings.model)
        find_quant(model, settings.quant or model.default_quant)
    _must_be_free(settings.host, settings.port)
    settings = with_login(settings)
    if args.json:
        print_json({"url": f"http://{_shown(settings.host)}:{settings.port}", "share": settings.share, "login": settings.auth})
    _serve(settings)


def with_login(settings: Settings) -> Settings:
    """An exposed page gets a random password, told once on stderr, unless there is a login or none is wanted."""
    if not settings.needs_auth:
        return settings
    password = secrets.token_urlsafe(12)
    print(f"Others can reach this page, so it asks for a login: user {USER}, password {password}", file=sys.stderr, flush=True)
    return replace(settings, auth=(USER, password))


def _serve(settings: Settings) -> None:
    from phi4web.runs import open_services

    services = open_services(settings)
    try:
        from phi4web.ui.app import launch

        launch(services, settings)
    finally:
        services.close()


def _login(text: str) -> tuple[str, str]:
    user, _, password = text.partition(":")
    if not (user and password):
        raise BadInput("--auth needs the form user:password.")
    return user, password


def _must_be_free(host: str, port: int) -> None:
    """Raises BadInput where nothing can listen, before the seconds that loading the page takes."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        hint = f"Choose another, for example --port {port + 1 if port < 65_535 else 7860}, or --host 127.0.0.1."
        raise BadInput(f"Can't listen on {host}:{port}: {error.strerror or error}.", hint) from None


def _shown(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host
