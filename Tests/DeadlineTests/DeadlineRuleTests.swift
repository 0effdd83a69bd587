import Foundation
import HyperSchedProtocol
import Testing

@testable import Scheduler

/// The deadline policy's own rules (docs/SCHEDULING.md, "deadline"), one by one.
@Suite struct DeadlineRuleTests {
    typealias Probe = DeadlineColumnTests.Probe

    private func policy(_ probe: Probe) throws -> DeadlinePolicy {
        guard case .deadline(let policy) = probe.policy else { throw NotTheDeadlinePolicy() }
        return policy
    }

    private struct NotTheDeadlinePolicy: Error {}

    private func milestones(_ moment: DeadlineMoment, _ policy: DeadlinePolicy) -> [Int] {
        policy.book.ladder.rungs.dropFirst(moment.firstJudged).map(\.milestone)
    }

    @Test("Judged first at the milestone nearest to α R √B: 0.01 · 1024 · √(10,000 / 1024) = 32")
    func theFirstRungGrowsWithTheBudget() throws {
        var probe = Probe(DeadlineOptions(), max: 1024, trials: 2)
        let view = probe.view([probe.running(1, nil), probe.running(2, nil)], capacity: 1, free: 0)
        _ = probe.report(1, 1, 0.1, in: view)
        let policy = try policy(probe)
        #expect(milestones(policy.moment(view), policy) == [32, 64, 128, 256, 512])
    }

    /// Reports of one trial every `seconds`, beside 20 trials that need 1 s for a step.
    private func milestonesReached(by step: Int, seconds: Double) throws -> [Int] {
        var probe = Probe(DeadlineOptions(), max: 1024, trials: 21)
        let view = probe.view((1...21).map { probe.running(Int64($0), nil) }, capacity: 21, free: 0)
        for id in 1...20 { _ = probe.report(Int64(id), 1, 0.1, in: view) }
        for step in 1...step { _ = probe.report(21, step, 0.1, seconds: seconds, in: view) }
        return try policy(probe).book.state(of: TrialID(21)).rungs.map(\.milestone)
    }

    /// A trial with steps c times as long as the others' is as far at step n as they are at n √c.
    @Test func dearStepsAreJudgedSoonerAndCheapOnesLater() throws {
        #expect(try milestonesReached(by: 4, seconds: 1) == [1, 2, 4])
        #expect(try milestonesReached(by: 4, seconds: 16) == [1, 2, 4, 8, 16])
        #expect(try milestonesReached(by: 4, seconds: 1.0 / 16) == [1])
    }

    @Test func whoStillRisesRanksAboveWhoHasFlattened() throws {
        var probe = Probe(DeadlineOptions(), max: 1024, trials: 2)
        let view = probe.view([probe.running(1, nil), probe.running(2, nil)], capacity: 2)
        for (step, flat, rising) in [(1, 0.49, 0.2), (2, 0.5, 0.4)] {
            _ = probe.report(1, step, flat, in: view)
            _ = probe.report(2, step, rising, in: view)
        }
        // 0.5 + 0.01/2 against 0.4 + 0.2/2: at the same height the slope decides, but not a small one.
        let rung = try policy(probe).book.ladder.rungs[1]
        #expect(abs(rung.score(of: TrialID(1))! - 0.505) < 1e-12 && abs(rung.score(of: TrialID(2))! - 0.5) < 1e-12)
    }

    @Test func pausedTrialsAreKnownInOrder() throws {
        var probe = Probe(DeadlineOptions(), trials: 3)
        let view = probe.view((1...3).map { probe.running(Int64($0), nil) }, capacity: 3)
        for (id, score) in [(1, 0.2), (2, 0.3), (3, 0.1)] { _ = probe.report(Int64(id), 1, score, in: view) }
        for id in 1...3 { probe.policy.onEnded(TrialID(Int64(id)), state: .paused) }
        #expect(try policy(probe).resting.map(\.trial) == [3, 1, 2].map { TrialID($0) })
        probe.policy.onStarted(TrialID(1), slots: 1)
        #expect(try policy(probe).resting.map(\.trial) == [3, 2].map { TrialID($0) })
        probe.policy.onEnded(TrialID(2), state: .failed)
        #expect(try policy(probe).resting.map(\.trial) == [TrialID(3)])
    }

