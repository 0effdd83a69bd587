"""The trial's side: docs/TRIAL_CONTRACT.md, spoken by way of the environment, the agent's endpoint and standard output."""

from __future__ import annotations

import contextlib
import json
import math
import numbers
import os
import shutil
import signal
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Dict, Iterator, Mapping, Optional

from ._agent import Advice, Agent, Refused

#: Exit status of a program that was asked to stop and can be continued (EX_TEMPFAIL of sysexits.h).
INTERRUPTED = 75

_RESERVED = ("step", "checkpoint", "setup_time_s", "report_id")
_MAX_NAME = 128
_MAX_METRICS = 256


class Stopped(SystemExit):
    """Ends the program with status 75: interrupted, run me again from my checkpoint."""

    def __init__(self) -> None:
        super().__init__(INTERRUPTED)


class Trial:
    """This process as one attempt of a trial.

    Make one through :func:`trial`; there is one per process. All methods may be called from any thread.
    """

    def __init__(self, environ: Optional[Mapping[str, str]] = None, descriptor: int = 1) -> None:
        """
        :param environ: by default the environment of the process.
        :param descriptor: where reports are written that the agent's endpoint does not take; 1 is standard output,
            whatever `sys.stdout` has become.
        :raises ValueError: HYPERSCHED_PARAMS_FILE is not a JSON object.
        """
        self._environ = dict(os.environ if environ is None else environ)
        self._descriptor = descriptor
        self._lock = threading.RLock()
        self._began = time.monotonic()
        self._stop = threading.Event()
        self._previous: Optional[Any] = None
        self._step = 0
        self._has_reported = False
        self._checkpoint: Optional[str] = None
        self._checkpoint_step: Optional[int] = None
        url, token = self._text("REPORT_URL"), self._text("TOKEN")
        self._agent = Agent(url, token) if url and token else None
        #: The answer to the latest report; None where reports go to standard output.
        self.advice: Optional[Advice] = None
        #: The configuration: names as in the sweep file; nested parameters are nested dictionaries.
        self.params: Dict[str, Any] = self._read_params()

    # What it was given

    def _text(self, name: str) -> Optional[str]:
        return self._environ.get("HYPERSCHED_" + name) or None

    def _integer(self, name: str) -> Optional[int]:
        value = self._text(name)
        return None if value is None else int(value)

    def _read_params(self) -> Dict[str, Any]:
        file = self._text("PARAMS_FILE")
        if file is None:
            return {}
        try:
            found = json.loads(Path(file).read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"HYPERSCHED_PARAMS_FILE: {file} is not JSON: {error}") from None
        if not isinstance(found, dict):
            raise ValueError(f"HYPERSCHED_PARAMS_FILE: {file}: expected an object, found {type(found).__name__}")
        return found

    @property
    def is_managed(self) -> bool:
        """True where an agent has started this process, False where it is run by hand."""
        return self._text("TRIAL_ID") is not None

    @property
    def id(self) -> Optional[int]:
        """The trial; None by hand."""
        return self._integer("TRIAL_ID")

    @property
    def sweep(self) -> Optional[int]:
        return self._integer("SWEEP_ID")

    @property
    def attempt(self) -> Optional[int]:
        """Grows with every run of the trial."""
        return self._integer("ATTEMPT")

    @property
    def seed(self) -> int:
        """The same for all attempts of the trial, in 0..<2^64; 0 by hand. (NumPy and others want it `% 2**32`.)"""
        return self._integer("SEED") or 0

    @property
    def slots(self) -> int:
        """CPU slots or GPUs that it may use; 1 by hand."""
        return self._integer("SLOTS") or 1

    @property
    def max_steps(self) -> Optional[int]:
        """`steps.max` of the sweep; None by hand."""
        return self._integer("MAX_STEPS")

    @property
    def time_left(self) -> float:
        """Seconds to the sweep's deadline; infinite by hand. Counted from the start of the process: the answers to
        reports (:attr:`advice`) know of a deadline that was moved."""
        left = self._text("TIME_LEFT_S")
        return math.inf if left is None else float(left) - (time.monotonic() - self._began)

    @property
    def checkpoint_dir(self) -> Path:
        """An existing directory; checkpoints are directories below it."""
        folder = Path(self._text("CHECKPOINT_DIR") or "checkpoints")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def resume_from(self) -> Optional[Path]:
        """A directory with an earlier checkpoint of this trial (or of its parent); None: start afresh."""
        value = self._text("RESUME_FROM")
        return None if value is None else Path(value)

    # What it says

    def report(self, metrics: Optional[Mapping[str, Any]] = None, *, step: Optional[int] = None, **more: Any) -> None:
        """Reports metrics measured after `step` completed steps.

        A checkpoint written for this step with :meth:`checkpoint` goes with it: it is then the model that these
        metrics were measured on.

        It returns when the report is on the agent's disk. Where the agent can not be reached within 3 seconds, or where
        there is none, it is printed on standard output instead, with the same id: it counts once.

        :param metrics: by name, for names that are no Python identifiers; keyword arguments do for the others.
        :param step: from 1, growing; None: one more than before.
        :raises ValueError: a bad step, no metric, a metric that is no number, or too many.
        """
        values = {**(metrics or {}), **more}
        with self._lock:
            number = self._step + 1 if step is None else _step(step)
            line: Dict[str, Any] = {"step": number}
            for name, value in values.items():
                line[_name(name)] = _number(name, value)
            if not values:
                raise ValueError("report: no metric was given; write report(step=3, val_acc=0.87)")
            if len(values) > _MAX_METRICS:
                raise ValueError(f"report: {len(values)} metrics, at most {_MAX_METRICS} are taken")
            if self._checkpoint is not None and self._checkpoint_step == number:
                line["checkpoint"] = self._checkpoint
                self._checkpoint = None
            if not self._has_reported and self._setup is not None:
                line["setup_time_s"] = round(self._setup, 3)
            self._has_reported = True
            self._step = number
            self._send("[tune-metric]: ", line)

    _setup: Optional[float] = None

    def setup_done(self) -> None:
        """Data are loaded, training begins: lets the scheduler learn what a restart costs. Optional."""
        if self._setup is None:
            self._setup = time.monotonic() - self._began

    @contextlib.contextmanager
    def checkpoint(self, step: int) -> Iterator[Path]:
        """A new directory to write a checkpoint of `step` completed steps to.

        It gets its final name only when the block ends without an error, so that a half-written one is never taken for
        a checkpoint. The next :meth:`report` of the same step announces it; when the trial ends first (it was asked to
        stop) it is announced on its own.
        """
        number = _step(step)
        name = f"step-{number:06d}"
        base = self.checkpoint_dir
        working = base / f".{name}.{os.getpid()}"
        shutil.rmtree(working, ignore_errors=True)
        working.mkdir()
        try:
            yield working
        except BaseException:
            shutil.rmtree(working, ignore_errors=True)
            raise
        shutil.rmtree(base / name, ignore_errors=True)
        os.replace(working, base / name)
        with self._lock:
            self._announce()
            self._checkpoint, self._checkpoint_step = name, number

    def _announce(self) -> None:
        """Announces a checkpoint that no report has taken along."""
        if self._checkpoint is not None:
            self._send("[hypersched]: ", {"checkpoint": self._checkpoint, "step": self._checkpoint_step})
            self._checkpoint = None

    def _send(self, mark: str, line: Dict[str, Any]) -> None:
        if self._agent is None:
            return self._write(mark, line)
        line["report_id"] = uuid.uuid4().hex
        try:
            advice = self._agent.post(line)
        except Refused as refusal:
            raise ValueError(f"report: {refusal}") from None
        if advice is None:
            return self._write(mark, line)
        self.advice = advice
        if advice.action == "stop":
            self._stop.set()

    def _write(self, mark: str, line: Dict[str, Any]) -> None:
        text = "\n" + mark + json.dumps(line) + "\n"
        # What was printed before comes before; one write, so that lines of other threads do not cut into it.
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        data = text.encode()
        while data:
            data = data[os.write(self._descriptor, data):]

    # Stopping

    def should_stop(self) -> bool:
        """True once the trial has been asked to stop (SIGTERM, or the answer to a report): write a checkpoint and leave,
        within the grace period.

        Inside `with hypersched.trial()` leaving the block is enough; the program then exits with status 75.
        """
        return self._stop.is_set()

    def should_checkpoint(self) -> bool:
        """True when the time is nearly up and the agent has no fresh checkpoint, and when :meth:`should_stop` is."""
        return self.should_stop() or (self.advice is not None and self.advice.action == "checkpoint")

    def stop(self) -> None:
        """As if it had been asked to."""
        self._stop.set()

    def __enter__(self) -> "Trial":
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGTERM, lambda *_: self._stop.set())
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        with self._lock:
            self._announce()
        if self._previous is not None:
            signal.signal(signal.SIGTERM, self._previous)
            self._previous = None
        if kind is None and self.should_stop() and not self._is_complete:
            raise Stopped()

    @property
    def _is_complete(self) -> bool:
        return self.max_steps is not None and self._step >= self.max_steps


