#!/bin/sh
# Gradient descent with momentum on a badly scaled bowl, in awk. The state of a step is one line of text, which is also
# the checkpoint.
set -eu
state="0 5 5 0 0" # step, x, y, and their velocities
if [ -n "${HYPERSCHED_RESUME_FROM:-}" ]; then state=$(cat "$HYPERSCHED_RESUME_FROM/state"); fi
trap 'exit 75' TERM # what is announced is on the disk: run me again from there

while :; do
    step=${state%% *}
    [ "$step" -lt "$HYPERSCHED_MAX_STEPS" ] || exit 0
    state=$(echo "$state" | awk -v lr="$HYPERSCHED_PARAM_LR" -v m="$HYPERSCHED_PARAM_MOMENTUM" '{
        u = m * $4 - lr * 2 * $2; v = m * $5 - lr * 20 * $3
        printf "%d %.17g %.17g %.17g %.17g\n", $1 + 1, $2 + u, $3 + v, u, v
    }')
    step=${state%% *}
    name=$(printf 'step-%06d' "$step")
    mkdir "$HYPERSCHED_CHECKPOINT_DIR/.$name"
    echo "$state" >"$HYPERSCHED_CHECKPOINT_DIR/.$name/state"
    mv "$HYPERSCHED_CHECKPOINT_DIR/.$name" "$HYPERSCHED_CHECKPOINT_DIR/$name"
    loss=$(echo "$state" | awk '{ printf "%.6g", $2 * $2 + 10 * $3 * $3 }')
    echo "[tune-metric]: {\"step\": $step, \"loss\": $loss, \"checkpoint\": \"$name\"}"
    sleep 0.02
done
