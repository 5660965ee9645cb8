"""The checker's public door: requests in, verdicts out. SymPy lives in the processes behind it, never in this one."""

from phi4web.verify.worker.checker import Checker

__all__ = ["Checker"]
