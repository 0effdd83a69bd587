import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Column R of HyperSched's oracles for the deadline policy, asked through the calls that the cluster makes.
@Suite struct DeadlineColumnTests {
    private static let start = Timestamp(milliseconds: 1_700_000_000_000)

    /// Trials that are told by hand; each runs on one slot until it is said otherwise.
    struct Probe {
        let spec: SweepSpec
        var policy: AnyPolicy
        private var records: [TrialID: TrialRecord] = [:]

        init(_ options: DeadlineOptions, max: Int = 100_000, seconds: Double = 10_000, trials: Int64 = 3) {
            spec = DeadlineOracleTests.spec(seconds: seconds, max: max, options: options)
            policy = AnyPolicy(spec)
            for id in 1...trials {
                let trial = TrialRecord(
                    id: TrialID(id), sweep: SweepID(1), index: Int(id) - 1, configuration: Configuration([]), seed: 0,
                    createdAt: DeadlineColumnTests.start)
                records[trial.id] = trial
                policy.onCreated(trial)
                policy.onStarted(trial.id, slots: 1)
            }
        }

        func view(
            _ running: [RunningTrial], at elapsed: Double = 10, capacity: Int, free: Int? = nil,
            paused: [TrialID] = [], canCreate: Bool = false
        ) -> SweepView {
            let free = free ?? capacity - running.reduce(0) { $0 + $1.slots }
            return SweepView(
                now: DeadlineColumnTests.start.advanced(bySeconds: elapsed), startedAt: DeadlineColumnTests.start,
                deadline: spec.deadline, steps: spec.steps, minSlots: 1, maxSlots: capacity, capacity: capacity,
                largestFree: free, totalFree: free, freeBeside: free, running: RunningTrials(running), waiting: [],
                paused: SortedList(paused), canCreate: canCreate, seed: spec.seed)
        }

        func running(_ id: Int64, _ score: Double?, slots: Int = 1) -> RunningTrial {
            RunningTrial(trial: TrialID(id), slots: slots, lastScore: score, hasCheckpoint: true)
        }

        mutating func report(
            _ id: Int64, _ step: Int, _ score: Double, slots: Int = 1, seconds: Double = 1, in view: SweepView
        ) -> Verdict {
            let trial = TrialID(id)
            policy.observe(
                ReportTiming(
                    trial: trial, iterationSeconds: seconds, iterationSteps: 1, setupSeconds: 0.1, slots: slots))
            let verdict = policy.onReport(
                PolicyReport(
                    trial: trial, step: step, score: score, iterationSeconds: seconds, iterationSteps: 1,
                    trainedSeconds: Double(step), setupSeconds: 0.1, slots: slots), of: records[trial]!, in: view)
            records[trial]!.lastStep = step
            records[trial]!.lastScore = score
            return verdict
        }

        mutating func resize(_ id: Int64, in view: SweepView) -> Int? {
            guard case .resize(let target, _) = policy.resize(records[TrialID(id)]!, in: view) else { return nil }
            return target
        }
    }

    private func isPause(_ verdict: Verdict) -> Bool { if case .pause = verdict { true } else { false } }

    /// The policy asks for ranks, not for a percentile, so no rounding can lose a trial; of equal scores the older one
    /// ranks higher.
    @Test("O4 (R): trials with the very same score both go on when both are among the best quarter")
    func o4() {
        var probe = Probe(DeadlineOptions(reductionFactor: 4, firstRung: 0), trials: 8)
        let all = (1...8).map { probe.running(Int64($0), nil) }
        let view = probe.view(all, capacity: 8, canCreate: true)
        for id in 1...6 { _ = probe.report(Int64(id), 1, 0.01 * Double(id), in: view) }
        #expect(!isPause(probe.report(7, 1, 0.35, in: view)))
        #expect(!isPause(probe.report(8, 1, 0.35, in: view)), "the second of eight")
        var other = Probe(DeadlineOptions(reductionFactor: 4, firstRung: 0), trials: 8)
        for id in 1...7 { _ = other.report(Int64(id), 1, id < 6 ? 0.01 : 0.35, in: view) }
        #expect(isPause(other.report(8, 1, 0.3499, in: view)), "the third of eight")
    }

    /// A trial of growing scores alone with free slots, and one that was paused far below it.
    private func winnerAndLoser(capacity: Int, free: Int? = nil) -> (probe: Probe, view: SweepView) {
        var probe = Probe(DeadlineOptions(), trials: 2)
        var view = probe.view([probe.running(1, nil), probe.running(2, nil)], capacity: capacity)
        for step in 1...8 {
            _ = probe.report(1, step, 0.1 * Double(step), in: view)
            _ = probe.report(2, step, 0.001 * Double(step), in: view)
        }
        probe.policy.onEnded(TrialID(2), state: .paused)
        view = probe.view(
            [probe.running(1, 0.8)], at: 9000, capacity: capacity, free: free, paused: [TrialID(2)])
        return (probe, view)
    }

    @Test("O9 (R): nothing is resumed while the running trial can use the slots")
    func o9() {
        let (probe, view) = winnerAndLoser(capacity: 2)
        guard case .nothing(let reason) = probe.policy.choose(in: view) else {
            return #expect(Bool(false), "the loser was resumed")
        }
        #expect(reason.rule == "reserved")
    }

    @Test("O25 (R): a trial without a score never counts as the best: it gets no more than what it holds")
    func o25() {
        var probe = Probe(DeadlineOptions(), trials: 3)
        let all = [probe.running(1, nil), probe.running(2, nil), probe.running(3, nil)]
        for step in 1...8 {
            _ = probe.report(1, step, 0.11 * Double(step), in: probe.view(all, capacity: 8))
            _ = probe.report(3, step, 0.02 * Double(step), in: probe.view(all, capacity: 8))
        }
        let later = probe.view(
            [probe.running(1, 0.88), probe.running(2, nil), probe.running(3, 0.16)], at: 9000, capacity: 8)
        #expect(probe.resize(2, in: later) == nil)
        #expect((probe.resize(1, in: later) ?? 0) > 1, "the best one grows instead")
    }

    @Test("O27 (R): proportional speed has no end at 31")
    func o27() {
        let proportional = [ScalingPoint(slots: 1, speed: 1), ScalingPoint(slots: 64, speed: 64)]
        let speed = ForecastSpeed(minSlots: 1, scaling: proportional)
        #expect(speed.speed(32) == 32 && speed.fastest(upTo: 64) == 64)
        let learned = ForecastSpeed(minSlots: 1, scaling: nil)
        #expect(learned.speed(32) > learned.speed(31) && learned.speed(64) > learned.speed(32))
    }

    @Test("O33 (R): where not all of the difference is free, the largest size that is and pays is taken")
    func o33() {
        var (probe, view) = winnerAndLoser(capacity: 4, free: 2)
        #expect(probe.resize(1, in: view) == 2, "three slots more were wanted, two are free: a power of two")
        (probe, view) = winnerAndLoser(capacity: 4)
        #expect(probe.resize(1, in: view) == 4)
        let full = probe.view([probe.running(1, 0.8, slots: 4)], at: 9000, capacity: 4)
        #expect(probe.resize(1, in: full) == nil, "target = current: no restart")
    }

    @Test("O35 (R): sizes are powers of two: from 3 slots of 6 a trial stays, or goes to 4")
    func o35() {
        var (probe, _) = winnerAndLoser(capacity: 6)
        let view = probe.view([probe.running(1, 0.8, slots: 3)], at: 9000, capacity: 6)
        let target = probe.resize(1, in: view)
        #expect(target == nil || target == 4)
    }
}
