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
        zip(policy.book.ladder.rungs, moment.judged).filter(\.1).map(\.0.milestone)
    }

    @Test("Judged first at the milestone nearest to α R √B: 0.02 · 1024 · √(10,000 / 1024) = 64")
    func theFirstRungGrowsWithTheBudget() throws {
        var probe = Probe(DeadlineOptions(), max: 1024, trials: 2)
        let view = probe.view([probe.running(1, nil), probe.running(2, nil)], capacity: 1, free: 0)
        _ = probe.report(1, 1, 0.1, in: view)
        let policy = try policy(probe)
        #expect(milestones(policy.moment(view), policy) == [64, 128, 256, 512])
    }

    /// Twelve trials that are in the same order at all milestones from 2 to 64, and in the opposite one at 1 if so
    /// asked.
    private func ranked(turned: Bool, adapts: Bool = true) throws -> [Int] {
        var probe = Probe(DeadlineOptions(adapts: adapts), max: 1024, trials: 12)
        let all = (1...12).map { probe.running(Int64($0), nil) }
        let view = probe.view(all, capacity: 1, free: 0)
        for step in [1, 2, 4, 8, 16, 32, 64] {
            for id in 1...12 {
                let place = turned && step == 1 ? 13 - id : id
                _ = probe.report(Int64(id), step, Double(step) * (1 + 0.01 * Double(place)), in: view)
            }
        }
        let policy = try policy(probe)
        return milestones(policy.moment(view), policy)
    }

    @Test func earlierRanksCountWhereTheyAgreeWithLaterOnes() throws {
        #expect(try ranked(turned: false).first == 1)
        #expect(try ranked(turned: true).first == 2, "at step 1 the order is the opposite one")
        #expect(try ranked(turned: false, adapts: false).first == 64)
    }

    @Test func agreementIsKendallsTauDrawnTowardsAHalf() {
        func rungs(_ scores: [[Double]]) -> [Rung] {
            scores.enumerated().map { index, scores in
                var rung = Rung(milestone: 1 << index)
                for (place, score) in scores.enumerated() { rung.record(score, of: TrialID(Int64(place + 1))) }
                return rung
            }
        }
        // 1-2 and 3-4 are exchanged: 4 of 6 pairs agree, τ = (4 − 2)/6; with the weight of 4 pairs at a half: 0.4.
        let some = rungs([[0.2, 0.1, 0.4, 0.3], [1, 2, 3, 4]])
        #expect(abs(RankAgreement.of(some, later: 1, known: RankAgreement()).value(at: 0) - 0.4) < 1e-12)
        let none = rungs([[0.2, 0.1], []])
        #expect(RankAgreement.of(none, later: 1, known: RankAgreement()).value(at: 0) == 0.5)
        // What was computed for fewer trials, or for another milestone, is not taken for this one.
        let known = RankAgreement.of(none, later: 1, known: RankAgreement())
        #expect(abs(RankAgreement.of(some, later: 1, known: known).value(at: 0) - 0.4) < 1e-12)
    }

    @Test("A start of 10 s: nobody is judged before 16 steps of 1 s")
    func nobodyIsJudgedBeforeAStartHasPaid() throws {
        var probe = Probe(DeadlineOptions(), max: 100, seconds: 100, trials: 1)
        let view = probe.view([probe.running(1, nil)], capacity: 1, free: 0)
        _ = probe.report(1, 1, 0.1, in: view)
        let before = try policy(probe)
        #expect(milestones(before.moment(view), before).first == 2)
        for _ in 1...50 {
            probe.policy.observe(
                ReportTiming(trial: TrialID(1), iterationSeconds: 1, iterationSteps: 1, setupSeconds: 10, slots: 1))
        }
        let after = try policy(probe)
        #expect(milestones(after.moment(view), after).first == 16)
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
        let new = DeadlineOptions(reductionFactor: 3, firstRung: 0.1, finalShare: 0.2, sureRanking: 0.9, hedges: false)
        #expect(try JSONDecoder().decode(DeadlineOptions.self, from: JSONEncoder().encode(new)) == new)
    }
}
