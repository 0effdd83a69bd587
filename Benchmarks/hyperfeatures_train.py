#!/usr/bin/python3
"""The training step of `hypersched-trial bench hyperfeatures`, written in PyTorch, for a comparison side by side.

The features are random and have the shapes that the command names; the Swift program reads features of the same shapes from
files first (`--make FOLDER` writes such files). Both convert float16 maps to float32 in every step. Forms:
  reference   as the authors' code: maps resized first, one timestep and layer after the other, the loss over the whole
              matrix of similarities
  batched     all timesteps of a layer at once and only the rows of annotated points, but maps resized first
  best        as `batched`, with the 1x1 convolutions before the resize
  dilated     as `best`, with 1x1 convolutions that libtorch hands to oneDNN on one thread too: what the Swift workload does
Prints one JSON line.
"""
import argparse
import json
import os
import resource
import struct
import time

import numpy
import torch
from torch import nn
import torch.nn.functional as F

LAYERS = [(64, 8), (64, 8), (32, 16), (32, 16), (16, 32), (16, 32)]
TIMESTEPS = [-1, 100, 300, 600]
SIZE = 32
POINTS = 9


class Normed(nn.Module):
    def __init__(self, inputs, outputs, size, groups, dilation=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False, dilation=dilation)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")
        self.norm = nn.GroupNorm(groups, outputs)

    def forward(self, x):
        return self.norm(self.conv(x))


class Block(nn.Module):
    def __init__(self, inputs, outputs, groups, early, dilation):
        super().__init__()
        inner = outputs // 4
        self.early = early
        self.conv1 = Normed(inputs, inner, 1, groups, dilation)
        self.conv2 = Normed(inner, inner, 3, groups)
        self.conv3 = Normed(inner, outputs, 1, groups, dilation)
        self.shortcut = Normed(inputs, outputs, 1, groups, dilation) if inputs != outputs else None

    def project(self, layer, x):
        return layer.norm(grow(layer.conv(x))) if self.early else layer(x)

    def forward(self, x):
        if not self.early:
            x = grow(x)
        inner = self.conv3(F.relu(self.conv2(F.relu(self.project(self.conv1, x)))))
        return F.relu(inner + (x if self.shortcut is None else self.project(self.shortcut, x)))


def grow(x):
    if x.shape[-1] == SIZE:
        return x
    return F.interpolate(x, size=(SIZE, SIZE), mode="bilinear", align_corners=False)


class Aggregation(nn.Module):
    def __init__(self, projection, groups, form):
        super().__init__()
        self.form = form
        self.mixing_weights = nn.Parameter(torch.ones(len(TIMESTEPS) * len(LAYERS)))
        self.blocks = nn.ModuleList(Block(c, projection, groups, form in ("best", "dilated"), 2 if form == "dilated" else 1)
                                    for c, _ in LAYERS)

    def forward(self, features):
        """Per layer [images, timesteps, channels, h, w]."""
        weights = self.mixing_weights.softmax(0).view(len(TIMESTEPS), len(LAYERS))
        total = 0
        for layer, block in enumerate(self.blocks):
            maps = features[layer]
            if self.form == "reference":
                for step in range(len(TIMESTEPS)):
                    total = total + weights[step, layer] * block(maps[:, step])
            else:
                images = maps.shape[0]
                values = block(maps.flatten(0, 1)).view(images, len(TIMESTEPS), -1)
                total = total + (weights[:, layer].view(1, 1, -1) @ values).view(images, -1, SIZE, SIZE)
        return total


def matching_loss(maps, source, target, form):
    a, b = (F.normalize(maps[image].flatten(1), dim=0) for image in (0, 1))
    if form == "reference":
        logits = (a.t() @ b) / 0.07
        return (F.cross_entropy(logits[source], target) + F.cross_entropy(logits.t()[target], source)) / 2
    forth = F.cross_entropy(a[:, source].t() @ b / 0.07, target)
    back = F.cross_entropy(b[:, target].t() @ a / 0.07, source)
    return (forth + back) / 2


def make(folder, pairs):
    """Writes a data folder of random features of the same shapes, for the Swift program."""
    generator = numpy.random.default_rng(0)
    records = []
    for pair in range(pairs):
        names = [f"{pair}-{side}.png" for side in "ab"]
        points = [generator.integers(0, SIZE, (POINTS, 2)).tolist() for _ in names]
        box = [0, 0, SIZE, SIZE]
        records.append({
            "source_path": names[0], "target_path": names[1], "source_points": points[0], "target_points": points[1],
            "source_bounding_box": box, "target_bounding_box": box, "category": "random", "source_size": [SIZE, SIZE],
            "target_size": [SIZE, SIZE]})
        for name in names:
            header, payload = {"__metadata__": {"save_timestep": "9,7,5,2", "timesteps": "-1,100,300,600"}}, b""
            for step in (9, 7, 5, 2):
                for layer, (channels, side) in enumerate(LAYERS):
                    data = generator.standard_normal((channels, side, side)).astype(numpy.float16).tobytes()
                    header[f"t{step}_l{layer}"] = {"dtype": "F16", "shape": [channels, side, side],
                                                  "data_offsets": [len(payload), len(payload) + len(data)]}
                    payload += data
            text = json.dumps(header).encode()
            os.makedirs(f"{folder}/features", exist_ok=True)
            with open(f"{folder}/features/{name[:-4]}.safetensors", "wb") as stream:
                stream.write(struct.pack("<Q", len(text)) + text + payload)
    for split in ("train", "val", "test"):
        with open(f"{folder}/{split}.json", "w") as stream:
            json.dump(records, stream)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--distinct", type=int, default=20)
    parser.add_argument("--projection", type=int, default=48)
    parser.add_argument("--groups", type=int, default=4)
    parser.add_argument("--form", choices=["reference", "batched", "best", "dilated"], default="best")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--make", metavar="FOLDER")
    options = parser.parse_args()
    if options.make:
        make(options.make, options.distinct)
        return
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(0)
    stored = [[[torch.randn(len(TIMESTEPS), c, s, s).half() for c, s in LAYERS] for _ in range(2)]
              for _ in range(options.distinct)]
    points = torch.randint(0, SIZE * SIZE, (options.distinct, 2, POINTS))
    model = Aggregation(options.projection, options.groups, options.form)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0)

    def step(number):
        pair = stored[number % options.distinct]
        features = [torch.stack([pair[0][layer], pair[1][layer]]).float() for layer in range(len(LAYERS))]
        source, target = points[number % options.distinct]
        loss = matching_loss(model(features), source, target, options.form)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        return loss.item()

    for number in range(5):
        step(number)
    started, used = time.monotonic(), time.process_time()
    for number in range(options.pairs):
        loss = step(number)
    seconds, used = time.monotonic() - started, time.process_time() - used
    print(json.dumps({"samples_per_s": round(options.pairs / seconds, 2),
                      "samples_per_cpu_s": round(options.pairs / used, 2), "loss": loss, "seconds": round(seconds, 3),
                      "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
                      "threads": options.threads, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
