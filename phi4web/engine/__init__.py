"""The engines. `base` has the one protocol that they all follow."""

import os

# Read by OpenMP when llama.cpp or PyTorch is first loaded, so it must be set before. By default its threads spin while
# they wait for each other; when anything else runs on the machine (the checker does), that made generation 10 to 25
# times slower here (benchmarks/engine_threads.py). Threads that sleep at once lose a third on a quiet machine: they wait
# for each other some hundred times a token, mostly for a few microseconds, which is what 300 turns take.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ["OMP_WAIT_POLICY"] = "passive"
    os.environ.setdefault("GOMP_SPINCOUNT", "300")
