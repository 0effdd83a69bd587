"""Tokens, agents' credentials and TLS, end to end: HYPERSCHED_BIN is the folder with the programs."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

SOURCE = Path(__file__).resolve().parents[1] / "src"
sys.path.insert(0, str(SOURCE))

from hypersched import Client, HyperSchedError  # noqa: E402
from hypersched._client import _token  # noqa: E402

PROGRAMS = os.environ.get("HYPERSCHED_BIN")


class TokenFileTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, content, mode=0o600):
        path = self.folder / "token"
        path.write_text(content)
        path.chmod(mode)
        return path

    def test_the_token_is_read(self):
        path = self.file("hst_abc\n")
        self.assertEqual(_token(path, "https://hypersched.example"), "hst_abc")
        with mock.patch.dict(os.environ, {"HYPERSCHED_TOKEN_FILE": str(path)}):
            self.assertEqual(_token(None, "http://127.0.0.1:8472"), "hst_abc")
        with mock.patch.dict(os.environ, {"XDG_CONFIG_HOME": str(self.folder)}):
            self.assertIsNone(_token(None, "http://127.0.0.1:8472"))
            (self.folder / "hypersched").mkdir()
            shutil.move(path, self.folder / "hypersched" / "token")
            self.assertEqual(_token(None, "http://localhost"), "hst_abc")

    def test_other_files_are_refused(self):
        with self.assertRaises(PermissionError):
            _token(self.file("x", 0o644), "https://h")
        for content in ("", "a b", "x\ny"):
            with self.assertRaises(ValueError):
                _token(self.file(content), "https://h")
        with self.assertRaises(FileNotFoundError):
            _token(self.folder / "none", "https://h")

    def test_no_token_crosses_an_open_network(self):
        for url in ("http://10.0.0.1", "http://127.evil.example", "http://localhost.example:8472"):
            with self.assertRaises(ValueError):
                _token(self.file("x"), url)
        with mock.patch.dict(os.environ, {"HYPERSCHED_ALLOW_PLAINTEXT": "1"}):
            self.assertEqual(_token(self.file("x"), "http://10.0.0.1"), "x")


class TLSProxy:
    """What stands in front of a daemon: decrypts, and passes everything on."""

    def __init__(self, port, certificate, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            with self.context.wrap_socket(client, server_side=True) as tls:
                with socket.create_connection(("127.0.0.1", self.target)) as server:
                    back = threading.Thread(target=self.copy, args=(server, tls), daemon=True)
                    back.start()
                    self.copy(tls, server)
                    back.join()
        except OSError:
            client.close()

    @staticmethod
    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        try:
            sink.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


@unittest.skipUnless(PROGRAMS, "HYPERSCHED_BIN names no folder with hyperschedd and hypersched")
class AccessTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.data = cls.folder / "data"
        cls.processes = []
        config = cls.folder / "daemon.yaml"
        config.write_text("authentication: required\nlisten: 127.0.0.1:0\n")
        cls.start("hyperschedd", "--config", config, "--data-dir", cls.data)
        address = cls.data / "daemon.url"
        while not address.exists():
            assert cls.processes[0].poll() is None, "hyperschedd ended"
        cls.url = address.read_text().strip()
        # While the daemon runs.
        for role in ("admin", "submit", "read", "agent-join"):
            cls.run_tool(
                "hyperschedd", "token", "create", "--role", role, "--name", f"the-{role}", "--data-dir", cls.data,
                "--output", cls.folder / role,
            )
        cls.make_certificate()
        cls.proxy = TLSProxy(int(cls.url.rsplit(":", 1)[1]), cls.folder / "certificate.pem", cls.folder / "key.pem")
        cls.secure = f"https://localhost:{cls.proxy.port}"
        cls.authority = cls.folder / "ca.pem"

    @classmethod
    def make_certificate(cls):
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        (cls.folder / "names").write_text("subjectAltName=DNS:localhost\n")
        for arguments in (
            ["req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority"],
            ["req", *key, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost"],
            ["x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
             "-out", "certificate.pem", "-extfile", "names"],
        ):
            subprocess.run(["openssl", *arguments], cwd=cls.folder, check=True, capture_output=True)

    @classmethod
    def start(cls, name, *arguments):
        log = open(cls.folder / f"{name}.log", "w")
        cls.processes.append(
            subprocess.Popen([Path(PROGRAMS) / name, *map(str, arguments)], stdout=log, stderr=log)
        )
        log.close()

    @classmethod
    def run_tool(cls, name, *arguments, status=0):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HYPERSCHED")}
        environment["XDG_CONFIG_HOME"] = str(cls.folder / "none")
        done = subprocess.run(
            [Path(PROGRAMS) / name, *map(str, arguments)], capture_output=True, text=True, env=environment, timeout=60
        )
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    @classmethod
    def hypersched(cls, *arguments, role=None, status=0):
        token = ["--token-file", cls.folder / role] if role else []
        return cls.run_tool(
            "hypersched", *arguments, "--daemon", cls.secure, "--ca-file", cls.authority, *token, status=status
        )

    @classmethod
    def tearDownClass(cls):
        cls.proxy.listener.close()
        for process in reversed(cls.processes):
            process.terminate()
            process.wait()
        shutil.rmtree(cls.folder)

    def client(self, role):
        return Client(self.secure, token_file=self.folder / role, ca_file=self.authority)

    def test_a_sweep_runs_with_tokens_over_tls(self):
        self.start(
            "hypersched", "agent", "--daemon", self.secure, "--ca-file", self.authority, "--token-file",
            self.folder / "agent-join", "--name", "one", "--work-dir", self.folder / "work", "--slots", "2",
        )
        script = self.folder / "train.sh"
        script.write_text('env > "$HYPERSCHED_CHECKPOINT_DIR/../environment"\nprintf \'{"step": 1, "acc": 0.5}\\n\'\nenv\n')
        sweep = self.client("submit").submit({
            "name": "guarded", "command": ["sh", str(script)], "method": "random",
            "metric": {"name": "acc", "goal": "maximize"}, "parameters": {"x": {"min": 0.0, "max": 1.0}},
            "hypersched": {"in": "2m", "policy": "fifo", "steps": {"min": 1, "max": 1}, "limits": {"trials": 2}},
        })
        done = self.client("read").wait(sweep.id, timeout=60, every=0.2)
        self.assertEqual(done.state, "finished")
        credential = self.folder / "work" / "credential"
        self.assertEqual(credential.stat().st_mode & 0o777, 0o600)
        # A trial is told no secret.
        secrets = [(self.folder / name).read_text().strip() for name in ("agent-join", "admin")]
        secrets.append(credential.read_text().strip())
        logs = "".join(self.client("read").logs(row.id) for row in self.client("read").rank(sweep.id))
        logs += (self.folder / "hypersched.log").read_text() + (self.folder / "hyperschedd.log").read_text()
        self.assertIn("HYPERSCHED_TRIAL_ID", logs)
        for secret in secrets:
            self.assertEqual(len(secret), 88)
            self.assertNotIn(secret, logs)
        self.assertIn("agent", self.hypersched("token", "list", role="admin"))
        audit = json.loads(self.hypersched("audit", "--json", role="admin"))
        self.assertTrue({"the-submit", "the-agent-join", "offline"} <= {entry["actor"] for entry in audit})

    def test_roles_hold(self):
        with self.assertRaises(HyperSchedError) as caught:
            self.client("read").cancel(1)
        self.assertEqual((caught.exception.status, caught.exception.code), (403, "forbidden"))
        self.assertIn("needs the role admin", self.hypersched("token", "list", role="submit", status=1))
        self.assertIn("--token-file", self.hypersched("sweep", "ls", status=1))
        self.assertIn("the-read, with the role read", self.hypersched("token", "whoami", role="read"))

    def test_tokens_are_revoked_and_rotated(self):
        made = self.folder / "bob"
        self.hypersched("token", "create", "--role", "read", "--name", "bob", "--output", made, role="admin")
        self.assertEqual(made.stat().st_mode & 0o777, 0o600)
        self.assertIn("bob", self.hypersched("token", "whoami", role="bob"))
        ident = made.read_text()[4:16]
        self.hypersched("token", "rotate", ident, "--output", made, role="admin")
        self.assertIn("bob", self.hypersched("token", "whoami", role="bob"))
        # Without the network, on the daemon's own machine.
        self.run_tool("hyperschedd", "token", "revoke", made.read_text()[4:16], "--data-dir", self.data)
        for _ in range(100):
            try:
                self.client("bob").sweep(1)
            except HyperSchedError as error:
                if error.status == 401:
                    break
            threading.Event().wait(0.1)
        else:
            self.fail("a revoked token still opens")
        self.assertIn("revoked", self.run_tool("hyperschedd", "token", "list", "--data-dir", self.data))

    def test_a_stranger_is_not_told_the_token(self):
        with self.assertRaises(HyperSchedError) as caught:
            Client(self.secure, token_file=self.folder / "read", patience=0).sweep(1)
        self.assertEqual(caught.exception.code, "untrusted")
        output = self.run_tool(
            "hypersched", "sweep", "ls", "--daemon", self.secure, "--token-file", self.folder / "read", status=4
        )
        self.assertIn("is not trusted", output)
        self.assertIn("--ca-file", output)
        output = self.run_tool(
            "hypersched", "sweep", "ls", "--daemon", "http://10.255.255.1", "--token-file", self.folder / "read", status=1
        )
        self.assertIn("plain text", output)

    def test_the_daemon_itself_speaks_tls(self):
        """In a daemon built with the trait TLS; another one says what to do."""
        data = self.folder / "tls"
        config = self.folder / "tls.yaml"
        config.write_text(
            f"authentication: required\nlisten: 0.0.0.0:0\ntlsCertificate: {self.folder}/certificate.pem\n"
            f"tlsKey: {self.folder}/key.pem\n"
        )
        with open(self.folder / "tls.log", "w") as log:
            daemon = subprocess.Popen(
                [Path(PROGRAMS) / "hyperschedd", "--config", config, "--data-dir", data], stdout=log, stderr=log
            )
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        while not (data / "daemon.url").exists():
            if daemon.poll() is not None:
                self.assertIn("swift build --traits TLS", (self.folder / "tls.log").read_text())
                self.skipTest("hyperschedd was built without TLS")
            threading.Event().wait(0.05)
        address = (data / "daemon.url").read_text().strip()
        self.assertTrue(address.startswith("https://"))
        self.assertIn("token create --role admin", (self.folder / "tls.log").read_text())
        self.run_tool(
            "hyperschedd", "token", "create", "--role", "read", "--name", "eve", "--data-dir", data, "--output",
            self.folder / "eve",
        )
        url = f"https://localhost:{address.rsplit(':', 1)[1]}"
        client = Client(url, token_file=self.folder / "eve", ca_file=self.authority)
        for _ in range(100):
            try:
                self.assertEqual(list(client.sweeps()), [])
                break
            except HyperSchedError as error:
                self.assertEqual(error.status, 401)
                threading.Event().wait(0.1)
        else:
            self.fail("a new token does not open")
        context = ssl.create_default_context(cafile=self.authority)
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as plain:
            with self.assertRaises(OSError):
                context.wrap_socket(plain, server_hostname="localhost")
        self.run_tool(
            "hypersched", "token", "whoami", "--daemon", url, "--token-file", self.folder / "eve", status=4
        )


if __name__ == "__main__":
    unittest.main()
