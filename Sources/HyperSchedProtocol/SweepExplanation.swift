/// `POST /api/v1/sweeps/explain`: what a sweep file means, before anything is started.
public struct SweepExplanation: Hashable, Sendable, Codable {
    /// One rung: a trial that has done `steps` steps goes on when it is in the best `1 / keepOneIn` there.
    public struct Rung: Hashable, Sendable, Codable {
        public var steps: Int
        public var keepOneIn: Int

        public init(steps: Int, keepOneIn: Int) {
            self.steps = steps
            self.keepOneIn = keepOneIn
        }
    }

    public var spec: SweepSpec
    /// Seconds from the time of the answer to the deadline.
    public var timeLeftSeconds: Double
    /// The rung ladder in the user's own steps; empty for a policy without rungs.
    public var rungs: [Rung]
    /// Number of points of the grid; nil: the search space has no end.
    public var gridSize: Int?
    /// Trials that can be made at most: limits.trials, or the size of the grid when that is smaller.
    public var trialLimit: Int
    /// The first configurations, in the order in which they will be drawn.
    public var firstConfigurations: [Configuration]
    /// What can not work as it is written; empty when all is well.
    public var obstacles: [String]
    /// What is legal, but perhaps not meant.
    public var warnings: [String]
    /// The same for people.
    public var text: [String]

    public init(
        spec: SweepSpec, timeLeftSeconds: Double, rungs: [Rung], gridSize: Int?, trialLimit: Int,
        firstConfigurations: [Configuration], obstacles: [String], warnings: [String], text: [String]
    ) {
        self.spec = spec
        self.timeLeftSeconds = timeLeftSeconds
        self.rungs = rungs
        self.gridSize = gridSize
        self.trialLimit = trialLimit
        self.firstConfigurations = firstConfigurations
        self.obstacles = obstacles
        self.warnings = warnings
        self.text = text
    }
}
