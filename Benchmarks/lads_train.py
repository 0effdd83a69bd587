#!/usr/bin/python3
"""The training steps of `hypersched-trial bench lads`, written in PyTorch, for a comparison side by side.

One augmentation network for a few epochs (directional and class-consistency loss, the same on the validation rows after
each epoch, best weights kept), then one epoch of the linear probe on rows and augmented rows. Optimiser:
torch.optim.AdamW. Data: random rows of the width of CLIP ViT-B/32 (1,500 rows of 512 columns, 50
classes), in a file that `--write` makes. Prints one JSON line.
"""
import argparse
import json
import resource
import struct
import time

import numpy
import torch
from torch import nn
import torch.nn.functional as F

ROWS, HELD, WIDTH, CLASSES = 1500, 250, 512, 50


def write(path):
    generator = numpy.random.default_rng(0)

    def rows(count):
        labels = numpy.arange(count) % CLASSES
        return (centres[labels] + generator.standard_normal((count, WIDTH))).astype("<f4"), labels.astype("<i8")

    centres = generator.standard_normal((CLASSES, WIDTH))
    arrays = {"text_class": centres.astype("<f4"),
              "text_source": (centres + generator.standard_normal((1, 1, WIDTH))).astype("<f4"),
              "text_target": (centres + generator.standard_normal((1, 1, WIDTH))).astype("<f4")}
    for split, count in (("train", ROWS), ("val", HELD), ("test", HELD)):
        arrays[split + "_features"], arrays[split + "_labels"] = rows(count)
        arrays[split + "_domains"] = numpy.zeros(count, "<i8")
    header, data = {"__metadata__": {"domains": '["photo", "painting"]'}}, b""
    for name, array in sorted(arrays.items()):
        raw = array.tobytes()
        header[name] = {"dtype": "F32" if array.dtype == numpy.dtype("<f4") else "I64", "shape": list(array.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text + data)


def read(path):
    with open(path, "rb") as stream:
        header = json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))
        data = stream.read()
    types = {"F32": "<f4", "I64": "<i8"}
    return {name: torch.from_numpy(numpy.frombuffer(data[slice(*entry["data_offsets"])], types[entry["dtype"]])
                                   .reshape(entry["shape"]).copy())
            for name, entry in header.items() if name != "__metadata__"}


class Training:
    def __init__(self, arrays, hidden, batch, epochs):
        self.batch, self.epochs = batch, epochs
        self.rows, self.labels = F.normalize(arrays["train_features"]), arrays["train_labels"]
        self.held, self.held_labels = F.normalize(arrays["val_features"]), arrays["val_labels"]
        self.texts = F.normalize(arrays["text_class"])
        source, target = F.normalize(arrays["text_source"][0]), F.normalize(arrays["text_target"][0])
        self.directions = F.normalize(target - source)
        counts = torch.bincount(self.labels, minlength=CLASSES).float()
        self.weights = counts.min() / counts
        self.network = nn.Sequential(nn.Linear(WIDTH, hidden), nn.ReLU(), nn.Linear(hidden, WIDTH))
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=5e-3, weight_decay=0.05)
        self.probe = nn.Linear(WIDTH, CLASSES)
        self.probe_optimiser = torch.optim.AdamW(self.probe.parameters(), lr=1e-3, weight_decay=0.05)
        self.best, self.best_loss, self.loss = None, float("inf"), 0.0

    def losses(self, x, y):
        moved = self.network(x)
        directional = (1 - F.cosine_similarity(moved - x, self.directions[y])).mean()
        classes = F.cross_entropy(F.normalize(moved) @ self.texts.t(), y, self.weights)
        return 0.5 * directional + 0.5 * classes, directional, classes

    def augmentation_step(self, index):
        total, directional, classes = self.losses(self.rows[index], self.labels[index])
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        self.optimiser.step()
        self.loss = total.item(), directional.item(), classes.item()

    def validate(self):
        with torch.no_grad():
            parts = [self.losses(x, y)[0].item() for x, y in
                     zip(self.held.split(self.batch), self.held_labels.split(self.batch))]
        if sum(parts) / len(parts) < self.best_loss:
            self.best_loss = sum(parts) / len(parts)
            self.best = [value.clone() for value in self.network.state_dict().values()]

    def probe_step(self, rows, labels, index):
        loss = F.cross_entropy(self.probe(rows[index]), labels[index], self.weights)
        self.probe_optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.probe_optimiser.step()
        self.loss = loss.item()

    def run(self):
        samples = 0
        for _ in range(self.epochs):
            for index in torch.randperm(ROWS).split(self.batch):
                self.augmentation_step(index)
                samples += len(index)
            self.validate()
        with torch.no_grad():
            for value, kept in zip(self.network.state_dict().values(), self.best):
                value.copy_(kept)
            moved = F.normalize(self.network(self.rows))
        rows = torch.stack([self.rows, moved], 1).view(-1, WIDTH)
        labels = self.labels.repeat_interleave(2)
        for index in torch.randperm(2 * ROWS).split(self.batch):
            self.probe_step(rows, labels, index)
            samples += len(index)
        return samples


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", help="make the file of random rows, nothing else")
    parser.add_argument("--embeddings", default="/tmp/lads-bench.safetensors")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    if options.write:
        return write(options.write)
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(0)
    training = Training(read(options.embeddings), options.hidden, options.batch, options.epochs)
    for index in torch.randperm(ROWS).split(options.batch)[:5]:
        training.augmentation_step(index)
    started, used = time.monotonic(), time.process_time()
    samples = training.run()
    seconds, used = time.monotonic() - started, time.process_time() - used
    print(json.dumps({"samples_per_s": round(samples / seconds, 1), "samples_per_cpu_s": round(samples / used, 1),
                      "loss": training.loss, "seconds": round(seconds, 3),
                      "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
                      "threads": options.threads, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
