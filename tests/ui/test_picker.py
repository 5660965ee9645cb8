"""Which model a choice or a typed name leads to, and for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from phi4web.errors import BadInput, UnknownModel
from phi4web.runs import Services
from phi4web.ui.picker import about, chosen


def test_strangers_get_what_is_offered_and_no_name_of_theirs_is_looked_up(services: Services) -> None:
    public = replace(services, settings=replace(services.settings, public=True))
    for name in ("Phi-4-reasoning:nf4", "/etc", "org/name", "remote:x"):
        with pytest.raises(BadInput, match="its own models only"):
            chosen(public, name)
    exposed = replace(services, settings=replace(services.settings, host="0.0.0.0"))
    with pytest.raises(UnknownModel):
        chosen(exposed, "/etc")


@pytest.mark.parametrize(
    ("config", "offered"),
    [
        ("Phi-4-reasoning:nf4", [0, 1_024, 24_576]),
        ("practice:Q8_0", [0]),  # its thought has 384 tokens, and it was never taught a longer one
        ("phi-4:nf4", [0]),  # does not think
    ],
)
def test_budgets_are_offered_that_the_model_can_use(services: Services, config: str, offered: list[int]) -> None:
    budgets, line = about(replace(services, settings=replace(services.settings, max_new_tokens=30_000)), config)
    assert [tokens for _, tokens in budgets] == offered
    assert line == ""


def test_the_longest_thought_leaves_room_for_the_answer(services: Services) -> None:
    budgets, _ = about(services, "Phi-4-reasoning:nf4")
    assert budgets[-1][1] == services.settings.max_new_tokens - 2_048
