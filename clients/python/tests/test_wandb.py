"""hypersched.wandb, with a stand-in for the package wandb."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"

WANDB = '''
import json, os
class Run:
    def log(self, data, step=None, commit=None): print("wandb got", json.dumps(data, default=str))
class sdk:
    class wandb_run:
        pass
sdk.wandb_run.Run = Run
run = Run()
def log(*args, **keywords): run.log(*args, **keywords)
'''

PROGRAM = '''
import json, os, sys, wandb
with open(os.environ["WANDB_SWEEP_PARAM_PATH"]) as file:
    print("config", json.dumps(json.load(file), sort_keys=True))
print("arguments", sys.argv)
wandb.log({"loss": 3.5, "name": "x", "flag": True}, commit=False)
wandb.log({"acc": 0.5, "step": 9})
wandb.log({"loss": float("nan")})
wandb.log({"acc": 0.75})
'''


class WandBTest(unittest.TestCase):
    def run_program(self, *options):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "wandb.py").write_text(WANDB)
            (Path(folder) / "train.py").write_text(PROGRAM)
            (Path(folder) / "params.json").write_text('{"lr": 0.1, "net": {"width": 3}}')
            environment = {
                **os.environ, "PYTHONPATH": f"{SOURCE}:{folder}", "HYPERSCHED_PARAMS_FILE": f"{folder}/params.json",
                "HYPERSCHED_TRIAL_ID": "1", "HYPERSCHED_CHECKPOINT_DIR": folder,
            }
            found = subprocess.run(
                [sys.executable, "-m", "hypersched.wandb", *options, f"{folder}/train.py", "-x"], env=environment,
                capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(found.returncode, 0, found.stderr)
            return found.stdout

    def reports(self, output):
        mark = "[tune-metric]: "
        return [json.loads(line[len(mark):]) for line in output.splitlines() if line.startswith(mark)]

    def test_each_log_is_a_report(self):
        output = self.run_program()
        self.assertEqual(self.reports(output), [
            {"step": 1, "loss": 3.5, "acc": 0.5}, {"step": 2, "loss": "NaN"}, {"step": 3, "acc": 0.75}])
        self.assertEqual(output.count("wandb got"), 4)
        self.assertIn('"lr": {"desc": null, "value": 0.1}, "net": {"desc": null, "value": {"width": 3}}', output)
        self.assertIn("train.py', '-x']", output)

    def test_a_metric_decides_which_count(self):
        self.assertEqual(self.reports(self.run_program("--metric", "acc")), [
            {"step": 1, "loss": 3.5, "acc": 0.5}, {"step": 2, "acc": 0.75}])


if __name__ == "__main__":
    unittest.main()
