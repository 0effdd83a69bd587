#!/bin/bash
# A trial that needs nothing but bash: a step every STEP_SECONDS, a checkpoint at each step, exact resume.
# Its objective rises with the step and with the parameter `quality`.
set -u
here=$HYPERSCHED_CHECKPOINT_DIR
step=0
if [[ -n "${HYPERSCHED_RESUME_FROM:-}" ]]; then step=$(cat "$HYPERSCHED_RESUME_FROM/step"); fi
stop=0
trap 'stop=1' TERM
save() { mkdir -p "$here/$1.tmp" && echo "$step" > "$here/$1.tmp/step" && mv "$here/$1.tmp" "$here/$1"; }
# Where the sweep counts seconds there is no last step: the agent says when it is enough.
while (( step < ${HYPERSCHED_MAX_STEPS:-1000000} )); do
    sleep "${STEP_SECONDS:-0.2}" &
    wait $!
    if (( stop )); then
        save "stopped-$step" && echo "[hypersched]: {\"checkpoint\": \"stopped-$step\", \"step\": $step}"
        exit 75
    fi
    step=$(( step + 1 ))
    save "step-$step"
    value=$(awk -v q="$HYPERSCHED_PARAM_QUALITY" -v s="$step" 'BEGIN { printf "%.6f", q * (1 - exp(-s / 10)) }')
    echo "[tune-metric]: {\"step\": $step, \"acc\": $value, \"checkpoint\": \"step-$step\"}"
done
