"""Every way in which a server can't be used is one clear line with the way out, and the key is nowhere in it."""

from __future__ import annotations

import logging
import pickle
import socket
import ssl
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from phi4web.engine import remote_server
from phi4web.engine.remote import RemoteEngine, RemoteOptions, open_remote
from phi4web.engine.remote_address import address, hidden
from phi4web.engine.remote_failures import Server, failure
from phi4web.engine.remote_server import look
from phi4web.errors import BadInput, EngineError, LoadFailed
from phi4web.hardware import cpu_only
from phi4web.models import find
from phi4web.plan import plan
from phi4web.settings import Settings, read
from tests.engine.servers.replay import DONE, Answer, chunk, models, replay, texts
from tests.engine.test_remote import KEY, NAME, run, server, text

PEM = Path(__file__).parent / "servers" / "loopback.pem"


def engine_at(url: str, key: str | None = None, *, public: bool = False) -> RemoteEngine:
    return RemoteEngine(address(url), RemoteOptions(find(f"remote:{NAME}"), NAME, key, public, pauses=()))


def opened(url: str, key: str | None = None) -> str:
    """What opening says; it must be one line."""
    with pytest.raises(LoadFailed) as caught:
        engine_at(url, key)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_nobody_listens() -> None:
    port = free_port()
    assert opened(f"http://127.0.0.1:{port}").startswith(f"Nothing listens at http://127.0.0.1:{port}/v1. Start the server")


def test_no_such_host() -> None:
    assert opened("http://no-such-host.invalid:8000").startswith("There is no host named no-such-host.invalid.")


def test_https_where_only_http_is_spoken() -> None:
    with replay(Answer()) as told:
        said = opened(told.url.replace("http:", "https:"))
    assert "does not speak TLS" in said
    assert said.endswith("Try the address with http:// in place of https://.")


def test_a_certificate_that_nobody_vouches_for() -> None:
    """Signed by itself, for localhost."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(PEM)

        def serve() -> None:
            with listening.accept()[0] as one, suppress(OSError):
                context.wrap_socket(one, server_side=True)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        said = opened(f"https://127.0.0.1:{listening.getsockname()[1]}")
        thread.join(5)
    assert said.startswith("The certificate of 127.0.0.1 can't be trusted (self")
    assert "SSL_CERT_FILE" in said


def test_silence_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_server, "SILENCE_SECONDS", 0.3)
    with server(Answer(before=30.0)) as (_, engine), pytest.raises(EngineError, match="said nothing for too long"):
        run(engine)


def test_a_server_that_takes_the_call_and_says_nothing_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_server, "LOOK_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(LoadFailed, match=r"said nothing|did not answer"):
        look(address(f"http://127.0.0.1:{listening.getsockname()[1]}"), None)


def test_a_server_that_answers_byte_by_byte_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte alone comes in time; the whole must."""
    monkeypatch.setattr(remote_server, "LOOK_SECONDS", 0.5)

    def drip(listening: socket.socket) -> None:
        with suppress(OSError), listening.accept()[0] as caller:
            for byte in b"HTTP/1.1 200 OK\r\n" * 3:
                caller.sendall(bytes([byte]))
                time.sleep(0.1)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=drip, args=(listening,))
        dripping.start()
        assert "did not answer within" in opened(f"http://127.0.0.1:{listening.getsockname()[1]}")
        dripping.join()


def test_a_key_is_asked_for_or_refused() -> None:
    refusal = Answer(status=401, body={"error": {"message": f"Invalid API key {KEY}", "code": 401}})
    with replay(Answer(), models=refusal) as told:
        assert opened(told.url).endswith("asks for a key. Set PHI4WEB_REMOTE_KEY.")
        assert opened(told.url, KEY).endswith("does not accept the key (401). Set PHI4WEB_REMOTE_KEY to the right one.")
    with server(refusal, key=KEY) as (_, engine), pytest.raises(EngineError, match="does not accept the key"):
        run(engine)


