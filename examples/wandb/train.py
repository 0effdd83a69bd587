"""A program written for W&B: it asks wandb for its configuration and logs to wandb. Nothing in it is about HyperSchedd."""
import math
import random

import wandb

with wandb.init() as run:
    config = wandb.config
    rng = random.Random(config.seed)
    weights = [rng.gauss(0, 1) for _ in range(config.model["width"])]
    for epoch in range(config.epochs):
        for index in range(len(weights)):
            gradient = weights[index] + rng.gauss(0, config.noise)
            weights[index] -= config.lr * gradient
        loss = sum(weight * weight for weight in weights) / len(weights)
        if not math.isfinite(loss) or loss > 1e6:
            loss = 1e6
        wandb.log({"epoch": epoch + 1, "val_loss": loss, "note": "not a number"})
