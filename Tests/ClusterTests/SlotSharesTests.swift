import HyperSchedProtocol
import Testing

@testable import Scheduler

/// Weighted water-filling: worked examples, and what must hold whatever is claimed.
@Suite struct SlotSharesTests {
    private typealias Claim = SlotShares.Claim

    private static func shares(_ claims: [SlotShares.Claim], _ slots: Int, order: [Int]? = nil) -> [Int] {
        SlotShares(
            claims, floorOrder: order ?? Array(claims.indices), bounds: [SlotShares.Bound(groups: 1, slots: slots)]
        ).slots
    }

    struct Example: Sendable, CustomTestStringConvertible {
        let name: String
        let slots: Int
        let claims: [(weight: Double, unit: Int, priority: Int, minimum: Int, limit: Int)]
        let shares: [Int]
        var testDescription: String { name }
    }

    static let examples = [
        Example(name: "by weight", slots: 8, claims: [(3, 1, 0, 0, 99), (1, 1, 0, 0, 99)], shares: [6, 2]),
        Example(name: "equal, odd", slots: 7, claims: [(1, 1, 0, 0, 99), (1, 1, 0, 0, 99)], shares: [4, 3]),
        Example(
            name: "what one does not need", slots: 9, claims: [(1, 1, 0, 0, 2), (1, 1, 0, 0, 99), (2, 1, 0, 0, 99)],
            shares: [2, 2, 5]),
        Example(
            name: "a tiny weight gets its first unit", slots: 4, claims: [(1000, 1, 0, 0, 99), (0.001, 1, 0, 0, 99)],
            shares: [3, 1]),
        Example(
            name: "no weight: what nobody else wants", slots: 8, claims: [(0, 1, 0, 0, 99), (1, 1, 0, 0, 5)],
            shares: [3, 5]),
        Example(
            name: "priority leaves the others their first unit", slots: 8,
            claims: [(1, 1, 5, 0, 99), (1, 1, 0, 0, 99), (1, 2, 0, 0, 99)], shares: [5, 1, 2]),
        Example(
            name: "a deadline that is near", slots: 8, claims: [(1, 1, 0, 6, 99), (1, 1, 0, 0, 99)], shares: [6, 2]),
        Example(
            name: "whole units", slots: 8, claims: [(1, 3, 0, 0, 99), (1, 1, 0, 0, 99)], shares: [3, 5]),
        Example(
            name: "fewer slots than sweeps", slots: 2, claims: Array(repeating: (1, 1, 0, 0, 99), count: 3),
            shares: [1, 1, 0]),
    ]

    @Test(arguments: examples) func workedExample(example: Example) {
        let claims = example.claims.map {
            SlotShares.Claim(
                unit: $0.unit, weight: $0.weight, priority: $0.priority, minimum: $0.minimum, limit: $0.limit)
        }
        #expect(Self.shares(claims, example.slots) == example.shares)
    }

    @Test func theFirstUnitsGoInTheGivenOrder() {
        let claims = Array(repeating: SlotShares.Claim(), count: 3)
        #expect(Self.shares(claims, 1, order: [2, 0, 1]) == [0, 0, 1])
    }

    @Test(arguments: 0..<UInt64(300)) func whatAlwaysHolds(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let slots = Int.random(in: 0...40, using: &random)
        let claims = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            SlotShares.Claim(
                unit: random.chance(0.7) ? 1 : Int.random(in: 1...4, using: &random),
                weight: random.chance(0.1) ? 0 : Double.random(in: 0.1...5, using: &random),
                priority: random.chance(0.8) ? 0 : 1,
                minimum: random.chance(0.7) ? 0 : Int.random(in: 0...8, using: &random),
                limit: random.chance(0.5) ? 99 : Int.random(in: 0...12, using: &random))
        }
        let dealt = Self.shares(claims, slots)
        let left = slots - dealt.reduce(0, +)
        #expect(left >= 0, "more than there is")
        for (claim, share) in zip(claims, dealt) {
            #expect(share % claim.unit == 0 && share <= max(claim.limit, 0))
            let wantsMore = share + claim.unit <= claim.limit
            #expect(!wantsMore || left < claim.unit, "slots are left that somebody wants")
        }
        checkFloors(claims, dealt, slots)
        checkMaxMin(claims, dealt)
    }

    /// Every claim with a weight has a unit where the slots suffice for all first units.
    private func checkFloors(_ claims: [SlotShares.Claim], _ dealt: [Int], _ slots: Int) {
        let wanting = claims.filter { $0.weight > 0 && $0.limit >= $0.unit }
        guard wanting.reduce(0, { $0 + $1.unit }) <= slots else { return }
        for (claim, share) in zip(claims, dealt) where claim.weight > 0 && claim.limit >= claim.unit {
            #expect(share >= claim.unit, "somebody starves")
        }
    }

    /// Among equals of one unit nobody could gain from somebody who has more per weight, beyond rounding.
    private func checkMaxMin(_ claims: [SlotShares.Claim], _ dealt: [Int]) {
        guard claims.allSatisfy({ $0.unit == 1 && $0.minimum == 0 && $0.weight > 0 && $0.priority == 0 }) else {
            return
        }
        for (a, x) in zip(claims, dealt) where x < a.limit {
            for (b, y) in zip(claims, dealt) where y > 1 {
                #expect(Double(y - 1) / b.weight <= Double(x + 1) / a.weight + 1e-9, "\(claims) \(dealt)")
            }
        }
    }
}
