import CurveReplay
import HyperSchedProtocol
import Scheduler
import Simulator
import Testing

/// A sweep that was carried out becomes a table: nothing of it is lost, nothing made up in silence.
@Suite struct RecordedSweepTests {
    private static let start = ClusterSimulationSetup.defaultStart
    private static let deadline = 100.0

    private func spec(max: Int = 8) -> SweepSpec {
        SweepSpec(
            name: "mine", program: .command(["x"]), method: .random, metric: Metric(name: "acc", goal: .maximize),
            parameters: [Parameter(name: "x", domain: .uniform(min: 0, max: 1))],
            deadline: Self.start.advanced(bySeconds: Self.deadline), policy: .fifo, steps: StepRange(min: 2, max: max))
    }

    private func summary(_ spec: SweepSpec) -> SweepSummary {
        SweepSummary(
            id: SweepID(7), name: "mine", state: .finished, stateReason: nil, spec: spec, createdAt: Self.start,
            endedAt: nil, timeLeftSeconds: 0, trials: [:], slotsHeld: 0, slotsUsable: 0, warnings: [], best: nil)
    }

    private func point(
        _ attempt: Int, _ step: Int, _ value: Double, at elapsed: Double, setup: Double? = nil, stale: Bool = false
    ) -> CurvePoint {
        CurvePoint(
            attempt: attempt, sequence: Int64(attempt * 1000 + step), step: step, metrics: ["acc": MetricValue(value)],
            elapsedSeconds: elapsed, setupSeconds: setup, at: Self.start, stale: stale, late: false)
    }

    private func attempt(_ trial: Int64, _ number: Int, slots: [Int]) -> AttemptRecord {
        AttemptRecord(
            attempt: AttemptID(trial: TrialID(trial), number: number), agent: AgentID("a"), slots: slots,
            startedAt: Self.start)
    }

    /// Trial 1 reports every second step, at first on one slot, then, from the checkpoint of step 4, on two.
    private var resized: RecordedSweep.Trial {
        RecordedSweep.Trial(
            id: TrialID(1), state: .completed,
            curve: [
                point(1, 2, 0.1, at: 15, setup: 5), point(1, 4, 0.2, at: 25), point(1, 6, 0.9, at: 35),
                point(1, 8, 0.99, at: 45, stale: true), point(2, 6, 0.3, at: 9, setup: 4), point(2, 8, 0.4, at: 14),
            ])
    }

    private var attempts: [AttemptRecord] { [attempt(1, 1, slots: [0]), attempt(1, 2, slots: [0, 1])] }

    private func record(_ trials: [RecordedSweep.Trial], method: CurveExtension = .hold) throws -> RecordedSweep {
        try RecordedSweep(summary(spec()), trials: trials, attempts: attempts, extension: method)
    }

    @Test func putsAttemptsTogether() throws {
        let recorded = try record([resized])
        let run = try #require(recorded.table.runs.first)
        #expect(run.objective == [0.1, 0.2, 0.3, 0.4])
        // Ten seconds on one slot and five on two are ten seconds of one slot.
        #expect(run.stepSeconds == [10, 10, 10, 10])
        #expect(recorded.scaling?.model.speed(slots: 2) == 2)
        #expect(recorded.stepsPerRow == 2 && recorded.minStep == 1 && recorded.recordedRows == [4])
        #expect(recorded.agents == [2] && recorded.deadlineSeconds == Self.deadline)
        #expect([4, 5].contains(recorded.startupSeconds))
        #expect(recorded.notes.isEmpty)
    }

    @Test func saysWhichCurvesItGoesOnWith() throws {
        let cut = RecordedSweep.Trial(
            id: TrialID(2), state: .paused, curve: [point(1, 2, 0.5, at: 10), point(1, 4, 0.6, at: 20)])
        let recorded = try record([cut, resized])
        #expect(recorded.table.configurations == ["1", "2"])
        #expect(recorded.table.runs[1].objective == [0.5, 0.6, 0.6, 0.6])
        #expect(recorded.recordedRows == [4, 2])
        #expect(recorded.notes == ["1 of 2 curves were cut off and go on with their last values"])
    }

    @Test func keepsHowTrialsEnded() throws {
        let recorded = try record([
            resized, RecordedSweep.Trial(id: TrialID(2), state: .diverged, curve: [point(1, 2, 0.5, at: 10)]),
            RecordedSweep.Trial(id: TrialID(3), state: .failed, curve: []),
            RecordedSweep.Trial(id: TrialID(4), state: .waiting, curve: []),
        ])
        let runs = recorded.table.runs
        #expect(runs.count == 3)
        #expect(runs[1].objective.last?.isNaN == true && !runs[1].fails)
        #expect(runs[2].objective.isEmpty && runs[2].fails)
        #expect(recorded.notes == ["1 trials without a report are left out"])
    }

    @Test func refusesASweepWithoutResults() {
        let empty = RecordedSweep.Trial(id: TrialID(1), state: .waiting, curve: [])
        let error = #expect(throws: ReplayError.self) { _ = try record([empty]) }
        #expect(error?.what.contains("no trial of sweep 7 has reported acc") == true)
    }

    /// Carried out by the simulator, recorded, and replayed with the same policy, a sweep comes out as it was.
    @Test(arguments: ["fifo", "hypersched", "asha"])
    func aReplayOfTheSamePolicyGivesTheSweepBack(policy: String) throws {
        let table = try CurveTable.named("power")
        let cell = ReplayCell(table: table, deadlineSeconds: table.fullSeconds, agents: [4], trials: 20)
        let contender = try Contender.named(policy)
        let setup = cell.setup(cell.pool)
        let outcome = contender.run(setup)
        var sweep = summary(setup.spec)
        sweep.spec = setup.spec
        let recorded = try RecordedSweep(
            sweep, trials: Self.trials(of: outcome, setup), attempts: outcome.attempts, extension: .hold)
        let again = ReplayCell(
            table: recorded.table, deadlineSeconds: recorded.deadlineSeconds, agents: recorded.agents,
            scaling: recorded.scaling ?? .linear, trials: recorded.table.runs.count,
            startupSeconds: recorded.startupSeconds, minStep: recorded.minStep)
        let replayed = contender.run(again.setup(again.pool))
        let (was, now) = (try #require(outcome.best), try #require(replayed.best))
        #expect(abs(was - now) < 1e-9)
        #expect(replayed.trialsStarted == outcome.trialsStarted)
    }

    private static func trials(of outcome: SimulationOutcome, _ setup: SimulationSetup) -> [RecordedSweep.Trial] {
        var curves: [TrialID: [CurvePoint]] = [:]
        for (index, point) in outcome.points.enumerated() {
            let mine = outcome.attempts.filter {
                $0.attempt.trial == point.trial && $0.startedAt.seconds(since: setup.start) < point.seconds
            }.max { $0.startedAt < $1.startedAt }!
            curves[point.trial, default: []].append(
                CurvePoint(
                    attempt: mine.attempt.number, sequence: Int64(index), step: point.step,
                    metrics: [setup.spec.metric.name: MetricValue(point.objective)],
                    elapsedSeconds: point.seconds - mine.startedAt.seconds(since: setup.start), setupSeconds: 0,
                    at: setup.start, stale: false, late: false))
        }
        return curves.keys.sorted().map { trial in
            let isWhole = curves[trial]!.last!.step >= setup.spec.steps.max
            return RecordedSweep.Trial(id: trial, state: isWhole ? .completed : .paused, curve: curves[trial]!)
        }
    }
}
