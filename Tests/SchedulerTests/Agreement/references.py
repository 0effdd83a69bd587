"""Random sequences of reports, and what other implementations decide on them.

Writes one JSON file. Every sequence is fed to every reference that knows its rule, report by report; the decision on
each report is one letter: C go on, S stop, . not asked. AgreementTests.swift feeds the same reports to our policies.

usage: references.py --out FILE [--count N] [--small]
"""

import argparse
import datetime
import importlib.metadata
import json
import logging
import math
import random
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import optuna  # noqa: E402
from ray.tune.schedulers import AsyncHyperBandScheduler, MedianStoppingRule  # noqa: E402
from ray.tune.schedulers import TrialScheduler  # noqa: E402
from sweeps.hyperband_stopping import hyperband_stop_runs  # noqa: E402
from sweeps.run import RunState, SweepRun  # noqa: E402
from syne_tune.backend.trial_status import Trial  # noqa: E402
from syne_tune.config_space import uniform  # noqa: E402
from syne_tune.optimizer.scheduler import SchedulerDecision  # noqa: E402
from syne_tune.optimizer.schedulers.asha import AsynchronousSuccessiveHalving  # noqa: E402
from syne_tune.optimizer.schedulers.pbt import PopulationBasedTraining  # noqa: E402

optuna.logging.disable_default_handler()

PACKAGES = ["optuna", "ray", "sweeps", "syne-tune"]
NOW = datetime.datetime(2024, 1, 1)
# r, R, eta: exact powers (some of which a floored logarithm loses), and others
LADDERS = [(1, 27, 3), (1, 64, 4), (1, 100, 4), (2, 50, 2), (3, 40, 3), (1, 125, 5), (1, 243, 3), (4, 30, 2), (1, 100, 10)]


def milestones(r, R, eta):
    steps = []
    while r < R:
        steps.append(r)
        r *= eta
    return steps


def curve_value(rng, quality, step, grain):
    value = quality + 0.3 * math.log1p(step) + rng.gauss(0, 0.4)
    return round(value * grain) / grain


def interleave(rng, steps_of_trials):
    """Reports of all trials in the order of arrival: trials start one after the other and overtake each other."""
    queues = [list(steps) for steps in steps_of_trials]
    order, active, waiting = [], [], list(range(len(queues)))
    while active or waiting:
        if waiting and (len(active) < 4 or rng.random() < 0.1):
            active.append(waiting.pop(0))
            continue
        trial = rng.choice(active)
        order.append((trial, queues[trial].pop(0)))
        if not queues[trial]:
            active.remove(trial)
    return order


def sequence(rng, kind, trials, r, R, eta, steps_of):
    mode = rng.choice(["max", "min"])
    # Half of the sequences have coarse values, so that there are ties.
    grain = rng.choice([4, 1_000_000])
    quality = [rng.gauss(0, 1) for _ in range(trials)]
    steps = []
    for _ in range(trials):
        # Some programs end by themselves.
        steps.append(steps_of[: rng.randint(1, len(steps_of))] if rng.random() < 0.3 else steps_of)
    reports = [
        [trial, step, curve_value(rng, quality[trial], step, grain) * (1 if mode == "max" else -1)]
        for trial, step in interleave(rng, steps)
    ]
    return {"kind": kind, "mode": mode, "r": r, "R": R, "eta": eta, "trials": trials, "reports": reports}


def with_jumps(rng, seq):
    """Leaves out reports, so that rungs are jumped over, and those that reach no new rung: see the Swift side."""
    rungs = milestones(seq["r"], seq["R"], seq["eta"])
    top, reports = {}, []
    for trial, step, value in seq["reports"]:
        reached = sum(1 for m in rungs if m <= step)
        if reached == top.get(trial, 0) or rng.random() < 0.4:
            continue
        # At or beyond the milestone.
        limit = rungs[reached] if reached < len(rungs) else seq["R"]
        top[trial] = reached
        reports.append([trial, rng.randint(step, max(step, limit - 1)), value])
    seq["reports"] = reports
    return seq


# References


class RayTrial:
    """As much of a Ray trial as its schedulers look at."""

    def __init__(self, number):
        self.trial_id = str(number)

    def __hash__(self):
        return hash(self.trial_id)

    def __eq__(self, other):
        return self.trial_id == other.trial_id


class NobodyWaits:
    def get_live_trials(self):
        return []


def letter(decision):
    return "S" if decision in (TrialScheduler.STOP, SchedulerDecision.STOP, True) else "C"


def ray_asha(seq):
    brackets = seq.get("brackets")
    scheduler = AsyncHyperBandScheduler(
        time_attr="step", metric="m", mode=seq["mode"], max_t=seq["R"], grace_period=seq["r"],
        reduction_factor=seq["eta"], brackets=max(brackets) + 1 if brackets else 1)
    trials = [RayTrial(i) for i in range(seq["trials"])]
    for number, trial in enumerate(trials):
        scheduler._trial_info[trial.trial_id] = scheduler._brackets[brackets[number] if brackets else 0]
    return "".join(
        letter(scheduler.on_trial_result(None, trials[t], {"step": s, "m": v})) for t, s, v in seq["reports"])


