public import HyperSchedProtocol
public import Simulator

/// Recorded or made-up runs of one model on one data set: what a sweep is replayed from.
public struct CurveTable: Sendable {
    public let name: String
    public let goal: Metric.Goal
    public let runs: [SimulatedTrial]
    /// Configurations of `runs`, as the table calls them.
    public let configurations: [String]
    /// R of the sweep's step range: the longest run.
    public let maxStep: Int
    /// Worst finite value anywhere: what a trial that never reports is worth.
    public let worst: Double
    /// Median seconds of a whole run on one slot, runs that never report left out.
    public let fullSeconds: Double
    /// Median seconds of one step on one slot.
    public let stepSeconds: Double
    /// Whether the order of the runs means something: seed 1 then draws them in this order.
    public let isOrdered: Bool

    public init(
        name: String, goal: Metric.Goal = .maximize, runs: [SimulatedTrial], configurations: [String]? = nil,
        isOrdered: Bool = false
    ) {
        self.name = name
        self.goal = goal
        self.runs = runs
        self.configurations = configurations ?? runs.indices.map { String($0 + 1) }
        self.isOrdered = isOrdered
        let metric = Metric(name: "", goal: goal)
        maxStep = max(1, runs.map(\.objective.count).max() ?? 1)
        let values = runs.flatMap(\.objective).filter(\.isFinite)
        worst = values.min { metric.score(of: $0) < metric.score(of: $1) } ?? 0
        fullSeconds = Self.median(runs.filter { !$0.stepSeconds.isEmpty }.map { $0.stepSeconds.reduce(0, +) })
        stepSeconds = Self.median(runs.flatMap(\.stepSeconds))
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 1 : sorted[sorted.count / 2]
    }
}
