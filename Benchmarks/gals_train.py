#!/usr/bin/python3
"""The training step of `hypersched-trial bench gals`, written in PyTorch, for a comparison side by side.

Network: the `cnn` of the gals workload. Methods: rrr (a penalty on input gradients, differentiated twice) and gradcam
(suppress_outside). Two SGD groups, as in the GALS code. Prints one JSON line.

--make FOLDER writes the images, masks and index that both sides read.
"""
import argparse
import csv
import json
import os
import random
import resource
import struct
import time
import zlib

SIZE = 32


def png(path, rows, colour):
    """rows: SIZE byte strings, RGB or grey."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2 if colour else 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    with open(path, "wb") as stream:
        stream.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def make(folder, images):
    draw = random.Random(0)
    os.makedirs(folder + "/images")
    os.makedirs(folder + "/masks/images")
    with open(folder + "/metadata.csv", "w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["img_id", "img_filename", "y", "split", "place"])
        for number in range(images + 8):
            name = f"images/{number}.png"
            label, place = number % 2, number // 2 % 2
            left, top, side = draw.randrange(16), draw.randrange(16), 8 + draw.randrange(9)
            rows, mask = [], []
            for y in range(SIZE):
                line = bytearray(draw.randbytes(3 * SIZE))
                inside = bytearray(SIZE)
                if top <= y < top + side:
                    right = min(SIZE, left + side)
                    inside[left:right] = b"\xff" * (right - left)
                    if label:
                        line[3 * left:3 * right] = bytes(255 - value // 2 for value in line[3 * left:3 * right])
                rows.append(bytes(line))
                mask.append(bytes(inside))
            png(f"{folder}/{name}", rows, True)
            png(f"{folder}/masks/{name}", mask, False)
            table.writerow([number, name, label, 0 if number < images else 1, place])


def read_png(path, channels):
    with open(path, "rb") as stream:
        data = stream.read()
    length = struct.unpack(">I", data[33:37])[0]
    raw = zlib.decompress(data[41:41 + length])
    width = SIZE * channels
    return b"".join(raw[row * (width + 1) + 1:(row + 1) * (width + 1)] for row in range(SIZE))


def network():
    from torch import nn

    def block(inputs, outputs, size, stride):
        return [nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs),
                nn.ReLU(inplace=True)]

    return (nn.Sequential(*block(3, 16, 5, 2), *block(16, 32, 3, 2), *block(32, 32, 3, 1)), nn.Linear(32, 1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--make", metavar="FOLDER")
    parser.add_argument("--data-dir")
    parser.add_argument("--images", type=int, default=9600)
    parser.add_argument("--method", choices=["rrr", "gradcam", "vanilla"], default="gradcam")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=96)
    options = parser.parse_args()
    if options.make:
        make(options.make, options.images)
        return

    import numpy
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(0)
    with open(options.data_dir + "/metadata.csv", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] == "0"]

    def load(prefix, channels):
        data = b"".join(read_png(f"{options.data_dir}/{prefix}{row['img_filename']}", channels) for row in rows)
        array = numpy.frombuffer(data, dtype=numpy.uint8).reshape(len(rows), SIZE, SIZE, channels)
        return torch.from_numpy(array.transpose(0, 3, 1, 2).copy())

    images, masks = load("", 3), (load("masks/", 1) > 0).float()
    labels = torch.tensor([float(row["y"]) for row in rows])
    mean = images.float().mean([0, 2, 3], keepdim=True)
    deviation = images.float().std([0, 2, 3], keepdim=True)
    body, head = network()
    body.train()
    optimiser = torch.optim.SGD([{"params": body.parameters()}, {"params": head.parameters()}], lr=0.05, momentum=0.9,
                                weight_decay=1e-5)

    def normalise(a):
        smallest, largest = a.amin([1, 2, 3], keepdim=True), a.amax([1, 2, 3], keepdim=True)
        return (a - smallest) / largest.masked_fill(largest == 0, 1)

    def targets(index):
        """average_nonzero over one map per image, as the GALS code combines several."""
        maps = masks[index]
        present = (maps.abs().sum([2, 3]) > 0).float()
        valid = (present.sum(1) > 0).nonzero()[:, 0]
        weights = present[valid][:, :, None, None]
        return valid, (maps[valid] * weights).sum(1, keepdim=True) / weights.sum(1, keepdim=True)

    def step(index):
        x = images[index].float().sub_(mean).div_(deviation)
        y = labels[index]
        if options.method == "rrr":
            x.requires_grad_()
        features = body(x)
        logits = head(features.mean([2, 3]))
        loss = F.binary_cross_entropy_with_logits(logits[:, 0], y)
        if options.method == "rrr":
            valid, maps = targets(index)
            gradient = torch.autograd.grad(loss, x, create_graph=True)[0]
            gradient = gradient if len(valid) == len(index) else gradient[valid]
            penalty = (gradient - gradient * maps).abs().mean()
            loss = loss + 6.92e-4 * len(index) * x[0].numel() * penalty
        elif options.method == "gradcam":
            valid, maps = targets(index)
            p = logits.sigmoid()[:, 0]
            score = torch.where(y > 0, p, 1 - p).sum()
            weights = torch.autograd.grad(score, features, create_graph=True)[0].mean([2, 3], keepdim=True)
            cam = (weights * features).sum(1, keepdim=True).relu()
            cam = normalise(cam if len(valid) == len(index) else cam[valid])
            maps = F.interpolate(maps, cam.shape[2:], mode="bilinear", align_corners=False)
            loss = loss + (cam - cam * maps).abs().mean()
        right = ((logits[:, 0] > 0) == (y > 0)).sum().item()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        return loss.item(), right

    order = torch.randperm(len(images))
    for start in range(0, 5 * options.batch, options.batch):
        step(order[start:start + options.batch])
    started, used = time.monotonic(), time.process_time()
    for start in range(0, len(order), options.batch):
        loss, _ = step(order[start:start + options.batch])
    seconds, used = time.monotonic() - started, time.process_time() - used
    print(json.dumps({"samples_per_s": round(len(order) / seconds, 1), "samples_per_cpu_s": round(len(order) / used, 1),
                      "loss": loss, "seconds": round(seconds, 3),
                      "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
                      "threads": options.threads, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
