import HyperSchedProtocol
import Testing

@testable import Scheduler

@Suite struct AllocationTests {
    typealias Rule = HyperSchedOptions.Allocation

    @Test(
        "O23: UNIFORM",
        arguments: [
            (8, [0.9, 0.8, 0.7], [3, 3, 2]), (8, [0.1, 0.2], [4, 4]), (8, [0.5], [8]),
            (4, [0.4, 0.3, 0.2, 0.1], [1, 1, 1, 1]),
            (10, [0.4, 0.3, 0.2, 0.1], [3, 3, 2, 2]), (16, [0.1, 0.2, 0.3], [5, 5, 6]),
        ] as [(Int, [Double], [Int])])
    func o23(units: Int, scores: [Double], expected: [Int]) {
        #expect(targets(.uniform, units, scores) == expected)
    }

    @Test("O24: TOP_JOB, and UNIFORM when minimising")
    func o24() {
        #expect(targets(.topJob, 8, [0.9, 0.8, 0.7]) == [6, 1, 1])
        #expect(targets(.topJob, 8, [0.1, 0.2]) == [1, 7])
        let losses = Metric(name: "loss", goal: .minimize)
        #expect(targets(.uniform, 8, [0.9, 0.8, 0.7].map(losses.score(of:))) == [2, 3, 3])
    }

    @Test("O25 (R): a trial without a score comes last")
    func o25() {
        #expect(targets(.topJob, 8, [0.9, nil, 0.7]) == [6, 1, 1])
        #expect(targets(.uniform, 8, [0.9, nil, 0.7]) == [3, 2, 3])
    }

    @Test("O26: sum, minimum, ties, and no endless loop with any scores", arguments: Rule.allCases)
    func o26(rule: Rule) {
        let bad: [[Double?]] = [
            [nil, nil, nil], [0.5, 0.5, 0.5], [.infinity, -.infinity, nil], [.nan, 0.1, .nan], [],
        ]
        for scores in bad {
            for units in [0, 1, 3, 8] {
                let targets = targets(rule, units, scores)
                #expect(targets.allSatisfy { $0 >= 1 } && targets.reduce(0, +) <= max(units, scores.count))
            }
        }
        if rule != .random {
            #expect(targets(rule, 5, [0.5, 0.5]) == (rule == .none ? [1, 1] : rule == .topJob ? [4, 1] : [3, 2]))
        }
    }

