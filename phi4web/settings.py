"""One frozen Settings, read once: flags win over PHI4WEB_* variables, those over GRADIO_* ones, those over the defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from phi4web.errors import BadInput

MOST_PROBLEM_CHARS = 16_000  # of one problem, chat message or answer to check
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """`model` and `quant` None: the plan chooses. `auth` is (user, password); None: no login page.

    `public`: strangers may come, so no model but the loaded one, no paths, short limits. Seconds, tokens, characters
    and bytes are in the names. `slots`: texts that llama.cpp may write at once, None: by who can
    reach the page. `remote_url`: a server that runs models, None: none; `remote_key`: what it asks for.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    share: bool = False
    auth: tuple[str, str] | None = None
    no_auth: bool = False
    public: bool = False
    space_id: str | None = None
    model: str | None = None
    quant: str | None = None
    cache_dir: Path = Path(platformdirs.user_cache_dir("phi4web"))
    data_dir: Path = Path(platformdirs.user_data_dir("phi4web"))
    max_problem_chars: int = MOST_PROBLEM_CHARS
    max_new_tokens: int = 16_384
    run_seconds: int = 1_800
    queue_size: int = 64
    parallel: int = 8
    slots: int | None = None
    per_client: int = 0
    unload_seconds: int = 600
    offline: bool = False
    remote_url: str | None = None
    remote_key: str | None = field(default=None, repr=False)

    @property
    def exposed(self) -> bool:
        """Whether others than the person at this computer can reach the page."""
        return self.share or self.host not in LOOPBACK

    @property
    def streams(self) -> int:
        """Texts that one model may write at once where each takes memory beforehand. One person seldom has more than two."""
        return self.slots or (8 if self.exposed or self.public else 2)

    @property
    def needs_auth(self) -> bool:
        """A Space has its own front door; everywhere else an exposed page wants a login unless told otherwise."""
        return self.exposed and self.auth is None and not self.no_auth and self.space_id is None


# Where strangers come, one run is short and the line is too, and the machine is there for them; each can be set otherwise.
PUBLIC_LIMITS = {"queue_size": 20, "run_seconds": 300, "max_new_tokens": 4_096, "per_client": 3, "unload_seconds": 0}
_LEAST = {"max_new_tokens": 1, "run_seconds": 1, "queue_size": 1, "parallel": 1, "slots": 1, "per_client": 0, "unload_seconds": 0}


_MOST_SECONDS = 4_000_000  # about what a timer can count on every system


def _flag(name: str, text: str) -> bool:
    if text.strip().lower() in {"1", "true", "yes", "on"}:
        return True
    if text.strip().lower() in {"", "0", "false", "no", "off"}:
        return False
    raise BadInput(f"{name}={text!r} is neither yes nor no.", "Use 1 or 0.")


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadInput(f"{name}={text!r} is not a whole number.") from None


def _auth(name: str, text: str) -> tuple[str, str]:
    user, colon, password = text.partition(":")
    if not (user and colon and password):
        raise BadInput(f"{name} needs the form user:password.")
    return user, password


def _path(_: str, text: str) -> Path:
    return Path(text).expanduser()


def _text(_: str, text: str) -> str:
    return text


# field -> (variables in falling order of precedence, reader)
_SOURCES: dict[str, tuple[tuple[str, ...], Any]] = {
    "host": (("PHI4WEB_HOST", "GRADIO_SERVER_NAME"), _text),
    "port": (("PHI4WEB_PORT", "GRADIO_SERVER_PORT"), _number),
    "share": (("PHI4WEB_SHARE", "GRADIO_SHARE"), _flag),
    "auth": (("PHI4WEB_AUTH",), _auth),
    "no_auth": (("PHI4WEB_NO_AUTH",), _flag),
    "public": (("PHI4WEB_PUBLIC",), _flag),
    "space_id": (("SPACE_ID",), _text),
    "model": (("PHI4WEB_MODEL",), _text),
    "quant": (("PHI4WEB_QUANT",), _text),
    "cache_dir": (("PHI4WEB_CACHE",), _path),
    "data_dir": (("PHI4WEB_DATA",), _path),
    "max_new_tokens": (("PHI4WEB_MAX_NEW_TOKENS",), _number),
    "run_seconds": (("PHI4WEB_RUN_SECONDS",), _number),
    "queue_size": (("PHI4WEB_QUEUE_SIZE",), _number),
    "parallel": (("PHI4WEB_PARALLEL",), _number),
    "slots": (("PHI4WEB_SLOTS",), _number),
    "per_client": (("PHI4WEB_PER_CLIENT",), _number),
    "unload_seconds": (("PHI4WEB_UNLOAD_SECONDS",), _number),
    "offline": (("HF_HUB_OFFLINE",), _flag),
    "remote_url": (("PHI4WEB_REMOTE_URL",), _text),
    "remote_key": (("PHI4WEB_REMOTE_KEY", "OPENAI_API_KEY"), _text),
}


def read(env: Mapping[str, str] | None = None, **flags: Any) -> Settings:
    """Settings from the environment and from `flags` (None: not given). Raises BadInput naming the variable."""
    env = os.environ if env is None else env
    values: dict[str, Any] = {}
    for setting, (names, reader) in _SOURCES.items():
        name = next((n for n in names if env.get(n)), None)
        if name is not None:
            values[setting] = reader(name, env[name])
    values |= {setting: value for setting, value in flags.items() if value is not None}
    if values.get("space_id"):  # everyone may come, and the proxy needs every interface
        values = {"public": True, "host": "0.0.0.0"} | values
    if not values.get("remote_url"):  # a key goes nowhere but to the server that was named
        values.pop("remote_key", None)
    if values.get("public"):
        values = PUBLIC_LIMITS | values
    settings = Settings(**values)
    if not 0 < settings.port < 65_536:
        raise BadInput(f"Port {settings.port} is not between 1 and 65535.")
    for setting, least in _LEAST.items():
        value = getattr(settings, setting)
        if value is not None and value < least:
            raise BadInput(f"{_SOURCES[setting][0][0]}={value} is less than {least}.")
        if value is not None and setting.endswith("_seconds") and value > _MOST_SECONDS:
            raise BadInput(f"{_SOURCES[setting][0][0]}={value} is more than {_MOST_SECONDS:,}.")
    return settings
