import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Testing

/// Slots that are not clean, agents on which nothing works, and sweeps that wait for somebody to look.
@Suite(.serialized, .timeLimit(.minutes(5))) struct QuarantineTests {
    /// A GPU whose memory in use is what the file `used` says.
    private func fakeGPU(in cluster: LiveCluster) throws -> String {
        let folder = cluster.directory.appending(path: "bin")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let used = cluster.directory.appending(path: "used").path()
        let script = """
            #!/bin/bash
            case "$1" in
            --query-gpu=index,uuid*) echo "0, GPU-1, Fake, 81559" ;;
            --query-gpu=uuid*) echo "GPU-1, $(cat '\(used)'), 81559" ;;
            --query-compute-apps=*) ;;
            esac
            """
        let program = folder.appending(path: "nvidia-smi")
        try script.write(to: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path())
        try "3".write(toFile: used, atomically: true, encoding: .utf8)
        return folder.path()
    }

    private func file(_ command: String, _ more: String) -> String {
        """
        name: quarantine
        command: [bash, -c, '\(command)']
        method: random
        metric: {name: acc, goal: maximize}
        parameters:
          lr: {min: 0.0, max: 1.0}
        hypersched:
          in: 100s
          policy: fifo
          steps: {max: 1}
          \(more)
        """
    }

    @Test func aGPUWhoseMemoryIsHeldIsNotOfferedAgain() async throws {
        let cluster = try LiveCluster()
        let bin = try fakeGPU(in: cluster)
        let used = cluster.directory.appending(path: "used").path()
        try cluster.startDaemon()
        try cluster.startAgent(slots: 0, options: ["--gpu-slots", "1"], path: bin)
        // Each trial leaves memory behind.
        let leak = "echo $(($(cat \(used)) + 30000)) > \(used); echo acc=0.5; exit 0"
        let id = try cluster.submit(file(leak, "slots: {kind: gpu}\n  limits: {trials: 2}"))
        let name = AgentID("node")
        try await cluster.wait(for: "the quarantine") {
            try await cluster.client.agent(name).quarantined?.first?.slot == 0
        }
        let listed = try cluster.run(["agent", "ls"]).output
        #expect(listed.contains("node slot 0 is not clean: GPU GPU-1 still holds 30000 MiB more than before"))
        #expect(try cluster.sweep(id).slotsUsable == 0)
        #expect(try await cluster.client.attempts(of: id).items.count == 1, "the slot is not used")
        // Somebody knows better: the second trial is started at once.
        let released = try cluster.json(AgentSummary.self, ["agent", "release", "node"])
        #expect(released.quarantined == nil)
        try await cluster.wait(for: "the second trial") {
            try await cluster.client.attempts(of: id).items.count == 2
        }
        // It is dirty again after that one, and then the memory comes back by itself.
        try await cluster.wait(for: "the quarantine") {
            try await cluster.client.agent(name).quarantined != nil
        }
        try "3".write(toFile: used, atomically: true, encoding: .utf8)
        try await cluster.wait(for: "a clean slot") { try await cluster.client.agent(name).quarantined == nil }
        cluster.shutDown()
    }

    @Test func aSweepInWhichNothingStartsPausesAndTellsWhy() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        try cluster.startAgent(slots: 8)
        // Until the file is there, the module is missing.
        let module = cluster.directory.appending(path: "module").path()
        let start = "test -e \(module) || { echo \"ModuleNotFoundError: No module named torch\"; exit 1; }; "
        let id = try cluster.submit(
            file(start + "echo acc=0.5; exit 0", "retry: {max: 0}\n  limits: {trials: 6}"))
        let watched = try cluster.run(["sweep", "watch", "\(id)", "--plain"])
        #expect(watched.status == 3, "a script does not wait for somebody to look")
        #expect(watched.output.contains("paused") && watched.output.contains("missing_module"))
        let paused = try cluster.sweep(id)
        #expect(paused.state == .running && paused.pause?.by == .breaker)
        let attempts = try await cluster.client.attempts(of: id).items
        #expect(attempts.count == 3, "one after the other (canary), not eight at once")
        // Mended: it goes on, and what failed runs again.
        try "".write(toFile: module, atomically: true, encoding: .utf8)
        _ = try cluster.json(SweepSummary.self, ["sweep", "resume", "\(id)"])
        _ = try cluster.json(SweepSummary.self, ["sweep", "retry", "\(id)", "--failed"])
        try await cluster.wait(for: "its end") { try cluster.sweep(id).state == .finished }
        #expect(try cluster.sweep(id).trials == ["completed": 6])
        cluster.shutDown()
    }

    @Test func aPausedSweepGoesOnFromItsCheckpoint() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        try cluster.startAgent(slots: 1)
        let id = try cluster.submit(SweepFiles.steady(seconds: 60, steps: 12, policy: "fifo", more: "run_cap: 1"))
        try await cluster.wait(for: "a report") { try cluster.sweep(id).best?.lastStep ?? 0 >= 3 }
        _ = try cluster.json(SweepSummary.self, ["sweep", "pause", "\(id)"])
        try await cluster.wait(for: "free slots") { try cluster.sweep(id).slotsHeld == 0 }
        #expect(try cluster.sweep(id).pause?.by == .user)
        #expect(try cluster.run(["sweep", "ls"]).output.contains("paused"))
        _ = try cluster.json(SweepSummary.self, ["sweep", "resume", "\(id)"])
        try await cluster.wait(for: "its end") { try cluster.sweep(id).state == .finished }
        let trial = try #require(try cluster.sweep(id).best).trial
        let detail = try await cluster.client.trial(trial)
        #expect(detail.attempts.count == 2 && detail.failures == 0)
        let steps = try await cluster.client.curve(of: trial, PageRequest(limit: 100)).items.map(\.step)
        #expect(steps == Array(1...12), "nothing lost, nothing done twice")
        cluster.shutDown()
    }
}
