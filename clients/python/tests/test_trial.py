"""The trial's side, as a process: what it prints, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

SOURCE = str(Path(__file__).resolve().parents[1] / "src")


class Program:
    """A training program in a process of its own, with the environment that an agent would give it."""

    def __init__(self, text, **variables):
        self.folder = Path(tempfile.mkdtemp())
        parameters = self.folder / "params.json"
        parameters.write_text(json.dumps({"lr": 0.1, "net": {"width": 8}}))
        self.environment = {
            **os.environ,
            "PYTHONPATH": SOURCE,
            "HYPERSCHED_TRIAL_ID": "7",
            "HYPERSCHED_SWEEP_ID": "3",
            "HYPERSCHED_ATTEMPT": "2",
            "HYPERSCHED_SEED": "18446744073709551615",
            "HYPERSCHED_SLOTS": "4",
            "HYPERSCHED_MAX_STEPS": "3",
            "HYPERSCHED_TIME_LEFT_S": "100",
            "HYPERSCHED_PARAMS_FILE": str(parameters),
            "HYPERSCHED_CHECKPOINT_DIR": str(self.folder / "checkpoints"),
            **variables,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", "import hypersched\n" + textwrap.dedent(text)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        )

    def end(self):
        self.output, self.errors = self.process.communicate()
        return self.process.returncode

    def lines(self, mark):
        return [json.loads(line[len(mark):]) for line in self.output.splitlines() if line.startswith(mark)]

    @property
    def reports(self):
        return self.lines("[tune-metric]: ")

    @property
    def announced(self):
        return self.lines("[hypersched]: ")


def run(text, **variables):
    program = Program(text, **variables)
    program.status = program.end()
    return program


class TrialTests(unittest.TestCase):
    def test_knows_what_it_was_given(self):
        program = run(
            """
            t = hypersched.trial()
            assert t.is_managed and (t.id, t.sweep, t.attempt, t.slots, t.max_steps) == (7, 3, 2, 4, 3)
            assert t.seed == 2**64 - 1 and 90 < t.time_left <= 100
            assert t.params == {"lr": 0.1, "net": {"width": 8}} == hypersched.params()
            assert t.resume_from is None and t.checkpoint_dir.is_dir()
            """
        )
        self.assertEqual((program.status, program.errors), (0, ""))

    def test_reports_numbers_of_any_kind(self):
        program = run(
            """
            from fractions import Fraction
            print("no line end", end="")
            hypersched.report(step=1, val_acc=0.5, n=3, third=Fraction(1, 4))
            hypersched.report({"a/b": float("nan")}, up=float("inf"), down=float("-inf"))
            """
        )
        self.assertEqual(
            program.reports,
            [
                {"step": 1, "val_acc": 0.5, "n": 3.0, "third": 0.25},
                {"step": 2, "a/b": "NaN", "up": "Infinity", "down": "-Infinity"},
            ],
        )

    def test_refuses_what_is_no_report(self):
        for call, field in [
            ("step=0, a=1", "step"),
            ("step=True, a=1", "step"),
            ("step=1.5, a=1", "step"),
            ("step=1", "no metric"),
            ("a='0.5'", "'a'"),
            ("a=None", "'a'"),
            ("a=[1, 2]", "'a'"),
            ("checkpoint=1", "'checkpoint'"),
            ("{'': 1}", "''"),
            ("{'m%d' % i: i for i in range(257)}", "257"),
        ]:
            program = run(f"hypersched.report({call})")
            self.assertNotEqual(program.status, 0, call)
            self.assertIn("ValueError", program.errors, call)
            self.assertIn(field, program.errors, call)
            self.assertEqual(program.reports, [], call)

    def test_a_checkpoint_goes_with_its_report(self):
        program = run(
            """
            with hypersched.trial() as t:
                for step in (1, 2, 3):
                    with t.checkpoint(step) as folder:
                        (folder / "model").write_text(str(step))
                    t.report(step=step, acc=step)
            """
        )
        self.assertEqual(program.status, 0, program.errors)
        self.assertEqual([r["checkpoint"] for r in program.reports], ["step-000001", "step-000002", "step-000003"])
        self.assertEqual(program.announced, [])
        folder = program.folder / "checkpoints"
        self.assertEqual(sorted(os.listdir(folder)), ["step-000001", "step-000002", "step-000003"])
        self.assertEqual((folder / "step-000002" / "model").read_text(), "2")

    def test_a_checkpoint_that_fails_is_none(self):
        program = run(
            """
            with hypersched.trial() as t:
                with t.checkpoint(1) as folder:
                    (folder / "model").write_text("half")
                    raise OSError("disk full")
            """
        )
        self.assertEqual(program.status, 1)
        self.assertEqual(os.listdir(program.folder / "checkpoints"), [])
        self.assertEqual(program.announced, [])

    def test_stops_with_a_checkpoint_and_status_75(self):
        program = Program(
            """
            with hypersched.trial() as t:
                t.report(step=1, acc=0.5)
                while not t.should_stop():
                    pass
                with t.checkpoint(1) as folder:
                    (folder / "model").write_text("x")
            """
        )
        while "tune-metric" not in program.process.stdout.readline():
            pass
        program.process.send_signal(signal.SIGTERM)
        self.assertEqual(program.end(), 75, program.errors)
        self.assertEqual(program.announced, [{"checkpoint": "step-000001", "step": 1}])

    def test_a_stop_after_the_last_step_is_the_end(self):
        program = run(
            """
            with hypersched.trial() as t:
                t.report(step=3, acc=0.5)
                t.stop()
            """
        )
        self.assertEqual(program.status, 0)

    def test_functions_do_without_a_block(self):
        program = Program(
            """
            import sys
            hypersched.report(acc=1)
            while not hypersched.should_stop():
                pass
            sys.exit(75)
            """
        )
        while "tune-metric" not in program.process.stdout.readline():
            pass
        program.process.send_signal(signal.SIGTERM)
        self.assertEqual(program.end(), 75, program.errors)

    def test_works_by_hand(self):
        program = run(
            """
            import math, os
            for name in list(os.environ):
                if name.startswith("HYPERSCHED_"):
                    del os.environ[name]
            with hypersched.trial() as t:
                assert not t.is_managed and t.params == {} and t.time_left == math.inf and t.max_steps is None
                with t.checkpoint(1) as folder:
                    (folder / "model").write_text("x")
                t.report(step=1, acc=1)
            assert os.listdir("checkpoints") == ["step-000001"]
            """
        )
        self.assertEqual((program.status, program.errors), (0, ""))

    def test_names_a_bad_parameter_file(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write("[1]")
            file.flush()
            program = run("hypersched.params()", HYPERSCHED_PARAMS_FILE=file.name)
        self.assertIn(f"HYPERSCHED_PARAMS_FILE: {file.name}: expected an object, found list", program.errors)

    def test_lines_of_threads_stay_whole(self):
        program = run(
            """
            import threading
            def work(n):
                for _ in range(200):
                    hypersched.report({"m%d" % n: n}, pad=1.5)
            threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
            [t.start() for t in threads]
            [t.join() for t in threads]
            """
        )
        self.assertEqual([r["step"] for r in program.reports], list(range(1, 801)))


if __name__ == "__main__":
    unittest.main()
