import AgentTestSupport
import Dispatch  // the importer takes `stat` for one of its own, or for one of Foundation's
import Foundation
import Glibc
import HyperSchedProtocol
import Testing
import TrialEndpoint

@testable import WorkerAgent

/// Programs that report to the agent's endpoint: real processes, real sockets.
@Suite(.serialized) struct TrialPostTests {
    let harness: AgentHarness

    init() throws {
        harness = try AgentHarness()
        try harness.startAgent()
    }

    /// `post(body, key)` answers (status, text); it tries again while nobody listens. `note` writes a file.
    private static let prelude = """
        import json, os, sys, time, urllib.error, urllib.request, signal
        def post(body, key=None, token=os.environ["HYPERSCHED_TOKEN"], url=os.environ["HYPERSCHED_REPORT_URL"]):
            headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
            if key: headers["Idempotency-Key"] = key
            data = None if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
            while True:
                try:
                    with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
                        return answer.status, json.load(answer)
                except urllib.error.HTTPError as error:
                    return error.code, json.load(error)
                except (urllib.error.URLError, ConnectionError):
                    time.sleep(0.02)
        def note(name, value):
            with open(os.path.join(FOLDER, name + ".new"), "w") as file: file.write(json.dumps(value))
            os.rename(os.path.join(FOLDER, name + ".new"), os.path.join(FOLDER, name))

        """

    private func python(_ body: String, trial: Int64 = 1, grace: Double = 20) -> Assignment {
        var assignment = harness.trial("", trial: trial, grace: grace)
        let program = "FOLDER = '\(harness.folder)'\n" + Self.prelude + body
        assignment.program = .command(["/usr/bin/env", "python3", "-c", program])
        return assignment
    }

