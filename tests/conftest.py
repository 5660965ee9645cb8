"""For every test: what a busy machine may not change."""

from __future__ import annotations

import gc

import pytest
from hypothesis import HealthCheck, settings

# how long one example takes is the machine's business; what it says is the test's
settings.register_profile("phi4web", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("phi4web")


@pytest.fixture(autouse=True)
def nobody_listens_to_the_garbage_collector() -> None:
    """Hypothesis leaves a listener behind. Where a hostile formula has nearly filled the stack it fails, and pytest takes that for ours."""
    gc.callbacks[:] = [listener for listener in gc.callbacks if not getattr(listener, "__module__", "").startswith("hypothesis.")]
