"""For programs: /solve, /check and /fit, with the same words as the command line. Call them with gradio_client or over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from phi4web.errors import BadInput, EngineError, Phi4webError
from phi4web.loadplan import Wishes
from phi4web.models import find
from phi4web.plan import plan
from phi4web.runs import Borrowed, Job, Services, choose_model
from phi4web.solve import Options, Solved, clean_problem, report, solve
from phi4web.store import new_id
from phi4web.ui.hardware import hardware_of
from phi4web.ui.visitor import visitor
from phi4web.verdict import CheckRequest

MOST_SAMPLES = 64
CHECK_SECONDS = 60.0  # of one, with its wait for a worker
CHECKS_AT_ONCE = 8  # for programs; further ones wait, and the page has as many again


def solve_row(
    services: Services,
    problem: str,
    model: str = "",
    quant: str = "",
    samples: int = 0,
    seed: int = 1,
    reference: str = "",
    *,
    client: str | None = None,
    gone: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Waits in the same line as everybody, and gives what `phi4web solve --json` prints. Raises Phi4webError.

    Stops when the caller has `gone`: nobody else can ask for this answer.
    """
    found, used_quant = choose_model(services, model or None, quant or None, solving=True)
    if not 0 <= samples <= MOST_SAMPLES:
        raise BadInput(f"samples={samples} is not between 0 and {MOST_SAMPLES}.", "0 is the model's own number.")
    options = Options(
        samples=samples or found.tries,
        seed=seed,
        max_new_tokens=min(found.max_new_tokens, services.settings.max_new_tokens),
        reference=reference.strip() or None,
    )
    text = clean_problem(problem, services.settings.max_problem_chars)
    failures: list[Phi4webError] = []

    def work(job: Job[dict[str, Any]]) -> None:
        try:
            with closing(Borrowed(lambda: services.host.use(found.id, used_quant, line=job.move_to, cancel=job.cancel))) as engine:
                for update in solve(text, found, engine, services.checker, options, job.cancel):
                    if isinstance(update, Solved):
                        job.publish(report(text, update, options, engine))
        except Phi4webError as error:
            failures.append(error)

    row = services.jobs.submit(f"api:{new_id()}", dict[str, Any](), work, client=client).result(gone)
    if failures:
        raise failures[0]
    return _found(row)


def _found(row: dict[str, Any]) -> dict[str, Any]:
    if not row:
        raise EngineError("This is a bug in phi4web.", "The server's log has more.")
    return row


def check_row(
    services: Services,
    problem: str = "",
    answer: str = "",
    response: str = "",
    reference: str = "",
    steps: bool = False,
    *,
    client: str | None = None,
    gone: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """The check row of the command line, without an id. It counts among the runs of the `client`. Raises BadInput or Busy."""
    limit = services.settings.max_problem_chars
    if bool(answer.strip()) == bool(response.strip()):
        raise BadInput("Give answer or response, and not both.", "The known answer goes into reference.")
    if len(response) > 100 * limit:
        raise BadInput(f"The response is {len(response):,} characters long; the limit is {100 * limit:,}.", "Shorten it.")
    question = clean_problem(problem, limit) if problem.strip() else None
    request = CheckRequest(question, answer or None, response or None, reference.strip() or None, steps)

    def work(job: Job[dict[str, Any]]) -> None:
        job.publish(services.checker.check(request, cancel=job.cancel).to_dict())

    job = services.jobs.aside(f"api:{new_id()}", dict[str, Any](), work, seconds=CHECK_SECONDS, client=client)
    return _found(job.result(gone))


def fit_row(services: Services, gpu: str = "", model: str = "", quant: str = "", context: int = 0) -> dict[str, Any]:
    """The plan for a model on this machine, or on a named card. Raises BadInput."""
    found = find(model or services.host.default()[0])
    return plan(hardware_of(services, gpu or None), found, Wishes(quant=quant or None, context=context or None)).to_dict()


def require_kinds(texts: dict[str, Any], numbers: dict[str, Any]) -> None:
    """Raises BadInput for what a program sent as another kind of value; Gradio does not look. JSON carries whole numbers up to 2^53."""
    for name, value in texts.items():
        if not isinstance(value, str):
            raise BadInput(f"{name}={str(value)[:40]} is no text.")
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**53:
            raise BadInput(f"{name}={str(value)[:40]} is no whole number up to 2^53.")


def caller_gone() -> Callable[[], bool]:
    """Whether the connection is closed that this thread works for. Gradio itself tells only functions that give parts of the answer."""
    queue = getattr(LocalContext.blocks.get(None), "_queue", None)
    name = LocalContext.event_id.get(None)
    mine = [event for batch in getattr(queue, "active_jobs", ()) for event in batch or () if event._id == name]
    return lambda: any(not event.alive for event in mine)


def build(services: Services) -> None:
    """Adds the three to the open Blocks. Their names and types are a contract."""

    def on_solve(
        request: gr.Request, problem: str, model: str = "", quant: str = "", samples: int = 0, seed: int = 1, reference: str = ""
    ) -> dict[str, Any]:
        """Solve a problem with a model and check the answer. Empty texts and 0 stand for the defaults."""
        client = visitor(request, services.settings)
        try:
            texts = {"problem": problem, "model": model, "quant": quant, "reference": reference}
            require_kinds(texts, {"samples": samples, "seed": seed})
            return solve_row(services, problem, model, quant, samples, seed, reference, client=client, gone=caller_gone())
        except Phi4webError as error:
            raise gr.Error(str(error), print_exception=False) from None

    def on_check(
        request: gr.Request, problem: str = "", answer: str = "", response: str = "", reference: str = "", steps: bool = False
    ) -> dict[str, Any]:
        """Check an answer, or a whole response, against a problem, without a model."""
        client = visitor(request, services.settings)
        try:
            require_kinds({"problem": problem, "answer": answer, "response": response, "reference": reference}, {})
            return check_row(services, problem, answer, response, reference, steps, client=client, gone=caller_gone())
        except Phi4webError as error:
            raise gr.Error(str(error), print_exception=False) from None

    def on_fit(gpu: str = "", model: str = "", quant: str = "", context: int = 0) -> dict[str, Any]:
        """How a model would be loaded on this machine or on a named graphics card, and whether it fits."""
        try:
            require_kinds({"gpu": gpu, "model": model, "quant": quant}, {"context": context})
            return fit_row(services, gpu, model, quant, context)
        except Phi4webError as error:
            raise gr.Error(str(error), print_exception=False) from None

    gr.api(on_solve, api_name="solve", concurrency_limit=None)
    gr.api(on_check, api_name="check", concurrency_limit=CHECKS_AT_ONCE)
    gr.api(on_fit, api_name="fit", concurrency_limit=None)
