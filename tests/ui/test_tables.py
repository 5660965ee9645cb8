"""Tables of the Compare and Hardware tabs."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest

from phi4web.compare import Share, compare, prepare
from phi4web.hardware import cpu_only, gpu_by_name, machine_with
from phi4web.loadplan import Wishes
from phi4web.models import find
from phi4web.plan import plan
from phi4web.runs import Services
from phi4web.ui import compare as tab
from phi4web.ui import hardware as hardware_tab
from phi4web.ui import tables
from phi4web.ui.app import build_app
from phi4web.ui.follow import Screen


def test_a_share_shows_its_interval() -> None:
    shown = tables.share(Share.of([True] * 24 + [False] * 6))
    assert "24/30" in shown
    assert "63–90 %" in shown
    assert tables.share(Share.of([])) == tables.DASH


def test_a_comparison_has_a_row_for_each_configuration_and_keeps_correct_and_verified_apart(services: Services) -> None:
    setup = prepare(["SmolLM2-135M-Instruct:Q4_1", "SmolLM2-135M-Instruct:bf16"], limit=2)
    *_, value = compare(services.host, services.checker, setup, threading.Event())
    shown = tables.comparison(value)
    assert shown.count('<th scope="row">') == 4  # two in the table, two in the matrix
    assert 'data-name="Correct"' in shown
    assert 'data-name="Verified"' in shown
    assert "2 problems: a small sample" in shown


def test_a_comparison_is_followed_saved_and_listed(services: Services) -> None:
    wanted = ["SmolLM2-135M-Instruct:Q4_1", "SmolLM2-135M-Instruct:bf16"]
    *_, (table, line) = tab.run(services, Screen(), wanted, "starter", 1, 1)
    assert 'data-state="done"' in line
    ((label, name),) = tab.earlier(services)
    assert time.strftime("%Y-") in label
    assert list(tab.show(services, name))[-1][0] == table


@pytest.mark.parametrize(
    ("configs", "problems", "words"),
    [
        (["SmolLM2-135M-Instruct:Q4_1"], "starter", "two or more"),
        (["SmolLM2-135M-Instruct:Q4_1", "nope:nf4"], "starter", "nope"),
        (["SmolLM2-135M-Instruct:Q4_1", "SmolLM2-135M-Instruct:bf16"], "no-such-set", "no-such-set"),
    ],
)
def test_what_cannot_be_compared_is_told(services: Services, configs: list[str], problems: str, words: str) -> None:
    ((table, _),) = tab.run(services, Screen(), configs, problems, 1, 1)
    assert 'role="alert"' in table
    assert words in table


@pytest.mark.parametrize("public", [False, True])
def test_where_strangers_come_nobody_sees_or_stops_a_comparison_without_its_name(services: Services, public: bool) -> None:
    here = replace(services, settings=replace(services.settings, public=public))
    setup = prepare(["SmolLM2-135M-Instruct:Q4_1", "SmolLM2-135M-Instruct:bf16"], limit=2)
    *_, value = compare(services.host, services.checker, setup, threading.Event())
    job = services.jobs.submit("compare:x", value, lambda job: None if job.cancel.wait(120) else None)
    assert (next(tab.show(here, None), None) is None) == public
    tab.stop(here)
    assert job.cancel.is_set() != public
    job.stop()


@pytest.mark.parametrize("public", [False, True])
def test_a_page_for_strangers_has_no_compare_tab(services: Services, public: bool) -> None:
    page = build_app(replace(services, settings=replace(services.settings, public=public)))
    tabs = [block.label for block in page.blocks.values() if isinstance(block, gr.Tab)]
    assert tabs == ["Notebook", "Chat", *([] if public else ["Compare"]), "Hardware"]


def test_the_page_reads_no_file_as_a_problem_set(services: Services, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"problem": "What is 1 + 1?"}\n')
    ((table, _),) = tab.run(services, Screen(), ["SmolLM2-135M-Instruct:Q4_1", "SmolLM2-135M-Instruct:bf16"], str(path), 1, 1)
    assert "There is no problem set" in table


def test_a_plan_that_does_not_fit_says_so_first_and_how_to_make_it_fit() -> None:
    value = plan(machine_with(gpu_by_name("RTX 4070")), find("phi-4-reasoning"), Wishes(quant="Q6_K"))
    shown = tables.load_plan(value)
    assert shown.index("Does not fit on RTX 4070") < shown.index('role="img"') < shown.index("Make it fit")
    assert "as asked" in shown


def test_every_model_and_quant_has_a_row() -> None:
    shown = tables.every_plan(cpu_only(32))
    assert "Phi-4-reasoning 14B · nf4" in shown
    assert "SmolLM2 135M (built in) · Q4_1" in shown


def test_an_unknown_card_is_told_with_the_closest_names(services: Services) -> None:
    told, every = hardware_tab.answer(services, "RTX 4071", "Phi-4-mini-reasoning", None, 0)
    assert "RTX 4071" in told
    assert 'role="alert"' in told
    assert every == ""
