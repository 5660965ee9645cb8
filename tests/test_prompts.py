import pytest
from hypothesis import given
from hypothesis import strategies as st

from phi4web.models import CATALOGUE, EMBEDDED, Model, find
from phi4web.prompts import (
    CLOSE_THOUGHT,
    CONTROL_TOKENS,
    Message,
    chat_messages,
    control_tokens,
    defuse,
    render,
    retry_messages,
    solve_messages,
    template_report,
    without_thought,
)
from phi4web.reasoning import Splitter

REASONING = [find("Phi-4-reasoning"), find("Phi-4-reasoning-plus")]
ALL_TOKENS = sorted({t for tokens in CONTROL_TOKENS.values() for t in tokens})


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda m: m.id)
def test_solve_asks_for_the_answer_in_a_box_and_holds_the_problem_once(model: Model) -> None:
    text = " ".join(m.content for m in solve_messages(model, " Solve 2x + 3 = 7. \n"))
    assert text.count("Solve 2x + 3 = 7.") == 1
    assert "\\boxed{" in text


@pytest.mark.parametrize("model", REASONING, ids=lambda m: m.id)
def test_phi_4_reasoning_never_gets_a_system_message(model: Model) -> None:
    """Its template puts its own in place of the caller's, and in some builds drops the user's text as well."""
    turns = [
        Message("system", "Use degrees."),
        Message("user", "sin 30?"),
        Message("assistant", "<think>hm</think>0.5"),
        Message("user", "cos?"),
    ]
    for sent in (solve_messages(model, "sin 30?"), chat_messages(model, turns), retry_messages(model, "1+1?", "3", "1+1 is 2")):
        assert all(m.role != "system" for m in sent)
    assert chat_messages(model, turns) == (Message("user", "Use degrees.\n\nsin 30?"), Message("assistant", "0.5"), Message("user", "cos?"))


def test_other_models_keep_their_system_message() -> None:
    turns = (Message("system", "Use degrees."), Message("user", "sin 30?"))
    assert chat_messages(find("phi-4"), turns) == turns


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>long\nthought</think>\n\nx = 2", "x = 2"),
        ("\n<think>a<\\think>b", "b"),
        ("<think>never closed", ""),
        ("x = 2", "x = 2"),
        ("Write <think>a</think> like this", "Write <think>a</think> like this"),
    ],
)
def test_old_thoughts_are_not_sent_back(text: str, left: str) -> None:
    assert without_thought(text) == left
    sent = chat_messages(find("Phi-4-mini-reasoning"), [Message("user", "?"), Message("assistant", text), Message("user", "and?")])
    assert sent[1].content == left


@given(st.lists(st.sampled_from([*ALL_TOKENS, "<|", "|>", "<", "x", " "]), max_size=8).map("".join), st.sampled_from(CATALOGUE))
def test_no_control_token_gets_through_from_a_user(text: str, model: Model) -> None:
    sent = (*solve_messages(model, text), *chat_messages(model, [Message("user", text)]), *retry_messages(model, text, "1", text))
    assert not any(token in m.content for m in sent for token in ALL_TOKENS)


@given(st.text(alphabet="ab<>|/\\{}$ \n"))
def test_ordinary_text_is_sent_as_it_is(text: str) -> None:
    assert defuse(text) == text


def test_a_retry_shows_the_model_its_answer_and_the_counterexample() -> None:
    sent = retry_messages(EMBEDDED, "Solve x^2 = 4.", "<think>hm</think>x = 3", "x = 3 gives 9, not 4")
    assert [m.role for m in sent[-3:]] == ["user", "assistant", "user"]
    assert sent[-3].content == "Solve x^2 = 4."
    assert sent[-2].content == "x = 3"
    assert "x = 3 gives 9, not 4" in sent[-1].content


@pytest.mark.parametrize(
    ("problem", "like"),
    [
        ("Differentiate x^2 = y.", "derivative"),
        ("Solve x^2 - 4 = 0.", "x^2"),
        ("Find x if 2x = 5.", "Solve 3x"),
        ("What is 12 + 30?", "25 + 13"),
    ],
)
def test_the_small_model_is_shown_worked_examples_of_the_same_kind(problem: str, like: str) -> None:
    *shown, asked = solve_messages(EMBEDDED, problem)
    assert asked == Message("user", problem)
    assert [m.role for m in shown] == ["user", "assistant"] * (len(shown) // 2)
    assert any(like in m.content for m in shown)
    assert all("\\boxed{" in m.content for m in shown[1::2])


TURNS = (Message("user", "1+1?"), Message("assistant", "2"), Message("user", "2+2?"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "phi-4",
            "<|im_start|>user<|im_sep|>1+1?<|im_end|><|im_start|>assistant<|im_sep|>2<|im_end|>"
            "<|im_start|>user<|im_sep|>2+2?<|im_end|><|im_start|>assistant<|im_sep|>",
        ),
        ("Phi-4-mini-instruct", "<|user|>1+1?<|end|><|assistant|>2<|end|><|user|>2+2?<|end|><|assistant|>"),
        (
            "Phi-4-mini-reasoning",
            "<|system|>Your name is Phi, an AI math expert developed by Microsoft.<|end|>"
            "<|user|>1+1?<|end|><|assistant|>2<|end|><|user|>2+2?<|end|><|assistant|>",
        ),
        (
            "SmolLM2-135M-Instruct",
            "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
            "<|im_start|>user\n1+1?<|im_end|>\n<|im_start|>assistant\n2<|im_end|>\n<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n",
        ),
    ],
)
def test_our_own_rendering_is_that_of_the_family(name: str, text: str) -> None:
    assert render(find(name), TURNS) == text


