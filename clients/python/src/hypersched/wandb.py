"""Runs a program that was written for W&B as a trial: `python -m hypersched.wandb [--metric NAME] train.py [ARGS]`.

- `wandb.config` has the trial's configuration, as under `wandb agent` (through the file WANDB_SWEEP_PARAM_PATH).
- Every `wandb.log` is a report as well: all of its numbers, with the number of such calls as the step. With
  `--metric NAME` only calls that have this metric are reports, and are counted: as W&B counts for `early_terminate`.

What the program logs goes to W&B as before. It needs the package `wandb`, which is not a dependency of this one.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import sys
import tempfile
from typing import Any, Dict, Mapping, Optional

from ._trial import Stopped, Trial, trial


def numbers_of(data: Mapping[str, Any]) -> Dict[str, float]:
    """The metrics among what was logged: numbers, and 0-dimensional tensors and arrays; no Booleans, texts, pictures."""
    found: Dict[str, float] = {}
    for name, value in data.items():
        if isinstance(value, (bool, str, bytes)):
            continue
        try:
            found[str(name)] = float(value)
        except (TypeError, ValueError):
            continue
    return found


class Reporter:
    """Makes reports of what is logged."""

    def __init__(self, current: Trial, metric: Optional[str]) -> None:
        self._trial = current
        self._metric = metric
        self._pending: Dict[str, float] = {}

    def log(self, data: Mapping[str, Any], commit: bool) -> None:
        """One call of `wandb.log`; with `commit` false it belongs to the next one."""
        self._pending.update(numbers_of(data))
        if not commit:
            return
        metrics, self._pending = self._pending, {}
        reserved = ("step", "checkpoint", "setup_time_s")
        metrics = {name: value for name, value in metrics.items() if name not in reserved}
        if metrics and (self._metric is None or self._metric in metrics):
            self._trial.report(metrics)
        if self._trial.should_stop():
            # The program knows of no signal; it has no checkpoint either, and will begin again.
            raise Stopped()


def write_config(params: Mapping[str, Any]) -> str:
    """A configuration file as `wandb agent` writes it, JSON being YAML; gives its path."""
    content: Dict[str, Any] = {"wandb_version": 1}
    content.update({name: {"desc": None, "value": value} for name, value in params.items()})
    descriptor, path = tempfile.mkstemp(prefix="hypersched-wandb-", suffix=".yaml")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    return path


def follow(reporter: Reporter) -> None:
    """From now on every `log` of a W&B run is told to `reporter` first."""
    import wandb

    original = wandb.sdk.wandb_run.Run.log

    def log(run: Any, data: Dict[str, Any], step: Optional[int] = None, commit: Optional[bool] = None) -> None:
        # W&B's rule: without `commit`, a call with a step is committed by the next one with another step.
        reporter.log(data, commit if commit is not None else True)
        original(run, data, step=step, commit=commit)

    wandb.sdk.wandb_run.Run.log = log


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m hypersched.wandb", description="Runs a program written for W&B as a trial.")
    parser.add_argument("--metric", help="only calls of wandb.log that have this metric are reports")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    with trial() as current:
        config = None
        if current.is_managed:
            config = write_config(current.params)
            os.environ["WANDB_SWEEP_PARAM_PATH"] = config
        try:
            follow(Reporter(current, options.metric))
            sys.argv = [options.program, *options.arguments]
            sys.path[0] = os.path.dirname(os.path.abspath(options.program))
            runpy.run_path(options.program, run_name="__main__")
        finally:
            if config is not None:
                os.unlink(config)


if __name__ == "__main__":
    main()
