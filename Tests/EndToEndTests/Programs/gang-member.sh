#!/bin/bash
# One member of a trial over several agents, without torch. Each writes down what it was told; the leader waits for the
# words of all members (they share a file system here), trains on, and reports. A member runs until it is told to stop.
set -u
dir=$GANG_DIR/$HYPERSCHED_TRIAL_ID.$HYPERSCHED_ATTEMPT
mkdir -p "$dir"
stop=0
trap 'stop=1' TERM
cat > "$dir/$RANK.tmp" << EOF
$RANK $NODE_RANK $LOCAL_RANK $WORLD_SIZE $LOCAL_WORLD_SIZE $HYPERSCHED_NODES $HYPERSCHED_NODE_RANK $HYPERSCHED_SLOTS
$MASTER_ADDR:$MASTER_PORT $PET_NNODES $PET_NPROC_PER_NODE $PET_NODE_RANK $PET_MASTER_ADDR:$PET_MASTER_PORT $1
EOF
mv "$dir/$RANK.tmp" "$dir/$RANK"
step=0
if [[ -n "${HYPERSCHED_RESUME_FROM:-}" ]]; then step=$(cat "$HYPERSCHED_RESUME_FROM/step"); fi
echo "$step" > "$dir/$RANK.began"
leave() {
    if (( RANK == 0 )); then
        mkdir -p "$HYPERSCHED_CHECKPOINT_DIR/stopped" && echo "$step" > "$HYPERSCHED_CHECKPOINT_DIR/stopped/step"
        echo "[hypersched]: {\"checkpoint\": \"stopped\", \"step\": $step}"
    fi
    echo stopped > "$dir/$RANK.end"
    exit 75
}
for (( rank = 0; rank < WORLD_SIZE; rank++ )); do
    while [[ ! -e "$dir/$rank" ]]; do
        if (( stop )); then leave; fi
        sleep 0.05
    done
done
while (( step < HYPERSCHED_MAX_STEPS )); do
    if [[ -e "$GANG_DIR/crash-$RANK" ]]; then
        rm "$GANG_DIR/crash-$RANK"
        echo "the interconnect broke"
        exit 3
    fi
    sleep 0.2 &
    wait $!
    if (( stop )); then leave; fi
    if (( RANK > 0 )); then
        # Noise that must not count.
        echo "[tune-metric]: {\"step\": 999, \"acc\": 99}"
        continue
    fi
    step=$(( step + 1 ))
    mkdir -p "$HYPERSCHED_CHECKPOINT_DIR/step-$step" && echo "$step" > "$HYPERSCHED_CHECKPOINT_DIR/step-$step/step"
    echo "[tune-metric]: {\"step\": $step, \"acc\": 0.$step, \"checkpoint\": \"step-$step\"}"
done
