"""The checker as its users see it: verdicts, deadlines, kills, and what a worker process may not do."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from phi4web.verdict import CheckRequest
from phi4web.verify.worker import Checker
from phi4web.verify.worker.process import ROOT
from tests.verify.test_checks_table import CLASSES

# A worker that can also do what a hostile formula would if a gate had a hole.
HOSTILE = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from phi4web.verify.worker import child, pipeline

def power(job): return len(str(9 ** (9 ** 9)))
def memory(job): return len(b"x" * (1 << 40))
def deep(job): return deep(job)
def die(job): import os; os._exit(3)
def text_as_code(job): return eval("1 + 1")
def write(job): open("/tmp/phi4web-must-not-exist", "w").write("x")
def read(job): return open("/etc/passwd").read()
def connect(job): import socket; socket.create_connection(("127.0.0.1", 9))
def fork(job): import os; os.fork()
def run(job): import subprocess; subprocess.run(["true"])
def shout(job): print("noise"); sys.stderr.write("noise"); return "quiet"
def environment(job): import os; return sorted(os.environ), os.getcwd(), sorted(m for m in sys.modules if m in ("torch", "gradio", "gmpy2"))
def sympy_by_text(job): import sympy; return str(sympy.sympify("1 + 1"))

for f in (power, memory, deep, die, text_as_code, write, read, connect, fork, run, shout, environment, sympy_by_text):
    pipeline.OPERATIONS[f.__name__] = f
child.main()
"""
EASY = CheckRequest("What is 12 + 30?", "42")


@pytest.fixture(scope="module")
def checker():
    with Checker() as checker:
        yield checker


@pytest.fixture(scope="module")
def hostile():
    with Checker(start=HOSTILE) as checker:
        yield checker


def ask(checker, op, seconds=10.0, cancel=None):
    return checker._ask({"op": op}, seconds, cancel)


def test_a_right_answer_is_verified_and_a_wrong_one_refuted(checker):
    assert checker.check(EASY).status == "verified"
    wrong = checker.check(CheckRequest("What is 12 + 30?", "43"))
    assert (wrong.status, wrong.witness) == ("refuted", "The value is 42, the answer is 43.")


def test_a_tower_of_powers_is_too_large_at_once(checker):
    verdict = checker.check(CheckRequest("What is 9^{9^{9^{9}}}?", "7"))
    assert (verdict.status, verdict.reason) == ("could_not_check", "too_large")  # "timeout" if it had been computed


def test_a_tower_of_powers_in_the_answer_is_too_large_too(checker):
    assert checker.check(CheckRequest("What is 2 + 2?", "9^{9^{9^{9}}}")).reason == "too_large"


def test_a_job_that_holds_the_interpreter_is_killed_and_the_spare_answers_the_next_one(hostile):
    """The power alone would take hours; how quick the kill is, is for a benchmark."""
    ask(hostile, "shout")
    start = time.monotonic()
    assert ask(hostile, "power", seconds=1.0)["problem"] == "timeout"
    assert hostile.check(EASY).status == "verified"
    assert time.monotonic() - start < 30


