#!/usr/bin/env python3
"""Mean regret by function and sampler, of the lines that sampler-bench and samplers.py print."""
import collections
import statistics
import sys

runs = collections.defaultdict(list)
for line in sys.stdin:
    sampler, function, _, regrets = line.rstrip("\n").split("\t")
    runs[function, sampler].append(float(regrets.split()[-1]))
for (function, sampler), final in sorted(runs.items()):
    error = statistics.stdev(final) / len(final) ** 0.5 if len(final) > 1 else float("nan")
    print(f"{function:12s} {sampler:18s} {len(final):4d} seeds  regret {statistics.mean(final):.4g} +- {error:.2g}")
