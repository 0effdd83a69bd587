import HyperSchedProtocol
import Testing

@testable import Scheduler

extension FaultyCluster {
    /// Whatever happens to a sweep: each moment gives at most one forecast, of sound numbers that the database will
    /// take, and its end is written down, once for each deadline that it had when it ended.
    func checkForecasts() {
        for sweep in state.sweeps {
            let outcomes = store.outcomes.filter { $0.sweep == sweep.id }
            #expect(outcomes.last?.state == sweep.state && outcomes.last?.deadline == sweep.spec.deadline)
            #expect(zip(outcomes, outcomes.dropFirst()).allSatisfy { $0.deadline < $1.deadline })
            let scores = state.trials.values.filter { $0.sweep == sweep.id }.compactMap(\.bestScore)
            #expect(outcomes.last?.best == scores.max().map(sweep.spec.metric.value(ofScore:)))
            let records = store.forecasts.filter { $0.sweep == sweep.id }
            #expect(zip(records, records.dropFirst()).allSatisfy { $0.at < $1.at && $0.deadline <= $1.deadline })
            for deadline in Set(records.map(\.deadline)) {
                let some = records.filter { $0.deadline == deadline }
                #expect(some.count { $0.occasion == .share } <= ForecastProgress.shares.count)
                #expect(some.dropFirst().allSatisfy { $0.occasion == .share }, "a moved deadline comes first")
                #expect(Set(some.map { $0.ladder.map(\.value) }.filter { !$0.isEmpty }).count <= 1, "one ladder")
            }
            for record in records { check(record, sweep) }
        }
    }

    private func check(_ record: ForecastRecord, _ sweep: SweepRecord) {
        #expect(record.at < record.deadline && record.deadline <= sweep.spec.deadline)
        #expect((0...100).contains(record.percent))
        #expect((record.forecast.range == nil) == (record.forecast.missing?.isEmpty == false))
        guard let range = record.forecast.range else {
            #expect(record.ladder.isEmpty && record.forecast.reachesTarget == nil)
            return
        }
        #expect(range.low <= range.expected && range.expected <= range.high)
        #expect([range.low, range.expected, range.high].allSatisfy { $0.isFinite })
        #expect((record.target != nil) == (record.forecast.reachesTarget != nil))
        #expect(record.ladder.count == (record.target == nil ? 5 : 0))
        let metric = sweep.spec.metric
        let ladder = record.ladder.map { (score: metric.score(of: $0.value), probability: $0.probability) }
        #expect(ladder.map(\.probability) == ladder.map(\.probability).sorted(by: >), "harder is less likely")
        #expect(ladder.map(\.score) == ladder.map(\.score).sorted())
        #expect((ladder.map(\.probability) + [record.forecast.reachesTarget ?? 0]).allSatisfy { (0...1).contains($0) })
    }
}
