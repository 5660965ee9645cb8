"""The page: four tabs on one Blocks (three where strangers come), and how it is served.

In: Services. Out: a running server. The engine and the checker warm up after the page answers.
"""

from __future__ import annotations

import errno
import itertools
import logging
import os
import secrets
import socket
import threading
from dataclasses import replace

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read at import; nothing of ours may call home
os.environ.setdefault("GRADIO_SSR_MODE", "False")

import gradio as gr

from phi4web.errors import BadInput, Phi4webError
from phi4web.runs import Services
from phi4web.settings import Settings
from phi4web.ui import chat, compare, components, endpoints, hardware, notebook
from phi4web.ui.theme import ASSETS, css, head, theme
from phi4web.ui.web import middleware

log = logging.getLogger(__name__)
TITLE = "phi4web"
MOST_EVENTS = 512  # presses and open streams of all visitors that wait for a thread
THREADS = 120  # every open stream holds one while it waits
MOST_EMPTY = 1_000  # worksheets, and chats, that strangers opened and wrote nothing in
TIDY_VISITS = 100
QUEUE_SIZE = 512  # events that wait for Gradio; runs have their own line in phi4web.runs


def build_app(services: Services) -> gr.Blocks:
    """The whole page. Nothing heavy happens here."""
    with gr.Blocks(title=TITLE, analytics_enabled=False) as demo:
        gr.HTML('<a class="skip" href="#cells">Skip to the problems</a>', js_on_load=None, apply_default_css=False)
        bus, wire = components.bus(), components.wire()
        components.live_region()
        top = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="top")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Notebook", id="notebook"):
                notebook.build(demo, services, bus, wire, top)
            with gr.Tab("Chat", id="chat"):
                chat.build(demo, services, wire)
            if not services.settings.public:  # strangers have one model, and nothing to compare it with
                with gr.Tab("Compare", id="compare"):
                    compare.build(demo, services)
            with gr.Tab("Hardware", id="hardware") as tab:
                hardware.build(demo, services, tab)
        endpoints.build(services)
        if services.settings.public:
            visits = itertools.count()
            demo.load(lambda: tidy(services, next(visits)), None, None, **components.QUICK)
    demo.queue(max_size=QUEUE_SIZE, api_open=False, default_concurrency_limit=8)
    return demo


def tidy(services: Services, visit: int) -> None:
    """Every visit of a stranger opens a worksheet and a chat; now and then those that stayed empty go."""
    if visit % TIDY_VISITS == 0:
        services.store.forget_empty(MOST_EMPTY)


def launch(services: Services, settings: Settings, block: bool = True) -> tuple[str, gr.Blocks]:
    """Serves the page and prints its link. Raises BadInput if the port is taken.

    Gives the link and the running Blocks (`close()` ends it); with `block`, only after Ctrl-C.
    """
    require_free_port(settings)
    settings = with_auth(settings)
    demo = build_app(services)
    _, local, shared = demo.launch(
        server_name=settings.host,
        server_port=settings.port,
        share=settings.share,
        auth=settings.auth,
        prevent_thread_lock=True,
        quiet=True,
        show_error=False,
        run_history=False,
        footer_links=[],
        enable_monitoring=False,
        max_file_size="1mb",
        max_threads=THREADS,
        state_session_capacity=256,
        ssr_mode=False,
        pwa=False,
        favicon_path=ASSETS / "logo.svg",
        theme=theme(),
        css=css(),
        head=head(),
        app_kwargs={"middleware": middleware(settings)},
    )
    url = shared or local.rstrip("/")
    print(f"phi4web is at {url}", flush=True)
    threading.Thread(target=warm_up, args=(services,), name="warm-up", daemon=True).start()
    if block:
        try:
            demo.block_thread()
        finally:
            services.close()
    return url, demo


def warm_up(services: Services) -> None:
    """Starts the checker's process and loads the default model, so that the first run waits for neither."""
    services.checker.warm()
    try:
        with services.host.use():
            pass
    except Phi4webError as error:  # the first run says it to the user, where it can be read
        log.info("nothing loaded yet: %s", error)


def with_auth(settings: Settings) -> Settings:
    """Settings with a login where one is needed; a password made here is printed, this once."""
    if not settings.needs_auth:
        return settings
    password = secrets.token_urlsafe(12)
    print(f"Others can reach this page, so it asks for a login: user phi4web, password {password}", flush=True)
    return replace(settings, auth=("phi4web", password))


def require_free_port(settings: Settings) -> None:
    """Raises BadInput naming the port if something listens there already."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except socket.gaierror:
            raise BadInput(f"{settings.host!r} is not an address of this computer.", "Use --host 127.0.0.1, or 0.0.0.0.") from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise BadInput(f"{settings.host} is not an address of this computer.", "Use --host 127.0.0.1, or 0.0.0.0.") from None
            raise BadInput(
                f"Port {settings.port} on {settings.host} can't be used: {error.strerror or error}.",
                f"Choose another: --port {settings.port + 1}",
            ) from None
