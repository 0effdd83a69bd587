"""The trial contract, end to end: a daemon, an agent, and programs that know nothing of us. HYPERSCHED_BIN is the folder
with the programs; HYPERSCHED_PROCESSES (by default 1000) is the number of processes of the large test."""

import json
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cluster import PROGRAMS, Cluster  # noqa: E402

PROCESSES = int(os.environ.get("HYPERSCHED_PROCESSES", "1000"))

# Each process lives for some milliseconds and says five things: two by POST, two by a line, and one by both, as the
# same. It ends as soon as the last answer is there.
SHORT = r"""#!/bin/bash
set -u
address=${HYPERSCHED_REPORT_URL#http://}
post() {
    exec 3<>"/dev/tcp/${address%%:*}/$(cut -d: -f2 <<< "${address%%/*}")" || exit 1
    printf 'POST /%s HTTP/1.1\r\nHost: agent\r\nAuthorization: Bearer %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' \
        "${address#*/}" "$HYPERSCHED_TOKEN" "${#1}" "$1" >&3
    read -r _ status _ <&3
    exec 3>&-
    [[ "$status" == 200 ]] || { echo "answer: $status"; exit 1; }
}
post "{\"step\": 1, \"val_acc\": ${HYPERSCHED_PARAM_X}.1}"
echo "[tune-metric]: {\"step\": 2, \"val_acc\": ${HYPERSCHED_PARAM_X}.2}"
echo "[tune-metric]: {\"step\": 3, \"val_acc\": ${HYPERSCHED_PARAM_X}.3, \"report_id\": \"three\"}"
post "{\"step\": 3, \"val_acc\": ${HYPERSCHED_PARAM_X}.3, \"report_id\": \"three\"}"
echo "[tune-metric]: {\"step\": 4, \"val_acc\": ${HYPERSCHED_PARAM_X}.4}"
post "{\"step\": 5, \"val_acc\": ${HYPERSCHED_PARAM_X}.5}"
"""

# Says how it was started, then ends in a different way each time.
RETRIED = """
import json, os, sys
attempt = int(os.environ["HYPERSCHED_ATTEMPT"])
with open("/proc/self/cmdline", "rb") as file:
    line = file.read()
with open(f"line-{attempt}", "wb") as file:
    file.write(line)
with open(os.environ["HYPERSCHED_PARAMS_FILE"], "rb") as file:
    open(f"params-{attempt}", "wb").write(file.read())
print(f"val_acc=0.{attempt}", flush=True)
os.makedirs(os.environ["HYPERSCHED_CHECKPOINT_DIR"] + "/one", exist_ok=True)
sys.exit({1: 75, 2: 1, 3: 0}[attempt])
"""


@unittest.skipUnless(PROGRAMS, "HYPERSCHED_BIN names no folder with hyperschedd and hypersched")
class ContractTests(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster(slots=8)
        self.addCleanup(self.cluster.close)

    def test_reports_of_many_short_processes_arrive_exactly_once(self):
        """Also when the daemon is killed in the middle."""
        cluster, client = self.cluster, self.cluster.client
        path = cluster.program("short.sh", SHORT)
        sweep = client.submit(
            cluster.sweep(["bash", path], values=range(1, PROCESSES + 1), steps=6, **{"in": "1h"})
        )
        cluster.wait("half of them", lambda: client.sweep(sweep.id).trials.get("completed", 0) >= PROCESSES // 2)
        cluster.kill_daemon()
        cluster.start_daemon()
        sweep = cluster.client.wait(sweep.id, every=0.5)
        rows = cluster.client.rank(sweep.id)
        self.assertEqual([row.state for row in rows], ["completed"] * PROCESSES, cluster.logs())
        for row in rows:
            x = row.configuration["x"]
            points = cluster.client.curve(row.id)
            self.assertEqual([p["sequence"] for p in points], [1, 2, 3, 4, 5], points)
            self.assertEqual(
                sorted((p["attempt"], p["step"], p["metrics"]["val_acc"]) for p in points),
                [(1, step, float(f"{x}.{step}")) for step in range(1, 6)],
            )

    def test_the_command_line_of_a_retry_is_the_same(self):
        cluster = self.cluster
        path = cluster.program("retried.py", RETRIED)
        command = [
            "${env}", sys.executable, path, "${args}", "${args_no_hyphens}", "${args_json}", "${args_json_file}",
            "--home=${envvar:HOME}",
        ]
        sweep = cluster.sweep(command, retry={"max": 3})
        sweep["parameters"]["a-b"] = {"value": "x y = z"}
        done = cluster.client.wait(cluster.client.submit(sweep).id, every=0.1)
        (row,) = cluster.client.rank(done.id)
        self.assertEqual(row.state, "completed", cluster.logs())
        for name in ("line", "params"):
            files = [(cluster.folder / f"{name}-{attempt}").read_bytes() for attempt in (1, 2, 3)]
            self.assertEqual(len(set(files)), 1, files)
        line = (cluster.folder / "line-1").read_bytes()
        self.assertIn(b"\0--a-b=x y = z\0", line)
        self.assertEqual(json.loads((cluster.folder / "params-1").read_bytes()), {"a-b": "x y = z", "x": 1})

    def test_patterns_of_a_sweep_file(self):
        program = """
            for epoch in range(1, 4):
                print(f"Epoch {epoch}/3 - 2s - loss: {1 / epoch:.3f} - val_acc: {epoch / 10}")
            """
        row, _ = self.cluster.run(program, report_pattern=r"Epoch (?<step>\d+)/.*val_acc: (?<val_acc>\S+)")
        self.assertEqual((row.objective, row.last_step), (0.3, 3))

    def test_the_command_report(self):
        """In a shell script, until it is told to stop."""
        program = r"""
            import os, subprocess
            tool = os.path.join(os.environ["TOOLS"], "hypersched")
            answer = subprocess.run([tool, "report", "val_acc=0.5", "loss=nan", "--step", "3"], capture_output=True, text=True)
            assert (answer.returncode, answer.stdout) == (0, "continue\n"), answer
            for _ in range(2):
                answer = subprocess.run([tool, "report", "val_acc=0.75", "--id", "k"], capture_output=True, text=True)
                assert (answer.returncode, answer.stdout) == (0, "continue\n"), answer
            bare = {k: v for k, v in os.environ.items() if not k.startswith("HYPERSCHED_")}
            answer = subprocess.run([tool, "report", "val_acc=1", "--step", "2"], capture_output=True, text=True, env=bare)
            assert answer.stdout == '[tune-metric]: {"step":2,"val_acc":1}\n', answer
            for bad in (["val_acc"], ["val_acc=high"], [], ["step=3"], ["a=1", "--step", "-1"]):
                answer = subprocess.run([tool, "report", *bad], capture_output=True, text=True)
                assert answer.returncode == 2, (bad, answer)
            """
        row, log = self.cluster.run(program)
        self.assertEqual((row.state, row.objective, row.last_step), ("completed", 0.75, 4), log)
        self.assertEqual([p["metrics"] for p in self.cluster.client.curve(row.id)],
                         [{"val_acc": 0.5, "loss": "NaN"}, {"val_acc": 0.75}])


if __name__ == "__main__":
    unittest.main()
