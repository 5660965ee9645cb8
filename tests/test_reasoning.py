import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from phi4web.reasoning import Piece, Splitter, split

STRIP = ("<|im_end|>", "<|im_start|>", "<|end|>", "<|endoftext|>")


@pytest.mark.parametrize(
    ("text", "thought", "solution"),
    [
        ("<think>First x.</think>x = 2", "First x.", "x = 2"),
        ("\n <think>\nFirst x.\n</think>\n\nx = 2", "First x.", "x = 2"),
        ("<think>First x.<\\think>x = 2", "First x.", "x = 2"),
        ("<think></think>x = 2", "", "x = 2"),
        ("<think>a</think>\n</think>b</think>", "a", "b</think>"),
        ("<think>never closed, x = 2", "never closed, x = 2", ""),
        ("<think>half a tag </thin", "half a tag </thin", ""),
        ("x = 2", "", "x = 2"),
        ("", "", ""),
        ("<|im_start|><think>First x.</think>x = 2<|im_end|>", "First x.", "x = 2"),
        ("<think>a</think>The tag <think> begins and </think> ends it.", "a", "The tag <think> begins and </think> ends it."),
        ("Take <think> literally </think>.", "", "Take <think> literally </think>."),
        ("<think>a <think> b</think>c", "a <think> b", "c"),
        ("<think>1 < 2 and a</b></think>3 < 4 <", "1 < 2 and a</b>", "3 < 4 <"),
        ("<think>so<|end|> on</think>x<|endoftext|>", "so on", "x"),
        ("<th<|end|>ink>x", "", "<think>x"),
        ("x<|im_", "", "x<|im_"),
    ],
)
def test_thought_and_solution_of_what_phi_writes(text: str, thought: str, solution: str) -> None:
    assert split(text, strip=STRIP) == (thought, solution)


@pytest.mark.parametrize(
    ("text", "thought", "solution"),
    [
        ("First x.</think>x = 2", "First x.", "x = 2"),
        ("<think>First x.</think>x = 2", "First x.", "x = 2"),
        ("</think>x = 2", "", "x = 2"),
        ("never closed", "never closed", ""),
        ("a <think> b</think>c", "a <think> b", "c"),
    ],
)
def test_a_thought_that_the_prompt_opened(text: str, thought: str, solution: str) -> None:
    assert split(text, prefilled=True) == (thought, solution)


def test_a_model_that_does_not_think_may_write_tags() -> None:
    assert split("<think>a</think>b<|end|>", thinks=False, strip=STRIP) == ("", "<think>a</think>b")


def test_text_is_passed_on_at_once_unless_it_may_be_a_tag() -> None:
    splitter = Splitter(strip=STRIP)
    assert splitter.feed("<thi") == []
    assert splitter.feed("nk>\n") == []
    assert splitter.part == "thought"
    assert splitter.feed("Let x") == [("thought", "Let x")]
    assert splitter.feed(" <") == [("thought", " ")]
    assert splitter.feed(" 3.</th") == [("thought", "< 3.")]
    assert splitter.feed("ink>\n\nx = 2<|im") == [("solution", "x = 2")]
    assert splitter.feed("_end|>") == []
    assert splitter.finish() == []
    assert splitter.part == "solution"


def test_one_piece_may_hold_both_parts() -> None:
    assert Splitter().feed("<think>a</think>b") == [("thought", "a"), ("solution", "b")]


def test_the_engine_may_end_the_thought_itself() -> None:
    splitter = Splitter()
    assert splitter.feed("<think>on and on </") == [("thought", "on and on ")]
    assert splitter.close() == [("thought", "</")]
    assert splitter.feed("\n\n</think>\nx = 2") == [("solution", "x = 2")]
    assert splitter.part == "solution"


def joined(pieces: list[Piece]) -> tuple[str, str]:
    thought, solution = ("".join(text for part, text in pieces if part == wanted) for wanted in ("thought", "solution"))
    return thought, solution


TEXTS = st.lists(
    st.sampled_from(["<think>", "</think>", "<\\think>", *STRIP, "<", "</", "<|", "|>", "think>", "<thi", "a", " ", "\n", "x < 2", "é∫"]),
    max_size=12,
).map("".join)


@given(TEXTS, st.lists(st.integers(0, 80)), st.booleans(), st.booleans())
@example("<think>a</think>b", list(range(20)), True, False)
def test_any_chunking_gives_the_same_result(text: str, cuts: list[int], thinks: bool, prefilled: bool) -> None:
    ends = sorted({min(c, len(text)) for c in cuts} | {len(text)})
    splitter = Splitter(thinks, prefilled, STRIP)
    pieces = [p for start, end in zip([0, *ends], ends, strict=False) for p in splitter.feed(text[start:end])] + splitter.finish()
    whole = Splitter(thinks, prefilled, STRIP)
    assert joined(pieces) == joined(whole.feed(text) + whole.finish())
    assert splitter.part == whole.part
    assert all(piece for _, piece in pieces)


PARTS = st.lists(st.sampled_from(["<|", "<|en", "d|>", "<|end|>", "<t", "<", "a", "b"]), max_size=10).map("".join)


@given(PARTS, st.lists(st.integers(0, 60)))
@example("<|end|>", [4])
def test_chunking_with_markers_that_begin_alike(text: str, cuts: list[int]) -> None:
    """One marker may be the beginning of another: the longest that fits counts, however the text is cut."""
    marks = ("<|en", "<|end|>", "<t", "a")
    ends = sorted({min(c, len(text)) for c in cuts} | {len(text)})
    splitter, whole = Splitter(strip=marks), Splitter(strip=marks)
    pieces = [p for start, end in zip([0, *ends], ends, strict=False) for p in splitter.feed(text[start:end])] + splitter.finish()
    assert joined(pieces) == joined(whole.feed(text) + whole.finish())
    assert joined(Splitter(strip=marks).feed("x<|end|>y")) == ("", "xy")


@given(TEXTS, st.booleans())
def test_it_splits_where_a_reader_of_the_whole_text_would(text: str, prefilled: bool) -> None:
    body = text.strip()
    opened = body.startswith("<think>")
    if not opened and not prefilled:
        assert split(text) == ("", body)
        return
    thought, *rest = re.split(r"</think>|<\\think>", body.removeprefix("<think>"), maxsplit=1)
    solution = re.sub(r"^(\s*(</think>|<\\think>))*", "", "".join(rest))
    assert split(text, prefilled=prefilled) == (thought.strip(), solution.strip())
