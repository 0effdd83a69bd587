#!/usr/bin/python3
"""What the NBDT paper (arXiv:2004.00221) claims, at a scale of minutes: Fashion-MNIST, first 12,000 training images, test
file, the small network.

Trains a network with cross entropy only (10 epochs, lr 0.1), reads it through several trees, fine-tunes it (3 epochs, lr
0.01) in several ways, and prints the test accuracies and whether each claim holds with the margins below. Run by
scripts/bench-nbdt.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile

COMMON = ["train_images=12000", "batch_size=128"]
TREES = {
    "induced": ["hierarchy=induced"],
    "induced, rows of length 1": ["hierarchy=induced_normalized"],
    "WordNet": ["hierarchy=wordnet"],
    "random 0": ["hierarchy=random", "hierarchy_seed=0"],
    "random 1": ["hierarchy=random", "hierarchy_seed=1"],
    "random 2": ["hierarchy=random", "hierarchy_seed=2"],
    "flat": ["hierarchy=flat"],
}
FINE = {
    "cross entropy only, induced": ["hierarchy=induced", "tree_supervision_weight=0"],
    "soft 1, induced": ["hierarchy=induced"],
    "soft 10, induced": ["hierarchy=induced", "tree_supervision_weight=10"],
    "soft_nll 1, induced": ["hierarchy=induced", "tree_loss=soft_nll"],
    "hard 10, induced": ["hierarchy=induced", "tree_loss=hard", "tree_supervision_weight=10"],
    "soft 1, WordNet": ["hierarchy=wordnet"],
    "soft 1, random 0": ["hierarchy=random"],
    "soft 10, random 0": ["hierarchy=random", "tree_supervision_weight=10"],
}


def settings(values):
    return [word for value in values for word in ("--set", value)]


class Runner:
    def __init__(self, trial, seed, folder):
        self.trial, self.seed, self.folder = trial, seed, folder

    def train(self, name, epochs, values):
        place = os.path.join(self.folder, name.replace(" ", "-").replace(",", ""))
        subprocess.run([self.trial, "nbdt", "--epochs", str(epochs), "--seed", str(self.seed), "--checkpoint-dir", place]
                       + settings(COMMON + values), check=True, stdout=subprocess.DEVNULL)
        return os.path.join(place, f"step-{epochs:06d}")

    def test(self, checkpoint, values=()):
        answer = subprocess.run([self.trial, "evaluate", checkpoint, "--split", "test"] + settings(values), check=True,
                                capture_output=True, text=True).stdout
        pairs = dict(line.split("=") for line in answer.splitlines() if line.startswith("test_"))
        return {key[5:-9]: 100 * float(value) for key, value in pairs.items()}


def measure(trial, seed, milestones):
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(trial, seed, folder)
        base = runner.train("base", 10, ["lr=0.1", "tree_start=1"])
        result = {"base": runner.test(base)}
        # In three epochs the recipe's milestones would cut the rate after the first and again after the second.
        rate = [] if milestones else ["lr_gamma=1"]
        for name, values in TREES.items():
            result["read through " + name] = runner.test(base, values)
        for name, values in FINE.items():
            tuned = runner.train(name, 3, ["lr=0.01", "tree_start=0", "pretrained=" + base] + rate + values)
            result["fine-tuned: " + name] = runner.test(tuned)
        return result


def claims(runs):
    """(claim, values per seed, holds)"""
    def per_seed(value):
        return [value(run) for run in runs]

    def mean_random(run):
        return statistics.mean(run[f"read through random {i}"]["soft"] for i in range(3))

    induced, tuned = "read through induced", "fine-tuned: "
    checks = [
        ("1. no fine-tuning: induced minus random (soft) > 15",
         per_seed(lambda r: r[induced]["soft"] - mean_random(r)), lambda v: v > 15),
        ("1. WordNet lies between random and induced: WordNet minus random > 0",
         per_seed(lambda r: r["read through WordNet"]["soft"] - mean_random(r)), lambda v: v > 0),
        ("1. induced minus WordNet > 0",
         per_seed(lambda r: r[induced]["soft"] - r["read through WordNet"]["soft"]), lambda v: v > 0),
        ("1. flat minus induced (soft) between 3 and 8",
         per_seed(lambda r: r["base"]["flat"] - r[induced]["soft"]), lambda v: 3 <= v <= 8),
        ("2. soft 10: |soft minus flat of the base| <= 1.5",
         per_seed(lambda r: abs(r[tuned + "soft 10, induced"]["soft"] - r["base"]["flat"])), lambda v: v <= 1.5),
        ("2. soft 10: |hard minus soft| <= 1",
         per_seed(lambda r: abs(r[tuned + "soft 10, induced"]["hard"] - r[tuned + "soft 10, induced"]["soft"])),
         lambda v: v <= 1),
        ("2. soft_nll 1: |soft minus flat of the base| <= 1.5",
         per_seed(lambda r: abs(r[tuned + "soft_nll 1, induced"]["soft"] - r["base"]["flat"])), lambda v: v <= 1.5),
        ("3. tree loss closes the gap that cross entropy leaves: soft 10 minus cross entropy only (soft) > 2",
         per_seed(lambda r: r[tuned + "soft 10, induced"]["soft"] - r[tuned + "cross entropy only, induced"]["soft"]),
         lambda v: v > 2),
        ("4. weight 1: induced minus random (soft) >= 3",
         per_seed(lambda r: r[tuned + "soft 1, induced"]["soft"] - r[tuned + "soft 1, random 0"]["soft"]),
         lambda v: v >= 3),
        ("4. weight 10: induced minus random (soft) >= 2",
         per_seed(lambda r: r[tuned + "soft 10, induced"]["soft"] - r[tuned + "soft 10, random 0"]["soft"]),
         lambda v: v >= 2),
        ("4. weight 1: WordNet lies between: WordNet minus random > 0 and induced minus WordNet > 0",
         per_seed(lambda r: min(r[tuned + "soft 1, WordNet"]["soft"] - r[tuned + "soft 1, random 0"]["soft"],
                                r[tuned + "soft 1, induced"]["soft"] - r[tuned + "soft 1, WordNet"]["soft"])),
         lambda v: v > 0),
        ("5. flat tree: |soft minus flat| = 0",
         per_seed(lambda r: abs(r["read through flat"]["soft"] - r["read through flat"]["flat"])), lambda v: v == 0),
        ("paper: tree loss improves the network itself: flat after soft 10 minus flat of the base > 0",
         per_seed(lambda r: r[tuned + "soft 10, induced"]["flat"] - r["base"]["flat"]), lambda v: v > 0),
    ]
    return [(name, values, all(map(check, values)), sum(map(check, values))) for name, values, check in checks]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trial", required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--milestones", action="store_true",
                        help="fine-tune with the recipe's milestones, not at a constant rate")
    parser.add_argument("--json", help="also write everything that was measured to this file")
    options = parser.parse_args()
    runs = []
    for seed in range(options.seeds):
        runs.append(measure(options.trial, seed, options.milestones))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump(runs, stream, indent=1)
    print("test accuracy in %, flat/soft/hard, per seed")
    for name in runs[0]:
        print(f"{name}: " + "  ".join("/".join(f"{run[name][key]:.2f}" for key in ("flat", "soft", "hard")) for run in runs))
    print()
    for name, values, holds, count in claims(runs):
        verdict = "holds" if holds else f"holds in {count} of {len(values)}" if count else "does NOT hold"
        print(f"{verdict}: {name}: " + " ".join(f"{value:.2f}" for value in values))


if __name__ == "__main__":
    main()
