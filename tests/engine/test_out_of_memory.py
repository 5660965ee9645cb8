"""Too little memory, for real: a limit on a process of its own. The run says so, and the earlier model answers again.

Room is left for Python itself: a process that can't get a few MiB for a list ends, whatever is written here.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.model,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA counts private memory on Linux only"),
]

SCRIPT = """
import json, resource, sys, threading
from pathlib import Path
import phi4web.engine.local  # what is imported later would count to the limit
from phi4web.engine import local_cache
from phi4web.engine.host import EngineHost
from phi4web.models import EMBEDDED
from phi4web.runs import Jobs, Services, start_solve
from phi4web.settings import read
from phi4web.store import Store
from tests.fakes import TableChecker, wait_for

threading.stack_size(256 * 1024)  # a thread that can't get its stack would be waited for without end
folder, when = Path(sys.argv[1]), sys.argv[2]
local_cache._GROW_TOKENS, local_cache._GROW_SHARE = 16, 10**6  # little is there beforehand
settings = read(model=EMBEDDED.id, data_dir=folder, unload_seconds=0, max_new_tokens=16)
services = Services(settings, EngineHost(settings), TableChecker(), Store(folder / "db"), Jobs(4, 300, 4))
notebook = services.store.create_notebook().id

def limit(room_mib):
    line = next(line for line in open("/proc/self/status") if line.startswith("VmData"))
    most = int(line.split()[1]) * 1024 + room_mib * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (most, resource.getrlimit(resource.RLIMIT_DATA)[1]))

def run(quant, problem="What is 2 + 2?"):
    cell = services.store.add_cell(notebook, 0, problem).id
    job = start_solve(services, notebook, cell, problem, quant=quant, samples=1)
    assert wait_for(lambda: job.ended, 100), job.value
    return {"state": job.value.state, "message": job.value.message, "loaded": services.host.info.quant}

rows = [run("bf16")]
if when == "load":
    limit(350)
    rows.append(run("fp32"))
else:
    limit(30)
    rows.append(run("bf16", "one two three " * 1100))
rows.append(run("bf16"))
print(json.dumps(rows))
services.close()
"""
ROOT = Path(__file__).resolve().parent.parent.parent


def happened(tmp_path: Path, when: str) -> list[dict[str, Any]]:
    """Three runs: one that is well, one with too little memory, and the first again."""
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), when]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def test_a_model_that_is_too_big_says_so_and_the_earlier_one_answers_again(tmp_path: Path) -> None:
    well, failed, again = happened(tmp_path, "load")
    assert (well["state"], again["state"]) == ("done", "done")
    assert (failed["state"], failed["loaded"], again["loaded"]) == ("failed", "bf16", "bf16")
    needs, free, rest = re.split(r"; | are free\. ", failed["message"])
    assert re.fullmatch(r"SmolLM2-135M-Instruct fp32 needs about [\d.]+ GiB", needs)
    assert re.fullmatch(r"[\d.]+ GiB", free)
    assert rest == "Your notebook is saved. The Hardware page shows what fits."


def test_memory_that_ends_in_the_middle_of_a_run_ends_that_run_and_the_model_answers_again(tmp_path: Path) -> None:
    well, failed, again = happened(tmp_path, "answer")
    assert (well["state"], again["state"]) == ("done", "done")
    assert failed["state"] == "failed"
    assert re.match(r"The computer ran out of memory at [\d,]+ tokens\. What was written so far is kept\.", failed["message"])
    assert again["loaded"] == "bf16"
