import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Trials over several agents, under random events and in scenes.
@Suite struct GangTests {
    @Test(arguments: 3000..<UInt64(3200))
    func invariantsHoldWithGangs(seed: UInt64) {
        var cluster = FaultyCluster(seed: seed)
        cluster.gangs = 0.6
        for _ in 0..<3 { cluster.join() }
        cluster.submit()
        for _ in 0..<80 where !cluster.broken { cluster.randomEvent() }
        if !cluster.broken { cluster.settle() }
        cluster.checkLineage()
    }

    /// The random events do get to what matters.
    @Test func randomEventsReachGangs() {
        var (starts, halts) = (0, 0)
        var outcomes: Set<AttemptOutcome> = []
        for seed in 0..<12 as Range<UInt64> {
            var cluster = FaultyCluster(seed: seed)
            cluster.gangs = 0.6
            for _ in 0..<3 { cluster.join() }
            cluster.submit()
            for _ in 0..<120 where !cluster.broken { cluster.randomEvent() }
            let gangs = Set(cluster.state.sweeps.filter { $0.spec.slots.isGang }.map(\.id))
            for decision in cluster.log where gangs.contains(decision.sweep) {
                if decision.kind == .start { starts += 1 }
                if decision.reason.rule == "gang" { halts += 1 }
            }
            for attempt in cluster.store.attempts where attempt.slots.count > 1 {
                if let outcome = attempt.outcome, attempt.message?.hasPrefix("rank") == true {
                    outcomes.insert(outcome)
                }
            }
        }
        #expect(starts > 10 && halts > 5, "\(starts) starts, \(halts) halts")
        #expect(outcomes.isSuperset(of: [.failed, .lost]), "\(outcomes)")
    }

    // MARK: Room

    /// Free slots per agent, members, slots of each, gangs that fit: counted by trying all ways for these.
    @Test(arguments: [
        ([], 2, 1, 0), ([4], 2, 1, 0), ([1, 1], 2, 1, 1), ([2, 2], 2, 1, 2), ([3, 1, 1, 1], 2, 1, 3),
        ([4, 1], 2, 1, 1), ([2, 2, 2], 2, 1, 3), ([2, 2, 2], 3, 1, 2), ([4, 4, 4], 2, 2, 3), ([3, 3], 2, 2, 1),
        ([5, 4, 3, 2, 1], 3, 1, 5), ([1, 1, 1], 4, 1, 0),
    ])
    func roomForGangs(free: [Int], size: Int, each: Int, gangs: Int) {
        var pool = SlotPool(SlotPool.Key(kind: .cpu, labels: [:], isForGangs: true))
        for (place, slots) in free.enumerated() {
            var agent = Self.agent("n\(place)", slots: slots)
            agent.runsGangs = true
            pool.update(agent, SlotLedger())
        }
        let request = SlotRequest(min: size * each, agents: size)
        #expect(pool.room(for: request, .free([:])) == gangs * request.min)
        #expect(pool.room(for: request, .all) == gangs * request.min)
        // Placing them one after the other, as the scheduler does, gets to the same number.
        var (left, placed) = (free, 0)
        while let agents = Self.roomiest(left, request) {
            for agent in agents { left[agent] -= each }
            placed += 1
        }
        #expect(placed == gangs)
        #expect(placed == Self.mostGangs(free, size, each))
    }

    private static func roomiest(_ free: [Int], _ request: SlotRequest) -> [Int]? {
        SlotPool.roomiest(free.enumerated().map { (AgentID("\($0.offset)"), $0.element) }, request)?
            .map { Int($0.rawValue)! }
    }

