"""What stands between the network and Gradio: allowed hosts, security headers, and one door that is kept shut."""

from __future__ import annotations

from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from phi4web.settings import Settings

# Nothing may be fetched from elsewhere; Gradio's own page needs inline scripts and styles.
_POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data: blob:",
    "style-src": "'self' 'unsafe-inline'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "media-src": "'self' blob: data:",
    "worker-src": "'self' blob:",
    "form-action": "'self'",
    "base-uri": "'self'",
    "object-src": "'none'",
    "frame-src": "'self'",
}
_PROXY_PATHS = ("/gradio_api/file=http", "/file=http")  # Gradio would fetch any public address for whoever asks


def policy(settings: Settings) -> str:
    """The Content-Security-Policy. A Space is shown inside a frame of the hub's."""
    rules = dict(_POLICY) | {"frame-ancestors": "https://huggingface.co https://*.hf.space" if settings.space_id else "'self'"}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


class Guard:
    """Plain ASGI, so that streams pass through unbuffered."""

    def __init__(self, app: Any, policy: str) -> None:
        self.app = app
        self.headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].lower().startswith(_PROXY_PATHS):
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"Not found"})
            return

        async def with_headers(event: Any) -> None:
            if event["type"] == "http.response.start":
                event = {**event, "headers": [*event.get("headers", []), *self.headers]}
            await send(event)

        await self.app(scope, receive, with_headers)


def allowed_hosts(settings: Settings) -> list[str]:
    """Names that a request may call this server by. Listening to everyone means any name may be right."""
    if settings.space_id or settings.host in ("0.0.0.0", "::"):
        return ["*"]
    return ["127.0.0.1", "localhost", "[::1]", settings.host, *(["*.gradio.live"] if settings.share else [])]


def middleware(settings: Settings) -> list[Middleware]:
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(settings)),
        Middleware(Guard, policy=policy(settings)),
    ]
