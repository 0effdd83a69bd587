#!/bin/sh
# Rosenbrock's function, a little nearer to its value with each step.
set -eu
for step in 1 2 3 4 5; do
    awk -v x="$HYPERSCHED_PARAM_X" -v y="$HYPERSCHED_PARAM_Y" -v s="$step" 'BEGIN {
        printf "loss=%.9g\n", (1 - x)^2 + 100 * (y - x * x)^2 + 1 / s - 0.2 }'
done
