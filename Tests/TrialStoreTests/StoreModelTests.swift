import HyperSchedProtocol
import Scheduler
import Testing

@testable import TrialStore

/// The database and a model of it take the same random commits and must give the same answers, also when it is closed
/// and opened again in between.
@Suite struct StoreModelTests {
    @Test(arguments: 0..<UInt64(25))
    func agreesWithTheModel(seed: UInt64) async throws {
        let directory = TemporaryDirectory()
        var database = try directory.database()
        var (history, model) = (RandomHistory(seed: seed), StoreModel())
        for round in 1...30 {
            let changes = history.next()
            try await database.commit(changes, at: Samples.start.advanced(bySeconds: Double(round)))
            model.commit(changes)
            if history.random.chance(0.2) {
                try database.close()
                database = try directory.database()
            }
        }
        try await expectEqual(database, model)
        try database.close()
    }

    private func expectEqual(_ database: TrialStoreDatabase, _ model: StoreModel) async throws {
        let (loaded, expected) = (try await database.load(), model.snapshot)
        #expect(loaded.sweeps == expected.sweeps)
        #expect(loaded.trials == expected.trials)
        #expect(loaded.agents == expected.agents)
        #expect(loaded.leases == expected.leases)
        #expect(loaded.timings == expected.timings)
        #expect(loaded.lastSweep == expected.lastSweep && loaded.lastTrial == expected.lastTrial)
        #expect(try await database.latestInstant() == Samples.start.advanced(bySeconds: 30))
        for sweep in expected.sweeps { try await expectEqual(database, model, sweep) }
        for trial in expected.trials { try await expectEqual(database, model, trial) }
    }

    private func expectEqual(_ database: TrialStoreDatabase, _ model: StoreModel, _ sweep: SweepRecord) async throws {
        let metric = sweep.spec.metric
        let ranking = try await allItems { cursor throws(StoreError) in
            try await database.ranking(of: sweep.id, metric: metric, limit: 3, cursor: cursor)
        }
        #expect(ranking.map(\.trial) == model.ranking(of: sweep.id))
        #expect(ranking.map(\.rank) == Array(1..<(ranking.count + 1)))
        for entry in ranking {
            let single = try await database.rankedTrial(entry.trial, metric: metric)
            #expect(single?.ranked == entry)
            #expect(entry.slots == model.leases[entry.trial]?.slots.count ?? 0)
        }
        let attempts = try await allItems { cursor throws(StoreError) in
            try await database.attempts(of: .sweep(sweep.id), limit: 2, cursor: cursor)
        }
        let expected = model.attempts.values.filter { model.trials[$0.attempt.trial]?.sweep == sweep.id }
        #expect(attempts == expected.sorted { ($0.startedAt, $0.attempt) < ($1.startedAt, $1.attempt) })
        let decisions = try await allItems { cursor throws(StoreError) in
            try await database.decisions(of: .sweep(sweep.id), limit: 4, cursor: cursor)
        }
        #expect(decisions == model.decisions.filter { $0.sweep == sweep.id })
        let foretold = try await database.forecasts(of: sweep.id)
        #expect(foretold.records == model.forecasts.filter { $0.sweep == sweep.id })
        let outcomes = model.outcomes.filter { $0.sweep == sweep.id }.sorted { $0.deadline < $1.deadline }
        #expect(foretold.outcomes == outcomes)
    }

    private func expectEqual(_ database: TrialStoreDatabase, _ model: StoreModel, _ trial: TrialRecord) async throws {
        let curve = try await allItems { cursor throws(StoreError) in
            try await database.curve(of: trial.id, limit: 2, cursor: cursor)
        }
        let expected = model.reports.filter { $0.report.attempt.trial == trial.id }
        #expect(curve.map(\.sequence) == expected.map(\.report.sequence))
        #expect(curve.map(\.stale) == expected.map(\.stale))
        #expect(curve.map(\.metrics) == expected.map(\.report.metrics))
    }

    /// Follows the cursors to the end.
    private func allItems<Item>(
        _ page: (String?) async throws(StoreError) -> Page<Item>
    ) async throws(StoreError) -> [Item] {
        var (items, cursor): ([Item], String?) = ([], nil)
        repeat {
            let next = try await page(cursor)
            items += next.items
            cursor = next.nextCursor
        } while cursor != nil
        return items
    }
}