def test_two_kills_at_once_leave_the_checker_alive(hostile):
    jobs = [threading.Thread(target=ask, args=(hostile, "power", 0.5)) for _ in range(2)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert hostile.check(CheckRequest("What is 2 + 3?", "5")).status == "verified"


def test_a_worker_that_dies_is_a_reason_and_not_an_error(hostile):
    assert ask(hostile, "die")["problem"] == "checker_failed"
    assert hostile.check(CheckRequest("What is 2 + 4?", "6")).status == "verified"


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS refuses RLIMIT_AS")
def test_too_much_memory_is_refused(hostile):
    assert ask(hostile, "memory")["problem"] == "too_large"


def test_endless_recursion_is_a_reason(hostile):
    assert ask(hostile, "deep")["problem"] in ("too_large", "checker_failed")


@pytest.mark.parametrize("op", ["text_as_code", "write", "read", "connect", "fork", "run", "sympy_by_text"])
def test_a_worker_can_not(hostile, op):
    """Compile text, write or read files, open sockets or start processes."""
    reply = ask(hostile, op)
    assert reply["problem"] == "checker_failed"
    assert reply["detail"].startswith(("Forbidden", "OSError", "BlockingIOError"))
    assert not Path("/tmp/phi4web-must-not-exist").exists()


def test_what_a_library_prints_stays_out_of_the_pipe(hostile):
    assert ask(hostile, "shout")["result"] == "quiet"


def test_a_worker_has_an_empty_environment_and_no_heavy_modules(hostile, monkeypatch):
    monkeypatch.setenv("PHI4WEB_SECRET", "x")
    environment, folder, heavy = ask(hostile, "environment")["result"]
    assert not {"PHI4WEB_SECRET", "HOME", "PATH"} & set(environment)
    assert (folder, heavy) == ("/", [])


def test_stop_ends_a_running_check_at_once(hostile):
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    assert ask(hostile, "power", seconds=20.0, cancel=cancel)["problem"] == "stopped"  # "timeout" if it had gone on


def test_a_check_stopped_before_it_starts_says_stopped(checker):
    cancel = threading.Event()
    cancel.set()
    assert checker.check(CheckRequest("What is 5 + 5?", "10"), cancel=cancel).reason == "stopped"
    assert checker.check(CheckRequest("What is 5 + 5?", "10")).status == "verified"


def test_many_threads_may_check_at_once(checker):
    sums = [CheckRequest(f"What is {n} + 1?", str(n + 1 + n % 2)) for n in range(40)]
    statuses: dict[int, str] = {}
    threads = [threading.Thread(target=lambda n=n: statuses.update({n: checker.check(sums[n]).status})) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [statuses[n] for n in range(40)] == ["verified", "refuted"] * 20


def test_many_requests_come_back_in_order(checker):
    requests = (CheckRequest(f"What is {n} + 2?", str(n + 2 + (n % 3 == 0))) for n in range(60))
    assert [v.status for v in checker.check_many(requests)] == ["refuted" if n % 3 == 0 else "verified" for n in range(60)]


def test_a_batch_is_read_only_a_little_ahead(checker):
    read = []

    def rows():
        for n in range(1000):
            read.append(n)
            yield CheckRequest(f"What is {n} + 4?", str(n + 4))

    batch = checker.check_many(rows())
    next(batch)
    batch.close()
    assert len(read) <= 32


def test_a_batch_hands_out_what_is_done_while_the_next_row_is_long_in_coming(checker):
    more = threading.Event()

    def rows():
        yield CheckRequest("What is 3 + 5?", "8")
        more.wait(60)
        yield CheckRequest("What is 3 + 6?", "9")

    batch = checker.check_many(rows())
    assert next(batch).status == "verified"
    assert not more.is_set()
    more.set()
    assert [verdict.status for verdict in batch] == ["verified"]


def test_a_batch_that_can_not_be_read_on_says_so(checker):
    def rows():
        yield CheckRequest("What is 3 + 7?", "10")
        raise OSError("the disk is gone")

    batch = checker.check_many(rows())
    assert next(batch).status == "verified"
    with pytest.raises(OSError, match="the disk is gone"):
        next(batch)


def test_a_batch_that_nobody_reads_on_leaves_no_thread_behind(checker):
    batch = checker.check_many(CheckRequest(f"What is {n} + 9?", str(n + 9)) for n in range(1000))
    next(batch)
    batch.close()
    end = time.monotonic() + 20
    while any(thread.name == "read items" for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_unanswered_question_says_which(checker):
    assert checker.check(CheckRequest("What is 1 + 1?")).reason == "no_answer"
    assert checker.check(CheckRequest("What is 1 + 1?", "  ")).reason == "no_answer"
    assert checker.check(CheckRequest(None, "2")).reason == "no_problem"


@pytest.mark.parametrize("text", ["2" * 20_000, "x+" * 10_000, "\x00", "\ud800", "(" * 15_000, "\\boxed{" * 2_000])
def test_hostile_text_gets_a_reason_in_time(checker, text):
    start = time.monotonic()
    for request in (CheckRequest(text, "2"), CheckRequest("What is 1 + 1?", text)):
        assert checker.check(request).status in ("could_not_check", "refuted")
    assert time.monotonic() - start < 60


def test_a_check_says_how_long_it_took(checker):
    assert 0 < checker.check(CheckRequest("What is 77 + 1?", "78")).seconds < 5


def test_a_known_result_is_not_computed_again(checker):
    request = CheckRequest("Integrate x e^x", "(x-1)e^x + C")
    assert checker.check(request) is checker.check(request)


def test_long_texts_are_not_kept(checker):
    """Anybody may send two million characters, again and again; short ones are worth the memory."""
    for response in ("So the answer is \\boxed{6}.", "Let us think. " * 100_000 + "\\boxed{6}"):
        request = CheckRequest("What is 2 + 4?", response=response)
        assert checker.check(request).status == "verified"
        assert (request in checker._cache) == (len(response) < 1000)


def test_a_checker_that_can_not_start_says_why():
    with Checker(start="import json, sys; sys.path[:] = []; import no_such_module") as broken:
        verdict = broken.check(EASY)
    assert verdict.reason == "checker_failed"
    assert "did not start" in (verdict.detail or "")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts open files in /proc")
def test_a_machine_that_has_no_more_processes_to_give_costs_a_check_and_not_the_checker():
    """Starting a process fails here for want of open files; once there are some again, so are checks."""
    code = (
        "import os, resource, time; from phi4web.verify.worker import Checker; from phi4web.verdict import CheckRequest\n"
        "ask = lambda c: c.check(CheckRequest('What is 1 + 1?', '2'))\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir('/proc/self/fd')), hard))\n"
        "with Checker(workers=1) as c:\n"
        "    failed = ask(c)\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))\n"
        "    print(failed.reason, failed.detail, sep='; ')\n"
        "    end = time.monotonic() + 30\n"
        "    while ask(c).status != 'verified' and time.monotonic() < end: time.sleep(0.1)\n"
        "    print(ask(c).status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["checker_failed; the check process did not start (Too many open files)", "verified"]


def test_the_parent_never_loads_sympy():
    code = (
        "import sys; from phi4web.verify.worker import Checker; from phi4web.verdict import CheckRequest\n"
        "with Checker(workers=1) as c: print(c.check(CheckRequest('What is 1 + 1?', '2')).status)\n"
        "print([m for m in ('sympy', 'torch', 'gradio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split("\n")[:2] == ["verified", "[]"]


def test_a_worker_outlives_the_thread_that_first_asked(checker):
    """A web server's threads come and go; the workers belong to a thread of their own."""
    thread = threading.Thread(target=checker.check, args=(CheckRequest("What is 8 + 1?", "9"),))
    thread.start()
    thread.join()
    pids = set(checker._pool.pids())
    time.sleep(0.2)
    assert checker.check(CheckRequest("What is 8 + 2?", "10")).status == "verified"
    assert pids <= set(checker._pool.pids())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PR_SET_PDEATHSIG is Linux")
def test_the_workers_die_with_their_parent():
    code = (
        "import os, signal; from phi4web.verify.worker import Checker; from phi4web.verdict import CheckRequest\n"
        "c = Checker(workers=1); c.check(CheckRequest('What is 1 + 1?', '2'))\n"
        "print(*c._pool.pids(), flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    pids = [int(p) for p in done.stdout.split()]
    assert pids
    deadline = time.monotonic() + 30
    while any(_running(p) for p in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


def test_a_polynomial_ring_of_a_new_size_needs_no_text_as_code(checker):
    """SymPy writes functions as text for each number of variables; the worker uses its plain ones."""
    assert checker.check(CheckRequest("Find the derivative of sin(x) cos(x).", "cos(2x)")).status == "verified"


@pytest.mark.parametrize(("question", "answer"), [row[1:3] for row in CLASSES], ids=[row[0] for row in CLASSES])
def test_every_class_is_checked_behind_the_lock_too(checker, question, answer):
    """SymPy's late imports and written code must be done before the lock falls."""
    verdict = checker.check(CheckRequest(question, answer))
    assert (verdict.status, verdict.detail) == ("verified", None)