    private func run(_ body: String) async throws -> AttemptEnded {
        let trial = python(body)
        try harness.want(trial)
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .exited, "\(ended.message)")
        return ended
    }

    @Test func aReportIsAnsweredWithAdvice() async throws {
        _ = try await run(
            """
            note("answer", post({"step": 3, "acc": 0.5, "loss": "NaN"}))
            note("asked", post(None))
            note("deadline", int(os.environ["HYPERSCHED_DEADLINE_UNIX"]) - time.time())
            """)
        let answer = try #require(harness.file("answer"))
        #expect(answer.contains(#""action": "continue""#) && answer.contains(#""accepted": true"#), "\(answer)")
        #expect(answer.contains(#""slots": 1"#) && answer.contains(#""time_left_s": 35"#), "\(answer)")
        #expect(try #require(harness.file("asked")).contains(#""accepted": false"#))
        let left = try #require(harness.file("deadline").flatMap(Double.init))
        #expect((3400...3601).contains(left))
        let report = try #require(harness.daemon.reports.first)
        #expect(harness.daemon.reports.count == 1 && report.sequence == 1 && report.step == 3)
        #expect(report.metrics == ["acc": 0.5, "loss": MetricValue(.nan)])
        #expect(report.elapsedSeconds > 0)
    }

    /// What Python's json.dumps writes for NaN is no JSON, and taken all the same.
    @Test func bareNaNIsTaken() async throws {
        _ = try await run(#"note("answer", post('{"acc": NaN, "up": Infinity, "down": -Infinity}'))"#)
        #expect(
            harness.daemon.reports.map(\.metrics) == [
                ["acc": MetricValue(.nan), "up": MetricValue(.infinity), "down": MetricValue(-.infinity)]
            ])
    }

    @Test func postsAndLinesShareOneCount() async throws {
        _ = try await run(
            """
            for i in range(1, 201):
                if i % 2: assert post({"acc": i})[0] == 200
                else:
                    print("acc=%d" % i, flush=True)
                    time.sleep(0.001)
            """)
        let reports = harness.daemon.reports
        #expect(reports.map(\.sequence) == Array(1...200))
        #expect(Set(reports.compactMap { $0.metrics["acc"]?.number }) == Set((1...200).map(Double.init)))
    }

    @Test func theSameReportCountsOnce() async throws {
        _ = try await run(
            """
            one = [post({"acc": 1}, key="a") for _ in range(3)]
            two = [post([{"acc": 2, "report_id": "b"}, {"acc": 3, "report_id": "c"}]) for _ in range(2)]
            three = post([{"acc": 3, "report_id": "c"}, {"acc": 4, "report_id": "d"}])
            print('[tune-metric]: {"acc": 4, "report_id": "d"}')
            print('[tune-metric]: {"acc": 5, "report_id": "e"}')
            print('[tune-metric]: {"acc": 5, "report_id": "e"}')
            note("seen", [a[1].get("duplicates", 0) for a in one + two + [three]])
            """)
        #expect(harness.file("seen") == "[0, 1, 1, 0, 2, 1]")
        #expect(harness.daemon.reports.map { $0.metrics["acc"]?.number } == [1, 2, 3, 4, 5])
        #expect(harness.daemon.reports.map(\.sequence) == [1, 2, 3, 4, 5])
    }

    @Test func whatCanNotBeTakenIsRefusedAndNamed() async throws {
        _ = try await run(
            """
            bad = ["", "[]", "7", '{"acc": "high"}', '{"step": -1, "acc": 1}', '{"step": 1.5, "acc": 1}', '{"step": 4}',
                   '[{"acc": 1}, {"acc": true}]', '{"acc": 1, "checkpoint": "../x"}', '{"acc": 1, "report_id": ""}',
                   json.dumps([{"acc": 1}] * 1001), json.dumps({"m%d" % i: i for i in range(257)}),
                   json.dumps({"m" * 129: 1}), " " * (1 << 20) + '{"acc": 1}']
            note("bad", [[s, a["code"], (a.get("errors") or [{}])[0].get("field")] for s, a in map(post, bad)])
            url = os.environ["HYPERSCHED_REPORT_URL"]
            doors = [post({"acc": 1}, token=t)[0] for t in ("", "x", os.environ["HYPERSCHED_TOKEN"][:-1])]
            doors.append(post({"acc": 1}, url=url.replace("/1.1/", "/2.1/"))[0])
            doors.append(post({"acc": 1}, url=url.replace("/1.1/", "/x/"))[0])
            doors.append(post({"acc": 1}, url=url + "/more")[0])
            note("doors", doors)
            """)
        let bad = try #require(harness.file("bad"))
        #expect(
            bad
                == #"[[400, "invalid_report", ""], [422, "invalid_report", ""], [400, "invalid_report", ""], "#
                + #"[422, "invalid_report", "acc"], [422, "invalid_report", "step"], [422, "invalid_report", "step"], "#
                + #"[422, "invalid_report", ""], [422, "invalid_report", "1.acc"], "#
                + #"[422, "invalid_report", "checkpoint"], [422, "invalid_report", "report_id"], "#
                + #"[422, "invalid_report", ""], [422, "invalid_report", ""], "#
                + #"[422, "invalid_report", "\#(String(repeating: "m", count: 129))"], [413, "too_large", null]]"#)
        #expect(harness.file("doors") == "[401, 401, 401, 401, 401, 404]")
        #expect(harness.daemon.reports.isEmpty)
    }

    @Test func aCheckpointGoesWithAReport() async throws {
        _ = try await run(
            """
            folder = os.environ["HYPERSCHED_CHECKPOINT_DIR"]
            os.mkdir(folder + "/one"); os.mkdir(folder + "/two")
            post({"acc": 0.5, "checkpoint": "one"})
            while not os.path.exists(FOLDER + "/go"): time.sleep(0.01)
            post({"checkpoint": "two"})
            """.replacing("while not os.path.exists(FOLDER + \"/go\"): time.sleep(0.01)", with: "time.sleep(0.2)"))
        #expect(harness.daemon.reports.map(\.step) == [1])
        #expect(harness.daemon.uploads.map(\.objective) == [0.5, nil])
        #expect(harness.daemon.uploads.map(\.step) == [1, 1])
    }

    @Test func aProgramThatIsToStopHearsIt() async throws {
        let trial = python(
            """
            signal.signal(signal.SIGTERM, lambda *_: None)
            post({"acc": 1})
            while post({"acc": 2})[1]["action"] != "stop": time.sleep(0.01)
            sys.exit(75)
            """)
        try harness.want(trial)
        try await harness.wait("a report") { !harness.daemon.reports.isEmpty }
        var stopping = trial
        stopping.goal = .stop
        try harness.want(stopping)
        #expect(try await harness.end(of: trial.attempt).exitCode == 75)
    }

    /// The agent dies again and again while a program posts. It tries again with the same id: no report that was
    /// answered is lost, none is doubled, and the address stays.
    @Test func agentThatDiesLosesAndDoublesNothing() async throws {
        let trial = python(
            """
            asked = []
            signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
            i = 0
            while not asked or os.path.exists(FOLDER + "/more"):
                i += 1
                status, answer = post({"acc": i}, key="r%d" % i)
                assert status == 200, answer
                note("last", i)
            for j in range(20):
                i += 1
                assert post({"acc": i}, key="r%d" % i)[0] == 200
                assert post({"acc": i}, key="r%d" % i)[1]["duplicates"] == 1
                note("last", i)
            sys.exit(75)
            """)
        try FileAccess.writeAtomically([], to: harness.folder + "/more")
        try harness.want(trial)
        for round in 1...3 {
            let before = harness.daemon.reports.count
            try await harness.wait("reports") { harness.daemon.reports.count >= before + 5 * round }
            harness.signalAgent(SIGKILL)
            _ = try await harness.agentStatus()
            try harness.startAgent()
        }
        FileAccess.remove(harness.folder + "/more")
        let ended = try await harness.end(of: trial.attempt)
        #expect(ended.outcome == .interrupted, "\(ended.message)")
        let last = try #require(harness.file("last").flatMap(Int64.init))
        // A batch may be sent twice; a report is what its number says.
        let reports = Set(harness.daemon.reports).sorted { $0.sequence < $1.sequence }
        #expect(reports.map(\.sequence) == Array(1...last))
        #expect(reports.map { $0.metrics["acc"]?.number } == (1...last).map(Double.init))
    }

    /// The answer to a report was lost with the agent: the next agent knows the report, and the order of all of them.
    @Test func anIdIsKnownAfterARestart() async throws {
        let trial = python(
            """
            signal.signal(signal.SIGTERM, lambda *_: None)
            post({"acc": 1}, key="a"); print('[tune-metric]: {"acc": 2, "report_id": "b"}', flush=True)
            post([{"acc": 3, "report_id": "c"}, {"acc": 4}])
            note("posted", 1)
            while not os.path.exists(FOLDER + "/go"): time.sleep(0.01)
            note("again", [post({"acc": 1}, key="a")[1].get("duplicates"),
                           post([{"acc": 2, "report_id": "b"}, {"acc": 3, "report_id": "c"}, {"acc": 5}])[1].get("duplicates")])
            """)
        try harness.want(trial)
        try await harness.wait("reports") { harness.daemon.reports.count >= 4 && harness.file("posted") != nil }
        harness.signalAgent(SIGKILL)
        _ = try await harness.agentStatus()
        try harness.startAgent()
        try FileAccess.writeAtomically([], to: harness.folder + "/go")
        _ = try await harness.end(of: trial.attempt)
        #expect(harness.file("again") == "[1, 2]")
        let reports = Set(harness.daemon.reports).sorted { $0.sequence < $1.sequence }
        #expect(reports.map(\.sequence) == [1, 2, 3, 4, 5])
        #expect(Set(reports.compactMap { $0.metrics["acc"]?.number }) == [1, 2, 3, 4, 5])
        #expect(reports.last?.metrics["acc"] == 5.0)
    }

    @Test func secretsAreForTheirOwnerOnly() async throws {
        let trial = python(
            """
            note("token", os.environ["HYPERSCHED_TOKEN"])
            while not os.path.exists(FOLDER + "/go"): time.sleep(0.01)
            """)
        try harness.want(trial)
        try await harness.wait("the token") { harness.file("token") != nil }
        let token = try #require(harness.file("token")).filter { $0 != "\"" }
        #expect(token.count == 64)
        let folder = harness.work.attempt(trial.attempt)
        for file in [folder.launchFile, folder.tokenFile] {
            var status = stat()
            #expect(stat(file, &status) == 0 && status.st_mode & 0o077 == 0, "\(file)")
        }
        #expect(try !String(decoding: FileAccess.read(folder.tokenFile), as: UTF8.self).contains(token))
        #expect(!harness.agentLog.contains(token))
        try FileAccess.writeAtomically([], to: harness.folder + "/go")
        _ = try await harness.end(of: trial.attempt)
    }
}
