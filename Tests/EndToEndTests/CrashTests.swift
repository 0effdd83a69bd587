import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Testing

/// The promises of docs/TESTING.md, on real processes: what an acknowledged report, a slot and a deadline are worth
/// when the daemon and the agent are killed in the middle.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CrashTests {
    @Test func aSweepSurvivesKillsOfAgentAndDaemonAndEndsInTime() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        try cluster.startAgent()
        let id = try cluster.submit(SweepFiles.steady(seconds: 45))
        let deadline = try cluster.sweep(id).spec.deadline

        try await waitForProgress(cluster, id, steps: 5)
        cluster.killAgent()
        try cluster.startAgent()
        try await waitForProgress(cluster, id, steps: 12)
        cluster.killDaemon()
        try cluster.startDaemon()
        try await waitForProgress(cluster, id, steps: 20)
        // Both at once.
        cluster.killDaemon()
        cluster.killAgent()
        try cluster.startDaemon()
        try cluster.startAgent()

        let watch = try cluster.run(["sweep", "watch", "\(id)", "--plain"])
        #expect(watch.status == 0, "\(watch.errors)")
        let summary = try cluster.sweep(id)
        #expect(summary.state == .deadlineReached || summary.state == .finished)
        try await cluster.wait(for: "all slots free") { try cluster.sweep(id).slotsHeld == 0 }
        #expect(try #require(cluster.sweep(id).endedAt) <= deadline.advanced(bySeconds: 5))
        try await checkCurves(cluster, id)
        try await checkSlots(cluster, id)
        cluster.shutDown()
        #expect(try cluster.leftProcesses() == [])
    }

    @Test func aDaemonRestartInterruptsNoTrial() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        try cluster.startAgent(slots: 1)
        let id = try cluster.submit(SweepFiles.steady(seconds: 60, steps: 30, policy: "fifo", more: "run_cap: 1"))
        try await waitForProgress(cluster, id, steps: 4)
        for _ in 0..<2 {
            cluster.killDaemon()
            try cluster.startDaemon()
        }
        _ = try cluster.run(["sweep", "watch", "\(id)", "--plain"])
        let trial = try #require(try cluster.sweep(id).best?.trial)
        let detail = try cluster.json(TrialDetail.self, ["trial", "show", "\(trial)"])
        #expect(detail.attempts.count == 1, "the one attempt ran through")
        #expect(detail.ranked.state == .completed)
        try await checkCurves(cluster, id)
        cluster.shutDown()
    }

    @Test func aKilledAgentLeavesNoProcessBehind() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        try cluster.startAgent()
        let id = try cluster.submit(SweepFiles.steady(seconds: 60))
        try await waitForProgress(cluster, id, steps: 3)
        cluster.killAgent()
        // Nobody restarts it: the keepers alone end the trials.
        try await cluster.wait(for: "the trials to end") {
            try cluster.leftProcesses().filter { $0.contains("steady-trial") || $0.contains("keeper") }.isEmpty
        }
        _ = try cluster.run(["sweep", "cancel", "\(id)"])
    }

    // MARK: Checks

    private func waitForProgress(_ cluster: LiveCluster, _ id: SweepID, steps: Int) async throws {
        try await cluster.wait(for: "\(steps) steps in sweep \(id)") {
            let page = try? await cluster.client.ranking(of: id)
            return (page?.items.map(\.lastStep).reduce(0, +) ?? 0) >= steps
        }
    }

    /// Every report is there, once: within each attempt the sequence is 1, 2, 3, … without gap, and the steps go on
    /// from the checkpoint that the attempt resumed.
    private func checkCurves(_ cluster: LiveCluster, _ id: SweepID) async throws {
        let ranking = try await cluster.client.ranking(of: id, PageRequest(limit: 500))
        #expect(ranking.nextCursor == nil)
        var points = 0
        for trial in ranking.items {
            let curve = try await cluster.client.curve(of: trial.trial, PageRequest(limit: 1000)).items
            for (attempt, reports) in Dictionary(grouping: curve, by: \.attempt) {
                let sequences = reports.map(\.sequence).sorted()
                #expect(sequences == Array(1...Int64(reports.count)), "trial \(trial.trial) attempt \(attempt)")
                let steps = reports.sorted { $0.sequence < $1.sequence }.map(\.step)
                #expect(zip(steps, steps.dropFirst()).allSatisfy { $1 == $0 + 1 }, "\(steps)")
            }
            points += curve.count
        }
        #expect(points > 20)
    }

    /// No slot was held by two attempts at once.
    private func checkSlots(_ cluster: LiveCluster, _ id: SweepID) async throws {
        let attempts = try await cluster.client.attempts(of: id, PageRequest(limit: 1000)).items
        #expect(attempts.count > 3)
        for slot in 0..<2 {
            let holds = attempts.filter { $0.slots.contains(slot) }.sorted { $0.startedAt < $1.startedAt }
            for (first, second) in zip(holds, holds.dropFirst()) {
                #expect(
                    try #require(first.endedAt) <= second.startedAt, "slot \(slot): \(first.attempt), \(second.attempt)"
                )
            }
        }
    }
}
