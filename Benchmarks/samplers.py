#!/usr/bin/env python3
"""Optuna's samplers on the functions of Sources/SamplerBench: the same protocol, the same output.

One line per search: sampler<TAB>function<TAB>seed<TAB>regret after each trial. `scripts/bench samplers` runs it.
"""
import argparse
import math
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def cube(trial, count, low, high):
    return [trial.suggest_float(f"x{i}", low, high) for i in range(count)]


def branin(trial):
    x, y = trial.suggest_float("x0", -5, 10), trial.suggest_float("x1", 0, 15)
    a = y - 5.1 / (4 * math.pi ** 2) * x * x + 5 / math.pi * x - 6
    return a * a + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


ALPHA = [1.0, 1.2, 3.0, 3.2]
A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
P = [[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
     [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]]


def hartmann6(trial):
    x = cube(trial, 6, 0, 1)
    return -sum(ALPHA[i] * math.exp(-sum(A[i][j] * (x[j] - P[i][j] * 1e-4) ** 2 for j in range(6))) for i in range(4))


def rosenbrock(trial):
    x = cube(trial, 4, -2, 2)
    return math.log(1 + sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(3)))


def pipeline(trial):
    model = trial.suggest_categorical("model", ["svm", "mlp", "forest"])
    scale = {"none": 0.05, "standard": 0, "minmax": 0.02}[
        trial.suggest_categorical("scale", ["none", "standard", "minmax"])]
    if model == "svm":
        c, gamma = trial.suggest_float("c", 1e-3, 1e3, log=True), trial.suggest_float("gamma", 1e-4, 10, log=True)
        return scale + 0.1 + 0.02 * ((math.log10(c) - 1) ** 2 + (math.log10(gamma) + 2) ** 2)
    if model == "forest":
        trees, depth = trial.suggest_int("trees", 10, 500, step=10), trial.suggest_int("depth", 1, 32)
        return scale + 0.12 + 0.5 * ((trees - 300) / 500) ** 2 + ((depth - 12) / 32) ** 2
    lr, layers = trial.suggest_float("lr", 1e-5, 1, log=True), trial.suggest_int("layers", 1, 5)
    dropout = trial.suggest_float("dropout", 0, 0.6)
    activation = {"relu": 0, "tanh": 0.02, "sigmoid": 0.06}[
        trial.suggest_categorical("activation", ["relu", "tanh", "sigmoid"])]
    return (scale + 0.05 + activation + 0.03 * (math.log10(lr) + 2.5) ** 2 + 0.01 * (layers - 3) ** 2
            + 0.3 * (dropout - 0.2) ** 2)


PROBLEMS = {"branin": (branin, 0.39788735772973816), "hartmann6": (hartmann6, -3.32236801141551),
            "rosenbrock": (rosenbrock, 0.0), "pipeline": (pipeline, 0.05)}


def sampler(name, seed, workers):
    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True, constant_liar=workers > 1)


def search(function, name, seed, trials, workers):
    """Trials are evaluated in the order in which they were asked for, `workers` of them being under way."""
    study = optuna.create_study(sampler=sampler(name, seed, workers))
    running, best = [], []
    for index in range(trials + workers - 1):
        if index < trials:
            trial = study.ask()
            running.append((trial, function(trial)))
        if (len(running) == workers or index >= trials) and running:
            trial, value = running.pop(0)
            study.tell(trial, value)
            best.append(min(value, best[-1]) if best else value)
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--problem", action="append")
    parser.add_argument("--method", action="append")
    options = parser.parse_args()
    for problem in options.problem or PROBLEMS:
        function, optimum = PROBLEMS[problem]
        for name in options.method or ["tpe"]:
            for seed in range(options.seeds):
                best = search(function, name, seed, options.trials, options.workers)
                print(f"optuna {name}", problem, seed, " ".join(str(v - optimum) for v in best), sep="\t", flush=True)


if __name__ == "__main__":
    sys.exit(main())
