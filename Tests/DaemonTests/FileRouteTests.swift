import Foundation
import HyperSchedClient
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

    // MARK: Elsewhere

    @Test func archivesInASharedDirectoryAreNotedHandedOnAndDeleted() async throws {
        let daemon = try await LiveDaemon()
        let folder = daemon.directory + "/shared"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let attempt = try await daemon.runningAttempt(store: folder)
        let access = CheckpointAccess(environment: [:])
        var names: [String] = []
        for step in 1...3 {
            let archive = bytes(1000, UInt8(step))
            let file = daemon.directory + "/c.tar"
            try Data(archive).write(to: URL(filePath: file))
            let info = CheckpointInfo(
                sha256: SHA256.hex(of: archive), size: 1000, step: step, attempt: attempt,
                objective: MetricValue(step == 1 ? 0.9 : 0.1), place: .folder(folder))
            try await access.store(info, file: file)
            names.append(CheckpointLocation(info).name)
            #expect(try await daemon.client.post("/api/v1/agents/node/checkpoints", info).status == 201)
        }
        // The best and the latest one.
        let expected = [names[0], names[2]].sorted()
        func found() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? [] }
        for _ in 0..<200 where found() != expected { try await Task.sleep(for: .milliseconds(10)) }
        #expect(found() == expected && daemon.archives == [])
        let got = try await daemon.client.get("/api/v1/trials/\(attempt.trial)/checkpoint?which=best")
        #expect(got.status == 200 && got.body == bytes(1000, 1))
        let detail = try await daemon.client.get("/api/v1/trials/\(attempt.trial)").message(TrialDetail.self)
        #expect(detail.bestCheckpointPath == "\(folder)/\(names[0])")
    }

    @Test func badAnnouncementsChangeNothing() async throws {
        let daemon = try await LiveDaemon()
        let folder = daemon.directory + "/shared"
        let attempt = try await daemon.runningAttempt(store: folder)
        let good = CheckpointInfo(
            sha256: SHA256.hex(of: [1]), size: 1, step: 1, attempt: attempt, place: .folder(folder))
        var (elsewhere, stale, noDigest, own) = (good, good, good, good)
        elsewhere.place = .folder("/etc")
        stale.attempt = AttemptID(trial: attempt.trial, number: attempt.number + 1)
        noDigest.sha256 = "../x"
        own.place = nil
        let path = "/api/v1/agents/node/checkpoints"
        var statuses: [Int] = []
        for info in [elsewhere, stale, noDigest, own] {
            statuses.append(try await daemon.client.post(path, info).status)
        }
        #expect(statuses == [400, 409, 400, 400])
        #expect(try await daemon.client.get("/api/v1/trials/1").message(TrialDetail.self).latestCheckpoint == nil)
    }

    @Test func whereThereIsNoRoomTheAgentIsToldToComeBack() async throws {
        let daemon = try await LiveDaemon(checkpointReserveBytes: 1 << 60)
        let attempt = try await daemon.runningAttempt()
        let answer = try await daemon.upload(bytes(1000), attempt)
        #expect(answer.status == 507 && answer.headers["retry-after"] == "10")
        #expect(try answer.message(Problem.self).detail.contains("1000 are wanted"))
        #expect(daemon.archives == [])
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
