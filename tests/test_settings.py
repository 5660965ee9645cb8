"""Settings are read once, flags win, and a bad value is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from phi4web.errors import BadInput
from phi4web.settings import Settings, read


def test_without_anything_the_page_is_for_this_computer_only() -> None:
    settings = read({})
    assert (settings.host, settings.port, settings.exposed, settings.public) == ("127.0.0.1", 7860, False, False)


def test_flags_win_over_our_variables_and_those_over_gradio_ones() -> None:
    env = {"GRADIO_SERVER_PORT": "1", "PHI4WEB_PORT": "2"}
    assert read({"GRADIO_SERVER_PORT": "1"}).port == 1
    assert read(env).port == 2
    assert read(env, port=3, host=None).port == 3


def test_folders_come_from_the_environment(tmp_path: Path) -> None:
    settings = read({"PHI4WEB_CACHE": str(tmp_path), "PHI4WEB_DATA": "~/x"})
    assert settings.cache_dir == tmp_path
    assert settings.data_dir == Path.home() / "x"


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"PHI4WEB_PORT": "eighty"}, "PHI4WEB_PORT='eighty' is not a whole number"),
        ({"PHI4WEB_SHARE": "perhaps"}, "PHI4WEB_SHARE='perhaps' is neither yes nor no"),
        ({"PHI4WEB_AUTH": "nobody"}, "user:password"),
        ({"PHI4WEB_PORT": "70000"}, "Port 70000"),
    ],
)
def test_a_bad_value_is_named_with_its_variable(env: dict[str, str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(env)


def test_a_password_is_never_in_an_error() -> None:
    with pytest.raises(BadInput) as caught:
        read({"PHI4WEB_AUTH": "secretwithoutcolon"})
    assert "secretwithoutcolon" not in str(caught.value)


def test_a_space_gets_public_defaults_and_no_login_prompt() -> None:
    settings = read({"SPACE_ID": "x/y"})
    assert (settings.public, settings.host, settings.needs_auth) == (True, "0.0.0.0", False)
    assert settings.queue_size <= 32
    assert settings.run_seconds <= 600
    assert settings.max_new_tokens <= 4_096
    assert read({"SPACE_ID": "x/y", "PHI4WEB_RUN_SECONDS": "60"}).run_seconds == 60


def test_a_public_page_is_bounded_on_any_machine_and_can_be_set_otherwise() -> None:
    assert read({}, public=True).run_seconds == read({"SPACE_ID": "x/y"}).run_seconds < read({}).run_seconds
    assert read({"PHI4WEB_QUEUE_SIZE": "7"}, public=True).queue_size == 7


def test_strangers_share_a_machine_that_is_there_for_them_and_a_private_one_gives_its_memory_back() -> None:
    private, public = read({}), read({}, public=True)
    assert (private.parallel, private.per_client, private.unload_seconds) == (8, 0, 600)
    assert (public.parallel, public.per_client, public.unload_seconds) == (8, 3, 0)
    env = {"PHI4WEB_PARALLEL": "2", "PHI4WEB_PER_CLIENT": "0", "PHI4WEB_UNLOAD_SECONDS": "30"}
    chosen = read(env, public=True)
    assert (chosen.parallel, chosen.per_client, chosen.unload_seconds) == (2, 0, 30)


@pytest.mark.parametrize("name", ["PHI4WEB_PER_CLIENT", "PHI4WEB_UNLOAD_SECONDS"])
def test_a_limit_below_nothing_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match=f"{name}=-1 is less than 0"):
        read({name: "-1"})


def test_one_person_gets_two_texts_at_once_and_a_host_of_others_eight() -> None:
    assert (read({}).streams, read({}, public=True).streams, read({}, host="0.0.0.0").streams) == (2, 8, 8)
    assert read({"PHI4WEB_SLOTS": "5"}).streams == 5


@pytest.mark.parametrize(
    "name", ["PHI4WEB_MAX_NEW_TOKENS", "PHI4WEB_RUN_SECONDS", "PHI4WEB_QUEUE_SIZE", "PHI4WEB_PARALLEL", "PHI4WEB_SLOTS"]
)
def test_a_limit_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match=name):
        read({name: "0"})


@pytest.mark.parametrize(
    ("settings", "needs"),
    [
        (Settings(), False),
        (Settings(host="localhost"), False),
        (Settings(host="0.0.0.0"), True),
        (Settings(share=True), True),
        (Settings(share=True, no_auth=True), False),
        (Settings(share=True, auth=("a", "b")), False),
    ],
)
def test_an_exposed_page_wants_a_login_unless_told_otherwise(settings: Settings, needs: bool) -> None:
    assert settings.needs_auth is needs


@pytest.mark.parametrize("name", ["PHI4WEB_RUN_SECONDS", "PHI4WEB_UNLOAD_SECONDS"])
def test_a_time_that_no_timer_can_count_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match=f"{name}=99999999999999999999 is more than 4,000,000"):
        read({name: "99999999999999999999"})