def test_what_is_forbidden_is_said_without_the_key() -> None:
    with (
        server(Answer(status=403, body={"error": f"{KEY} may not use this model"}), key=KEY) as (_, engine),
        pytest.raises(EngineError, match="does not allow this") as caught,
    ):
        run(engine)
    assert KEY not in str(caught.value)
    assert "… may not use this model" in str(caught.value)


def test_a_model_that_the_server_does_not_have_is_named_with_those_it_has() -> None:
    missing = Answer(status=404, body={"error": {"message": f"The model `{NAME}` does not exist."}})
    with (
        server(missing, listed=models("phi4", "other")) as (_, engine),
        pytest.raises(EngineError, match=f"has no model '{NAME}'. It has: phi4, other"),
    ):
        run(engine)


def test_a_wrong_address_is_no_server() -> None:
    with (
        server(Answer(status=404, body={"detail": "Not Found"})) as (_, engine),
        pytest.raises(EngineError, match=r"no OpenAI-compatible server at http://127.0.0.1:\d+/v1 \(404\). Most addresses end in /v1"),
    ):
        run(engine)
    page = Answer(body="<html><body>Hello</body></html>", content_type="text/html; charset=utf-8")
    with server(page, listed=page) as (_, engine), pytest.raises(EngineError, match="sent text/html instead of a stream"):
        run(engine)


def test_a_server_that_sends_elsewhere_is_not_followed() -> None:
    away = Answer(status=307, body="", headers=(("location", "http://elsewhere.invalid/v1/chat/completions"),))
    with server(away, key=KEY) as (told, engine), pytest.raises(EngineError, match=r"points to another address \(307\)"):
        run(engine)
    assert len(told.requests) == 1


@pytest.mark.parametrize(
    "error", [{"error": {"message": "the GPU fell over", "code": 500}}, {"error": "the GPU fell over"}], ids=["object", "text"]
)
def test_an_error_inside_a_stream_is_told_and_not_tried_again(error: dict[str, Any]) -> None:
    """Sent with status 200, since the answer had begun."""
    with (
        server(Answer((chunk({"role": "assistant"}), *texts("content", ["4"]), error, DONE))) as (told, engine),
        pytest.raises(EngineError, match="failed while it wrote: the GPU fell over"),
    ):
        run(engine)
    assert len(told.requests) == 1


def test_a_stream_that_just_stops_is_no_complete_answer() -> None:
    with server(Answer((*texts("content", ["4"]),))) as (_, engine), pytest.raises(EngineError, match="broke off before the answer"):
        run(engine)


def test_what_is_no_json_is_told_in_one_line() -> None:
    with server(Answer(("data: {oops\n\n",))) as (_, engine), pytest.raises(EngineError, match="can't be read") as caught:
        run(engine)
    assert "\n" not in str(caught.value)


def test_a_list_of_brackets_without_end_is_no_list_of_models() -> None:
    assert remote_server._rows("[" * 200_000) is None


def test_a_model_whose_name_is_no_text_or_holds_terminal_codes_is_left_out() -> None:
    rows = remote_server._rows('{"data": [{"id": 5}, {"id": null}, {"id": ""}, {"id": "m\\u001b[31m"}, {"id": "good"}, 7]}')
    assert [row["id"] for row in rows or ()] == ["good"]


def test_half_a_character_from_a_server_becomes_one_that_can_be_saved() -> None:
    half = 'data: {"choices":[{"index":0,"delta":{"content":"4\\ud800"},"finish_reason":"stop"}]}\n\n'
    with server(Answer((half, DONE))) as (_, engine):
        assert text(run(engine), "solution") == "4\ufffd"


