#!/usr/bin/python3
"""What the LADS paper (arXiv:2210.09520) claims, at a scale of minutes.

T1: made-up vectors in which class and domain go together. T2: Fashion-MNIST in two colours that go with the classes, with
a small encoder trained on other images (`hypersched-trial lads synthetic`, `lads coloured`). T3: photos, clip art and
cartoons embedded by examples/lads/prepare. Trains every method on each, prints the accuracies on the test rows and
whether each claim holds with the margins below. Run by scripts/bench-lads.
"""
import argparse
import json
import os
import subprocess
import tempfile

T1 = ["setting=bias", "hidden=32", "aug_lr=0.005", "aug_epochs=50", "lr=0.02", "upweight_classes=false"]
T2 = ["setting=bias", "hidden=32", "aug_lr=0.005", "aug_epochs=50", "lr=0.01"]
T3 = ["hidden=384", "aug_lr=0.001", "aug_epochs=100", "lr=0.01"]
ALPHAS = ["0", "0.25", "0.5", "0.75", "1"]
BASELINES = ["zero-shot, class texts", "zero-shot, domain texts", "LP", "LP from zero-shot", "LP and zero-shot, mean",
             "addition", "SLERP", "direction added", "E2E"]
LADS = [f"LADS, alpha {alpha}" for alpha in ("0", "0.25", "0.5", "0.75", "1")]


def measure(trial, name, seed, folder, stamps):
    """What `lads compare` prints, by method."""
    common, epochs = {"T1": (T1, 60), "T2": (T2, 60), "T3": (T3, 100)}[name]
    embeddings = stamps
    if name != "T3":
        embeddings = os.path.join(folder, f"{name}-{seed}.safetensors")
        subprocess.run([trial, "lads", "synthetic" if name == "T1" else "coloured", embeddings, "--seed", str(seed)],
                       check=True, stdout=subprocess.DEVNULL)
    settings = [word for value in ["embeddings=" + embeddings] + common for word in ("--set", value)]
    answer = subprocess.run([trial, "lads", "compare", "--seed", str(seed), "--epochs", str(epochs)] + settings, check=True,
                            capture_output=True, text=True).stdout
    return {entry.pop("method"): entry for entry in map(json.loads, answer.splitlines())}


def claims(name, runs):
    """(claim, values per seed, check)"""
    def each(value):
        return [value(run) for run in runs]

    def gain(run, method, other="LP", key="ood"):
        return run[method][key] - run[other][key]

    def drop(run, method):
        return run["LP"]["id"] - run[method]["id"]

    half = "LADS, alpha 0.5"
    interior = ["LADS, alpha 0.25", half, "LADS, alpha 0.75"]
    checks = []
    if name == "T1":
        checks += [
            ("alpha 0.5: out-of-domain gain over LP >= 20", each(lambda r: gain(r, half)), lambda v: v >= 20),
            ("alpha 0.5: in-domain loss against LP <= 1", each(lambda r: drop(r, half)), lambda v: v <= 1),
            ("alpha 1 loses the classes: class consistency < 60, at alpha 0.5 > 90", each(
                lambda r: r["LADS, alpha 1"]["class_consistency"]), lambda v: v < 60),
        ]
    if name == "T2":
        checks += [
            ("every alpha: out-of-domain gain over LP >= 12 (smallest)",
             each(lambda r: min(gain(r, method) for method in LADS)), lambda v: v >= 12),
            ("alpha 0.25 to 0.75: out-of-domain gain over LP >= 12 (smallest)",
             each(lambda r: min(gain(r, method) for method in interior)), lambda v: v >= 12),
            ("alpha 0.25 to 0.75: in-domain loss against LP <= 1.5 (largest)",
             each(lambda r: max(drop(r, method) for method in interior)), lambda v: v <= 1.5),
            ("every alpha: in-domain loss against LP <= 1.5 (largest)",
             each(lambda r: max(drop(r, method) for method in LADS)), lambda v: v <= 1.5),
            ("domain consistency >= 95 for alpha >= 0.25 (smallest)",
             each(lambda r: min(r[m]["domain_consistency"] for m in interior + ["LADS, alpha 1"])), lambda v: v >= 95),
            ("class consistency: alpha 0 minus alpha 1 > 50", each(
                lambda r: gain(r, "LADS, alpha 0", "LADS, alpha 1", "class_consistency")), lambda v: v > 50),
        ]
    best = lambda r, key: max(r[method][key] for method in interior)
    checks += [
        ("paper: LADS (0.5) beats LP out of the domain", each(lambda r: gain(r, half)), lambda v: v > 0),
        ("paper: LADS (0.5) keeps the domain within 0.5", each(lambda r: drop(r, half)), lambda v: v <= 0.5),
        ("paper: both terms are needed: best alpha inside minus best of 0 and 1, out of the domain", each(
            lambda r: best(r, "ood") - max(r["LADS, alpha 0"]["ood"], r["LADS, alpha 1"]["ood"])),
         lambda v: v > 0),
        ("paper: LADS (0.5) beats addition and SLERP, out of the domain", each(
            lambda r: r[half]["ood"] - max(r["addition"]["ood"], r["SLERP"]["ood"])),
         lambda v: v > 0),
        ("paper: LADS (0.5) is best on the extended domain (but for the oracle)", each(
            lambda r: r[half]["extended"] - max(
                values["extended"] for method, values in r.items() if method in BASELINES)), lambda v: v > 0),
    ]
    return checks


def show(name, runs):
    print(f"{name}: in-domain / out-of-domain / extended accuracy in %, per seed; domain / class consistency")
    for method in runs[0]:
        accuracies = "  ".join("/".join(f"{run[method][key]:.1f}" for key in ("id", "ood", "extended"))
                               for run in runs)
        quality = "  ".join(f"{run[method]['domain_consistency']:.0f}/{run[method]['class_consistency']:.0f}"
                            for run in runs if "domain_consistency" in run[method])
        print(f"{method}: {accuracies}" + (f"; {quality}" if quality else ""))
    print()
    for claim, values, check in claims(name, runs):
        count = sum(map(check, values))
        verdict = "holds" if count == len(values) else f"holds in {count} of {len(values)}" if count else "does NOT hold"
        print(f"{verdict}: {claim}: " + " ".join(f"{value:.1f}" for value in values))
    print(flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trial", required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tests", nargs="+", default=["T1", "T2"], choices=["T1", "T2", "T3"])
    parser.add_argument("--stamps", default="/var/tmp/hypersched-lads/stamps.safetensors", help="embeddings for T3")
    parser.add_argument("--json", help="also write everything that was measured to this file")
    options = parser.parse_args()
    results = {}
    for name in options.tests:
        runs = []
        for seed in range(options.seeds):
            with tempfile.TemporaryDirectory() as folder:
                runs.append(measure(options.trial, name, seed, folder, options.stamps))
        results[name] = runs
        show(name, runs)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump(results, stream, indent=1)


if __name__ == "__main__":
    main()
