#!/bin/bash
# A trial whose checkpoint tells where its state comes from: one line per step, "trial step gain", and the mean of the
# gains is the objective: it does not grow with the steps, so that trials can be compared whatever the machine's speed. It
# takes another trial's checkpoint only when the agent says that this is its parent's.
set -u
here=$HYPERSCHED_CHECKPOINT_DIR
me=$HYPERSCHED_TRIAL_ID
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
touch "$state/history"
if [[ -n "${HYPERSCHED_RESUME_FROM:-}" ]]; then
    writer=$(tail -n 1 "$HYPERSCHED_RESUME_FROM/history" | cut -d ' ' -f 1)
    if [[ "$writer" != "$me" && "${HYPERSCHED_PARENT_TRIAL:-}" != "$writer" ]]; then
        echo "the checkpoint was written by trial $writer, this is trial $me" >&2
        exit 65
    fi
    cp "$HYPERSCHED_RESUME_FROM/history" "$state/history"
fi
step=$(wc -l < "$state/history")
stop=0
trap 'stop=1' TERM
save() { mkdir -p "$here/$1.tmp" && cp "$state/history" "$here/$1.tmp/" && mv "$here/$1.tmp" "$here/$1"; }
while (( step < HYPERSCHED_MAX_STEPS )); do
    sleep "${STEP_SECONDS:-0.2}" &
    wait $!
    if (( stop )); then
        if (( step > 0 )); then
            save "stopped-$step" && echo "[hypersched]: {\"checkpoint\": \"stopped-$step\", \"step\": $step}"
        fi
        exit 75
    fi
    step=$(( step + 1 ))
    echo "$me $step $HYPERSCHED_PARAM_QUALITY" >> "$state/history"
    save "step-$step"
    value=$(awk '{ sum += $3 } END { printf "%.6f", sum / NR }' "$state/history")
    echo "[tune-metric]: {\"step\": $step, \"acc\": $value, \"checkpoint\": \"step-$step\"}"
done
