"""What runs on this machine took at most, kept from one start to the next, so that estimates are put right by what was seen.

One small JSON file in the data folder. It is only a help: a file that can't be read or written is as good as none.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "peaks.json"
_MOST = 500  # records; the oldest go


@dataclass(frozen=True, slots=True)
class Peak:
    """The most that a model took: `bytes` measured where `expected` was worked out, with a window of `context` tokens. `when`: ISO 8601."""

    model: str
    quant: str
    device_name: str
    attention: str
    context: int
    bytes: int
    expected: int
    when: str

    @property
    def extra(self) -> int:
        """What it took beyond the estimate. Never less than nothing: a short run shows less than a full window would take."""
        return max(0, self.bytes - self.expected)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.model, self.quant, self.device_name


def peak_of(peaks: Iterable[Peak], model: str, quant: str, device_name: str) -> Peak | None:
    """The one measured for this model in this quant on this device."""
    return next((p for p in peaks if p.key == (model, quant, device_name)), None)


class Peaks:
    """The file in `folder`. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()

    def all(self) -> tuple[Peak, ...]:
        """Newest first."""
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8"))["peaks"]
        except (OSError, ValueError, KeyError, TypeError):
            return ()
        return tuple(filter(None, map(_peak, rows))) if isinstance(rows, list) else ()

    def note(self, peak: Peak) -> bool:
        """Keeps it if nothing higher above its estimate is known. Says whether it was kept."""
        with self._lock:
            known = self.all()
            before = peak_of(known, *peak.key)
            if before is not None and (peak.extra, peak.bytes) <= (before.extra, before.bytes):
                return False
            self._write((peak, *(p for p in known if p.key != peak.key))[:_MOST])
            return True

    def _write(self, peaks: Iterable[Peak]) -> None:
        fresh = self._path.with_name(f".{FILE}.{os.getpid()}")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps({"version": 1, "peaks": [asdict(p) for p in peaks]}, indent=1), encoding="utf-8")
            fresh.replace(self._path)


def _peak(row: object) -> Peak | None:
    """None for what is not a record, for example of a later version."""
    try:
        peak = Peak(**row)  # type: ignore[arg-type]
    except TypeError:
        return None
    sizes = (peak.context, peak.bytes, peak.expected)
    return peak if all(isinstance(s, int) and s >= 0 for s in sizes) and all(isinstance(k, str) for k in peak.key) else None
