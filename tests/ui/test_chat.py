"""What the Chat tab shows."""

from __future__ import annotations

from phi4web.notebook import Chat, Turn
from phi4web.runs import Services
from phi4web.ui import chat
from phi4web.ui.follow import Screen
from tests.ui.values import VERIFIED


def texts(shown: chat.Messages) -> list[str]:
    return [message["content"][0]["text"] for message in shown]


def test_while_it_thinks_only_the_last_sentence_is_sent_and_afterwards_the_whole_is_folded() -> None:
    thinking = Chat("c", turns=(Turn("user", "q"), Turn("assistant", "", thought="One thing. Another thing. And", state="thinking")))
    assert texts(chat.messages(thinking)) == ["q", "Another thing."]
    assert chat.messages(thinking)[1]["metadata"]["status"] == "pending"
    done = Chat("c", turns=(Turn("user", "q"), Turn("assistant", "So.", thought="One thing. Another thing. And")))
    assert texts(chat.messages(done)) == ["q", "One thing. Another thing. And", "So."]
    assert chat.messages(done)[1]["metadata"]["status"] == "done"


def test_a_checked_answer_ends_with_its_verdict_and_reading() -> None:
    checked = Chat("c", turns=(Turn("user", "q"), Turn("assistant", "x = 2", verdict=VERIFIED)))
    assert texts(chat.messages(checked))[-1].endswith(
        '<span class="verified">✓ <b>Verified</b></span> exact · read as \\(x^{2} - 5 x + 6 = 0\\)'
    )


def test_markup_of_user_and_model_stays_text() -> None:
    shown = chat.messages(Chat("c", turns=(Turn("user", "<b>q</b>"), Turn("assistant", "<img src=x>", thought="<script>"))))
    assert not any("<b" in t or "<img" in t or "<script" in t for t in texts(shown))


def test_an_answer_is_followed_and_errors_are_told_under_the_chat(services: Services) -> None:
    made = services.store.create_chat()
    *_, last = chat.ask(services, Screen(), made.id, "What is 12 + 30?", None)
    assert "42" in texts(last[0])[-1]
    assert 'data-state="done"' in last[1]
    ((_, line),) = chat.ask(services, Screen(), made.id, "   ", None)
    assert "The problem is empty." in line


def test_what_is_asked_while_an_answer_is_written_is_not_taken_and_that_answer_is_shown(services: Services) -> None:
    made = services.store.create_chat()
    next(chat.ask(services, Screen(), made.id, "a slow one", None))
    for text in ("And this?", "a slow one"):
        elsewhere = chat.ask(services, Screen(), made.id, text, None)
        assert texts(next(elsewhere)[0])[0] == "a slow one"
    assert chat.taken(services, made.id, " a slow one\n")
    assert not chat.taken(services, made.id, "And this?")
    chat.stop(services, made.id)
    *_, last = elsewhere
    assert 'data-state="stopped"' in last[1]
    assert [turn.text for turn in services.store.chat(made.id).turns if turn.role == "user"] == ["a slow one"]  # type: ignore[union-attr]


def test_a_new_chat_is_not_made_beside_an_empty_one(services: Services) -> None:
    first = chat.new_chat(services)
    assert chat.new_chat(services).id == first.id
