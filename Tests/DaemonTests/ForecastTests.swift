import GRDB
import HyperSchedProtocol
import Scheduler
import Testing

@testable import DaemonCore
@testable import TrialStore

/// Forecasts are stored while a sweep runs, scored when it has ended, and answered to whoever asks.
@Suite(.timeLimit(.minutes(1))) struct ForecastTests {
    private func foretold(_ fixture: LoopFixture, _ id: SweepID) async throws -> [ScoredForecast] {
        let (records, outcomes) = try await fixture.store.forecasts(of: id)
        let spec = try #require(await fixture.loop.state.sweep(id)).spec
        return ForecastScoring.scored(records, outcomes, metric: spec.metric, deadline: spec.deadline)
    }

    /// The clock alone makes the daemon write a forecast down, at the moment itself; a restart changes nothing.
    @Test func theyAreStoredAtTheirMomentsAndScored() async throws {
        let fixture = try await LoopFixture()
        var spec = fixture.spec(policy: .deadline(DeadlineOptions()), seconds: 100, max: 1000, trials: 1)
        spec.metric.target = 0.99
        let (id, _) = try await fixture.loop.submit(spec, nil)
        let attempt = try #require(try await fixture.sync().assignments.first?.attempt)
        for step in 1...5 {
            _ = try await fixture.loop.apply(
                fixture.report(attempt, sequence: Int64(step), step: step, 0.1 * Double(step)))
        }
        for percent in [10, 25] {
            let moment = spec.deadline.advanced(bySeconds: Double(percent - 100))
            await fixture.clock.waitForAlarm { $0 == moment }
            fixture.clock.advance(bySeconds: moment.seconds(since: fixture.clock.now()))
            await fixture.settle()
            #expect(try await foretold(fixture, id).map(\.record.percent).last == percent)
        }
        let running = try await foretold(fixture, id)
        #expect(running.map(\.record.at) == [10, 25].map { spec.deadline.advanced(bySeconds: Double($0 - 100)) })
        #expect(running.allSatisfy { $0.score == nil && $0.unscored == nil && $0.record.forecast.reachesTarget != nil })
        let restored = ClusterState(
            restoring: try await fixture.store.load(), settings: await fixture.loop.state.settings,
            at: fixture.clock.now())
        #expect(restored.sweep(id) == (await fixture.loop.state.sweep(id)))
        #expect(restored.forecast(of: id, at: fixture.clock.now()) == (await fixture.loop.forecast(of: id)))

        _ = try await fixture.loop.apply(fixture.report(attempt, sequence: 9, step: 9, 0.991))
        let ended = try await foretold(fixture, id)
        #expect(ended.map(\.record) == running.map(\.record))
        #expect(ended.map(\.score?.outcome) == [0.991, 0.991] && ended.allSatisfy { $0.score?.reached == true })
        let calibration = ForecastScoring.calibration(of: try await fixture.store.endedForecasts(limit: 10))
        #expect(calibration.sweeps == 1 && calibration.all.forecasts == 2)
    }

    /// A forecast belongs to its round: what the disk refuses is not remembered as written down.
    @Test func aRefusedRoundWritesItDownLater() async throws {
        let fixture = try await LoopFixture()
        let (id, _) = try await fixture.loop.submit(fixture.spec(seconds: 1000), nil)
        await fixture.clock.waitForAlarm()
        try await fixture.store.pool.write { db in
            try db.execute(
                sql: "CREATE TRIGGER t BEFORE INSERT ON forecast BEGIN SELECT RAISE(ABORT, 'planted'); END")
        }
        fixture.clock.advance(bySeconds: 100)
        await fixture.settle()
        #expect(await fixture.loop.state.sweep(id)?.forecasts == nil)
        try await fixture.store.pool.write { try $0.execute(sql: "DROP TRIGGER t") }
        fixture.clock.advance(bySeconds: 2)
        await fixture.settle()
        #expect(await fixture.loop.state.sweep(id)?.forecasts?.passed == 1)
        #expect(try await fixture.store.forecasts(of: id).records.map(\.forecast.missing) == ["no trial runs yet"])
    }

    private static let file = """
        name: live
        command: [python, train.py]
        method: random
        metric: {name: acc, goal: maximize, target: 0.9}
        parameters: {lr: {min: 0.1, max: 1.0}}
        hypersched: {in: 1h, policy: deadline, steps: {min: 1, max: 900}}
        """

    @Test func theApiCarriesThem() async throws {
        let daemon = try await LiveDaemon()
        let client = daemon.client
        let created = try await client.post("/api/v1/sweeps", text: Self.file).message(SweepSummary.self)
        #expect(created.forecast == SweepForecast(missing: "no trial runs yet"))
        let attempt = try #require(try await daemon.sync().assignments.first?.attempt)
        for step in 1...4 {
            _ = try await daemon.report(attempt, sequence: Int64(step), step: step, 0.1 * Double(step))
        }
        let shown = try await client.get("/api/v1/sweeps/1").message(SweepSummary.self)
        #expect(shown.forecast?.range != nil && shown.forecast?.reachesTarget != nil && shown.forecasts == [])
        let best = try #require(shown.best?.forecast)
        #expect(best.slots == 1 && best.range.low >= 0.4 && best.reachesTarget != nil)
        let ranking = try await client.get("/api/v1/sweeps/1/ranking").message(Page<RankedTrial>.self)
        #expect(ranking.items.first?.forecast != nil)
        let detail = try await client.get("/api/v1/trials/1").message(TrialDetail.self)
        #expect(detail.ranked.forecast != nil)
        let list = try await client.get("/api/v1/sweeps").message(Page<SweepSummary>.self)
        #expect(list.items[0].forecast?.range != nil && list.items[0].forecasts == nil)

        _ = try await daemon.report(attempt, sequence: 5, step: 5, 0.95)
        let ended = try await client.get("/api/v1/sweeps/1").message(SweepSummary.self)
        #expect(ended.state == .finished && ended.forecast == nil && ended.best?.forecast == nil)
    }

    @Test func theApiTellsWhatCameOfThem() async throws {
        let daemon = try await LiveDaemon()
        let client = daemon.client
        #expect(try await client.get("/api/v1/forecasts").message(ForecastCalibration.self).sweeps == 0)
        let sweep = try await client.post("/api/v1/sweeps", text: Self.file).message(SweepSummary.self)
        let attempt = try #require(try await daemon.sync().assignments.first?.attempt)
        // An hour is long: the forecast is written into the database from beside.
        let database = try TrialStoreDatabase(path: daemon.directory + "/hyperschedd.sqlite")
        var changes = ClusterChanges()
        changes.forecasts = [
            ForecastRecord(
                sweep: sweep.id, at: sweep.createdAt, deadline: sweep.spec.deadline, occasion: .share, percent: 50,
                forecast: SweepForecast(
                    range: ForecastRange(expected: 0.93, low: 0.85, high: 0.95), reachesTarget: 0.75),
                target: 0.9, ladder: [], best: 0.8)
        ]
        try await database.commit(changes, at: sweep.createdAt)
        _ = try await daemon.report(attempt, sequence: 1, step: 1, 0.9)
        let ended = try await client.get("/api/v1/sweeps/1").message(SweepSummary.self)
        let score = ForecastScore(outcome: 0.9, covered: true, reached: true, brier: 0.0625)
        #expect(ended.forecasts == [ScoredForecast(record: changes.forecasts[0], score: score)])
        let calibration = try await client.get("/api/v1/forecasts?limit=5").message(ForecastCalibration.self)
        #expect(calibration.sweeps == 1 && calibration.sweepsWithTarget == 1 && calibration.all.brier == 0.0625)
        #expect(calibration.rows.map(\.percent) == [50])
    }
}
