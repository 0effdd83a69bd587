#!/usr/bin/python3
"""The training step of `hypersched-trial bench nbdt`, written in PyTorch, for a comparison side by side.

Model: the `cnn` of the nbdt workload (three 3x3 convolutions 1-16-32-64, batch norm, ReLU, two max pools, global
average pool, one linear layer), or its `resnet18`. Loss: cross entropy + soft tree supervision loss on a balanced binary tree over the
ten classes, in the matrix form that the Swift workload uses too. Optimiser: torch.optim.SGD. Prints one JSON line.
"""
import argparse
import gzip
import json
import resource
import time

import numpy
import torch
from torch import nn
import torch.nn.functional as F


def read_images(folder, count):
    with gzip.open(f"{folder}/train-images-idx3-ubyte.gz") as stream:
        stream.read(16)
        images = numpy.frombuffer(stream.read(count * 784), dtype=numpy.uint8).copy()
    with gzip.open(f"{folder}/train-labels-idx1-ubyte.gz") as stream:
        stream.read(8)
        labels = numpy.frombuffer(stream.read(count), dtype=numpy.uint8).astype(numpy.int64)
    return torch.from_numpy(images).view(count, 1, 28, 28), torch.from_numpy(labels)


def network():
    def block(inputs, outputs, pool):
        layers = [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
        return layers + ([nn.MaxPool2d(2)] if pool else [])

    layers = block(1, 16, True) + block(16, 32, True) + block(32, 64, False)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        inner = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(inner)) + self.shortcut(x), inplace=True)


def resnet18():
    """The CIFAR form, as `resnet18` of the workload."""
    layers = [nn.Conv2d(1, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    inputs = 64
    for outputs, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [ResidualBlock(inputs, outputs, stride), ResidualBlock(outputs, outputs, 1)]
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def tree_matrices():
    """A [E, K] (mean of the leaf logits below a child) and B [E, K] (edge is on the path to the leaf)."""
    clusters = [[k] for k in range(10)]
    edges = []
    while len(clusters) > 1:
        first, second = clusters[0], clusters[1]
        edges += [first, second]
        clusters = clusters[2:] + [first + second]
    path = torch.zeros(len(edges), 10)
    for row, leaves in enumerate(edges):
        path[row, leaves] = 1
    return (path / path.sum(1, keepdim=True)).t().contiguous(), path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--model", choices=["cnn", "resnet18"], default="cnn")
    parser.add_argument("--data-dir", default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(0)
    images, labels = read_images(options.data_dir, min(options.images, 55_000))
    model = resnet18() if options.model == "resnet18" else network()
    model.train()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    means, path = tree_matrices()

    def step(index):
        batch = images[index].float().sub_(72.94).div_(90.02)
        target = labels[index]
        logits = model(batch)
        steps = F.log_softmax((logits @ means).view(len(index), -1, 2), dim=2).view(len(index), -1)
        probabilities = (steps @ path).exp()
        loss = F.cross_entropy(logits, target) + F.cross_entropy(probabilities, target)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        return loss.item()

    order = torch.randperm(len(images))
    for start in range(0, 5 * options.batch, options.batch):
        step(order[start:start + options.batch])
    started, used = time.monotonic(), time.process_time()
    if options.profile:
        with torch.profiler.profile() as profile:
            for start in range(0, len(order), options.batch):
                loss = step(order[start:start + options.batch])
        print(profile.key_averages().table(sort_by="self_cpu_time_total", row_limit=25))
    else:
        for start in range(0, len(order), options.batch):
            loss = step(order[start:start + options.batch])
    seconds, used = time.monotonic() - started, time.process_time() - used
    print(json.dumps({"samples_per_s": round(len(order) / seconds, 1), "samples_per_cpu_s": round(len(order) / used, 1),
                      "loss": loss, "seconds": round(seconds, 3),
                      "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10, "threads": options.threads,
                      "torch": torch.__version__}))


if __name__ == "__main__":
    main()
