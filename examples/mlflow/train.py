"""Ridge regression by gradient descent, logged with MLflow. Nothing in it is about HyperSchedd: MLFLOW_TRACKING_URI leads to
the agent, and what is logged here becomes the trial's reports."""
import argparse
import random

import mlflow

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.05)
parser.add_argument("--decay", type=float, default=0.001)
parser.add_argument("--batch", type=int, default=16)
options = parser.parse_args()

draw = random.Random(7)
truth = [draw.gauss(0, 1) for _ in range(8)]


def sample():
    x = [draw.gauss(0, 1) for _ in truth]
    return x, sum(a * b for a, b in zip(x, truth)) + draw.gauss(0, 0.1)


train, held = [sample() for _ in range(400)], [sample() for _ in range(200)]
weights = [0.0] * len(truth)


def error(x, y):
    return sum(a * b for a, b in zip(x, weights)) - y


with mlflow.start_run():
    mlflow.log_params(vars(options))
    for epoch in range(20):
        draw.shuffle(train)
        for start in range(0, len(train), options.batch):
            batch = train[start:start + options.batch]
            slopes = [options.decay * w for w in weights]
            for x, y in batch:
                miss = error(x, y)
                slopes = [s + miss * value / len(batch) for s, value in zip(slopes, x)]
            weights = [w - options.lr * s for w, s in zip(weights, slopes)]
        loss = sum(error(x, y) ** 2 for x, y in held) / len(held)
        mlflow.log_metrics({"val_loss": min(loss, 1e6)}, step=epoch)
