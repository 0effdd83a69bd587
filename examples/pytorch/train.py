"""A small network that tells two spirals apart. Pauses and goes on from its checkpoints."""
import math

import torch

import hypersched


def spirals(count, seed):
    generator = torch.Generator().manual_seed(seed)
    t = torch.rand(count, generator=generator).sqrt() * 3 * math.pi
    side = (torch.arange(count) % 2).float()
    angle = t + side * math.pi
    points = torch.stack([t * angle.cos(), t * angle.sin()], 1) / 10
    return points + 0.02 * torch.randn(points.shape, generator=generator), side.long()


def main():
    with hypersched.trial() as trial:
        torch.manual_seed(trial.seed % 2**31 if trial.seed else 0)
        width, lr = trial.params["width"], trial.params["lr"]
        model = torch.nn.Sequential(
            torch.nn.Linear(2, width), torch.nn.Tanh(), torch.nn.Linear(width, width), torch.nn.Tanh(),
            torch.nn.Linear(width, 2))
        optimizer = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=trial.params["weight_decay"])
        first = 0
        if trial.resume_from:
            state = torch.load(trial.resume_from / "state.pt")
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            first = state["epoch"]
        x, y = spirals(1000, seed=1)
        held_x, held_y = spirals(500, seed=2)
        for epoch in range(first + 1, (trial.max_steps or 20) + 1):
            for batch in torch.randperm(len(x)).split(50):
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(model(x[batch]), y[batch])
                loss.backward()
                optimizer.step()
            with torch.no_grad():
                accuracy = (model(held_x).argmax(1) == held_y).float().mean().item()
            with trial.checkpoint(step=epoch) as folder:
                torch.save(
                    {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch},
                    folder / "state.pt")
            trial.report(step=epoch, val_acc=accuracy, train_loss=loss.item())
            if trial.should_stop():
                break


main()
