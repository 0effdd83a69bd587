"""The real MLflow client in a trial: what it logs becomes reports, and it can read back what it logged."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients" / "python" / "tests"))

from cluster import PROGRAMS, Cluster  # noqa: E402


@unittest.skipUnless(PROGRAMS, "HYPERSCHED_BIN names no folder with hyperschedd and hypersched")
class MLflowSourceTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def run_trial(self, text, **options):
        row, log = self.cluster.run(text, **options)
        self.assertEqual(row.state, "completed", log + self.cluster.logs())
        return row, log

    def curve(self, row):
        return [(p["step"], p["metrics"]) for p in self.cluster.client.curve(row.id)]

    def test_a_script_that_knows_nothing_of_us(self):
        row, log = self.run_trial(
            """
            import mlflow
            mlflow.set_experiment("my experiment")
            with mlflow.start_run(run_name="first"):
                mlflow.log_params({"lr": 0.1, "layers": 3})
                mlflow.set_tag("who", "me")
                for epoch in range(3):
                    mlflow.log_metric("train_loss", 1.0 / (epoch + 1), step=epoch)
                    mlflow.log_metric("val_acc", 0.5 + epoch / 10, step=epoch)
                mlflow.log_metrics({"val_acc": 0.9, "val_loss": float("nan")}, step=3)
            """
        )
        self.assertEqual(row.objective, 0.9)
        self.assertEqual(
            self.curve(row),
            [
                (1, {"train_loss": 1.0}), (1, {"val_acc": 0.5}),
                (2, {"train_loss": 0.5}), (2, {"val_acc": 0.6}),
                (3, {"train_loss": 1 / 3}), (3, {"val_acc": 0.7}),
                (4, {"val_acc": 0.9, "val_loss": "NaN"}),
            ],
        )
        self.assertNotIn("/mlflow/", log)

    def test_what_was_logged_can_be_read(self):
        _, log = self.run_trial(
            """
            import json, mlflow, time
            from mlflow import MlflowClient
            from mlflow.entities import Metric, Param, RunTag
            client = MlflowClient()
            assert mlflow.get_experiment_by_name("any").experiment_id == "0"
            assert [e.experiment_id for e in client.search_experiments()] == ["0"]
            assert client.create_experiment("new") == "0"
            with mlflow.start_run(run_name="r", tags={"a": "1"}) as run:
                id = run.info.run_id
                now = int(time.time() * 1000)
                batch = [Metric("val_acc", s / 10, now + s, s) for s in (0, 1, 2)] + [Metric("loss", float("inf"), now, 0)]
                for _ in range(3):  # as a retry would
                    client.log_batch(id, batch, [Param("p", "v")], [RunTag("t", "x")])
                client.log_param(id, "p", "v")
                client.set_tag(id, "t", "y")
                client.set_tag(id, "gone", "z")
                client.delete_tag(id, "gone")
                found = client.get_run(id)
                assert found.data.params == {"p": "v"}, found.data.params
                assert found.data.metrics == {"val_acc": 0.2, "loss": float("inf")}, found.data.metrics
                assert found.data.tags["t"] == "y" and found.data.tags["a"] == "1" and "gone" not in found.data.tags
                assert [(m.step, m.value) for m in client.get_metric_history(id, "val_acc")] == [(0, 0), (1, 0.1), (2, 0.2)]
                assert client.get_metric_history(id, "none") == []
                assert [r.info.run_id for r in client.search_runs(["0"])] == [id]
                assert len(mlflow.search_runs(output_format="list")) == 1
            assert client.get_run(id).info.status == "FINISHED"
            assert client.get_run(id).info.run_name == "r"
            """
        )

    def test_refusals_are_MLflows(self):
        row, _ = self.run_trial(
            """
            import mlflow
            from mlflow import MlflowClient
            from mlflow.entities import Metric, Param, RunTag
            from mlflow.exceptions import MlflowException
            client = MlflowClient()
            run = mlflow.start_run()
            id = run.info.run_id
            client.log_param(id, "p", "1")
            def refused(call, code):
                try:
                    call()
                except MlflowException as error:
                    assert error.error_code == code, (error.error_code, str(error))
                    return
                raise AssertionError("was taken")
            refused(lambda: client.log_param(id, "p", "2"), "INVALID_PARAMETER_VALUE")
            refused(lambda: client.get_run("0" * 32), "RESOURCE_DOES_NOT_EXIST")
            refused(lambda: client.search_runs(["0"], "params.p = '1'"), "INVALID_PARAMETER_VALUE")
            store = client._tracking_client.store
            # All or nothing: the metric of a batch with a bad parameter is not there.
            refused(lambda: store.log_batch(id, [Metric("val_acc", 7, 1, 1)], [Param("p", "3")], []),
                    "INVALID_PARAMETER_VALUE")
            refused(lambda: store.log_batch(id, [Metric("m%d" % i, 0, 1, 1) for i in range(1001)], [], []),
                    "INVALID_PARAMETER_VALUE")
            refused(lambda: store.log_batch(id, [], [Param("q%d" % i, "0") for i in range(101)], []),
                    "INVALID_PARAMETER_VALUE")
            refused(lambda: store.log_batch(id, [], [], [RunTag("q%d" % i, "0") for i in range(101)]),
                    "INVALID_PARAMETER_VALUE")
            assert client.get_run(id).data.metrics == {}
            store.log_batch(id, [Metric("m%d" % i, 0, 1, 1) for i in range(800)],
                            [Param("q%d" % i, "0") for i in range(100)], [RunTag("q%d" % i, "0") for i in range(100)])
            mlflow.log_metric("val_acc", 1)
            mlflow.end_run()
            """
        )
        self.assertEqual(row.objective, 1)
        sizes = [len(metrics) for _, metrics in self.curve(row)]
        self.assertEqual(sizes, [256, 256, 256, 32, 1])

    def test_steps(self):
        """From 0, from 1, and none at all."""
        for steps, expected in [
            ([0, 1, 2], [1, 2, 3]), ([1, 2, 3], [1, 2, 3]), ([None] * 3, [1, 2, 3]), ([9, 19], [10, 20]),
            ([-1, 0], [1]),
        ]:
            row, _ = self.run_trial(
                f"""
                import mlflow
                with mlflow.start_run():
                    for i, step in enumerate({steps}):
                        mlflow.log_metric("val_acc", i, step=step, timestamp=1000 + i)
                """,
                steps=100,
            )
            self.assertEqual([step for step, _ in self.curve(row)], expected, steps)

    def test_several_runs(self):
        """Runs below another one are the program's own; others count."""
        row, _ = self.run_trial(
            """
            import mlflow
            with mlflow.start_run():
                mlflow.log_metric("val_acc", 0.5)
                with mlflow.start_run(nested=True):
                    mlflow.log_metric("val_acc", 99)
            with mlflow.start_run():
                mlflow.log_metric("val_acc", 0.75, step=5)
            """
        )
        self.assertEqual([(s, m["val_acc"]) for s, m in self.curve(row)], [(1, 0.5), (6, 0.75)])
        self.assertEqual(row.objective, 0.75)

    def test_artifacts_come_back_with_the_checkpoint(self):
        row, _ = self.run_trial(
            """
            import mlflow, os
            with mlflow.start_run() as run:
                mlflow.log_metric("val_acc", 1)
                mlflow.log_text("hello", "notes/a.txt")
                mlflow.log_dict({"a": 1}, "d.json")
                assert run.info.artifact_uri.startswith(os.environ["HYPERSCHED_CHECKPOINT_DIR"])
            """
        )
        folder = self.cluster.client.fetch_checkpoint(row.id, self.cluster.folder / f"fetched-{row.id}", which="latest")
        texts = [p.read_text() for p in (self.cluster.folder / f"fetched-{row.id}").rglob("a.txt")]
        self.assertEqual(texts, ["hello"], folder)

    def test_an_agent_that_dies_meanwhile(self):
        """kill -9 while the client logs: it tries again, and each point is there once."""
        client = self.cluster.client
        path = self.cluster.program(
            "long.py",
            """
            import mlflow, os, signal, sys
            signal.signal(signal.SIGTERM, lambda *_: None)
            run = mlflow.start_run()
            for step in range(1, 301):
                mlflow.log_metric("val_acc", step, step=step)
                open("progress.new", "w").write(str(step)); os.rename("progress.new", "progress")
            history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "val_acc")
            assert [m.value for m in history] == list(range(1, 301))
            print("all there")
            """,
        )
        progress = self.cluster.folder / "progress"
        sweep = client.submit(self.cluster.sweep([sys.executable, path], steps=1000, retry={"max": 0}))
        self.cluster.wait("progress", lambda: progress.exists() and int(progress.read_text()) >= 50)
        self.cluster.kill_agent()
        self.cluster.start_agent()
        (trial,) = client.rank(sweep.id)
        self.cluster.wait("the rest", lambda: "all there" in client.logs(trial.id, attempt=1))
        def first():
            return [p for p in client.curve(trial.id) if p["attempt"] == 1]

        self.cluster.wait("all reports", lambda: len(first()) >= 300)
        self.assertEqual([p["metrics"]["val_acc"] for p in first()], list(range(1, 301)))
        client.cancel(sweep.id)


if __name__ == "__main__":
    unittest.main()