def syne_asha(seq):
    brackets = seq.get("brackets")
    scheduler = AsynchronousSuccessiveHalving(
        {"x": uniform(0, 1)}, metric="m", do_minimize=seq["mode"] == "min", time_attr="step", max_t=seq["R"],
        grace_period=seq["r"], reduction_factor=seq["eta"], brackets=max(brackets) + 1 if brackets else 1,
        random_seed=1)
    trials = [Trial(i, {"x": 0.5}, NOW) for i in range(seq["trials"])]
    for trial in trials:
        bracket = brackets[trial.trial_id] if brackets else 0
        scheduler.trial_info[trial.trial_id] = scheduler.brackets[bracket]
    return "".join(letter(scheduler.on_trial_result(trials[t], {"step": s, "m": v})) for t, s, v in seq["reports"])


def optuna_pruner(seq, pruner):
    study = optuna.create_study(direction="maximize" if seq["mode"] == "max" else "minimize", pruner=pruner)
    trials = [study.ask() for _ in range(seq["trials"])]
    letters = []
    for trial, step, value in seq["reports"]:
        if step >= seq["R"]:
            letters.append(".")
            if seq["kind"] == "median":
                study.tell(trials[trial], value)
            continue
        trials[trial].report(value, step)
        letters.append(letter(bool(trials[trial].should_prune())))
    return "".join(letters)


def optuna_asha(seq):
    return optuna_pruner(
        seq, optuna.pruners.SuccessiveHalvingPruner(min_resource=seq["r"], reduction_factor=seq["eta"]))


def optuna_hyperband(seq):
    pruner = optuna.pruners.HyperbandPruner(
        min_resource=seq["r"], max_resource=seq["R"], reduction_factor=seq["eta"])
    # Which bracket a trial belongs to is a draw; here it is ours.
    pruner._get_bracket_id = lambda study, trial: seq["brackets"][trial.number]
    return optuna_pruner(seq, pruner)


def optuna_weights(r, R, eta):
    pruner = optuna.pruners.HyperbandPruner(min_resource=r, max_resource=R, reduction_factor=eta)
    pruner._try_initialization(None)
    return pruner._trial_allocation_budgets


def optuna_median(seq):
    return optuna_pruner(
        seq, optuna.pruners.MedianPruner(
            n_startup_trials=0, n_warmup_steps=seq["grace"], interval_steps=seq["interval"],
            n_min_trials=seq["minTrials"]))


def ray_median(seq):
    rule = MedianStoppingRule(
        time_attr="step", metric="m", mode=seq["mode"], grace_period=seq["grace"],
        min_samples_required=seq["minTrials"], hard_stop=True)
    trials = [RayTrial(i) for i in range(seq["trials"])]
    letters = []
    for trial, step, value in seq["reports"]:
        rule._stopped_trials.clear()
        letters.append(letter(rule.on_trial_result(NobodyWaits(), trials[trial], {"step": step, "m": value})))
    return "".join(letters)


def wandb_hyperband(seq):
    """W&B's rule in its strict form, asked about each run when it reaches a rung."""
    config = {
        "method": "random", "metric": {"name": "m", "goal": "maximize" if seq["mode"] == "max" else "minimize"},
        "parameters": {"x": {"min": 0.0, "max": 1.0}},
        "early_terminate": {"type": "hyperband", "min_iter": seq["r"], "eta": seq["eta"], "strict": True},
    }
    rungs = set(milestones(seq["r"], seq["R"], seq["eta"]))
    histories, letters = {}, []
    for trial, step, value in seq["reports"]:
        histories.setdefault(trial, []).append({"m": value})
        if step not in rungs:
            letters.append(".")
            continue
        runs = [
            SweepRun(name=str(t), state=RunState.running if t == trial else RunState.finished, history=history)
            for t, history in histories.items()
        ]
        letters.append("S" if any(run.name == str(trial) for run in hyperband_stop_runs(runs, config)) else "C")
    return "".join(letters)


