/// Evenly spaced steps: `first`, `first` + `interval`, … below `last`.
public struct JudgementPoints: Hashable, Sendable {
    public let first: Int
    public let interval: Int
    public let last: Int

    public init(first: Int, interval: Int, last: Int) {
        precondition(first >= 0 && interval >= 1, "points lie at whole steps, one or more apart")
        self.first = first
        self.interval = interval
        self.last = last
    }

    /// How many there are.
    public var count: Int { passed(by: last - 1) }

    /// How many lie at or before `step`, those at or after ``last`` left out.
    public func passed(by step: Int) -> Int {
        let step = min(step, last - 1)
        return step < first ? 0 : (step - first) / interval + 1
    }

    /// The step of the point with this index.
    public subscript(index: Int) -> Int { first + index * interval }
}
