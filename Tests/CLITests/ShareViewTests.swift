import HyperSchedProtocol
import Testing

@testable import TerminalView

/// Shares, weights, budgets and lifetimes on the screen.
@Suite struct ShareViewTests {
    private static var sharing: SweepSummary {
        var summary = SampleSweep.summary()
        summary.spec.weight = 3
        summary.spec.budget = SweepBudget(slotHours: 10)
        summary.share = SlotShare(sweeps: 2, fair: 6, minimum: 2, now: 5, wanted: 7)
        summary.slotHoursUsed = 2.5432
        return summary
    }

    @Test func showTellsTheShareAndTheBudget() {
        let lines = plain(SweepReport(SampleSweep.snapshot(Self.sharing)).summary(width: 120))
        #expect(lines.contains("slots      5 held of 8 usable, 2.54 slot-hours used\n"), "\(lines)")
        #expect(
            lines.contains(
                "share      6 of 8 slots among 2 sweeps (weight 3), now 5; holds 5, could use 7, its best trial needs 2\n"
            ))
        #expect(lines.contains("budget     2.54 of 10 slot-hours used (25 %)\n"))
        let alone = plain(SweepReport(SampleSweep.snapshot()).summary(width: 120))
        #expect(!alone.contains("share") && !alone.contains("budget") && !alone.contains("slot-hours"))
    }

    @Test func theLiveViewAndTheStatusLineTellThem() {
        let lines = plain(WatchScreen(SampleSweep.snapshot(Self.sharing), width: 110, height: 26).lines())
        #expect(lines.contains("\nshare  6 of 8 slots among 2 sweeps (weight 3), now 5; holds 5"), "\(lines)")
        #expect(lines.contains("\nbudget 2.54 of 10 slot-hours used (25 %)\n"))
        let status = SweepReport(SampleSweep.snapshot(Self.sharing)).statusLine().text(colours: false)
        #expect(status.contains("slots 5 of 8 (share 6), "))
        for (width, height) in [(1, 1), (20, 8), (60, 13)] {
            let lines = WatchScreen(SampleSweep.snapshot(Self.sharing), width: width, height: height).lines()
            #expect(lines.count <= max(height, 8) && lines.allSatisfy { $0.width <= max(width, 20) })
        }
    }

    @Test func theListHasColumnsWhereThereIsSomethingToTell() {
        var other = SampleSweep.summary()
        other.spec.priority = 2
        let table = plain(Listings.sweeps([Self.sharing, other], width: 200)).split(separator: "\n").map(String.init)
        #expect(table[0].contains("slots  share  weight   budget  trials"), "\(table)")
        #expect(table[1].contains("    5      6       3  2.54/10"), "\(table)")
        #expect(table[2].contains("    5      -    1 @2        -"), "\(table)")
        #expect(!plain(Listings.sweeps([SampleSweep.summary()], width: 200)).contains("share"))
    }

    @Test func agentsTellWhenTheyEnd() {
        let agents = [90.0, nil].enumerated().map { place, ends in
            AgentSummary(
                id: AgentID("n\(place)"), state: .live, slots: [Slot(index: 0, kind: .gpu)], labels: [:], attempts: [],
                slotsHeld: 0, lastSyncSeconds: 1, version: "1", endsInSeconds: ends)
        }
        let table = plain(Listings.agents(agents, width: 120)).split(separator: "\n").map(String.init)
        #expect(table[0].contains("seen  ends in  version") && table[1].contains("1:30"), "\(table)")
        #expect(!plain(Listings.agents([agents[1]], width: 120)).contains("ends in"))
    }

    @Test func theEndAtTheDeadlineIsNamed() {
        let ended = SampleSweep.summary(state: .deadlineReached, timeLeft: -5, best: SampleSweep.ranking[0])
        var report = SampleSweep.snapshot(ended)
        report = SweepSnapshot(
            sweep: {
                var sweep = ended; sweep.spec.metric.target = nil; return sweep
            }(), ranking: report.ranking)
        let last = SweepReport(report).final(winner: nil, attempts: [], width: 100).last?.text(colours: false)
        #expect(last == "done: stopped at the deadline")
    }
}
