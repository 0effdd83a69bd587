#!/usr/bin/python3
"""Prints the medians and ratios of a file of lines `ours<TAB>{json}` and `theirs<TAB>{json}`, made alternately."""
import json
import statistics
import sys

rounds = {"ours": [], "theirs": []}
with open(sys.argv[1], encoding="utf-8") as stream:
    for line in stream:
        side, text = line.split("\t", 1)
        rounds[side].append(json.loads(text))

first = rounds["ours"][0], rounds["theirs"][0]
print(f"threads {first[0]['threads']}, {len(rounds['ours'])} rounds; "
      f"hypersched-trial on libtorch {first[0]['torch']}, Python on torch {first[1]['torch']}")
for key, title in (("samples_per_s", "samples per second"), ("samples_per_cpu_s", "samples per processor second")):
    ours, theirs = ([run[key] for run in rounds[side]] for side in ("ours", "theirs"))
    ratios = [a / b for a, b in zip(ours, theirs)]
    print(f"{title}: hypersched-trial {statistics.median(ours):.0f}, Python {statistics.median(theirs):.0f}, "
          f"ratio {statistics.median(ratios):.2f} (rounds: {min(ratios):.2f} to {max(ratios):.2f})")
ours, theirs = (statistics.median(run["peak_memory_mb"] for run in rounds[side]) for side in ("ours", "theirs"))
print(f"peak resident memory: hypersched-trial {ours:.0f} MB, Python {theirs:.0f} MB")
