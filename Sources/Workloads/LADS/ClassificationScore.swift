/// How often predictions are right. Fractions of 1.
public struct ClassificationScore: Equatable, Sendable {
    public let accuracy: Double
    /// Mean of the accuracies of the classes that occur.
    public let balanced: Double
    /// Per class; nil for those that do not occur.
    public let classes: [Double?]
    /// Per group; nil for those that do not occur.
    public let groups: [Double?]

    public init(predictions: [Int], labels: [Int], groups: [Int], classCount: Int) {
        let right = zip(predictions, labels).map { $0 == $1 }
        accuracy = Self.share(right)
        classes = Self.shares(right, labels, count: classCount)
        self.groups = Self.shares(right, groups, count: (groups.max() ?? -1) + 1)
        let known = classes.compactMap { $0 }
        balanced = known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count)
    }

    public var worstGroup: Double { groups.compactMap { $0 }.min() ?? 0 }
    public var worstClass: Double { classes.compactMap { $0 }.min() ?? 0 }

    private static func share(_ right: [Bool]) -> Double {
        right.isEmpty ? 0 : Double(right.count { $0 }) / Double(right.count)
    }

    private static func shares(_ right: [Bool], _ parts: [Int], count: Int) -> [Double?] {
        var totals = [Int](repeating: 0, count: count)
        var hits = totals
        for (isRight, part) in zip(right, parts) {
            totals[part] += 1
            if isRight { hits[part] += 1 }
        }
        return zip(hits, totals).map { $1 == 0 ? nil : Double($0) / Double($1) }
    }
}