    @Test("O26: random histories of scores", arguments: 0..<UInt64(200))
    func o26Random(seed: UInt64) {
        let random = CounterRandom(seed: seed)
        let count = random.below(12, at: 0)
        let scores = (0..<count).map { index -> Double? in
            random.below(5, at: UInt64(10 + index)) == 0 ? nil : random.normal(at: UInt64(100 + index))
        }
        let units = random.below(40, at: 1)
        let cap = 1 + random.below(9, at: 2)
        for rule in Rule.allCases {
            let dealt = targets(rule, units, scores, cap: cap, seed: seed)
            let sum = dealt.reduce(0, +)
            #expect(dealt.allSatisfy { $0 >= 1 && $0 <= max(1, cap) } && sum <= max(units, count))
            // All is used unless every trial is full.
            if rule == .uniform || rule == .random { #expect(sum >= units || dealt.allSatisfy { $0 == cap }) }
            // Order of the trials in the list does not matter, only their ids.
            let shuffle = CounterShuffle(count: max(1, count), random: random.stream("order"))
            let order = (0..<count).map { shuffle[$0] }
            let again = allocation(rule, units, cap, seed).targets(order.map { share($0, scores[$0]) })
            if rule != .random { #expect(order.indices.allSatisfy { again[$0] == dealt[order[$0]] }) }
            if rule == .uniform {
                // A better trial never has less.
                for a in 0..<count {
                    for b in 0..<count {
                        if let x = scores[a], let y = scores[b], x > y { #expect(dealt[a] >= dealt[b]) }
                    }
                }
            }
        }
    }

    @Test("Shares by rank are those of a whole deal", arguments: 0..<UInt64(300))
    func ranked(seed: UInt64) {
        let random = CounterRandom(seed: seed)
        let running = (0..<random.below(30, at: 0)).map { index -> RunningTrial in
            let draws = random.stream(UInt64(index))
            // Few different scores, so that there are ties.
            let score = draws.below(5, at: 0) == 0 ? nil : Double(draws.below(8, at: 1))
            return RunningTrial(
                trial: TrialID(Int64(100 - index)), slots: 1, lastScore: score, hasCheckpoint: true,
                isFiller: draws.below(4, at: 2) == 0)
        }
        let ranked = RunningTrials(running).ranked
        let shares = running.map { Allocation.Share(trial: $0.trial, score: $0.lastScore, isFiller: $0.isFiller) }
        for rule in Rule.allCases where rule != .random && rule != .softmax {
            for unscoredFirst in [false, true] {
                let allocation = Allocation(
                    rule: rule, units: random.below(90, at: 1), maxUnits: 1 + random.below(6, at: 2),
                    unscoredFirst: unscoredFirst, random: random)
                let targets = allocation.targets(shares)
                #expect(running.map { allocation.units(of: $0.rank, among: ranked) } == targets)
            }
        }
    }

    @Test("A filler gets more than one unit only when no other trial can take it")
    func fillers() {
        func deal(_ cap: Int) -> [Int] {
            allocation(.uniform, 8, cap, 0).targets([share(0, 0.1), share(1, 0.9, filler: true)])
        }
        #expect(deal(8) == [7, 1])
        #expect(deal(6) == [6, 2])
    }

    @Test("O27: throughput tables")
    func o27() {
        #expect(ThroughputModel(points: nil).speed(slots: 32) == 32)
        let root = ThroughputModel(
            points: [(1, 1), (2, 1.4), (4, 2), (8, 2.8), (16, 4), (32, 5.7)].map(ScalingPoint.init))
        #expect(abs(root.speed(slots: 3) - 1.7) < 1e-12 && abs(root.speed(slots: 6) - 2.4) < 1e-12)
        #expect(root.speed(slots: 64) == 5.7)
        let half = ThroughputModel(points: [(1, 1), (2, 1), (4, 2), (8, 4), (16, 8), (32, 16)].map(ScalingPoint.init))
        #expect((1...4).map(half.speed) == [1, 1, 1.5, 2])
    }

    @Test("O28 (P): with bAbI's table one trial jumps to all 32 slots, although 8 are faster")
    func o28() {
        let table = [(1, 1), (2, 1.62), (4, 2.027), (8, 2.75), (16, 2.48), (32, 2.48)].map(ScalingPoint.init)
        #expect(abs(ThroughputModel(points: table).gain(from: 1, to: 32, timeLeft: 1000, restart: 0) - 2.48) < 1e-12)
        let policy = Fixture.hypersched { $0.scaling = table }
        #expect(ResizeProbe(policy, capacity: 32).resize(slots: 1, at: 0, reports: 6).target == 32)
        #expect(targets(.uniform, 32, [0.5]) == [32])
    }

    private func targets(
        _ rule: Rule, _ units: Int, _ scores: [Double?], cap: Int = 1000, seed: UInt64 = 0
    ) -> [Int] {
        allocation(rule, units, cap, seed).targets(scores.enumerated().map { share($0.offset, $0.element) })
    }

    private func allocation(_ rule: Rule, _ units: Int, _ cap: Int, _ seed: UInt64) -> Allocation {
        Allocation(rule: rule, units: units, maxUnits: cap, random: CounterRandom(seed: seed))
    }

    private func share(_ index: Int, _ score: Double?, filler: Bool = false) -> Allocation.Share {
        Allocation.Share(trial: TrialID(Int64(index + 1)), score: score, isFiller: filler)
    }
}
