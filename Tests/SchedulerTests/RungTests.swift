import HyperSchedProtocol
import Testing

@testable import Scheduler

@Suite struct RungTests {
    @Test(
        "O1: milestones, with HyperSched's rung above R and ASHA's without",
        arguments: [
            (1, 100, [1, 4, 16, 64], 256), (2, 200, [2, 8, 32, 128], 512), (10, 500, [10, 40, 160], 640),
            (5, 500, [5, 20, 80, 320], 1280),
        ])
    func o1(first: Int, last: Int, below: [Int], top: Int) {
        let steps = StepRange(min: first, max: last)
        #expect(RungLadder.milestones(steps: steps, reductionFactor: 4) == below)
        #expect(RungLadder.milestones(steps: steps, reductionFactor: 4, extraTop: true) == below + [top])
    }

    @Test(
        "O2: exact powers",
        arguments: [
            (243, 3, [1, 3, 9, 27, 81]), (1000, 10, [1, 10, 100]), (125, 5, [1, 5, 25]), (1, 4, []), (2, 4, [1]),
        ])
    func o2(last: Int, factor: Int, below: [Int]) {
        #expect(RungLadder.milestones(steps: StepRange(min: 1, max: last), reductionFactor: factor) == below)
    }

    @Test("O2: no overflow with an absurd last step")
    func o2Overflow() {
        let steps = StepRange(min: 3, max: .max)
        let milestones = RungLadder.milestones(steps: steps, reductionFactor: 4, extraTop: true)
        #expect(milestones.count == 31 && milestones.allSatisfy { $0 > 0 })
    }

    @Test(
        "O3: the cut-off is NumPy's linear percentile",
        arguments: [
            ([], nil), ([0.2], nil), ([0.2, 0.4], 0.35), ([0.1, 0.2, 0.3], 0.25), ([0.1, 0.2, 0.3, 0.4], 0.325),
            ([0.5, 0.4, 0.3], 0.45),
        ] as [([Double], Double?)])
    func o3(scores: [Double], expected: Double?) throws {
        let cutoff = rung(scores).cutoff(reductionFactor: 4, atLeast: 2)
        guard let expected else { return #expect(cutoff == nil) }
        #expect(abs(try #require(cutoff).value - expected) < 1e-15)
    }

    @Test("O4: a score typed as the cut-off ties with it, and a tie keeps (column R)")
    func o4() throws {
        let cutoff = try #require(rung([0.2, 0.4]).cutoff(reductionFactor: 4, atLeast: 2))
        #expect(cutoff.value == 0.35000000000000003)
        #expect(!cutoff.isBelow(0.35))
        #expect(cutoff.isBelow(0.3499999999999))
        var probe = RungProbe(Fixture.published)
        #expect(probe.arrivals([0.2, 0.4, 0.35, 0.349999]) == "CCCP")
    }

    @Test("O5: the first two at any rung go on whatever their score", arguments: [1, 4, 16, 64])
    func o5(milestone: Int) {
        var probe = RungProbe(Fixture.published)
        #expect(probe.arrivals([0.9, 0.05, 0.1], at: milestone) == "CCP")
    }

    @Test(
        "O10: arrivals at one rung",
        arguments: [
            (Fixture.published, "CCPPCPPPP"), (Fixture.ashaStopping, "CCSSCSSSS"), (Fixture.asha, "PPPPCPPPP"),
        ])
    func o10(policy: PolicySpec, expected: String) {
        var probe = RungProbe(policy)
        #expect(probe.arrivals([0.5, 0.9, 0.7, 0.6, 0.95, 0.4, 0.3, 0.2, 0.1]) == expected)
        if policy == Fixture.asha { #expect(probe.promotable() == "B") }
    }

    @Test("O12 (column R): a score that is no number is paused and moves no cut-off")
    func o12() {
        var clean = RungProbe(Fixture.published)
        var dirty = RungProbe(Fixture.published)
        _ = dirty.report("Z", 1, .nan)
        _ = dirty.report("Y", 1, Rung.worstScore)
        let values = [0.5, 0.9, 0.7, 0.6, 0.95, 0.4]
        #expect(dirty.arrivals(values) == clean.arrivals(values))
        #expect(dirty.report("X", 1, .nan).letter == "P")
        #expect(dirty.report("X", 1, .nan).reason?.text.contains("its NaN") == true)
        #expect(dirty.promotable() == clean.promotable())
        // A NaN as the very first report meets no cut-off; it is paused as soon as there is one.
        #expect(dirty.report("Z", 2, 0.99).letter == "P")
    }

    @Test("Top floor(n/η) with equal scores: the older trial is the better one")
    func ties() {
        let rung = rung([0.5, 0.5, 0.5, 0.5])
        #expect(rung.isInTop(TrialID(1), reductionFactor: 4))
        for id in 2...4 { #expect(!rung.isInTop(TrialID(Int64(id)), reductionFactor: 4)) }
    }

    private func rung(_ scores: [Double]) -> Rung {
        var rung = Rung(milestone: 1)
        for (index, score) in scores.enumerated() { rung.record(score, of: TrialID(Int64(index + 1))) }
        return rung
    }
}
