import HyperSchedProtocol
import Testing

@testable import Scheduler

/// When forecasts are written down, and what is said where there is none.
@Suite struct ForecastRecordTests {
    /// A sweep of 1000 s on two slots; its trials report whenever time passes.
    private struct Story {
        var scene = Scene()
        var records: [ForecastRecord] = []
        var outcomes: [SweepOutcome] = []
        let sweep: SweepID

        init(target: Double? = nil, goal: Metric.Goal = .maximize, options: DeadlineOptions = DeadlineOptions()) {
            scene.join(slots: 2)
            var spec = Scene.spec(policy: .deadline(options), max: 100, target: target)
            spec.metric.goal = goal
            sweep = scene.submit(spec)
        }

        /// Lets the clock ring as a control loop does, up to an instant.
        mutating func pass(to seconds: Double) {
            let end = Timestamp(milliseconds: 1_700_000_000_000).advanced(bySeconds: seconds)
            while let next = scene.state.nextWakeUp(after: scene.now), next <= end {
                scene.now = next
                tick()
            }
            scene.now = end
            tick()
        }

        mutating func tick() {
            for agent in scene.state.agents where !agent.lost {
                scene.join(slots: agent.slots.count, name: agent.id, session: agent.session)
                note()
            }
        }

        mutating func report(_ trial: Int64, step: Int, _ value: Double) {
            scene.report(trial, step: step, value, elapsed: Double(10 * step))
            note()
        }

        mutating func note() {
            records += scene.changes.forecasts
            outcomes += scene.changes.outcomes
        }
    }

    private func seconds(_ records: [ForecastRecord]) -> [Double] {
        records.map { $0.at.seconds(since: Timestamp(milliseconds: 1_700_000_000_000)) }
    }

    @Test func atFixedSharesOfTheTimeAndNeverTwice() {
        var story = Story()
        for step in 1...30 {
            story.pass(to: Double(30 * step))
            for trial: Int64 in [1, 2] { story.report(trial, step: step, 1 - 1 / Double(step + Int(trial))) }
        }
        #expect(seconds(story.records) == [100, 250, 500, 750, 900])
        #expect(story.records.map(\.percent) == [10, 25, 50, 75, 90])
        #expect(story.records.allSatisfy { $0.occasion == .share && $0.forecast.range != nil && $0.target == nil })
        #expect(story.outcomes.isEmpty)
        story.scene.end(1, .interrupted)
        story.scene.end(2, .interrupted)
        story.pass(to: 1000)
        #expect(story.records.count == 5)
        #expect(story.outcomes.map(\.state) == [.deadlineReached])
        #expect(story.outcomes.first?.best == 1 - 1.0 / 32)
    }

    /// All forecasts of a sweep are scored by the same five values; the first gives them the probabilities 0.9 … 0.1.
    @Test(arguments: [Metric.Goal.maximize, .minimize]) func theLadderStaysTheSame(goal: Metric.Goal) {
        var story = Story(goal: goal)
        let sign = goal == .maximize ? 1.0 : -1
        for step in 1...30 {
            story.pass(to: Double(30 * step))
            for trial: Int64 in [1, 2] { story.report(trial, step: step, sign * (1 - 1 / Double(step + Int(trial)))) }
        }
        let ladders = story.records.map { $0.ladder.map(\.value) }
        #expect(Set(ladders).count == 1 && ladders[0].count == 5)
        let range = story.records[0].forecast.range!
        #expect(ladders[0][2] == range.expected)
        #expect(Set([ladders[0][0], ladders[0][4]]) == [range.low, range.high])
        let values = ladders[0].map { sign * $0 }
        #expect(values == values.sorted(), "from the easiest to the hardest")
        for ladder in story.records.map(\.ladder) {
            #expect(zip(ladder, ladder.dropFirst()).allSatisfy { $0.probability >= $1.probability })
        }
    }

    @Test func withATargetItsProbabilityIsWrittenDown() {
        var story = Story(target: 0.99)
        for step in 1...9 {
            story.pass(to: Double(30 * step))
            for trial: Int64 in [1, 2] { story.report(trial, step: step, 0.5 + 0.01 * Double(step)) }
        }
        #expect(story.records.count == 2)
        #expect(story.records.allSatisfy { $0.target == 0.99 && $0.ladder.isEmpty && $0.forecast.reachesTarget != nil })
    }

    @Test func whereThereIsNoneItIsSaidWhy() {
        var story = Story()
        story.pass(to: 100)
        #expect(story.records.map(\.forecast) == [SweepForecast(missing: "no trial has reported acc yet")])
        #expect(story.scene.state.forecast(of: story.sweep, at: story.scene.now) == story.records[0].forecast)
        #expect(story.records[0].ladder.isEmpty && story.records[0].best == nil)
        var alone = Scene()
        let id = alone.submit(Scene.spec(policy: .deadline(DeadlineOptions())))
        #expect(alone.state.forecast(of: id, at: alone.now)?.missing == "no trial runs yet")
        #expect(alone.state.forecast(of: SweepID(9), at: alone.now) == nil)
    }

