import HyperSchedProtocol
import Testing

@testable import DaemonCore
@testable import Scheduler
@testable import TrialStore

/// P3: what the database gives back is what was lost.
@Suite struct RecoveryTests {
    @Test(arguments: 0..<UInt64(12))
    func restoredStateEqualsLiveState(seed: UInt64) async throws {
        let fixture = try await LoopFixture()
        var random = SeededGenerator(seed: seed)
        let policies: [PolicySpec] = [
            .fifo, .asha(ASHAOptions(reductionFactor: 2)),
            .asha(ASHAOptions(kind: .stopping, reductionFactor: 2)), .hypersched(HyperSchedOptions(reductionFactor: 2)),
        ]
        for policy in policies {
            _ = try await fixture.loop.submit(fixture.spec(policy: policy, seconds: 400, max: 8, trials: 12), nil)
        }
        var node = FakeNode(slots: 5)
        for _ in 0..<60 {
            fixture.clock.advance(bySeconds: 1)
            try await node.work(fixture, &random)
        }
        try await expectRestored(fixture)
    }

    private func expectRestored(_ fixture: LoopFixture) async throws {
        let now = fixture.clock.now()
        var live = await fixture.loop.state
        let restored = ClusterState(restoring: try await fixture.store.load(), settings: live.settings, at: now)
        for id in live.agentIDs { live.agentRecords[id]!.lastSync = now }
        #expect(restored.trials == live.trials)
        #expect(restored.leasesByTrial == live.leasesByTrial)
        #expect(restored.agentRecords == live.agentRecords)
        #expect(restored.ledger == live.ledger)
        #expect(restored.activeSweeps == live.activeSweeps)
        // The speed estimates of an ended sweep are of no use to anyone, and are not loaded.
        for id in live.sweepIDs where !live.runtimes[id]!.record.state.isTerminal {
            #expect(restored.runtimes[id] == live.runtimes[id], "sweep \(id)")
        }
    }
}

/// An agent that does what it is told, with accidents.
struct FakeNode {
    let slots: Int
    private var running: [AttemptID: (step: Int, sequence: Int64)] = [:]
    private var seen: Int64 = 0
    private var checkpoints = 0

    init(slots: Int) { self.slots = slots }

    mutating func work(_ fixture: LoopFixture, _ random: inout SeededGenerator) async throws {
        let desired = try await fixture.sync(
            slots: slots, attempts: running.keys.sorted(), seen: seen)
        seen = desired.version
        for assignment in desired.assignments where running[assignment.attempt] == nil {
            running[assignment.attempt] = (assignment.resumeFrom?.step ?? 0, 0)
        }
        let goals = Dictionary(uniqueKeysWithValues: desired.assignments.map { ($0.attempt, $0.goal) })
        for attempt in running.keys.sorted() {
            switch goals[attempt] {
            case .run: try await step(attempt, fixture, &random)
            case .stop, .kill: try await end(attempt, .interrupted, fixture)
            case nil: running[attempt] = nil
            }
        }
    }

    private mutating func step(
        _ attempt: AttemptID, _ fixture: LoopFixture, _ random: inout SeededGenerator
    ) async throws {
        if random.chance(0.05) { return try await end(attempt, random.pick([.failed, .killed, .exited]), fixture) }
        running[attempt]!.step += 1
        running[attempt]!.sequence += 1
        let (step, sequence) = running[attempt]!
        let score = Double.random(in: 0..<1, using: &random)
        if random.chance(0.7) {
            checkpoints += 1
            let info = CheckpointInfo(
                sha256: SHA256.hex(of: "\(checkpoints)".utf8), size: 1, step: step, attempt: attempt,
                objective: MetricValue(score))
            _ = try await fixture.loop.apply(.checkpointStored(info))
        }
        _ = try await fixture.loop.apply(fixture.report(attempt, sequence: sequence, step: step, score))
    }

    private mutating func end(_ attempt: AttemptID, _ outcome: AttemptOutcome, _ fixture: LoopFixture) async throws {
        running[attempt] = nil
        let ended = AttemptEnded(attempt: attempt, outcome: outcome, elapsedSeconds: 2, stopSeconds: 0.5)
        _ = try await fixture.loop.apply(
            .reported(AgentID("node"), ReportBatch(session: "s", reports: [], ended: [ended])))
    }
}