    /// By trying every choice of agents for the next gang.
    private static func mostGangs(_ free: [Int], _ size: Int, _ each: Int) -> Int {
        let units = free.map { $0 / each }.sorted(by: >)
        var best: [[Int]: Int] = [:]
        func most(_ units: [Int]) -> Int {
            if let known = best[units] { return known }
            var found = 0
            for mask in 0..<(1 << units.count) where mask.nonzeroBitCount == size {
                guard units.indices.allSatisfy({ mask & (1 << $0) == 0 || units[$0] > 0 }) else { continue }
                var left = units
                for place in units.indices where mask & (1 << place) != 0 { left[place] -= 1 }
                found = max(found, 1 + most(left.sorted(by: >)))
            }
            best[units] = found
            return found
        }
        return most(units)
    }

    private static func agent(_ name: String, slots: Int) -> AgentRecord {
        AgentRecord(
            id: AgentID(name), session: "s", slots: (0..<slots).map { Slot(index: $0, kind: .cpu) }, labels: [:],
            version: "1", lastSync: Timestamp(milliseconds: 0))
    }

    // MARK: How an attempt ends

    private static let attempt = AttemptID(trial: TrialID(1), number: 1)

    private static func end(
        _ rank: Int, _ outcome: AttemptOutcome, signal: Int? = nil, told: Bool = false, stop: Double? = nil
    ) -> GangLease.End {
        GangLease.End(
            rank: rank,
            ended: AttemptEnded(
                attempt: attempt, outcome: outcome, exitCode: outcome == .failed && signal == nil ? 1 : nil,
                signal: signal, message: "m\(rank)", elapsedSeconds: Double(10 + rank), stopSeconds: stop),
            wasTold: told)
    }

    private static func outcome(_ ends: [GangLease.End]) -> AttemptEnded {
        var gang = GangLease(
            members: ends.indices.map { .init(agent: AgentID("n\($0)"), slots: [0], assignedVersion: 1) },
            masterAddress: "10.0.0.1", masterPort: 29500)
        gang.ends = ends
        return gang.outcome(of: attempt)
    }

    @Test func theEndOfAGangIsThatOfTheMemberThatEndedIt() {
        // All went well.
        var ended = Self.outcome([Self.end(1, .exited), Self.end(0, .exited)])
        #expect(ended.outcome == .exited && ended.message == "m0" && ended.elapsedSeconds == 11)
        // The leader was through first; the other was told to stop.
        ended = Self.outcome([Self.end(0, .exited), Self.end(1, .interrupted, told: true, stop: 2)])
        #expect(ended.outcome == .exited && ended.stopSeconds == 2)
        // A member failed, the others stopped.
        ended = Self.outcome([Self.end(1, .failed), Self.end(0, .interrupted, told: true)])
        #expect(ended.outcome == .failed && ended.exitCode == 1 && ended.message == "rank 1 on n1: m1")
        // Rank 0 was killed by the kernel, and rank 1, which lost touch, was heard of first.
        ended = Self.outcome([Self.end(1, .failed), Self.end(0, .failed, signal: 9, told: true)])
        #expect(ended.outcome == .failed && ended.signal == 9 && ended.message == "rank 0 on n0: m0")
        // The agent of rank 0 died, and the others failed for it.
        ended = Self.outcome([Self.end(2, .failed), Self.end(1, .failed, told: true), Self.end(0, .lost, told: true)])
        #expect(ended.outcome == .lost && ended.message == "rank 0 on n0: m0")
        // The trial was told to pause; one member could not live without the other.
        ended = Self.outcome([Self.end(0, .failed, told: true), Self.end(1, .interrupted, told: true)])
        #expect(ended.outcome == .interrupted && ended.message == "m0")
    }

    /// Whatever the order of two ends, the cause is the same where it can be known.
    @Test func theOrderOfArrivalDoesNotMatterForALostAgent() {
        for first in [0, 1] {
            let lost = Self.end(first, .lost, told: first == 1)
            let failed = Self.end(1 - first, .failed, told: first == 0)
            for ends in [[lost, failed], [failed, lost]] { #expect(Self.outcome(ends).outcome == .lost) }
        }
    }
}
