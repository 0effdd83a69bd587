import Foundation
import GRDB
import HyperSchedProtocol
import Logging
import Scheduler

@testable import DaemonCore
@testable import TrialStore

/// A control loop on a database of its own and a manual clock.
final class LoopFixture: Sendable {
    let directory: String
    let clock = ManualClock()
    let store: TrialStoreDatabase
    let checkpoints: CheckpointStore
    let loop: ControlLoop

    init() async throws {
        directory = NSTemporaryDirectory() + "hypersched-loop-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        store = try TrialStoreDatabase(path: directory + "/test.sqlite")
        checkpoints = try CheckpointStore(directory: directory + "/checkpoints", maximumSize: 1 << 20)
        loop = try await Self.loop(store, checkpoints, clock)
        await loop.start()
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Another loop on the same database, as after a restart.
    func restarted() async throws -> ControlLoop { try await Self.loop(store, checkpoints, clock) }

    private static func loop(
        _ store: TrialStoreDatabase, _ checkpoints: CheckpointStore, _ clock: ManualClock
    ) async throws -> ControlLoop {
        try await ControlLoop(
            store: store, checkpoints: checkpoints, clock: clock, settings: ClusterSettings(leaseSeconds: 30),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func spec(
        policy: PolicySpec = .fifo, seconds: Double = 1000, max: Int = 4, trials: Int = 100
    ) -> SweepSpec {
        SweepSpec(
            name: "fixture", program: .command(["x"]), method: .random, metric: Metric(name: "acc", goal: .maximize),
            parameters: [Parameter(name: "lr", domain: .quantizedUniform(min: 0, max: 9, q: 1))],
            deadline: clock.now().advanced(bySeconds: seconds), policy: policy,
            steps: StepRange(unit: "epoch", min: 1, max: max), limits: SweepLimits(trials: trials), seed: 7)
    }

    func sync(
        _ name: String = "node", slots: Int = 2, session: String = "s", attempts: [AttemptID] = [], seen: Int64 = 0,
        wait: Double = 0
    ) async throws -> DesiredState {
        try await loop.sync(
            AgentID(name),
            AgentSync(
                session: session, slots: (0..<slots).map { Slot(index: $0, kind: .cpu) }, labels: [:],
                attempts: attempts, seenVersion: seen, waitSeconds: wait, version: "1"))
    }

    func report(_ attempt: AttemptID, sequence: Int64, step: Int, _ score: Double) -> ClusterEvent {
        let report = TrialReport(
            attempt: attempt, sequence: sequence, step: step, metrics: ["acc": MetricValue(score)],
            elapsedSeconds: Double(step))
        return .reported(AgentID("node"), ReportBatch(session: "s", reports: [report], ended: []))
    }

    /// Lets the database grow no further; nil: as it likes.
    func limitDisk(_ isFull: Bool) throws {
        try store.pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA max_page_count = \(isFull ? 1 : 1_000_000)")
        }
    }

    /// Leaves no free page in the database, so that the next row needs a new one.
    func fillDisk() throws {
        try limitDisk(true)
        try? store.pool.write { db in
            for _ in 0..<10_000 {
                try db.execute(
                    sql: "INSERT INTO decision (at, sweepId, kind, rule, reason) VALUES (0, 1, 'start', 'x', '{}')")
            }
        }
    }
}
