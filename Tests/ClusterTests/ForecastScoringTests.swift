import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Scores by hand.
@Suite struct ForecastScoringTests {
    private let deadline = Timestamp(milliseconds: 1_700_000_000_000)
    private let up = Metric(name: "acc", goal: .maximize)
    private let down = Metric(name: "loss", goal: .minimize)

    private func record(
        _ low: Double, _ expected: Double, _ high: Double, target: Double? = nil, probability: Double? = nil,
        ladder: [(Double, Double)] = [], percent: Int = 50, sweep: Int64 = 1
    ) -> ForecastRecord {
        ForecastRecord(
            sweep: SweepID(sweep), at: deadline.advanced(bySeconds: -60), deadline: deadline, occasion: .share,
            percent: percent,
            forecast: SweepForecast(
                range: ForecastRange(expected: expected, low: low, high: high), reachesTarget: probability),
            target: target, ladder: ladder.map { .init(value: $0.0, probability: $0.1) }, best: nil)
    }

    private func outcome(_ best: Double?, _ state: SweepState = .deadlineReached) -> SweepOutcome {
        SweepOutcome(sweep: SweepID(1), deadline: deadline, endedAt: deadline, state: state, best: best)
    }

    private func score(_ record: ForecastRecord, _ best: Double, _ metric: Metric) -> ForecastScore? {
        ForecastScoring.scored([record], [outcome(best)], metric: metric, deadline: deadline)[0].score
    }

    @Test func theTargetIsScoredByItsProbability() {
        let forecast = record(0.91, 0.93, 0.95, target: 0.94, probability: 0.25)
        #expect(
            score(forecast, 0.941, up) == ForecastScore(outcome: 0.941, covered: true, reached: true, brier: 0.5625))
        #expect(
            score(forecast, 0.9, up)
                == ForecastScore(outcome: 0.9, covered: false, worse: true, reached: false, brier: 0.0625))
    }

    @Test func smallerIsBetterWhenMinimised() {
        let forecast = record(0.2, 0.25, 0.4, target: 0.22, probability: 0.5)
        #expect(score(forecast, 0.22, down) == ForecastScore(outcome: 0.22, covered: true, reached: true, brier: 0.25))
        #expect(score(forecast, 0.5, down)?.covered == false && score(forecast, 0.5, down)?.worse == true)
        let better = score(record(0.2, 0.25, 0.4, ladder: [(0.3, 0.5)]), 0.1, down)
        #expect(better?.covered == false && better?.worse == false)
        #expect(score(forecast, 0.5, down)?.reached == false)
    }

    /// The sweep ends when its target is reached: it might have gone on to the interval, nobody knows.
    @Test func valuesBeyondTheTargetCountAsTheTarget() {
        let forecast = record(0.96, 0.97, 0.98, target: 0.95, probability: 0.99)
        #expect(score(forecast, 0.951, up)?.covered == true)
        #expect(score(forecast, 0.93, up)?.covered == false)
        // Without the target it is a plain miss.
        #expect(score(record(0.96, 0.97, 0.98, ladder: [(0.96, 0.9)]), 0.951, up)?.covered == false)
    }

    @Test func theLadderIsScoredByItsMean() {
        let forecast = record(0.1, 0.3, 0.5, ladder: [(0.1, 0.9), (0.2, 0.7), (0.3, 0.5), (0.4, 0.3), (0.5, 0.1)])
        // 0.1 and 0.2 were reached: 0.01 + 0.09 + 0.25 + 0.09 + 0.01
        #expect(abs(score(forecast, 0.25, up)!.brier - 0.45 / 5) < 1e-12)
        #expect(score(forecast, 0.25, up)!.reached == nil)
    }

    @Test func whatCanNotBeScoredIsToldWhy() {
        let forecast = record(0.1, 0.3, 0.5, target: 0.4, probability: 0.2)
        func scored(_ outcomes: [SweepOutcome], deadline: Timestamp? = nil) -> ScoredForecast {
            ForecastScoring.scored([forecast], outcomes, metric: up, deadline: deadline ?? self.deadline)[0]
        }
        #expect(scored([]) == ScoredForecast(record: forecast), "the sweep goes on")
        #expect(scored([outcome(0.3, .cancelled)]).unscored == "the sweep was cancelled")
        let later = deadline.advanced(bySeconds: 60)
        #expect(scored([], deadline: later).unscored == "the deadline was moved to 2023-11-14T22:14:20.000Z")
        // The end at the old deadline counts, though the sweep was extended afterwards.
        #expect(scored([outcome(0.3)], deadline: later).score?.outcome == 0.3)
        var missing = forecast
        missing.forecast = SweepForecast(missing: "no trial runs yet")
        #expect(
            ForecastScoring.scored([missing], [outcome(0.3)], metric: up, deadline: deadline)
                == [ScoredForecast(record: missing)])
    }

    @Test func calibrationByHand() {
        // Four sweeps with a target; the first two reached it.
        let cases = [(0.9, true), (0.6, true), (0.3, false), (0.1, false)].enumerated().map { index, one in
            let forecast = record(0.4, 0.5, 0.6, target: 0.55, probability: one.0, sweep: Int64(index))
            var early = forecast
            (early.percent, early.forecast) = (10, SweepForecast(missing: "no trial runs yet"))
            return ForecastScoring.Case(
                metric: up,
                forecasts: ForecastScoring.scored(
                    [early, forecast], [outcome(one.1 ? 0.55 : 0.3)], metric: up, deadline: deadline))
        }
        let calibration = ForecastScoring.calibration(of: cases)
        #expect(calibration.sweeps == 4 && calibration.sweepsWithTarget == 4)
        #expect(calibration.rows.map(\.percent) == [10, 50])
        #expect(calibration.rows.map(\.forecasts) == [0, 4] && calibration.rows.map(\.missing) == [4, 0])
        #expect(calibration.rows[0].brier == nil && calibration.rows[0].coverage == nil)
        let all = calibration.all
        #expect(all.forecasts == 4 && all.missing == 4 && all.coverage == 0.5 && all.worse == 0.5)
        #expect(abs(all.brier! - (0.01 + 0.16 + 0.09 + 0.01) / 4) < 1e-12)
        // Of the other three sweeps one (or two) reached it: (1 + 1) / (3 + 2) for those that did, 3/5 for the others.
        #expect(abs(all.baseRateBrier! - 0.36) < 1e-12)
        #expect(calibration.bins.map(\.events) == [1, 1, 1, 1])
        #expect(calibration.bins.map(\.reached) == [0, 0, 1, 1])
        #expect(calibration.bins.map(\.low) == [0, 0.2, 0.6, 0.8])
    }

    @Test func nothingScoredGivesNoFigures() {
        let calibration = ForecastScoring.calibration(of: [])
        #expect(calibration.sweeps == 0 && calibration.rows.isEmpty && calibration.bins.isEmpty)
        #expect(calibration.all.brier == nil && calibration.all.coverage == nil)
    }

    /// One sweep alone is held against a coin.
    @Test func oneSweepIsHeldAgainstACoin() {
        let forecast = record(0.1, 0.3, 0.5, ladder: [(0.1, 1), (0.2, 1), (0.3, 0), (0.4, 0), (0.5, 0)])
        let scored = ForecastScoring.scored([forecast], [outcome(0.25)], metric: up, deadline: deadline)
        let all = ForecastScoring.calibration(of: [.init(metric: up, forecasts: scored)]).all
        #expect(all.brier == 0 && all.baseRateBrier == 0.25)
    }
}