def syne_pbt(rng, seq):
    """Closes the loop: a trial that is stopped reports no more, and another one begins in its place."""
    scheduler = PopulationBasedTraining(
        {"x": uniform(0, 1)}, metric="m", time_attr="step", max_t=seq["R"], do_minimize=seq["mode"] == "min",
        population_size=seq["population"], perturbation_interval=seq["interval"],
        quantile_fraction=seq["quantile"], random_seed=1)
    live, steps, letters, upper = [], {}, [], []
    seq["reports"] = []

    def begin():
        number = len(steps)
        scheduler.on_trial_add(Trial(number, {"x": 0.5}, NOW))
        steps[number] = 0
        live.append(number)

    for _ in range(seq["population"]):
        begin()
    while live and len(seq["reports"]) < 250:
        trial = rng.choice(live)
        steps[trial] += 1
        value = rng.gauss(0, 1) + 0.1 * steps[trial]
        decision = letter(
            scheduler.on_trial_result(Trial(trial, {"x": 0.5}, NOW), {"step": steps[trial], "m": value}))
        seq["reports"].append([trial, steps[trial], value])
        letters.append(decision)
        if decision == "S":
            live.remove(trial)
            if steps[trial] < seq["R"]:
                # The donor is a draw: ours must be one of the best, too.
                donor = scheduler.trial_decisions_stack.pop()[0]
                scores = {t: s.last_score for t, s in scheduler.trial_state.items()
                          if not s.stopped and s.last_score is not None}
                scores[trial] = scheduler.trial_state[trial].last_score
                ranked = sorted(scores, key=scores.get)
                share = min(math.ceil(len(ranked) * seq["quantile"]), len(ranked) // 2)
                assert donor in ranked[-share:]
                upper.append(ranked[-share:])
            begin()
    seq["trials"] = len(steps)
    seq["upper"] = upper
    return "".join(letters)


# Sequences


def asha(rng, small):
    r, R, eta = rng.choice(LADDERS)
    trials = rng.randint(6, 12) if small else rng.randint(8, 40)
    steps = sorted(set(milestones(r, R, eta) + rng.sample(range(1, R + 1), min(R, 4)) + [R]))
    seq = sequence(rng, "asha", trials, r, R, eta, steps)
    seq["decisions"] = {"ray": ray_asha(seq), "syne-tune": syne_asha(seq), "optuna": optuna_asha(seq)}
    return seq


def asha_jumps(rng, small):
    r, R, eta = rng.choice(LADDERS)
    trials = rng.randint(6, 12) if small else rng.randint(8, 40)
    seq = with_jumps(rng, sequence(rng, "asha", trials, r, R, eta, milestones(r, R, eta)))
    seq["decisions"] = {"ray": ray_asha(seq), "syne-tune": syne_asha(seq)}
    return seq


def hyperband(rng, small):
    r, R, eta = rng.choice(LADDERS)
    trials = rng.randint(8, 14) if small else rng.randint(20, 60)
    steps = sorted(set(milestones(r, R, eta) + [R]))
    seq = sequence(rng, "hyperband", trials, r, R, eta, steps)
    # Optuna's floored logarithm may lose the last bracket, which has no rung; all others are everybody's.
    count = len(milestones(r, R, eta))
    seq["brackets"] = [min(int(rng.expovariate(0.7)), count - 1) for _ in range(trials)]
    seq["decisions"] = {"ray": ray_asha(seq), "syne-tune": syne_asha(seq), "optuna": optuna_hyperband(seq)}
    seq["weights"] = optuna_weights(r, R, eta)
    return seq


def median(rng, small):
    R = rng.randint(5, 20)
    trials = rng.randint(6, 10) if small else rng.randint(8, 30)
    grace = rng.randint(1, 4)
    seq = sequence(rng, "median", trials, 1, R, 2, list(range(1, R + 1)))
    seq.update(grace=grace, interval=rng.randint(1, 3), minTrials=rng.randint(1, 4))
    seq["decisions"] = {"optuna": optuna_median(seq), "ray": ray_median(seq)}
    return seq


def wandb(rng, small):
    r, R, eta = rng.choice([(1, 9, 2), (1, 10, 3), (2, 16, 2)])
    trials = rng.randint(6, 10) if small else rng.randint(8, 20)
    seq = sequence(rng, "wandb", trials, r, R, eta, list(range(1, R)))
    seq["decisions"] = {"wandb": wandb_hyperband(seq)}
    return seq


def pbt(rng, small):
    seq = {
        "kind": "pbt", "mode": rng.choice(["max", "min"]), "r": 1, "R": rng.randint(8, 20), "eta": 2,
        "population": rng.randint(2, 6 if small else 12), "interval": rng.randint(1, 4),
        "quantile": rng.choice([0.1, 0.25, 0.5]),
    }
    seq["decisions"] = {"syne-tune": syne_pbt(rng, seq)}
    return seq


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--count", type=int, default=120, help="sequences of each kind")
    parser.add_argument("--small", action="store_true", help="short ones, for the recorded file")
    options = parser.parse_args()
    sequences = []
    for number, make in enumerate([asha, asha_jumps, hyperband, median, wandb, pbt]):
        for index in range(options.count):
            sequences.append(make(random.Random(f"{number}/{index}"), options.small))
    result = {"versions": {name: importlib.metadata.version(name) for name in PACKAGES}, "sequences": sequences}
    with open(options.out, "w", encoding="utf-8") as file:
        json.dump(result, file, separators=(",", ":"))
    print(f"{len(sequences)} sequences, {sum(len(s['reports']) for s in sequences)} reports: {options.out}")


main()
