"""`hypersched export mlflow` against a real MLflow server on loopback, where the whole of MLflow is installed."""

import importlib.util
import os
import socket
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients" / "python" / "tests"))

from cluster import PROGRAMS, Cluster  # noqa: E402

HAS_SERVER = importlib.util.find_spec("flask") is not None and importlib.util.find_spec("sqlalchemy") is not None

TRAINING = """
import os, sys
x = int(os.environ["HYPERSCHED_PARAM_X"])
if x == 3:
    sys.exit("no data")
for step in range(1, 4):
    print('[tune-metric]: {"step": %d, "val_acc": %g, "loss/train@gpu": NaN}' % (step, x / 10 + step / 100))
"""


@unittest.skipUnless(PROGRAMS, "HYPERSCHED_BIN names no folder with hyperschedd and hypersched")
@unittest.skipUnless(HAS_SERVER, "MLflow's server is not installed")
class MLflowSinkTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        cls.uri = f"http://127.0.0.1:{port}"
        with open(cls.cluster.folder / "server.log", "w") as log:
            cls.server = subprocess.Popen(
                [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1",
                 "--backend-store-uri", f"sqlite:///{cls.cluster.folder}/mlflow.sqlite",
                 "--artifacts-destination", str(cls.cluster.folder / "artifacts")],
                stdout=log, stderr=log, cwd=cls.cluster.folder, start_new_session=True,
            )
        cls.cluster.wait("the MLflow server", cls.is_up)

    @classmethod
    def is_up(cls):
        assert cls.server.poll() is None, cls.cluster.logs()
        try:
            return urllib.request.urlopen(cls.uri + "/health", timeout=5).status == 200
        except OSError:
            return False

    @classmethod
    def tearDownClass(cls):
        # It and its workers: a session of their own.
        os.killpg(cls.server.pid, 15)
        try:
            cls.server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(cls.server.pid, 9)
            cls.server.wait()
        cls.cluster.close()

    def export(self, sweep, *options, status=0):
        done = subprocess.run(
            [os.path.join(PROGRAMS, "hypersched"), "export", "mlflow", str(sweep), "--to", self.uri,
             "--daemon", self.cluster.client.url, *options],
            capture_output=True, text=True,
        )
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done.stdout.strip() or done.stderr.strip()

    def test_trials_become_runs_once(self):
        from mlflow import MlflowClient

        cluster = self.cluster
        path = cluster.program("train.py", TRAINING)
        file = cluster.sweep([sys.executable, path], values=(1, 2, 3), steps=3, retry={"max": 0})
        sweep = cluster.client.wait(cluster.client.submit(file).id, every=0.1)
        self.assertEqual(self.export(sweep.id), "experiment 'contract': 3 written, 0 there already")
        self.assertEqual(self.export(sweep.id), "experiment 'contract': 0 written, 3 there already")

        client = MlflowClient(self.uri)
        experiment = client.get_experiment_by_name("contract")
        runs = client.search_runs([experiment.experiment_id], order_by=["tags.`hypersched.rank`"])
        self.assertEqual(len(runs), 3)
        best = runs[0]
        self.assertEqual(best.data.params, {"x": "2"})
        self.assertEqual((best.info.status, best.data.tags["hypersched.state"]), ("FINISHED", "completed"))
        history = client.get_metric_history(best.info.run_id, "val_acc")
        self.assertEqual([(m.step, m.value) for m in history], [(1, 0.21), (2, 0.22), (3, 0.23)])
        odd = client.get_metric_history(best.info.run_id, "loss/train_gpu")
        self.assertTrue(len(odd) == 3 and all(m.value != m.value for m in odd))
        failed = next(r for r in runs if r.data.params["x"] == "3")
        self.assertEqual(failed.info.status, "FAILED")
        self.assertIn("no data", failed.data.tags["hypersched.reason"])

        # An export that was cut off: the run lacks the mark, and is replaced.
        client.delete_tag(best.info.run_id, "hypersched.exported")
        self.assertEqual(self.export(sweep.id), "experiment 'contract': 1 written, 2 there already")
        again = client.search_runs([experiment.experiment_id])
        self.assertEqual(len(again), 3)
        self.assertEqual(client.get_run(best.info.run_id).info.lifecycle_stage, "deleted")
        # Another experiment, made anew.
        self.assertIn('"written":3', self.export(sweep.id, "--experiment", "other name", "--json"))

    def test_many_points_and_parameters(self):
        from mlflow import MlflowClient

        cluster = self.cluster
        path = cluster.program(
            "many.py", "for step in range(1, 2502):\n    print('[tune-metric]: {\"step\": %d, \"val_acc\": %d}' % (step, step))"
        )
        file = cluster.sweep([sys.executable, path], steps=100_000)
        file["name"] = "many"
        file["parameters"].update({f"p{i}": {"value": i} for i in range(150)})
        sweep = cluster.client.wait(cluster.client.submit(file).id, every=0.1)
        self.assertEqual(self.export(sweep.id), "experiment 'many': 1 written, 0 there already")
        client = MlflowClient(self.uri)
        (run,) = client.search_runs([client.get_experiment_by_name("many").experiment_id])
        self.assertEqual(len(run.data.params), 151)
        history = client.get_metric_history(run.info.run_id, "val_acc")
        self.assertEqual([m.value for m in history], list(range(1, 2502)))

    def test_a_server_that_is_not_there(self):
        path = self.cluster.program("one.py", "print('val_acc=1')")
        sweep = self.cluster.client.wait(self.cluster.client.submit(self.cluster.sweep([sys.executable, path])).id, every=0.1)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            text = subprocess.run(
                [os.path.join(PROGRAMS, "hypersched"), "export", "mlflow", str(sweep.id), "--to",
                 f"http://127.0.0.1:{free.getsockname()[1]}", "--daemon", self.cluster.client.url],
                capture_output=True, text=True,
            )
        self.assertEqual(text.returncode, 4, text)
        self.assertEqual(self.export(1, "--to", "nowhere", status=2), "error: --to: expected an address such as http://127.0.0.1:5000")


if __name__ == "__main__":
    unittest.main()
