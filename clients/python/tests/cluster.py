"""A daemon and an agent as processes, in a directory of their own, for tests in Python."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
sys.path.insert(0, str(SOURCE))

from hypersched import Client  # noqa: E402

PROGRAMS = os.environ.get("HYPERSCHED_BIN")


class Cluster:
    """Everything is ended by process id; nothing is left behind."""

    def __init__(self, slots=2, variables=None):
        self.folder = Path(tempfile.mkdtemp(prefix="hypersched-py-"))
        self.slots = slots
        self.variables = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
        self.variables["MLFLOW_DISABLE_TELEMETRY"] = "true"
        self.variables["PYTHONPATH"] = str(SOURCE)
        self.variables["TOOLS"] = PROGRAMS
        self.variables.update(variables or {})
        self.client = None
        self.start_daemon()
        self.start_agent()

    def _start(self, name, *arguments):
        with open(self.folder / f"{name}.log", "a") as log:
            return subprocess.Popen(
                [Path(PROGRAMS) / name, *map(str, arguments)], stdout=log, stderr=log, env=self.variables,
                cwd=self.folder,
            )

    def start_daemon(self):
        """The second time on the same port."""
        listen = "127.0.0.1:0" if self.client is None else self.client.url[len("http://"):]
        address = self.folder / "data" / "daemon.url"
        address.unlink(missing_ok=True)
        self.daemon = self._start("hyperschedd", "--data-dir", self.folder / "data", "--listen", listen)
        self.wait("the daemon", address.exists)
        self.client = Client(address.read_text().strip())

    def kill_daemon(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()

    def start_agent(self):
        self.agent = self._start(
            "hypersched", "agent", "--daemon", self.client.url, "--name", "one", "--work-dir", self.folder / "work",
            "--slots", self.slots,
        )

    def kill_agent(self):
        self.agent.send_signal(signal.SIGKILL)
        self.agent.wait()

    def close(self):
        for process in (self.agent, self.daemon):
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait(self, what, condition):
        for _ in range(6000):
            if condition():
                return
            time.sleep(0.02)
        raise AssertionError(f"waited in vain for {what}\n{self.logs()}")

    def logs(self):
        return "\n".join(f"-- {p.name}\n{p.read_text()[-4000:]}" for p in sorted(self.folder.glob("*.log")))

    def program(self, name, text):
        path = self.folder / name
        path.write_text(textwrap.dedent(text))
        return str(path)

    def sweep(self, command, metric="val_acc", values=(1,), steps=10, **block):
        return {
            "name": "contract",
            "command": command,
            "method": "grid",
            "metric": {"name": metric, "goal": "maximize"},
            "parameters": {"x": {"values": list(values)}},
            "hypersched": {"in": "10m", "policy": "fifo", "steps": {"min": 1, "max": steps}, **block},
        }

    def run(self, text, **options):
        """Runs a program as the only trial of a sweep; returns its row of the ranking, and its log."""
        path = self.program("program.py", text)
        sweep = self.client.wait(self.client.submit(self.sweep([sys.executable, path], **options)).id, every=0.1)
        (row,) = self.client.rank(sweep.id)
        return row, self.client.logs(row.id)