def test_a_refusal_says_the_servers_words_cut_to_one_line() -> None:
    with (
        server(Answer(status=400, body={"error": {"message": "bad\n" + "x" * 5000}})) as (_, engine),
        pytest.raises(EngineError, match=r"refused the request \(400\): bad x") as caught,
    ):
        run(engine)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_content_filter_is_no_answer() -> None:
    with (
        server(Answer((*texts("content", ["4"]), chunk({}, "content_filter"), DONE))) as (_, engine),
        pytest.raises(EngineError, match="content filter"),
    ):
        run(engine)


def test_the_key_is_in_requests_and_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    settings = read({"PHI4WEB_REMOTE_URL": "http://127.0.0.1:1", "PHI4WEB_REMOTE_KEY": KEY})
    assert settings.remote_key == KEY
    seen = [repr(settings), repr(RemoteOptions(find("remote:x"), "x", KEY)), repr(Server(address("http://h"), "x", KEY))]
    with server(Answer((*texts("content", ["4"]), chunk({}, "stop"), DONE)), key=KEY) as (told, engine):
        events = run(engine)
        seen += [repr(engine.info), repr(events), pickle.dumps(engine.info).decode("latin-1")]
    assert {k.lower(): v for k, v in told.headers[-1].items()}["authorization"] == f"Bearer {KEY}"
    assert KEY not in "\n".join([*seen, caplog.text, *(str(r.__dict__) for r in caplog.records)])


def test_a_key_goes_nowhere_without_a_server_and_openais_is_the_second_choice() -> None:
    url = {"PHI4WEB_REMOTE_URL": "http://h"}
    assert read({"OPENAI_API_KEY": KEY}).remote_key is None
    assert read({"PHI4WEB_REMOTE_KEY": KEY}).remote_key is None
    assert read(url | {"OPENAI_API_KEY": KEY}).remote_key == KEY
    assert read(url | {"OPENAI_API_KEY": "other", "PHI4WEB_REMOTE_KEY": KEY}).remote_key == KEY
    assert read({"OPENAI_API_KEY": KEY}, remote_url="http://h").remote_key == KEY


