import HyperSchedProtocol
import Testing

@testable import DaemonCore

/// Checkpoints and logs, over a socket.
@Suite(.timeLimit(.minutes(1))) struct FileRouteTests {
    private func bytes(_ count: Int, _ seed: UInt8 = 0) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) &+ seed }
    }

    @Test func aCheckpointGoesInAndComesOut() async throws {
        let daemon = try await LiveDaemon()
        let attempt = try await daemon.runningAttempt()
        let archive = bytes(300_000)
        let stored = try await daemon.upload(archive, attempt, objective: "0.5")
        #expect(stored.status == 201)
        let info = try stored.message(CheckpointInfo.self)
        #expect(info.size == 300_000 && info.sha256 == SHA256.hex(of: archive) && info.objective == 0.5)
        for which in ["best", "latest"] {
            let got = try await daemon.client.get("/api/v1/trials/\(attempt.trial)/checkpoint?which=\(which)")
            #expect(got.status == 200 && got.body == archive && got.headers["x-checkpoint-sha256"] == info.sha256)
        }
        let got = try await daemon.client.get("/api/v1/checkpoints/\(info.sha256)")
        #expect(got.body == archive && got.headers["content-type"] == "application/x-tar")
        let wrong = try await daemon.client.get("/api/v1/trials/\(attempt.trial)/checkpoint?which=worst")
        #expect(wrong.status == 400)
    }

    @Test func onlyBestAndLatestAreKept() async throws {
        let daemon = try await LiveDaemon()
        let attempt = try await daemon.runningAttempt()
        let archives = (0..<4).map { bytes(1000, UInt8($0)) }
        for (index, objective) in ["0.1", "0.9", "0.2", "0.3"].enumerated() {
            let answer = try await daemon.upload(archives[index], attempt, step: index + 1, objective: objective)
            #expect(answer.status == 201)
        }
        let expected = [archives[1], archives[3]].map { SHA256.hex(of: $0) }.sorted()
        for _ in 0..<200 where daemon.archives != expected { try await Task.sleep(for: .milliseconds(10)) }
        #expect(daemon.archives == expected)
    }

    @Test func badUploadsLeaveNothing() async throws {
        let daemon = try await LiveDaemon(checkpointBytes: 10_000)
        let attempt = try await daemon.runningAttempt()
        let stale = AttemptID(trial: attempt.trial, number: attempt.number + 1)
        let archive = bytes(1000)
        let answers = [
            try await daemon.upload(archive, attempt, sha256: SHA256.hex(of: [])),
            try await daemon.upload(archive, attempt, sha256: "abc"),
            try await daemon.upload(bytes(10_001), attempt),
            try await daemon.upload(archive, stale),
            try await daemon.upload(archive, attempt, agent: "other"),
            try await daemon.upload(archive, attempt, objective: "good"),
        ]
        #expect(answers.map(\.status) == [422, 400, 413, 409, 409, 400])
        let codes = try answers.map { try $0.message(Problem.self).code }
        let expected = ["wrong_content", "bad_request", "too_large", "stale_attempt", "stale_attempt", "bad_request"]
        #expect(codes == expected)
        // A connection that breaks in the middle.
        _ = try? await daemon.upload(archive, attempt, sha256: SHA256.hex(of: bytes(5000)), announced: 5000)
        #expect(daemon.archives == [])
        #expect(try await daemon.client.get("/api/v1/trials/1").message(TrialDetail.self).latestCheckpoint == nil)
    }

    @Test func logsAreAppendedOnceAndRead() async throws {
        let daemon = try await LiveDaemon()
        let attempt = try await daemon.runningAttempt()
        let path = "/api/v1/agents/node/logs?trial=\(attempt.trial)&attempt=\(attempt.number)&offset="
        #expect(try await daemon.client.post(path + "0", text: "epoch 1\n").status == 204)
        #expect(try await daemon.client.post(path + "0", text: "epoch 1\n").status == 204)
        #expect(try await daemon.client.post(path + "8", text: "epoch 2\n").status == 204)
        let gap = try await daemon.client.post(path + "99", text: "x")
        #expect(gap.status == 409)
        #expect(try gap.message(Problem.self).errors.first?.fix == "16")
        let log = try await daemon.client.get("/api/v1/trials/\(attempt.trial)/logs")
        #expect(log.text == "epoch 1\nepoch 2\n")
        let part = try await daemon.client.get("/api/v1/trials/\(attempt.trial)/logs?attempt=1&offset=8&limit=5")
        #expect(part.text == "epoch")
    }
}
