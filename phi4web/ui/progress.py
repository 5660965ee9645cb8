"""What a run or an answer in a chat shows while it goes on: glyph, words, meter, and the button that asks for the answer now.

Pure. The pieces keep their places from picture to picture: the page replaces them one by one, and a button that moved would
take the focus, or a press, that was meant for another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from phi4web.notebook import RunState
from phi4web.ui.words import ordinal

PROGRESS: dict[RunState, str] = {"queued": "○", "loading": "◔", "reading": "◔", "thinking": "◐", "answering": "◑", "checking": "◕"}
TICKER_CHARS = 140
# A thought that is cut at its very start is no better than none, and a button that flashes by helps nobody.
HURRY_TOKENS = 256
HURRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What a picture depends on beside the run. `now`: seconds since the epoch. `place` in line, 0: running.

    `ticker`: the sentence of the thought to show. `hurried`: the answer was asked for.
    """

    now: float
    ticker: str = ""
    place: int = 0
    hurried: bool = False


def sign(state: RunState) -> str:
    return f'<i class="glyph">{PROGRESS[state]}</i>'


def waiting(place: int) -> str:
    return f"Waiting, {ordinal(place)} in line" if place > 0 else "Starting"


def meter(share: float | None, label: str, told: str) -> str:
    """A quiet bar; `share` from 0 to 1, None: an empty place for it. `told` says the same to screen readers."""
    if share is None:
        return '<span class="meter" hidden></span>'
    percent = round(100 * min(max(share, 0.0), 1.0))
    return (
        f'<span class="meter" role="progressbar" aria-label="{escape(label)}" aria-valuemin="0" aria-valuemax="100"'
        f' aria-valuenow="{percent}" aria-valuetext="{escape(told)}"><i style="width:{percent}%"></i></span>'
    )


def thinking_meter(tokens: int, budget: int | None) -> str:
    """312 of 4,096 tokens, as a bar and in figures; on narrow screens 312/4,096. Two elements."""
    if budget is None:
        return meter(None, "", "") + f'<span class="tokens">{tokens:,}<span class="wide"> tokens</span></span>'
    told = f"{tokens:,} of {budget:,} thinking tokens used"
    of = '<span class="wide"> of </span><span class="narrow">/</span>'
    figures = f'<span class="tokens">{tokens:,}{of}{budget:,}<span class="wide"> tokens</span></span>'
    return meter(tokens / budget, "thinking budget", told) + figures


def loading_meter(share: float | None, words: str) -> str:
    """How far a load or download is. Two elements."""
    return meter(share, "loading", words) + '<span class="tokens" hidden></span>'


def no_meter() -> str:
    return loading_meter(None, "")


def may_hurry(tokens: int, seconds: float = HURRY_SECONDS) -> bool:
    """Whether a thought of so many tokens and seconds is worth ending by hand."""
    return tokens >= HURRY_TOKENS and seconds >= HURRY_SECONDS


def hurry_button(offered: bool, hurried: bool = False) -> str:
    """Always there, so that nothing else moves; hidden unless `offered`. Once pressed it says so and does nothing more."""
    label = "The thought is being ended" if hurried else "Answer now: end the thought and write the answer"
    face = "Answering…" if hurried else '<i class="glyph">⇥</i> Answer now'
    state = (' aria-disabled="true"' if hurried else ' data-do="now"') + ("" if offered else " hidden")
    return f'<button type="button" class="now" aria-label="{label}" title="{label}"{state}>{face}</button>'


def ticker_of(thought: str) -> str:
    """The last complete sentence of a thought, in one short line."""
    tail = " ".join(thought[-4 * TICKER_CHARS :].split())
    sentences = [s.strip() for s in re.split(r"(?<=[.!?:])\s+", tail)]
    last = next((s for s in reversed(sentences[:-1] if len(sentences) > 1 else sentences) if len(s) > 3), "")
    return last if len(last) <= TICKER_CHARS else last[: TICKER_CHARS - 1] + "…"
