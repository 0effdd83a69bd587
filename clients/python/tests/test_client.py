"""The client, against a daemon and an agent that the test starts: HYPERSCHED_BIN is the folder with the programs."""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
sys.path.insert(0, str(SOURCE))

from hypersched import Client, HyperSchedError  # noqa: E402

PROGRAMS = os.environ.get("HYPERSCHED_BIN")

TRAINING = """
import hypersched
with hypersched.trial() as t:
    for step in range(1, t.max_steps + 1):
        with t.checkpoint(step) as folder:
            (folder / "weights").mkdir()
            (folder / "weights" / "w.txt").write_text(str(t.params["x"]))
        t.report(step=step, acc=t.params["x"] * step)
    print("trained", t.id)
"""


@unittest.skipUnless(PROGRAMS, "HYPERSCHED_BIN names no folder with hyperschedd and hypersched")
class ClientTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.processes = []
        data = cls.folder / "data"
        cls._start("hyperschedd", "--data-dir", data, "--listen", "127.0.0.1:0")
        address = data / "daemon.url"
        while not address.exists():
            assert cls.processes[0].poll() is None, "hyperschedd ended"
        cls.client = Client(address.read_text().strip())
        cls._start(
            "hypersched", "agent", "--daemon", cls.client.url, "--name", "one", "--work-dir", cls.folder / "work",
            "--slots", "2",
        )
        cls.program = cls.folder / "train.py"
        cls.program.write_text(textwrap.dedent(TRAINING))

    @classmethod
    def _start(cls, name, *arguments):
        log = open(cls.folder / f"{name}.log", "w")
        cls.processes.append(
            subprocess.Popen(
                [Path(PROGRAMS) / name, *map(str, arguments)], stdout=log, stderr=log,
                env={**os.environ, "PYTHONPATH": str(SOURCE)},
            )
        )
        log.close()

    @classmethod
    def tearDownClass(cls):
        for process in reversed(cls.processes):
            process.terminate()
            process.wait()
        shutil.rmtree(cls.folder)

    def sweep(self, **block):
        return {
            "name": "from-python",
            "command": [sys.executable, str(self.program)],
            "method": "grid",
            "metric": {"name": "acc", "goal": "maximize"},
            "parameters": {"x": {"values": [0.1, 0.3, 0.2]}},
            "hypersched": {"in": "5m", "policy": "fifo", "steps": {"min": 1, "max": 2}, **block},
        }

    def test_a_sweep_from_beginning_to_end(self):
        sweep = self.client.submit(self.sweep(), key="one")
        self.assertEqual(self.client.submit(self.sweep(), key="one").id, sweep.id)
        done = self.client.wait(sweep.id, timeout=300, every=0.05)
        self.assertEqual((done.state, done.trials), ("finished", {"completed": 3}), done.raw)
        rows = self.client.rank(sweep.id)
        self.assertEqual([row.configuration["x"] for row in rows], [0.3, 0.2, 0.1])
        self.assertEqual([row.rank for row in rows], [1, 2, 3])
        best = self.client.best(sweep.id)
        self.assertEqual((best.id, best.objective, best.checkpoint.step), (rows[0].id, 0.6, 2))
        self.assertEqual(self.client.rank(sweep.id, limit=2), rows[:2])
        self.assertEqual([point["step"] for point in self.client.curve(best.id)], [1, 2])
        self.assertIn(f"trained {best.id}", self.client.logs(best.id))
        self.assertIn(sweep.id, [found.id for found in self.client.sweeps()])
        to = self.folder / "best"
        self.client.fetch_checkpoint(best.id, to)
        self.assertEqual((to / "weights" / "w.txt").read_text(), "0.3")
        with self.assertRaises(FileExistsError):
            self.client.fetch_checkpoint(best.id, to)

    def test_mistakes_name_the_field(self):
        bad = self.sweep()
        bad["metric"]["goal"] = "max"
        with self.assertRaises(HyperSchedError) as caught:
            self.client.submit(bad)
        self.assertEqual((caught.exception.status, caught.exception.code), (422, "invalid_sweep"))
        self.assertEqual([error["field"] for error in caught.exception.errors], ["metric.goal"])
        self.assertIn("metric.goal", str(caught.exception))
        with self.assertRaises(HyperSchedError) as caught:
            self.client.sweep(999_999)
        self.assertEqual(caught.exception.status, 404)

    def test_cancels_and_gives_up_waiting(self):
        waiting = self.sweep(slots={"min": 64, "max": 64})
        sweep = self.client.submit(waiting)
        with self.assertRaises(TimeoutError):
            self.client.wait(sweep.id, timeout=0.0)
        self.assertEqual(self.client.cancel(sweep.id).state, "cancelled")
        self.assertTrue(self.client.wait(sweep.id).is_over)

    def test_says_who_did_not_answer(self):
        with self.assertRaises(HyperSchedError) as caught:
            Client("http://127.0.0.1:1", patience=0).sweeps().__next__()
        self.assertEqual((caught.exception.status, caught.exception.code), (0, "unreachable"))
        self.assertIn("http://127.0.0.1:1", str(caught.exception))
        with self.assertRaises(ValueError):
            Client("127.0.0.1:8472")


if __name__ == "__main__":
    unittest.main()
