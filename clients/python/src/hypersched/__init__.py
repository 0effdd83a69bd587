"""HyperSchedd from Python: what a training program needs (`report`, `should_stop`, ...) and a client of the daemon.

    import hypersched

    with hypersched.trial() as trial:
        model, first = build(trial.params), 0
        if trial.resume_from:
            first = load(model, trial.resume_from)
        for epoch in range(first, trial.max_steps or 10):
            train(model)
            with trial.checkpoint(step=epoch + 1) as folder:
                save(model, epoch + 1, folder)
            trial.report(step=epoch + 1, val_acc=evaluate(model))

Reports go to the agent that runs the trial; its answers make `should_stop()` true in time. Only the standard library is
needed. Run by hand, outside HyperSchedd, the same program works: parameters are empty,
reports are printed, checkpoints go below ./checkpoints.
"""

from ._agent import Advice
from ._client import Client
from ._trial import (
    Stopped,
    Trial,
    checkpoint_dir,
    params,
    report,
    resume_from,
    should_stop,
    trial,
)
from ._types import Checkpoint, HyperSchedError, Sweep, TrialRow

__all__ = [
    "Advice",
    "Checkpoint",
    "Client",
    "HyperSchedError",
    "Stopped",
    "Sweep",
    "Trial",
    "TrialRow",
    "checkpoint_dir",
    "params",
    "report",
    "resume_from",
    "should_stop",
    "trial",
]
__version__ = "0.1.0"