def _step(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"step: expected completed steps, an integer from 1, found {value!r}")
    return int(value)


def _name(name: Any) -> str:
    if not isinstance(name, str) or not 0 < len(name.encode()) <= _MAX_NAME:
        raise ValueError(f"metric {name!r}: expected a name of 1 to {_MAX_NAME} bytes")
    if name in _RESERVED:
        raise ValueError(f"metric '{name}': this name has a meaning of its own in a report; choose another one")
    return name


def _number(name: str, value: Any) -> Any:
    """A float; strings for what JSON has no number for. Tensors and NumPy scalars with one value are taken."""
    if isinstance(value, str) or value is None:
        raise ValueError(f"metric '{name}': expected a number, found {value!r}")
    try:
        number = float(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"metric '{name}': expected a number, found {type(value).__name__}: {error}") from None
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return number


_current: Optional[Trial] = None
_making = threading.Lock()


def trial() -> Trial:
    """The trial that this process runs: always the same object. Use it in a `with` block to have stops handled."""
    global _current
    with _making:
        if _current is None:
            _current = Trial()
        return _current


def _entered() -> Trial:
    """For the functions below, without a `with` block: SIGTERM is noted from the first use on."""
    mine = trial()
    with _making:
        if mine._previous is None and threading.current_thread() is threading.main_thread():
            mine.__enter__()
    return mine


def params() -> Dict[str, Any]:
    """:attr:`Trial.params` of this process."""
    return _entered().params


def report(metrics: Optional[Mapping[str, Any]] = None, *, step: Optional[int] = None, **more: Any) -> None:
    """:meth:`Trial.report` of this process."""
    _entered().report(metrics, step=step, **more)


def should_stop() -> bool:
    """:meth:`Trial.should_stop` of this process. Leave with `sys.exit(75)` when it is true."""
    return _entered().should_stop()


def checkpoint_dir() -> Path:
    """:attr:`Trial.checkpoint_dir` of this process."""
    return _entered().checkpoint_dir


def resume_from() -> Optional[Path]:
    """:attr:`Trial.resume_from` of this process."""
    return _entered().resume_from
