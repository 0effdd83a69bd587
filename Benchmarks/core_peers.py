#!/usr/bin/env python3
"""Reports per second of Syne Tune's ASHA and Optuna's pruner: the job of `core-bench reports`.

    core_peers.py PEER [--reports N] [--workers W] [--steps R] [--eta E] [--seed S]
PEER: syne-tune (its scheduler alone), optuna-memory, optuna-journal (a journal file), optuna-sqlite (a database file).
Prints one line of JSON. The objectives, the order of the reports and the rungs (1, eta, eta^2, ... below R) are the same
for all. `cpu_s` is processor time, `wall_s` includes the waits for the disk.
"""
import argparse
import json
import logging
import tempfile
import time
import warnings

MASK = (1 << 64) - 1


def part(seed, counter):
    z = ((seed + counter + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return ((z ^ (z >> 31)) >> 32) * 2.0 ** -32


def value(seed, trial, step):
    level = part(seed, (trial * 1_000_003) & MASK)
    noise = part(seed, (trial * 1_000_003 + step) & MASK)
    return level * (1 - 1 / (step + 1)) + 0.01 * noise


class SyneTune:
    name = "Syne Tune ASHA (stopping)"

    def __init__(self, args):
        import syne_tune
        from syne_tune.config_space import uniform
        from syne_tune.optimizer.baselines import ASHA
        self.version = syne_tune.__version__
        self.scheduler = ASHA(
            config_space={"x": uniform(0, 1)}, metric="m", time_attr="step", max_t=args.steps, grace_period=1,
            reduction_factor=args.eta, do_minimize=False, random_seed=args.seed)
        self.count = 0

    def start(self):
        from datetime import datetime
        from syne_tune.backend.trial_status import Trial
        suggestion = self.scheduler.suggest()
        trial = Trial(trial_id=self.count, config=suggestion.config, creation_time=datetime(2026, 1, 1))
        self.count += 1
        self.scheduler.on_trial_add(trial)
        return trial

    def report(self, trial, step, metric):
        """True: stop."""
        return self.scheduler.on_trial_result(trial, {"m": metric, "step": step}) == "STOP"

    def complete(self, trial, step, metric):
        self.scheduler.on_trial_complete(trial, {"m": metric, "step": step})

    def stop(self, trial):
        pass


class Optuna:
    def __init__(self, args, storage_kind):
        import optuna
        self.optuna = optuna
        self.version = optuna.__version__
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        storage = None
        self.name = "Optuna SuccessiveHalvingPruner, in memory"
        if storage_kind == "sqlite":
            self.directory = tempfile.TemporaryDirectory()
            storage = "sqlite:///" + self.directory.name + "/study.db"
            self.name = "Optuna SuccessiveHalvingPruner, SQLite file"
        if storage_kind == "journal":
            from optuna.storages import JournalStorage
            from optuna.storages.journal import JournalFileBackend
            self.directory = tempfile.TemporaryDirectory()
            storage = JournalStorage(JournalFileBackend(self.directory.name + "/journal.log"))
            self.name = "Optuna SuccessiveHalvingPruner, journal file"
        self.study = optuna.create_study(
            direction="maximize", storage=storage, sampler=optuna.samplers.RandomSampler(seed=args.seed),
            pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=args.eta))

    def start(self):
        trial = self.study.ask()
        trial.suggest_float("x", 0, 1)
        return trial

    def report(self, trial, step, metric):
        trial.report(metric, step)
        return trial.should_prune()

    def complete(self, trial, step, metric):
        self.study.tell(trial, metric)

    def stop(self, trial):
        self.study.tell(trial, state=self.optuna.trial.TrialState.PRUNED)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=["syne-tune", "optuna-memory", "optuna-journal", "optuna-sqlite"])
    parser.add_argument("--reports", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--steps", type=int, default=81)
    parser.add_argument("--eta", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    peer = SyneTune(args) if args.peer == "syne-tune" else Optuna(args, args.peer.removeprefix("optuna-"))
    began, wall = time.process_time(), time.monotonic()
    running = [[peer.start(), index + 1, 0] for index in range(args.workers)]
    started, stopped, place = args.workers, 0, 0
    for _ in range(args.reports):
        slot = running[place]
        slot[2] += 1
        metric = value(args.seed, slot[1], slot[2])
        stop = peer.report(slot[0], slot[2], metric)
        if stop or slot[2] >= args.steps:
            if slot[2] >= args.steps:
                peer.complete(slot[0], slot[2], metric)
            else:
                peer.stop(slot[0])
            started += 1
            stopped += 1
            running[place] = [peer.start(), started, 0]
        place = (place + 1) % args.workers
    seconds, wall = time.process_time() - began, time.monotonic() - wall
    print(json.dumps({
        "name": peer.name, "version": peer.version, "reports": args.reports, "cpu_s": seconds, "wall_s": wall,
        "reports_per_s": args.reports / seconds, "stopped": stopped}))


if __name__ == "__main__":
    main()
