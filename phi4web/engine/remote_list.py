"""Which models the host's own server has, for lists and for the default. Asked within seconds, and not again at once."""

from __future__ import annotations

import time
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from phi4web.engine.remote_address import address
from phi4web.errors import BadInput, Phi4webError
from phi4web.models import REMOTE, find
from phi4web.settings import Settings

if TYPE_CHECKING:
    from phi4web.engine.remote_server import Survey

_FRESH_SECONDS = 30.0
_known: dict[tuple[str, str | None], tuple[float, tuple[str, ...]]] = {}
_lock = Lock()


def ask(settings: Settings) -> Survey:
    """What the server says of itself, within 5 s. Raises LoadFailed, or BadInput for a bad address."""
    from phi4web.engine.remote_server import look

    if settings.remote_url is None:
        raise BadInput("No server is named.", "Name one with --remote URL or PHI4WEB_REMOTE_URL.")
    return look(address(settings.remote_url), settings.remote_key)


def remote_models(settings: Settings) -> tuple[str, ...]:
    """The server's models as phi4web calls them, the family first; none where there is no server or it does not answer."""
    if settings.remote_url is None:
        return ()
    key = (settings.remote_url, settings.remote_key)
    with _lock:
        asked, names = _known.get(key, (-_FRESH_SECONDS, ()))
        if time.monotonic() - asked >= _FRESH_SECONDS:
            try:
                names = in_order(ask(settings))
            except Phi4webError:
                names = ()
            _known[key] = (time.monotonic(), names)
    return names


def in_order(found: Survey) -> tuple[str, ...]:
    """Models that the catalogue knows come first."""
    names = [REMOTE + model.id for model in found.models]
    return tuple(sorted(names, key=lambda name: find(name).licence == "not known"))


def with_default(settings: Settings) -> Settings:
    """The same settings; where they name a server and no model, with the first of the server's. Raises LoadFailed or BadInput."""
    if settings.remote_url is None or settings.model is not None:
        return settings
    found = ask(settings)
    if not found.models:
        why = found.problem or "The server lists no models."
        raise BadInput(why, "Name one with --model remote:NAME.")
    return replace(settings, model=in_order(found)[0])
