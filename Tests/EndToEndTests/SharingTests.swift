import Foundation
import HyperSchedClient
import HyperSchedProtocol
import Testing

/// Several sweeps, limited lifetimes and moved deadlines, on real processes.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SharingTests {
    private static func sweep(weight: Double) -> String {
        SweepFiles.steady(seconds: 100, steps: 6, policy: "fifo").replacing(
            "  steps:", with: "  weight: \(weight)\n  budget: {slot_hours: 10}\n  steps:")
    }

    @Test func twoSweepsShareSlotsByWeight() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon(settings: "preemptAfterSeconds: 1\n")
        try cluster.startAgent(slots: 4)
        let heavy = try cluster.submit(Self.sweep(weight: 3))
        try await cluster.wait(for: "the first sweep has all slots") { try cluster.sweep(heavy).slotsHeld == 4 }
        #expect(try cluster.sweep(heavy).share == nil, "it is alone")
        let light = try cluster.submit(Self.sweep(weight: 1))
        try await cluster.wait(for: "three slots and one") {
            try cluster.sweep(heavy).slotsHeld == 3 && cluster.sweep(light).slotsHeld == 1
        }
        let since = try cluster.sweep(light).createdAt
        try await cluster.wait(for: "five trials of the light sweep") {
            try cluster.sweep(light).trials["completed", default: 0] >= 5
        }
        let summary = try cluster.sweep(heavy)
        let share = try #require(summary.share)
        #expect(share.sweeps == 2 && share.fair == 3 && share.wanted == 4)
        #expect(try cluster.sweep(light).share?.fair == 1)
        try await checkHolds(cluster, heavy, light, since: since)
        let list = try cluster.run(["sweep", "ls"]).output
        #expect(list.contains("share") && list.contains("weight") && list.contains("budget"), "\(list)")
        let show = try cluster.run(["sweep", "show", "\(heavy)"]).output
        #expect(show.contains("3 of 4 slots among 2 sweeps (weight 3)"), "\(show)")
        #expect(show.contains("of 10 slot-hours used"), "\(show)")
        #expect(try cluster.run(["sweep", "rank", "\(light)"]).output.contains("1 of 4 slots among 2 sweeps"))
        let adjusted = try cluster.run(["sweep", "adjust", "\(light)", "--weight", "3"])
        #expect(
            adjusted.status == 0 && adjusted.output.contains("share  2 of 4 slots among 2 sweeps (weight 3)"),
            "\(adjusted)")
        try await cluster.wait(for: "two slots each") {
            try cluster.sweep(heavy).slotsHeld == 2 && cluster.sweep(light).slotsHeld == 2
        }
        for id in [heavy, light] { try cluster.run(["sweep", "cancel", "\(id)"]) }
        cluster.shutDown()
    }

    /// Once the light sweep holds its slot, it never holds two, and the heavy one never all four.
    private func checkHolds(_ cluster: LiveCluster, _ heavy: SweepID, _ light: SweepID, since: Timestamp) async throws {
        func attempts(_ id: SweepID) async throws -> [AttemptRecord] {
            try await cluster.client.attempts(of: id, PageRequest(limit: 1000)).items
        }
        let (many, few) = (try await attempts(heavy), try await attempts(light))
        let begin = try #require(few.map(\.startedAt).min())
        func held(_ attempts: [AttemptRecord], at instant: Timestamp) -> Int {
            attempts.reduce(0) { sum, attempt in
                let isHeld = attempt.startedAt <= instant && attempt.endedAt.map { instant < $0 } ?? true
                return sum + (isHeld ? attempt.slots.count : 0)
            }
        }
        let instants = (many + few).map(\.startedAt).filter { $0 >= begin }
        #expect(instants.count >= 10)
        for instant in instants {
            #expect(held(few, at: instant) == 1, "\(instant)")
            #expect((2...3).contains(held(many, at: instant)), "\(instant)")
        }
    }

    @Test func secondsOfTrainingMakeATrialComplete() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        try cluster.startAgent(slots: 1)
        let file = SweepFiles.steady(seconds: 100, policy: "fifo", more: "run_cap: 2")
            .replacing("{min: 1, max: 500}", with: "{unit: seconds, min: 1, max: 3}")
        let id = try cluster.submit(file)
        #expect(try cluster.sweep(id).spec.steps == StepRange(unit: "second", min: 1, max: 3, countsSeconds: true))
        let watch = try cluster.run(["sweep", "watch", "\(id)", "--plain"])
        #expect(watch.status == 0, "\(watch.errors)")
        for trial in try await cluster.client.ranking(of: id).items {
            let detail = try cluster.json(TrialDetail.self, ["trial", "show", "\(trial.trial)"])
            #expect(detail.ranked.state == .completed && detail.trainedSeconds >= 3, "\(detail)")
            #expect(detail.stateReason?.hasPrefix("trained for") == true, "\(detail)")
            #expect(detail.ranked.lastStep > 2, "steps are those of the program")
        }
        #expect(try cluster.sweep(id).state == .finished)
        cluster.shutDown()
    }

    @Test func anExtendedSweepGoesOnFromItsCheckpoints() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        try cluster.startAgent(slots: 2)
        let id = try cluster.submit(SweepFiles.steady(seconds: 12, steps: 400, policy: "fifo", more: "run_cap: 2"))
        try await cluster.wait(for: "the deadline") { try cluster.sweep(id).state == .deadlineReached }
        try await cluster.wait(for: "free slots") { try cluster.sweep(id).slotsHeld == 0 }
        #expect(try cluster.run(["sweep", "show", "\(id)"]).output.contains("reason     stopped at the deadline"))
        let before = try await cluster.client.ranking(of: id).items
        #expect(before.count == 2 && before.allSatisfy { $0.state == .paused && $0.lastStep > 3 })
        let extended = try cluster.run(["sweep", "extend", "\(id)", "--by", "60s"])
        #expect(extended.status == 0, "\(extended.errors)")
        try await cluster.wait(for: "both go on") {
            let now = try await cluster.client.ranking(of: id).items
            return now.allSatisfy { trial in
                trial.attempt == 2 && trial.lastStep > before.first { $0.trial == trial.trial }!.lastStep + 2
            }
        }
        for trial in before {
            let curve = try await cluster.client.curve(of: trial.trial, PageRequest(limit: 1000)).items
            let saved = try #require(curve.last { $0.attempt == 1 }).step
            let resumed = curve.filter { $0.attempt == 2 }.map(\.step)
            #expect(resumed.first == saved + 1, "from its last checkpoint, not from the beginning")
            #expect(zip(resumed, resumed.dropFirst()).allSatisfy { $1 == $0 + 1 })
        }
        try cluster.run(["sweep", "cancel", "\(id)"])
        cluster.shutDown()
    }

    @Test func anAgentWithALifetimeLeavesInTimeAndItsTrialGoesOnElsewhere() async throws {
        let cluster = try LiveCluster()
        try cluster.startDaemon()
        try cluster.startAgent("short", slots: 1, options: ["--lifetime", "20s"])
        let id = try cluster.submit(SweepFiles.steady(seconds: 100, steps: 400, policy: "fifo", more: "run_cap: 1"))
        try await cluster.wait(for: "a start") { try cluster.sweep(id).slotsHeld == 1 }
        let agents = try cluster.json(Page<AgentSummary>.self, ["agent", "ls"]).items
        #expect((0...18).contains(try #require(agents.first?.endsInSeconds)))
        #expect(try cluster.sweep(id).warnings.contains { $0.contains("end before its deadline") })
        try cluster.startAgent("long", slots: 1)
        #expect(try await cluster.awaitAgent("short") == 0)
        try await cluster.wait(for: "the other agent") {
            try await cluster.client.attempts(of: id).items.contains { $0.agent == AgentID("long") }
        }
        let attempts = try await cluster.client.attempts(of: id).items
        #expect(attempts.map(\.agent) == [AgentID("short"), AgentID("long")])
        #expect(attempts[0].outcome == .interrupted, "\(attempts[0])")
        try await cluster.wait(for: "more steps") { try await cluster.client.ranking(of: id).items[0].attempt == 2 }
        let decisions = try await cluster.client.decisions(of: id, PageRequest(limit: 1000)).items
        #expect(decisions.contains { $0.reason.text.contains("moved away with a checkpoint: agent short ends in") })
        try await cluster.wait(for: "a step there") {
            try await cluster.client.curve(of: TrialID(1), PageRequest(limit: 1000)).items.contains { $0.attempt == 2 }
        }
        let curve = try await cluster.client.curve(of: TrialID(1), PageRequest(limit: 1000)).items
        let saved = try #require(curve.last { $0.attempt == 1 }).step
        #expect(try #require(curve.first { $0.attempt == 2 }).step == saved + 1)
        try cluster.run(["sweep", "cancel", "\(id)"])
        cluster.shutDown()
        #expect(try cluster.leftProcesses() == [])
    }
}
