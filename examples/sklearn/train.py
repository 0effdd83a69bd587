"""A linear classifier of scikit-learn on its digits, epoch by epoch. It knows nothing of HyperSchedd: it prints."""
import argparse

import numpy
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--alpha", type=float, default=1e-4)
parser.add_argument("--eta0", type=float, default=0.01)
parser.add_argument("--penalty", default="l2")
parser.add_argument("--average", action="store_true")
options = parser.parse_args()

x, y = load_digits(return_X_y=True)
x, held_x, y, held_y = train_test_split(x / 16, y, test_size=0.3, random_state=0)
model = SGDClassifier(
    loss="log_loss", alpha=options.alpha, eta0=options.eta0, learning_rate="constant", penalty=options.penalty,
    average=options.average, random_state=0)
for epoch in range(15):
    model.partial_fit(x, y, classes=numpy.unique(y))
    print(f"val_acc={model.score(held_x, held_y):.4f}", flush=True)
