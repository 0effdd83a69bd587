"""Reports by POST: a stand-in for the agent's endpoint, and programs in processes of their own."""

import json
import sys
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from test_trial import Program  # noqa: E402


class Endpoint:
    """Answers as it was told: a list of statuses (0: the connection is cut after the report was read), then 200."""

    def __init__(self, *statuses, action="continue", stop_after=None):
        self.seen = []
        plan = list(statuses)
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.seen.append((self.path, self.headers["Authorization"], body))
                status = plan.pop(0) if plan else 200
                if status == 0:
                    self.close_connection = True
                    return
                advice = "stop" if stop_after is not None and len(endpoint.seen) >= stop_after else action
                answer = (
                    {"action": advice, "slots": 2, "time_left_s": 12.5, "accepted": True}
                    if status == 200
                    else {"title": "no", "errors": [{"field": "acc", "message": "odd", "fix": "even"}]}
                )
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def bodies(self):
        return [body for _, _, body in self.seen]

    def run(self, text, **variables):
        program = Program(
            text,
            HYPERSCHED_REPORT_URL=f"http://127.0.0.1:{self.server.server_port}/trials/7.2/reports",
            HYPERSCHED_TOKEN="secret",
            http_proxy="http://127.0.0.1:9",
            **variables,
        )
        program.status = program.end()
        self.server.shutdown()
        self.server.server_close()
        return program


class AgentTests(unittest.TestCase):
    def test_reports_are_posted_and_answered(self):
        endpoint = Endpoint()
        program = endpoint.run(
            """
            with hypersched.trial() as t:
                assert t.advice is None
                with t.checkpoint(1) as folder:
                    (folder / "model").write_text("x")
                t.report(step=1, acc=0.5, loss=float("nan"))
                assert t.advice == hypersched.Advice("continue", 12.5, 2), t.advice
                assert not t.should_stop() and not t.should_checkpoint()
                with t.checkpoint(2) as folder:
                    (folder / "model").write_text("x")
            """
        )
        self.assertEqual((program.status, program.errors, program.output), (0, "", ""))
        self.assertEqual({(path, token) for path, token, _ in endpoint.seen}, {("/trials/7.2/reports", "Bearer secret")})
        first, second = endpoint.bodies
        self.assertEqual(len({first.pop("report_id"), second.pop("report_id")}), 2)
        self.assertEqual(first, {"step": 1, "acc": 0.5, "loss": "NaN", "checkpoint": "step-000001"})
        self.assertEqual(second, {"step": 2, "checkpoint": "step-000002"})

    def test_an_answer_can_stop_the_program(self):
        endpoint = Endpoint(stop_after=2)
        program = endpoint.run(
            """
            with hypersched.trial() as t:
                for step in (1, 2, 3):
                    if t.should_stop():
                        break
                    t.report(step=step, acc=0.5)
            """
        )
        self.assertEqual(program.status, 75, program.errors)
        self.assertEqual([body["step"] for body in endpoint.bodies], [1, 2])

    def test_an_answer_can_ask_for_a_checkpoint(self):
        program = Endpoint(action="checkpoint").run(
            """
            t = hypersched.trial()
            t.report(acc=1)
            assert t.should_checkpoint() and not t.should_stop()
            """
        )
        self.assertEqual(program.status, 0, program.errors)

    def test_a_report_without_an_answer_is_sent_again_as_the_same(self):
        endpoint = Endpoint(0, 503, 500)
        program = endpoint.run("hypersched.report(step=1, acc=1); hypersched.report(step=2, acc=2)")
        self.assertEqual((program.status, program.output), (0, ""), program.errors)
        self.assertEqual([body["step"] for body in endpoint.bodies], [1, 1, 1, 1, 2])
        self.assertEqual(len({body["report_id"] for body in endpoint.bodies[:4]}), 1)

    def test_what_the_agent_refuses_is_an_error(self):
        program = Endpoint(422).run("hypersched.report(acc=1)")
        self.assertIn("ValueError: report: acc: odd (even)", program.errors)
        self.assertEqual(program.output, "")

    def test_without_the_agent_reports_are_printed(self):
        endpoint = Endpoint()
        endpoint.server.socket.close()
        program = Program(
            "hypersched.trial()._agent.patience = 0.3\nfor step in range(1, 4): hypersched.report(step=step, acc=step)",
            HYPERSCHED_REPORT_URL=f"http://127.0.0.1:{endpoint.server.server_port}/trials/7.2/reports",
            HYPERSCHED_TOKEN="secret",
        )
        self.assertEqual(program.end(), 0, program.errors)
        self.assertEqual([report["step"] for report in program.reports], [1, 2, 3])
        self.assertEqual(len({report["report_id"] for report in program.reports}), 3)

    def test_a_forgotten_attempt_prints(self):
        endpoint = Endpoint(401)
        program = endpoint.run("hypersched.report(step=1, acc=1)")
        self.assertEqual([report["report_id"] for report in program.reports], [endpoint.bodies[0]["report_id"]])

    def test_a_fork_has_a_connection_of_its_own(self):
        endpoint = Endpoint()
        program = endpoint.run(
            """
            import os
            hypersched.report(step=1, acc=1)
            child = os.fork()
            for step in range(2, 12):
                hypersched.report({"child" if child == 0 else "parent": step}, step=step)
            if child == 0:
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            """
        )
        self.assertEqual((program.status, program.output), (0, ""), program.errors)
        for name in ("child", "parent"):
            self.assertEqual([b["step"] for b in endpoint.bodies if name in b], list(range(2, 12)))


if __name__ == "__main__":
    unittest.main()