def test_names_from_the_environment_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The openai package reads them by itself."""
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.invalid")
    monkeypatch.setenv("HTTP_PROXY", "http://elsewhere.invalid:1")
    with server(Answer((*texts("content", ["4"]), chunk({}, "stop"), DONE))) as (told, engine):
        run(engine)
    assert KEY not in str(told.headers)


def test_strangers_do_not_learn_where_the_server_is() -> None:
    port = free_port()
    with pytest.raises(LoadFailed) as caught:
        engine_at(f"http://127.0.0.1:{port}", public=True)
    assert str(caught.value).startswith("Nothing listens at the server.")
    assert str(port) not in str(caught.value)


WHERE = address("https://gpu-box.corp:8443/v1")
WORDS = "upstream gpu-box.corp:8443 (https://gpu-box.corp:8443/v1) failed"


def answered(status: int, words: str = WORDS) -> openai.APIStatusError:
    response = httpx.Response(status, request=httpx.Request("POST", WHERE.base))
    return openai.APIStatusError(words, response=response, body={"error": {"message": words}})


def unconnected(cause: Exception | None, kind: type[openai.APIConnectionError] = openai.APIConnectionError) -> openai.APIConnectionError:
    error = kind(request=httpx.Request("POST", WHERE.base))
    error.__cause__ = cause
    return error


def wrong_certificate() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, WORDS)
    error.verify_message = "Hostname mismatch, certificate is not valid for 'gpu-box.corp'."
    return error


BRANCHES: list[Exception] = [
    *(answered(status) for status in (307, 400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504)),
    answered(404, f"no such model at {WORDS}"),
    answered(400, f"This model's maximum context length is 4096 tokens, says {WORDS}"),
    *map(unconnected, (None, wrong_certificate(), ssl.SSLError(1, WORDS), socket.gaierror(-2, WORDS), ConnectionRefusedError(111, WORDS))),
    unconnected(None, openai.APITimeoutError),
    unconnected(httpx.ConnectTimeout(WORDS), openai.APITimeoutError),
    openai.APIError(WORDS, httpx.Request("POST", WHERE.base), body=WORDS),
    ValueError(WORDS),
]


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("error", BRANCHES, ids=lambda error: f"{type(error).__name__} {getattr(error, 'status_code', '')}".strip())
def test_no_failure_tells_strangers_host_port_or_address_and_each_tells_the_owner_what_is_meant(error: Exception, key: str | None) -> None:
    said = str(failure(error, Server(hidden(WHERE), NAME, key)))
    assert not any(secret in said for secret in ("gpu-box", "corp", "8443", "http://gpu", "https://gpu")), said
    assert "server" in said.lower()
    assert "server at the server" not in said.lower()
    assert said[0].isupper()
    assert str(failure(error, Server(WHERE, NAME, key)))


def test_strangers_do_not_learn_it_from_an_answer_that_breaks_off_either() -> None:
    for answer in (Answer((*texts("content", ["4"]),)), Answer(body="<html>", content_type="text/html")):
        with replay(answer) as told:
            engine = engine_at(told.url, public=True)
            with pytest.raises(EngineError, match=r"^The server (broke off|sent text/html)"):
                run(engine)
            engine.close()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SSL_CERT_FILE", "/no/such/file.pem", r"SSL_CERT_FILE names can't be read \(/no/such/file.pem\)"),
        ("SSL_CERT_FILE", __file__, "SSL_CERT_FILE names can't be read"),
        ("HTTPS_PROXY", "nonsense://me:hunter2@h", "The proxy that the environment names can't be used"),
    ],
    ids=["no file", "no certificate in it", "proxy"],
)
def test_an_environment_that_can_not_be_used_is_named_and_leaves_no_thread(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    before = set(threading.enumerate())
    for opening in (engine_at, lambda url: look(address(url), None)):
        with pytest.raises(LoadFailed, match=said) as caught:
            opening("https://gpu.invalid")
        assert "hunter2" not in str(caught.value)
    assert set(threading.enumerate()) <= before  # one of an earlier test may end meanwhile


def test_a_key_over_plain_http_is_warned_of() -> None:
    assert address("http://gpu.example:8000").plain
    assert not address("http://127.0.0.1:8000").plain
    assert not address("https://gpu.example").plain


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("http://h:8000", "http://h:8000/v1"),
        ("http://h:8000/", "http://h:8000/v1"),
        ("https://h/v1/", "https://h/v1"),
        ("https://h/api/v2", "https://h/api/v2"),
        ("http://h/v1/chat/completions", "http://h/v1"),
        ("http://h/v1/models", "http://h/v1"),
        ("https://mine.openai.azure.com/openai/v1/", "https://mine.openai.azure.com/openai/v1"),
        ("http://[::1]:8080", "http://[::1]:8080/v1"),
    ],
)
def test_addresses_as_people_type_them(typed: str, base: str) -> None:
    assert address(typed).base == base


@pytest.mark.parametrize("typed", ["", "localhost:8000", "ftp://h", "http://", "http://h:99999", "http://[", "h"])
def test_what_is_no_address_is_named(typed: str) -> None:
    with pytest.raises(BadInput, match="Give one like"):
        address(typed)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    for typed in ("http://me:hunter2@h:8000", "htp://me:hunter2@h"):
        with pytest.raises(BadInput) as caught:
            address(typed)
        assert "hunter2" not in str(caught.value)
    assert "hunter2" not in address("http://h/v1?api-key=hunter2").shown


def test_without_an_address_a_remote_model_says_what_is_missing() -> None:
    model = find("remote:phi4")
    with pytest.raises(LoadFailed, match="--remote URL or PHI4WEB_REMOTE_URL"):
        open_remote(Settings(), plan(cpu_only(16), model))
