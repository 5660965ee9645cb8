"""Holds the one loaded engine of this process: who uses it, and which model it is.

A model is made ready first (downloads, checks of the file), while others go on; then, once its turn has come, the earlier
one is closed and the new one loaded. So a name that leads nowhere costs nobody anything.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from phi4web.engine.anymodel import find_any
from phi4web.engine.base import Engine, EngineInfo, Progress
from phi4web.engine.line import Line, Told
from phi4web.engine.loaders import Loader, Ready, from_disk
from phi4web.engine.rss import give_back
from phi4web.engine.watched import Watched
from phi4web.errors import BadInput, EngineError, LoadFailed, OutOfMemory, Phi4webError, Stopped
from phi4web.hardware import Hardware, probe, ram, refreshed
from phi4web.loadplan import LoadPlan, Wishes, peak_seen
from phi4web.memory import gib
from phi4web.models import EMBEDDED, PRACTICE, Model, Source, find, find_quant
from phi4web.peaks import Peaks
from phi4web.plan import default_model, plan
from phi4web.settings import Settings

log = logging.getLogger(__name__)
Key = tuple[str, str]  # model id and quant
_LOOK_SECONDS = 0.05
_CLOSE_SECONDS = 10.0  # that closing waits for those inside; a load can't be broken off


@dataclass(frozen=True, slots=True)
class _Held:
    """What is loaded: by which plan, and how to load it again. `opened`: of time.monotonic."""

    plan: LoadPlan
    engine: Watched
    ready: Ready
    opened: float

    @property
    def key(self) -> Key:
        return self.plan.model.id, self.plan.quant


class EngineHost:
    """One engine, for as many users at once as it has slots.

    `hardware` None: looked at when first needed. `loader` None: from disk and hub.
    """

    def __init__(self, settings: Settings, hardware: Hardware | None = None, loader: Loader | None = None) -> None:
        self._settings = settings
        self._hardware = hardware
        self._looked = hardware is None
        self._loader = loader or from_disk(settings, lambda: self.hardware)
        self._line = Line()
        self._looking = threading.Lock()
        self._guard = threading.Lock()  # of the next dictionary, and of the timer
        self._preparing: dict[tuple[Source, ...], threading.Lock] = {}
        self._held: _Held | None = None
        self._closing = threading.Event()
        self._unload: threading.Timer | None = None
        self._peaks = Peaks(settings.data_dir)
        self._default: tuple[str, str] | None = None  # kept for strangers, who may take nothing else

    @property
    def hardware(self) -> Hardware:
        """As it was before anything was loaded; plans rest on it, since what is loaded goes when another model comes."""
        with self._looking:
            if self._hardware is None:
                self._hardware = replace(probe(self._settings.cache_dir), peaks=self._peaks.all())
            return self._hardware

    def hardware_now(self) -> Hardware:
        """With what is free at this moment. A machine that was given and not looked at stays as it is."""
        known = self.hardware
        return refreshed(known, self._settings.cache_dir) if self._looked else known

    @property
    def info(self) -> EngineInfo | None:
        """Of what is loaded; None: nothing, either not yet or not any more."""
        held = self._held
        return None if held is None else held.engine.info

    def shared_since(self, moment: float) -> bool:
        """Whether two or more used the engine at once since `moment` (of time.monotonic): times taken meanwhile are too long."""
        return self._line.shared_since(moment)

    def default(self) -> tuple[str, str]:
        """The model and quant to use where the user names none. Raises BadInput if the settings name an unknown one.

        Where strangers come it stays what it was at first, whatever is measured or happens to its files.
        """
        if self._default is not None:
            return self._default
        found = self._found_default()
        if self._settings.public or self._settings.exposed:
            self._default = found
        return found

    def solver(self) -> tuple[str, str]:
        """The model and quant for problems where the user names none: in place of the small built-in one, the one made for problems."""
        ours = self.default()
        chosen = self._settings.model or self._settings.quant
        return ours if chosen or ours[0] != EMBEDDED.id else (PRACTICE.id, PRACTICE.default_quant)

    def _found_default(self) -> tuple[str, str]:
        wanted = self._settings
        if wanted.model is None:
            model, quant = default_model(self.hardware)
            return model.id, find_quant(model, wanted.quant) if wanted.quant else quant
        model = find_any(wanted.model, wanted.offline)
        return model.id, find_quant(model, wanted.quant) if wanted.quant else self._plan(model, None).quant

    def plan_for(self, model_id: str | None = None, quant: str | None = None) -> LoadPlan:
        """How it would be loaded here. None: the default; of another model, the quant that the plan chooses."""
        default_id, default_quant = self.default()
        model = self._model(model_id or default_id)
        return self._plan(model, quant or (default_quant if model.id == default_id else None))

    def solver_plan(self) -> LoadPlan:
        """How `solver` would be loaded here."""
        return self.plan_for(*self.solver())

    @contextmanager
    def use(
        self,
        model_id: str | None = None,
        quant: str | None = None,
        *,
        progress: Progress | None = None,
        line: Told | None = None,
        cancel: threading.Event | None = None,
    ) -> Iterator[Engine]:
        """The engine for this model, shared with others who want the same one. Raises Stopped, BadInput, LoadFailed or OutOfMemory.

        One that broke down is given to nobody else, and loaded again for the next.
        `line` hears n for the nth in line whenever that changes, and 0 when the turn has come.
        """
        wanted = self._allowed(self.plan_for(model_id, quant))
        key = (wanted.model.id, wanted.quant)
        cancel = _Either(self._closing, cancel)
        self._refuse_when_closing()
        held = self._held
        ready = None if held is not None and held.key == key else self._prepared(wanted, progress, cancel)
        there = self._line.enter(key, cancel, line)
        try:
            self._refuse_when_closing()
            if line is not None:
                line(0)
            if not there:
                self._open(wanted, ready, progress, cancel)
            assert self._held is not None
            yield self._held.engine
            self._note_peak(self._held)
        finally:
            self._leave(alone=not there)

    def unload(self) -> None:
        """Gives the memory back unless somebody uses the model or waits for one; the next use loads again."""
        if self._held is None or not self._line.take_idle():  # whoever uses it now sets the next timer
            return
        try:
            log.info("nobody uses the model: its memory is given back")
            self._drop()
        finally:
            self._tell_line()
            self._line.leave()

    def close(self) -> None:
        """Ends what runs or downloads, and gives the memory back.

        A load can't be broken off: after ten seconds it is left alone, and what it loads is closed as soon as it is there.
        """
        self._closing.set()
        held = self._held
        if held is not None:  # ends its streams, so that their users let go
            held.engine.close()
        if not self._line.take_last(_CLOSE_SECONDS):
            log.warning("a model is still being loaded: its memory comes back when this process ends")
            return
        try:
            self._drop()
        finally:
            self._leave(alone=True)

    def _model(self, name: str) -> Model:
        """Strangers choose from the catalogue; whoever is alone with this computer may name a repository or a path."""
        settings = self._settings
        return find(name) if settings.public or settings.exposed else find_any(name, settings.offline)

    def _plan(self, model: Model, quant: str | None) -> LoadPlan:
        return plan(self.hardware, model, Wishes(quant=quant))

    def _allowed(self, wanted: LoadPlan) -> LoadPlan:
        if not self._settings.public:
            return wanted
        ours = (self.plan_for(), self.solver_plan())  # of the default too: a card without bf16 runs it as fp16
        if (wanted.model.id, wanted.quant) not in {(plan.model.id, plan.quant) for plan in ours}:
            raise BadInput(f"This page runs {':'.join(self.default())} only.", "Run phi4web on your own computer to choose a model.")
        return wanted

    def _note_peak(self, held: _Held) -> None:
        """Keeps what the model took at most, unless several used it at once or the machine is one that was only given.

        It belongs beside the plan that loaded the model: a later plan may be smaller, because of this very peak.
        """
        countable = self._looked and held.plan.device.startswith(("cpu", "cuda"))
        taken = held.engine.peak_bytes() if countable else None
        if taken is None or self._line.shared_since(held.opened):
            return
        info = held.engine.info
        if self._peaks.note(peak_seen(held.plan, info.attn_implementation, info.slots, taken)):
            known = self.hardware
            with self._looking:
                self._hardware = replace(known, peaks=self._peaks.all())

    def _refuse_when_closing(self) -> None:
        if self._closing.is_set():
            raise EngineError("phi4web is closing.")

    def _prepared(self, wanted: LoadPlan, progress: Progress | None, cancel: threading.Event) -> Ready:
        """Downloads what is missing. One at a time for each file: several quants are made from the same."""
        with self._guard:
            lock = self._preparing.setdefault(wanted.model.sources_of(wanted.quant), threading.Lock())
        while not lock.acquire(timeout=_LOOK_SECONDS):
            _stop_if(cancel)
        try:
            ready = self._loader(wanted, progress, cancel)
        finally:
            lock.release()
        _stop_if(cancel)
        return ready

    def _open(self, wanted: LoadPlan, ready: Ready | None, progress: Progress | None, cancel: threading.Event) -> None:
        """Loads the model; only the one user inside calls this. `ready` None: it was loaded when this user came, and is no more."""
        ready = ready or self._prepared(wanted, progress, cancel)
        if progress is not None:
            progress(f"Loading {wanted.model.label} {wanted.quant}", None)
        self._swap(wanted, lambda: _within_memory(wanted, ready))
        if self._closing.is_set():  # nobody may be left to do it
            self._drop()
        self._tell_line()
        _stop_if(cancel)

    def _swap(self, wanted: LoadPlan, ready: Ready) -> None:
        """Closes the earlier engine and loads the new one; if that fails, the earlier one comes back."""
        earlier = self._working()
        self._drop()
        failure = self._try(wanted, ready)
        if failure is None:
            return
        wanted_back = isinstance(failure, Exception) and not self._closing.is_set()  # not after Ctrl-C, which ends everything
        if wanted_back and earlier is not None and self._try(earlier.plan, earlier.ready) is not None:
            log.warning("%s could not be brought back", earlier.key)
        raise failure  # the first one is the one to tell

    def _try(self, wanted: LoadPlan, ready: Ready) -> BaseException | None:
        """Loads, and returns what was raised. Without its frames, which hold what was loaded so far: that memory is needed."""
        try:
            self._held = _Held(wanted, Watched(ready()), ready, time.monotonic())
            return None
        except BaseException as error:
            if isinstance(error, Exception) and not isinstance(error, Phi4webError):
                log.exception("loading %s %s failed", wanted.model.id, wanted.quant)
            error.__context__ = error.__cause__ = None
            failure = error.with_traceback(None)
        give_back()
        return failure

    def _drop(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.engine.close()

    def _working(self) -> _Held | None:
        held = self._held
        return None if held is None or held.engine.broken else held

    def _tell_line(self) -> None:
        held = self._working()
        self._line.opened(held.key if held else None, max(1, held.engine.info.slots) if held else 0)

    def _leave(self, *, alone: bool) -> None:
        """`alone`: this user changed, or tried to change, what is loaded."""
        if alone or self._held is not self._working():
            self._tell_line()
        self._line.leave()
        self._unload_later()

    def _unload_later(self) -> None:
        """Counts the seconds without a user anew."""
        seconds = self._settings.unload_seconds
        with self._guard:
            if self._unload is not None:
                self._unload.cancel()
            if not seconds or self._closing.is_set():
                return
            self._unload = threading.Timer(seconds, self.unload)
            self._unload.daemon = True
            self._unload.start()


def _within_memory(wanted: LoadPlan, ready: Ready) -> Engine:
    """Loads it; what Python or llama.cpp could not find memory for is told like what PyTorch could not."""
    free = ram()[1] if wanted.device == "cpu" else wanted.free_bytes
    try:
        return ready()
    except MemoryError:
        pass
    except LoadFailed:
        if wanted.engine != "gguf" or wanted.memory.total <= free:  # llama.cpp names no reason
            raise
    raise OutOfMemory(
        f"{wanted.model.id} {wanted.quant} needs about {gib(wanted.memory.total)}; {gib(free)} are free. Your notebook is saved.",
        "The Hardware page shows what fits.",
    )


def _stop_if(cancel: threading.Event) -> None:
    if cancel.is_set():
        raise Stopped("Stopped while loading the model.")


class _Either(threading.Event):
    """Set once one of two events is. It is asked with `is_set`; nobody can wait for it."""

    def __init__(self, one: threading.Event, other: threading.Event | None) -> None:
        super().__init__()
        self._parts = (one,) if other is None else (one, other)

    def is_set(self) -> bool:
        return any(part.is_set() for part in self._parts)

    def wait(self, timeout: float | None = None) -> bool:
        raise NotImplementedError
