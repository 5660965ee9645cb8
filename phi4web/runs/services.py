"""What a window needs, made once per server."""

from __future__ import annotations

from dataclasses import dataclass

from phi4web.engine.host import EngineHost
from phi4web.errors import BadInput
from phi4web.models import Model, find
from phi4web.runs.jobs import Jobs
from phi4web.settings import Settings
from phi4web.store import Store
from phi4web.verify.worker import Checker

CHECKS = 2  # at the same time
END_SECONDS = 5.0  # at most, between the last picture of a job and its end


@dataclass(frozen=True)
class Services:
    settings: Settings
    host: EngineHost
    checker: Checker
    store: Store
    jobs: Jobs

    def close(self) -> None:
        """Ends the running job, keeps what it wrote, and gives everything back."""
        self.jobs.close()
        self.host.close()
        self.checker.close()
        self.store.close()


def open_services(settings: Settings, host: EngineHost | None = None) -> Services:
    """Opens the store; nothing heavy is loaded yet. Raises StoreError."""
    store = Store(settings.data_dir / "phi4web.sqlite3")
    store.interrupt_unfinished()
    jobs = Jobs(settings.queue_size, settings.run_seconds, settings.parallel, settings.per_client)
    checker = Checker(max(CHECKS, settings.per_client + 1))  # so one client's slow checks never hold every worker
    return Services(settings, host or EngineHost(settings), checker, store, jobs)


def cell_owner(notebook_id: str, cell_id: str) -> str:
    return f"cell:{notebook_id}:{cell_id}"


def chat_owner(chat_id: str) -> str:
    return f"chat:{chat_id}"


def refuse_second(services: Services, owner: str) -> None:
    """Raises BadInput while the owner's job goes on.

    A run is shown as done a moment before its job has ended; who presses Run in that moment means a new run, so it is waited for.
    """
    job = services.jobs.of(owner)
    if job is not None and job.value.ended:
        job.wait(job.version, END_SECONDS)
    services.jobs.refuse_second(owner)


def choose_model(services: Services, model: str | None, quant: str | None, solving: bool = False) -> tuple[Model, str]:
    """The asked model and quant, or where None the host's default, for a problem or for talk. Raises UnknownModel or BadInput."""
    default_model, default_quant = services.host.solver() if solving else services.host.default()
    found = find(model or default_model)
    if quant is None:
        quant = default_quant if found.id == find(default_model).id else found.default_quant
    if quant not in found.quants:
        raise BadInput(f"{found.id} has no quant {quant!r}.", f"Choose one of {', '.join(found.quants)}.")
    return found, quant
