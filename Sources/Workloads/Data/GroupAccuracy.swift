/// How often predictions are right, by group. Fractions of 1; what has no samples is left out of means and minima.
public struct GroupAccuracy: Equatable, Sendable {
    /// Samples in each group, and how many of them were right.
    public private(set) var counts: [Int]
    public private(set) var right: [Int]

    public init(groups: Int) {
        counts = [Int](repeating: 0, count: groups)
        right = counts
    }

    public mutating func add(isRight: Bool, group: Int) {
        counts[group] += 1
        if isRight { right[group] += 1 }
    }

    init(predictions: [Int], labels: [Int], groups: [Int], count: Int) {
        self.init(groups: count)
        for (index, group) in groups.enumerated() {
            add(isRight: predictions[index] == labels[index], group: group)
        }
    }

    /// Of each group; nil where it has no samples.
    public var accuracies: [Double?] {
        zip(counts, right).map { $0 > 0 ? Double($1) / Double($0) : nil }
    }

    private var known: [Double] { accuracies.compactMap { $0 } }

    /// Over all samples.
    public var overall: Double { Double(right.reduce(0, +)) / Double(max(1, counts.reduce(0, +))) }

    /// The unweighted mean over the groups ("Per Group Acc" of GALS; over classes it is the balanced accuracy).
    public var mean: Double { known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count) }

    public var worst: Double { known.min() ?? 0 }

    /// The mean over groups weighted by how many training samples each has ("adjusted average", Sagawa et al.,
    /// arXiv:1911.08731).
    public func adjusted(trainingCounts: [Int]) -> Double {
        let pairs = zip(accuracies, trainingCounts).compactMap { accuracy, count in
            accuracy.map { (accuracy: $0, count: Double(count)) }
        }
        let total = pairs.reduce(0) { $0 + $1.count }
        return total > 0 ? pairs.reduce(0) { $0 + $1.accuracy * $1.count } / total : 0
    }
}
