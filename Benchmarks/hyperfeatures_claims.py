#!/usr/bin/python3
"""What the Diffusion Hyperfeatures paper (arXiv:2305.14334) claims, at a scale of minutes, on the data that
scripts/prepare-hyperfeatures makes.

The bar is the best single layer and timestep of the stored features, chosen ON the test pairs, which favours it; and the
network trained on that map alone. Against it: the network over all layers at one timestep, and over all layers and timesteps;
with --more also the other layers alone, equal mixing weights, and a larger rate for them. Prints PCK on the test pairs and whether each claim holds. Run by
scripts/bench-hyperfeatures.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

COMMON = ["projection_dim=48", "norm_groups=4", "epoch_pairs=50", "lr=0.003"]
EPOCHS = 10
MEASURES = ("pck_bbox", "pck_img")


def settings(values):
    return [word for value in values for word in ("--set", value)]


def lines(command):
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in answer.splitlines()]


def raw(trial, data, split):
    """Per map {timestep, layer, pck_bbox, pck_img}, and that of all maps joined."""
    found = lines([trial, "hyperfeatures", "raw", "--split", split] + settings([f"data_dir={data}"]))
    cells = [line for line in found if "timestep" in line]
    return cells, next(line for line in found if "joined" in line)


def tuned(trial, data, seed, values):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([trial, "hyperfeatures", "--epochs", str(EPOCHS), "--seed", str(seed), "--checkpoint-dir", folder]
                       + settings(COMMON + [f"data_dir={data}"] + values), check=True, stdout=subprocess.DEVNULL)
        last = os.path.join(folder, f"step-{EPOCHS:06d}")
        found = {}
        for line in lines([trial, "hyperfeatures", "evaluate", last, "--split", "test"]):
            found.update(line)
        return {name: 100 * float(found["test_" + name]) for name in MEASURES}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trial", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--more", action="store_true")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time")
    parser.add_argument("--json", help="also write everything that was measured to this file")
    options = parser.parse_args()
    cells, joined = raw(options.trial, options.data, "test")
    best = {name: max(cells, key=lambda cell: float(cell[name])) for name in MEASURES}
    single = best["pck_img"]
    forms = {
        "that map alone, trained": [f"timesteps={single['timestep']}", f"layers={single['layer']}"],
        "all layers, one timestep": ["timesteps=one"],
        "all layers and timesteps": [],
    }
    singles = ["that map alone, trained"]
    if options.more:
        for layer in sorted({int(cell["layer"]) for cell in cells} - {int(single["layer"])}):
            singles.append(f"layer {layer} alone at that timestep, trained")
            forms[singles[-1]] = [f"timesteps={single['timestep']}", f"layers={layer}"]
        forms["all layers and timesteps, equal weights"] = ["mixing=uniform"]
        forms["all layers and timesteps, mixing_lr_factor 30"] = ["mixing_lr_factor=30"]
    with ThreadPoolExecutor(options.jobs) as pool:
        waiting = {name: [pool.submit(tuned, options.trial, options.data, seed, values)
                          for seed in range(options.seeds)] for name, values in forms.items()}
        runs = {name: [run.result() for run in several] for name, several in waiting.items()}
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump({"cells": cells, "joined": joined, "runs": runs}, stream, indent=1)

    for name in MEASURES:
        values = sorted((100 * float(cell[name]) for cell in cells), reverse=True)
        print(f"{name}: best stored map: layer {best[name]['layer']}, timestep {best[name]['timestep']}: {values[0]:.2f} "
              f"(the others {values[-1]:.2f} to {values[1]:.2f}); all maps joined {100 * float(joined[name]):.2f}")
    for name, results in runs.items():
        print(f"{name}: " + "; ".join(
            f"{measure} " + " ".join(f"{result[measure]:.2f}" for result in results)
            + f" mean {statistics.mean(result[measure] for result in results):.2f}" for measure in MEASURES))
    print()
    whole = runs["all layers and timesteps"]
    for measure in MEASURES:
        bar = 100 * float(best[measure][measure])
        say(f"{measure}: above the best stored map by at least 10", [run[measure] - bar for run in whole], 10)
        alone = [max(runs[name][seed][measure] for name in singles) for seed in range(options.seeds)]
        say(f"{measure}: above the best trained single map by at least 5",
            [run[measure] - bar for run, bar in zip(whole, alone)], 5)
        gains = [run[measure] - one[measure] for run, one in zip(whole, runs["all layers, one timestep"])]
        say(f"{measure}: all timesteps above one, mean over the seeds", [statistics.mean(gains)], 0)
        print("    per seed: " + " ".join(f"{gain:.2f}" for gain in gains))


def say(claim, values, least):
    count = sum(value >= least for value in values)
    verdict = "holds" if count == len(values) else f"holds in {count} of {len(values)}" if count else "does NOT hold"
    print(f"{verdict}: {claim}: " + " ".join(f"{value:.2f}" for value in values))


if __name__ == "__main__":
    main()
