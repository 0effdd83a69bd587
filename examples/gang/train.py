#!/usr/bin/env python3
"""One training program over several agents, with torch.distributed (gloo, so it needs no GPU).

Two ways to start it, see README.md: as one process on each agent (`command: [python3, train.py, ...]`), or through
torchrun, with as many processes on each agent as it has slots there (`command: [torchrun, train.py, ...]`). Both find
each other by MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE, which the agent (or torchrun) has set.

It fits y = Wx on data that every process draws for itself; gradients are averaged over all processes.
"""
import json
import os
import signal
import sys
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

WIDTH = 8
stop_asked = False


def ask_to_stop(*_):
    global stop_asked
    stop_asked = True


def save(model, optimiser, step, name):
    """Rank 0 writes; the directory appears whole or not at all."""
    path = os.path.join(os.environ["HYPERSCHED_CHECKPOINT_DIR"], name)
    os.makedirs(path + ".tmp")
    state = {"model": model.module.state_dict(), "optimiser": optimiser.state_dict(), "step": step}
    torch.save(state, os.path.join(path + ".tmp", "state.pt"))
    os.rename(path + ".tmp", path)


def anyone_stops():
    """All processes leave the loop at the same step, whichever of them heard of it first."""
    flag = torch.tensor([1.0 if stop_asked else 0.0])
    dist.all_reduce(flag, op=dist.ReduceOp.MAX)
    return flag.item() > 0


def main():
    signal.signal(signal.SIGTERM, ask_to_stop)
    with open(os.environ["HYPERSCHED_PARAMS_FILE"]) as file:
        parameters = json.load(file)
    dist.init_process_group("gloo", timeout=timedelta(seconds=60))
    rank, size = dist.get_rank(), dist.get_world_size()
    seed = int(os.environ["HYPERSCHED_SEED"]) % 2**31

    torch.manual_seed(seed)  # the same start everywhere
    target = torch.randn(1, WIDTH)
    model = DistributedDataParallel(torch.nn.Linear(WIDTH, 1, bias=False))
    optimiser = torch.optim.SGD(model.parameters(), lr=parameters["lr"])
    step = 0
    if "HYPERSCHED_RESUME_FROM" in os.environ:  # every member gets the checkpoint
        state = torch.load(os.path.join(os.environ["HYPERSCHED_RESUME_FROM"], "state.pt"))
        model.module.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        step = state["step"]

    while step < int(os.environ["HYPERSCHED_MAX_STEPS"]):
        torch.manual_seed(seed + 1000 * (step + 1) + rank)  # other data on each process
        for _ in range(20):
            x = torch.randn(64, WIDTH)
            loss = torch.nn.functional.mse_loss(model(x), x @ target.T)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        if anyone_stops():
            if rank == 0:
                save(model, optimiser, step, f"stopped-{step}")
                print(f'[hypersched]: {{"checkpoint": "stopped-{step}", "step": {step}}}', flush=True)
            return 75
        step += 1
        dist.all_reduce(loss := loss.detach())
        if rank == 0:
            save(model, optimiser, step, f"step-{step}")
            report = {"step": step, "loss": loss.item() / size, "processes": size, "checkpoint": f"step-{step}"}
            print(f"[tune-metric]: {json.dumps(report)}", flush=True)
    dist.barrier()
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # gloo's threads do not always end by themselves
