#!/usr/bin/env python3
"""Prints medians and ratios of a file of JSON lines, one per run, as scripts/bench core makes it; the first name is ours."""
import json
import statistics
import sys

runs = {}
with open(sys.argv[1], encoding="utf-8") as stream:
    for line in stream:
        run = json.loads(line)
        runs.setdefault((run["name"] + " " + run.get("version", "")).strip(), []).append(run)

names = list(runs)
ours = statistics.median(run["reports_per_s"] for run in runs[names[0]])
print(f"{'':46} {'reports/s':>10} {'min':>9} {'max':>9} {'stopped':>8} {'ours/theirs':>12}")
for name in names:
    rates = [run["reports_per_s"] for run in runs[name]]
    median = statistics.median(rates)
    print(f"{name:46} {median:10.0f} {min(rates):9.0f} {max(rates):9.0f} {runs[name][0]['stopped']:8d} {ours / median:12.1f}")
