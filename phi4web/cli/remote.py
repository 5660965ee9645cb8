"""What `models` and `doctor` say of the server that runs models elsewhere."""

from __future__ import annotations

import time
from typing import Any

from phi4web.engine.remote_list import ask, in_order, with_default
from phi4web.errors import Phi4webError
from phi4web.models import find
from phi4web.settings import Settings


def rows(settings: Settings) -> list[dict[str, Any]]:
    """For JSON: the server's models, or one row with the reason why there are none. None where no server is named."""
    if settings.remote_url is None:
        return []
    try:
        found = ask(settings)
    except Phi4webError as error:
        return [{"error": str(error)}]
    if not found.models:
        return [{"error": found.problem or "The server lists no models."}]
    contexts = {f"remote:{model.id}": model.context for model in found.models}
    return [{"id": name, "context": contexts[name], "thinks": find(name).thinks, "server": found.dialect} for name in in_order(found)]


def words(settings: Settings) -> str:
    """The same for a person; empty where no server is named."""
    told = rows(settings)
    if not told:
        return ""
    if "error" in told[0]:
        return f"\nThe server: {told[0]['error']}"
    lines = [f"  {r['id']}" + (f", {r['context']:,} tokens" if r["context"] else "") for r in told]
    return "\n".join(["", f"On the server ({told[0]['server']}):", *lines])


def settled(settings: Settings) -> Settings:
    """The settings as `serve` would use them; where the server does not answer, as they are."""
    try:
        return with_default(settings)
    except Phi4webError:
        return settings


def answers(settings: Settings) -> str:
    """For `doctor`: that the server answers, how fast, what it seems to be, and what it has. Raises what keeps it from that."""
    started = time.monotonic()
    found = ask(settings)
    took = time.monotonic() - started
    has = ", ".join(model.id for model in found.models[:8]) or f"no list of models ({found.problem})"
    return f"it answers in {took:.2f} s and seems to be {found.dialect}; models: {has}"