    @Test("A start of 30 s: nobody is judged before 8 steps of 1 s")
    func nobodyIsJudgedBeforeAStartHasPaid() throws {
        var probe = Probe(DeadlineOptions(), max: 100, seconds: 100, trials: 1)
        let view = probe.view([probe.running(1, nil)], capacity: 1, free: 0)
        _ = probe.report(1, 1, 0.1, in: view)
        let before = try policy(probe)
        #expect(milestones(before.moment(view), before).first == 1)
        for _ in 1...50 {
            probe.policy.observe(
                ReportTiming(trial: TrialID(1), iterationSeconds: 1, iterationSteps: 1, setupSeconds: 30, slots: 1))
        }
        let after = try policy(probe)
        #expect(milestones(after.moment(view), after).first == 8)
    }

    @Test func finalistsHalveUntilTheLeaderIsAlone() throws {
        var probe = Probe(DeadlineOptions(), max: 1000, seconds: 1000, trials: 20)
        let all = (1...20).map { probe.running(Int64($0), nil) }
        for step in 1...4 {
            for id in 1...20 {
                let view = probe.view(all, capacity: 20)
                _ = probe.report(Int64(id), step, Double(id * step), in: view)
            }
        }
        let policy = try policy(probe)
        let wanted = stride(from: 0.0, to: 1000, by: 10).map { seconds in
            let view = probe.view(all, at: seconds, capacity: 20)
            return policy.contest(policy.moment(view), view).wanted
        }
        #expect(wanted.first! > 1 && wanted.last == 1)
        #expect(zip(wanted, wanted.dropFirst()).allSatisfy { $0 == $1 || $0 == 2 * $1 || $0 == 20 })
        let alone = DeadlinePolicy(spec: probe.spec, options: DeadlineOptions(hedges: false))
        let view = probe.view(all, at: 0, capacity: 20)
        #expect(alone.contest(alone.moment(view), view).wanted == 1)
    }

    @Test func aTrialThatWaitsMustMakeUpForItsRestart() throws {
        var probe = Probe(DeadlineOptions(), max: 1000, seconds: 1000, trials: 2)
        let both = probe.view([probe.running(1, nil), probe.running(2, nil)], capacity: 2)
        for step in 1...4 {
            for id in 1...2 { _ = probe.report(Int64(id), step, Double(step), in: both) }
        }
        for _ in 1...20 {
            probe.policy.observe(
                ReportTiming(trial: TrialID(1), iterationSeconds: 1, iterationSteps: 1, setupSeconds: 50, slots: 1))
        }
        let policy = try policy(probe)
        func order(_ running: Int64, _ paused: Int64) -> [TrialID] {
            let view = probe.view([probe.running(running, 4)], at: 600, capacity: 2, paused: [TrialID(paused)])
            return policy.contest(policy.moment(view), view).order
        }
        #expect(order(1, 2) == [TrialID(1), TrialID(2)])
        #expect(order(2, 1) == [TrialID(2), TrialID(1)], "their curves are the same")
    }

    /// η of the first version had another meaning, so its default would be wrong now.
    @Test func optionsOfTheFirstVersionAreReadAsDefaults() throws {
        let old =
            #"{"reductionFactor":2,"admissionFactor":2,"paybackRestarts":2,"adapts":true,"fairRanking":0.7,"#
            + #""sureRanking":0.85,"retests":true,"consolidates":false,"hedges":true,"extrapolates":true}"#
        let options = try JSONDecoder().decode(DeadlineOptions.self, from: Data(old.utf8))
        #expect(options == DeadlineOptions(consolidates: false))
        let new = DeadlineOptions(reductionFactor: 4, firstRung: 0.1, finalShare: 0.2, hedges: false)
        #expect(try JSONDecoder().decode(DeadlineOptions.self, from: JSONEncoder().encode(new)) == new)
    }
}