def test_our_rendering_for_phi_4_reasoning_asks_for_the_thought_and_keeps_the_callers_text() -> None:
    text = render(REASONING[0], (Message("system", "Use degrees."), *TURNS))
    assert text.startswith("<|im_start|>system<|im_sep|>You are Phi.")
    assert text.count("Use degrees.") == text.count("<think>") == text.count("<|im_start|>system") == 1
    assert text.endswith("<|im_start|>assistant<|im_sep|>")


def test_mini_reasoning_appends_the_callers_system_text() -> None:
    text = render(find("Phi-4-mini-reasoning"), (Message("system", "Use degrees."), *TURNS))
    assert text.startswith("<|system|>Your name is Phi, an AI math expert developed by Microsoft. Use degrees.<|end|><|user|>")


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda m: m.id)
def test_what_structures_a_prompt_is_stripped_from_what_comes_back(model: Model) -> None:
    splitter = Splitter(model.thinks, strip=control_tokens(model))
    assert splitter.feed("x = 2" + "".join(model.stop_tokens)) == [("solution", "x = 2")]


def test_the_words_that_end_a_thought_end_it() -> None:
    splitter = Splitter()
    pieces = splitter.feed("<think>hm" + CLOSE_THOUGHT + "x = 2")
    assert pieces[-1] == ("solution", "x = 2")


def good(messages: list[dict[str, str]]) -> str:
    return "".join(f"<{m['role']}>{m['content']}" for m in messages) + "<assistant>"


def swallows_user(messages: list[dict[str, str]]) -> str:
    """As one published build of Phi-4-reasoning: with a system message it prints its own once for each message."""
    if messages[0]["role"] == "system":
        return "BAKED" * len(messages) + "<assistant>"
    return "BAKED" + good(messages)


def repeats(messages: list[dict[str, str]]) -> str:
    return good(messages) + good(messages)


def refuses_system(messages: list[dict[str, str]]) -> str:
    if messages[0]["role"] == "system":
        raise ValueError("System role not supported\nat line 3")
    return good(messages) + "<think>\n"


def broken(messages: list[dict[str, str]]) -> str:
    raise KeyError("tools")


def one_turn(messages: list[dict[str, str]]) -> str:
    return good(messages[-1:])


def test_a_good_template_has_no_problems() -> None:
    report = template_report(good)
    assert (report.system_kept, report.user_once, report.opens_thought, report.drops_thoughts, report.problems) == (
        True,
        True,
        False,
        False,
        (),
    )


def test_a_template_that_overwrites_the_system_message_is_told() -> None:
    report = template_report(swallows_user)
    assert (report.system_kept, report.usable, report.problems) == (False, True, ())


def test_a_template_that_repeats_the_user_is_not_usable() -> None:
    report = template_report(repeats)
    assert not report.usable
    assert report.problems[0] == "The chat template puts the user's text in 2 times instead of once."


def test_a_template_that_opens_the_thought_and_refuses_system_messages_is_told() -> None:
    report = template_report(refuses_system)
    assert (report.usable, report.system_kept, report.opens_thought) == (True, False, True)
    assert report.problems == ("The chat template refuses a system message: System role not supported.",)


def test_a_template_that_fails_or_forgets_is_told() -> None:
    assert template_report(broken).problems[0] == "The chat template fails: 'tools'."
    assert not template_report(broken).usable
    assert template_report(one_turn).problems == ("The chat template puts an earlier answer in 0 times.",)


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda m: m.id)
def test_our_own_rendering_passes_the_same_probe(model: Model) -> None:
    report = template_report(lambda rows: render(model, [Message(r["role"], r["content"]) for r in rows]))  # type: ignore[arg-type]
    assert (report.system_kept, report.user_once, report.opens_thought, report.problems) == (True, True, False, ())