    /// The daemon was away for a while: what can be said now is said once.
    @Test func missedMomentsCountAsOne() {
        var story = Story()
        story.report(1, step: 1, 0.5)
        story.report(1, step: 2, 0.6)
        story.scene.pass(800)
        story.note()
        #expect(story.records.map(\.percent) == [80] && story.records[0].occasion == .share)
        story.pass(to: 950)
        #expect(story.records.map(\.percent) == [80, 90])
    }

    @Test func aCancelledSweepHasAnOutcomeAndNoForecast() {
        var story = Story()
        story.report(1, step: 1, 0.5)
        story.scene.apply(.sweepCancelled(story.sweep))
        story.note()
        #expect(story.outcomes.map(\.state) == [.cancelled] && story.outcomes[0].best == 0.5)
        #expect(story.scene.state.forecast(of: story.sweep, at: story.scene.now) == nil)
        story.pass(to: 500)
        #expect(story.records.isEmpty)
    }

    /// A deadline that is moved makes a new forecast, and the rest of the moments are those of the new deadline.
    @Test func aMovedDeadlineMakesAForecast() {
        var story = Story()
        story.report(1, step: 1, 0.5)
        story.report(1, step: 2, 0.6)
        story.pass(to: 300)
        #expect(story.records.map(\.percent) == [10, 25])
        let deadline = story.scene.state.sweep(story.sweep)!.spec.deadline.advanced(bySeconds: 1000)
        story.scene.apply(.sweepExtended(story.sweep, deadline: deadline, timings: nil))
        story.note()
        story.pass(to: 1950)
        #expect(story.records.dropFirst(2).map(\.occasion) == [.extended, .share, .share, .share, .share])
        #expect(story.records.dropFirst(2).map(\.percent) == [15, 25, 50, 75, 90])
        #expect(story.records.dropFirst(2).allSatisfy { $0.deadline == deadline })
    }

    /// A sweep that goes on after its end has an outcome for each of its deadlines.
    @Test func anExtendedEndIsAnEndOfItsOwn() {
        // No milestone before step 10: both trials run on.
        var story = Story(options: DeadlineOptions(firstRung: 0.1))
        story.report(1, step: 1, 0.5)
        story.report(1, step: 2, 0.6)
        story.pass(to: 999)
        story.scene.end(1, .interrupted)
        story.scene.end(2, .interrupted)
        story.note()
        story.pass(to: 1200)
        let first = story.outcomes
        #expect(first.map(\.best) == [0.6] && first.map(\.state) == [.deadlineReached])
        let deadline = first[0].deadline.advanced(bySeconds: 1000)
        story.scene.apply(.sweepExtended(story.sweep, deadline: deadline, timings: []))
        story.note()
        #expect(story.records.last?.occasion == .extended && story.records.last?.percent == 60)
        story.report(1, step: 3, 0.8)
        story.pass(to: 1999)
        for trial: Int64 in [1, 2] where story.scene.lease(trial) != nil { story.scene.end(trial, .interrupted) }
        story.note()
        story.pass(to: 2001)
        #expect(story.outcomes.map(\.best) == [0.6, 0.8] && story.outcomes.last?.deadline == deadline)
        let metric = Metric(name: "acc", goal: .maximize)
        let scored = ForecastScoring.scored(story.records, story.outcomes, metric: metric, deadline: deadline)
        #expect(scored.filter { $0.record.deadline != deadline }.allSatisfy { $0.score?.outcome == 0.6 })
        #expect(scored.filter { $0.record.deadline == deadline }.allSatisfy { $0.score?.outcome ?? 0.8 == 0.8 })
    }

    @Test func whatTrialsWillReachIsToldForThoseThatGoOn() {
        var story = Story(target: 0.9)
        story.report(1, step: 1, 0.5)
        story.report(1, step: 2, 0.6)
        let found = story.scene.state.forecasts(of: [1, 2, 7].map { TrialID($0) }, at: story.scene.now)
        #expect(found.keys.sorted() == [TrialID(1)], "2 has not reported, 7 does not exist")
        let forecast = found[TrialID(1)]!
        #expect(forecast.range.low <= forecast.range.expected && forecast.range.expected <= forecast.range.high)
        #expect(forecast.range.low >= 0.6 && forecast.slots == 1)
        #expect(forecast.fewerSlots == nil, "it can not run on less than one slot")
        #expect((0...1).contains(forecast.reachesTarget!))
    }
}
