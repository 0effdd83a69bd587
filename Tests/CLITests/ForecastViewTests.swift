import HyperSchedProtocol
import Testing

@testable import TerminalView

/// Forecasts on the screen, on wide terminals and narrow ones.
@Suite struct ForecastViewTests {
    private var summary: SweepSummary {
        var summary = SampleSweep.summary()
        summary.forecast = SampleSweep.forecast
        summary.forecasts = SampleSweep.records.map { ScoredForecast(record: $0) }
        return summary
    }

    private var snapshot: SweepSnapshot {
        SweepSnapshot(
            sweep: summary, ranking: SampleSweep.foretoldRanking, curves: SampleSweep.curves,
            decisions: SampleSweep.decisions)
    }

    @Test func theLiveViewLeadsWithTheOdds() {
        #expect(
            plain(WatchScreen(snapshot, width: 120, height: 24).lines()) == """
                fashion-nbdt  sweep 12  running  5:00 left  deadline 2026-11-24T06:10:00.000Z
                slots  █████··· 5 of 8 held   trials: 2 running, 1 paused, 1 pruned
                leader trial 3  val_soft_accuracy 0.91235 at epoch 16, target 0.95
                odds   P(reach 0.95 by 06:10Z) 22 %, expected best 0.939 (0.920–0.954)

                rank  trial  state    slots  epoch  val_soft_accuracy  at the deadline      P(0.95)         ±2 slots  configuration
                   1      3  running      4     16            0.91235  0.932 (0.915–0.951)     11 %  -0.0032/+0.0012  hierarchy=induced…
                   2      1  paused       -      4               0.85  0.870 (0.850–0.900)     <1 %              -/0  hierarchy=induced…
                   3      2  pruned       -      1                0.5  -                          -                -  hierarchy=induced…
                   -      4  running      1      0                  -  -                          -                -  hierarchy=induced…

                    +1:01  prune trial 2: 0.5 is below 0.6, the cut-off at epoch 1
                    +2:05  resize trial 3: 4 slots do 1.9 times the work by the deadline
                 +1:06:40  close_admission: no new trial can catch up
                Ctrl-C leaves this view; the sweep goes on
                """)
    }

    @Test func eightyColumnsAreEnough() {
        #expect(
            plain(WatchScreen(snapshot, width: 80, height: 14).lines()) == """
                fashion-nbdt  sweep 12  running  5:00 left  deadline 2026-11-24T06:10:00.000Z
                slots  █████··· 5 of 8 held   trials: 2 running, 1 paused, 1 pruned
                leader trial 3  val_soft_accuracy 0.91235 at epoch 16, target 0.95
                odds   P(reach 0.95 by 06:10Z) 22 %, expected best 0.939 (0.920–0.954)

                rank  trial  state    slots  epoch  val_soft_ac…  at the deadline      P(0.95)
                   1      3  running      4     16       0.91235  0.932 (0.915–0.951)     11 %
                   2      1  paused       -      4          0.85  0.870 (0.850–0.900)     <1 %
                   3      2  pruned       -      1           0.5  -                          -

                    +1:01  prune trial 2: 0.5 is below 0.6, the cut-off at epoch 1
                    +2:05  resize trial 3: 4 slots do 1.9 times the work by the deadline
                 +1:06:40  close_admission: no new trial can catch up
                Ctrl-C leaves this view; the sweep goes on
                """)
    }

    /// No column is ever cut in two by a narrow terminal, but the configuration.
    @Test(arguments: [60, 80, 100, 120, 140, 200]) func columnsThatDoNotFitAreLeftOut(width: Int) {
        let lines = plain(RankingTable(snapshot).lines(width: width, height: 9)).split(separator: "\n")
        #expect(lines.allSatisfy { CellText.width(String($0)) <= width })
        #expect(!lines[0].contains("…") || width < 100)
        #expect(lines[0].contains("P(0.95)"))
        #expect(lines[0].contains("at the deadline") == (width >= 80))
        #expect(lines[0].contains("±2 slots") == (width >= 100))
        #expect(lines[0].contains("curve") == (width >= 140))
        #expect(lines[0].contains("configuration") == (width >= 120))
        #expect(lines[1].contains("-0.0032/+0.0012") == (width >= 100))
    }

    @Test func whereThereIsNoForecastItIsSaidWhy() {
        var summary = summary
        summary.forecast = SweepForecast(missing: "no trial has reported twice yet")
        let lines = plain(WatchScreen(SweepSnapshot(sweep: summary, ranking: []), width: 80, height: 12).lines())
        #expect(lines.contains("\nodds   none yet: no trial has reported twice yet\n"))
        // An ended sweep has no odds, and says nothing of them; nor does an older daemon.
        summary.forecast = nil
        #expect(
            !plain(WatchScreen(SweepSnapshot(sweep: summary, ranking: []), width: 80, height: 12).lines()).contains(
                "odds"))
    }

    @Test func aRunningSweepShowsWhatWasForetold() {
        let lines = plain(SweepReport(snapshot).summary(width: 80))
        #expect(
            lines.hasSuffix(
                """
                best       trial 3 with val_soft_accuracy 0.912346 at epoch 16
                forecast   P(reach 0.95 by 06:10Z) 22 %, expected best 0.939 (0.920–0.954)

                forecasts written down
                  at  expected best (80 %)  P(0.95)
                10 %  none                        -  no trial has reported twice yet
                25 %  0.930 (0.880–0.951)      11 %
                50 %  0.939 (0.920–0.954)      22 %
                """))
    }

    @Test func anEndedSweepShowsWhatCameOfIt() {
        let metric = SampleSweep.spec.metric
        let ends = [
            ScoredForecast(record: SampleSweep.records[0]),
            ScoredForecast(
                record: SampleSweep.records[1],
                score: ForecastScore(outcome: 0.94123, covered: true, reached: false, brier: 0.0121)),
            ScoredForecast(
                record: SampleSweep.records[2],
                score: ForecastScore(outcome: 0.94123, covered: false, worse: true, reached: false, brier: 0.6)),
            ScoredForecast(
                record: SampleSweep.record(55, 0.9, 0.93, 0.95, p: 0.1, occasion: .extended),
                unscored: "the sweep was cancelled"),
        ]
        #expect(
            plain(ForecastHistory.lines(ends, metric: metric, width: 110)) == """
                         at  expected best (80 %)  P(0.95)  Brier  what came of it
                       10 %  none                        -      -  no trial has reported twice yet
                       25 %  0.930 (0.880–0.951)      11 %  0.012  0.94123, covered, target missed
                       50 %  0.939 (0.920–0.954)      22 %  0.600  0.94123, worse, target missed
                moved, 55 %  0.930 (0.900–0.950)      10 %      -  not scored: the sweep was cancelled
                """)
        #expect(plain(ForecastHistory.lines([], metric: metric, width: 80)) == "none was written down yet")
    }

    @Test func calibration() {
        let row = ForecastCalibration.Row(
            percent: 50, forecasts: 11, missing: 1, coverage: 9.0 / 11, worse: 1.0 / 11, brier: 0.1042,
            baseRateBrier: 0.2204)
        let moved = ForecastCalibration.Row(
            percent: nil, forecasts: 0, missing: 1, coverage: nil, worse: nil, brier: nil, baseRateBrier: nil)
        let all = ForecastCalibration.Row(
            percent: nil, forecasts: 11, missing: 2, coverage: 9.0 / 11, worse: 1.0 / 11, brier: 0.1042,
            baseRateBrier: 0.2204)
        let few = ForecastCalibration(
            sweeps: 11, sweepsWithTarget: 4, all: all, rows: [row, moved],
            bins: [
                .init(low: 0, high: 0.2, events: 30, probability: 0.05, reached: 0),
                .init(low: 0.8, high: 1, events: 9, probability: 0.93, reached: 1),
            ])
        #expect(
            plain(CalibrationReport.lines(few, width: 80)) == """
                forecasts of 11 sweeps that have ended, 4 with a target
                   at  forecasts  none  in 80 %  worse  Brier   base
                 50 %         11     1     82 %    9 %  0.104  0.220
                moved          0     1        -      -      -      -
                  all         11     2     82 %    9 %  0.104  0.220

                  P said  events  mean P  happened
                  0–20 %      30     5 %       0 %
                80–100 %       9    93 %     100 %

                in 80 %, worse: outcomes within and below the interval; 80 % and 10 % are right
                Brier: 0 is best; base: the score of one who knows the other sweeps only
                fewer than 20 sweeps: these figures are mostly chance
                """)
        let none = ForecastCalibration(sweeps: 0, sweepsWithTarget: 0, all: moved, rows: [], bins: [])
        #expect(plain(CalibrationReport.lines(none, width: 80)) == "no sweep with a forecast has ended by itself yet")
    }

    @Test func oneTrial() {
        var lines = ForecastText.trial(SampleSweep.foretoldRanking[0].forecast!)
        #expect(
            lines == [
                "0.932 (0.915–0.951) at the deadline on 4 slots", "P(it reaches the target) 11 %",
                "with 2 slots fewer -0.0032, with 2 slots more +0.0012",
            ])
        let detail = TrialDetail(
            ranked: SampleSweep.foretoldRanking[0], sweep: SweepID(12), index: 0, seed: 1, stateReason: nil,
            failures: 0,
            trainedSeconds: 1, metricNames: [], latestCheckpoint: nil, bestCheckpointPath: nil, attempts: [])
        let card = plain(TrialCard.lines(detail, width: 80)).split(separator: "\n").map(String.init)
        let blank = String(repeating: " ", count: 11)
        #expect(card[3...5] == ["forecast   \(lines[0])", blank + lines[1], blank + lines[2]])
        lines = ForecastText.trial(
            TrialForecast(range: ForecastRange(expected: 0.5, low: 0.5, high: 0.5), slots: 1, reachesTarget: nil))
        #expect(lines == ["0.5 (0.5–0.5) at the deadline on 1 slot"])
    }

    /// Nothing short of certain is said to be certain.
    @Test func percentages() {
        let texts = [0, 1e-9, 0.004, 0.006, 0.125, 0.994, 0.996, 1].map(ForecastText.percent)
        #expect(texts == ["<1 %", "<1 %", "<1 %", "1 %", "13 %", "99 %", ">99 %", ">99 %"])
    }

    @Test(arguments: [
        (0.93, 0.9, 0.95, "0.930 (0.900–0.950)"), (0.9, 0.1, 0.99, "0.90 (0.10–0.99)"),
        (120, 90, 1500, "120 (90–1500)"),
        (-0.5, -1.25, -0.25, "-0.5 (-1.2 to -0.2)"), (0.25, 0.25, 0.25, "0.25 (0.25–0.25)"),
        (1e-9, 0.5e-9, 2e-9, "1e-09 (5e-10–2e-09)"), (3e8, 1e8, 4e8, "3e+08 (1e+08–4e+08)"),
    ])
    func ranges(expected: Double, low: Double, high: Double, text: String) {
        #expect(ForecastText.range(ForecastRange(expected: expected, low: low, high: high)) == text)
    }

    @Test func instants() {
        let noon = Timestamp(rfc3339: "2026-12-01T12:00:00Z")!
        #expect(ForecastText.instant(noon, from: noon.advanced(bySeconds: -3600)) == "12:00Z")
        #expect(ForecastText.instant(noon.advanced(bySeconds: 5), from: noon) == "12:00:05Z")
        #expect(ForecastText.instant(noon, from: noon.advanced(bySeconds: -90_000)) == "1 Dec")
    }
}
