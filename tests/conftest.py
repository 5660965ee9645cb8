"""For every test: what a busy machine may not change."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# how long one example takes is the machine's business; what it says is the test's
settings.register_profile("phi4web", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("phi4web")
