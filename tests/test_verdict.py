"""Verdicts travel as JSON without losing anything, and every reason says what the user can do."""

from __future__ import annotations

import json
import pickle
from typing import get_args

import pytest

from phi4web.errors import ParseFailure, UnknownModel
from phi4web.verdict import WAY_OUT, Reason, StepMark, Verdict, could_not_check


def test_a_verdict_comes_back_from_json_as_it_was() -> None:
    verdict = Verdict(
        "refuted",
        strength="exact",
        reading=r"\frac{d}{dx} x^2",
        witness="at x = 1 …",
        completeness="complete",
        grade="incorrect",
        steps=(StepMark("1=2", "✗", "does not follow", "1 ≠ 2"), StepMark("2=2", "✓", "equal")),
        first_wrong=0,
        seconds=0.2,
    )
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(TypeError):
        Verdict.from_dict({"status": "verified", "trust_me": True})


def test_every_reason_has_one_thing_to_do() -> None:
    assert set(WAY_OUT) == set(get_args(Reason))
    assert all(words.endswith(".") and "\n" not in words for words in WAY_OUT.values())


def test_a_failed_check_says_why() -> None:
    verdict = could_not_check("not_understood", "frobnicate", reading="x")
    assert (verdict.status, verdict.reason, verdict.detail, verdict.reading) == ("could_not_check", "not_understood", "frobnicate", "x")


@pytest.mark.parametrize("error", [ParseFailure("no", 2, 5), UnknownModel("no model x.", "Try y.")])
def test_errors_cross_a_process_boundary_whole(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
