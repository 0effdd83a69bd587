"""A trial program that misbehaves in the way that its hyperparameter `kind` names."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

KIND = os.environ["HYPERSCHED_PARAM_KIND"]
CHECKPOINTS = os.environ["HYPERSCHED_CHECKPOINT_DIR"]
FOREVER = 3600


def report(step, acc=0.5, **more):
    print("[tune-metric]: " + json.dumps({"step": step, "acc": acc, **more}), flush=True)


def finish(steps=3):
    for step in range(1, steps + 1):
        report(step, step / 10)


def stubborn():
    """A child that nothing but SIGKILL ends, in a session of its own, without the environment of the trial."""
    code = "import signal, time\nfor s in (1, 2, 15): signal.signal(s, signal.SIG_IGN)\ntime.sleep(3600)"
    return subprocess.Popen([sys.executable, "-c", code, CHECKPOINTS], start_new_session=True, env={})


def ignores_sigterm():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    report(1)
    time.sleep(FOREVER)


def double_fork():
    finish(2)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(FOREVER)
        os._exit(0)


def stubborn_children():
    for _ in range(5):
        stubborn()
    report(1)
    time.sleep(FOREVER)


def many_orphans():
    for _ in range(20):
        stubborn()
    finish(2)


def flood():
    report(1)
    block = b"y\n" * 500_000
    while True:
        os.write(1, block)


def endless_line():
    block = b"x" * 1_000_000
    for _ in range(20):
        os.write(1, block)
    os.write(1, b"\n")
    finish()


def garbage():
    for _ in range(50):
        sys.stdout.buffer.write(os.urandom(2000) + b"\n[tune-metric]: {\"step\": \n[tune-metric]: \xff\xfe\n")
    sys.stdout.buffer.write(b"\n")
    sys.stdout.flush()
    finish()


def nan():
    report(1, "NaN")
    time.sleep(FOREVER)


def infinity():
    report(1, "-Infinity")
    time.sleep(FOREVER)


def steps_go_back():
    for step in (1, 2, 1, 2):
        report(step, 0.1 * step)
    report(3, 0.7)


def same_step_twice():
    report(1, 0.2)
    report(1, 0.9)
    report(2, 0.3)
    report(3, 0.4)


def hangs():
    time.sleep(FOREVER)


def fills_disk():
    report(1)
    with open(os.path.join(CHECKPOINTS, "model"), "wb") as file:
        while True:
            file.write(os.urandom(1_000_000))
            file.flush()
            time.sleep(0.02)


def no_metric():
    print("loading data")
    print("val_accuracy=0.9 loss=0.1")
    print("done, the model is great")


def crash():
    raise ValueError("learning rate must not be negative")


def missing_module():
    import a_module_that_nobody_has  # noqa: F401


def memory_error():
    bytearray(1 << 62)


def killed():
    print("step 1 of 100", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def cuda_memory():
    raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")


def segfault():
    os.kill(os.getpid(), signal.SIGSEGV)


def stops_itself():
    os.kill(os.getpid(), signal.SIGSTOP)


def closes_output():
    report(1)
    os.close(1)
    os.close(2)
    time.sleep(0.5)


def deletes_checkpoints():
    shutil.rmtree(CHECKPOINTS)
    for step in (1, 2, 3):
        report(step, checkpoint=f"step-{step}")


def links():
    os.makedirs(os.path.join(CHECKPOINTS, "step-1"))
    os.symlink("/etc/passwd", os.path.join(CHECKPOINTS, "step-1", "model"))
    report(1, checkpoint="step-1")


def false_checkpoint():
    report(1, checkpoint="step-1")


def leads_out():
    report(1, checkpoint="../../../../etc")


def deletes_folder():
    folder = os.path.dirname(CHECKPOINTS)
    os.chdir("/")
    shutil.rmtree(folder)
    finish()


def no_progress():
    sys.exit(75)


def huge_json():
    print("[tune-metric]: " + json.dumps({"step": 1, "acc": 0.5, "text": "x" * 5_000_000}), flush=True)
    finish()


def many_metrics():
    report(1, **{f"secret_key_{index}": index for index in range(10_000)})


def usage():
    print("no such data set: mnits", file=sys.stderr)
    sys.exit(64)


def bad_arguments():
    import argparse

    argparse.ArgumentParser(prog="train.py").parse_args(["--learning-rate", "0.1"])


globals()[KIND]()
