"""Runs are counted by address, or by session where a proxy or tunnel hides the address."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.datastructures import Headers

from phi4web.errors import Busy
from phi4web.runs import Services
from phi4web.settings import Settings
from phi4web.ui.actions import act
from phi4web.ui.chat import ask, open_chat
from phi4web.ui.endpoints import check_row
from phi4web.ui.follow import Screen
from phi4web.ui.notebook import run_cell
from phi4web.ui.sheet import open_sheet
from phi4web.ui.visitor import visitor


def request(address: str, forwarded: str = "") -> Any:
    headers = Headers(raw=[(b"x-forwarded-for", line.encode()) for line in forwarded.split("\n") if line])
    return SimpleNamespace(client=SimpleNamespace(host=address), headers=headers, session_hash="s1")


@pytest.mark.parametrize(
    ("address", "forwarded", "space", "key"),
    [
        ("192.0.2.7", "", None, "address:192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", None, "address:192.0.2.7"),  # anybody can write that header
        ("127.0.0.1", "", None, "session:s1"),
        ("10.0.0.3", "8.8.4.4", "x/y", "address:8.8.4.4"),
        ("10.0.0.3", "1.2.3.4, 8.8.4.4", "x/y", "address:8.8.4.4"),  # the first is what the visitor put there
        ("10.0.0.3", "1.2.3.4,, nobody, 8.8.4.4, 10.0.0.1", "x/y", "address:8.8.4.4"),  # the last is a proxy of the hub's own
        ("10.0.0.3", "1.2.3.4\n8.8.4.4", "x/y", "address:8.8.4.4"),  # two lines of the same header
        ("10.0.0.3", "10.0.0.2, 10.0.0.1", "x/y", "address:10.0.0.1"),
        ("10.0.0.3", "", "x/y", "session:s1"),
    ],
)
def test_the_key_of_a_visitor(address: str, forwarded: str, space: str | None, key: str) -> None:
    assert visitor(request(address, forwarded), Settings(space_id=space)) == key


def test_checks_by_programs_and_again_count_among_a_visitors_runs(services: Services) -> None:
    services.jobs.per_client = 1
    sheet = open_sheet(services, None)
    cell = services.store.add_cell(sheet.id, 0, "What is 12 + 30?").id
    list(run_cell(services, sheet.id, cell, {"source": "What is 12 + 30?"}, None, None, "ann"))
    release = threading.Event()
    services.jobs.aside("other", 0, lambda job: release.wait(280) and None, client="ann")
    again = {"do": "recheck", "sheet": sheet.id, "cell": cell, "client": "bob"}  # what the page says of it counts for nothing
    try:
        with pytest.raises(Busy):
            check_row(services, "2+2", "4", client="ann")
        assert "You have 1 runs here already" in act(services, again, "ann")[1]["toast"]
        assert check_row(services, "2+2", "42", client="bob")["status"] == "verified"
        assert "toast" not in act(services, again, "bob")[1]
    finally:
        release.set()


def test_the_page_counts_what_a_visitor_starts(services: Services) -> None:
    """Two cells and a chat of one visitor, where two runs are allowed; another visitor is served."""
    services.jobs.per_client = 2
    sheet = open_sheet(services, None)
    cells = [services.store.add_cell(sheet.id, n, "slow").id for n in range(3)]
    for cell in cells[:2]:
        next(run_cell(services, sheet.id, cell, {"source": "a slow one"}, None, None, "ann"))
    (refused,) = ask(services, Screen(), open_chat(services, None).id, "slow", None, client="ann")
    assert "You have 2 runs here already" in refused[1]
    next(run_cell(services, sheet.id, cells[2], {"source": "a slow one"}, None, None, "bob"))
    assert len(services.jobs.running()) == 3
    for job in services.jobs.running():
        job.stop()
