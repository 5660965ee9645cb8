"""Which model a choice or a typed name leads to, and for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from phi4web.errors import BadInput, UnknownModel
from phi4web.runs import Services
from phi4web.ui.picker import about, budgets, chosen


def test_strangers_get_what_is_offered_and_no_name_of_theirs_is_looked_up(services: Services) -> None:
    public = replace(services, settings=replace(services.settings, public=True))
    for name in ("Phi-4-reasoning:nf4", "/etc", "org/name", "remote:x"):
        with pytest.raises(BadInput, match="its own models only"):
            chosen(public, name)
    exposed = replace(services, settings=replace(services.settings, host="0.0.0.0"))
    with pytest.raises(UnknownModel):
        chosen(exposed, "/etc")


def test_a_budget_is_offered_only_where_the_model_thinks_and_the_longest_fits(services: Services) -> None:
    assert about(services, "Phi-4-reasoning:nf4") == (True, "")
    assert about(services, "phi-4:nf4") == (False, "")
    assert [tokens for _, tokens in budgets(services)] == [0, 1_024, services.settings.max_new_tokens - 2_048]
