/// How fast trials of a program were: what a new sweep with the same program can be held against.
public struct MeasuredPace: Hashable, Sendable, Codable {
    /// S: seconds from a start to the first step, 90th percentile; 0: none seen.
    public var setupSeconds: Double
    /// Median seconds per step on ``minSlots`` slots.
    public var stepSeconds: Double
    public var minSlots: Int
    /// What a step is there.
    public var unit: String

    public init(setupSeconds: Double, stepSeconds: Double, minSlots: Int, unit: String) {
        self.setupSeconds = setupSeconds
        self.stepSeconds = stepSeconds
        self.minSlots = minSlots
        self.unit = unit
    }

    /// S + steps × base: seconds after which a new trial on ``minSlots`` slots has so many steps.
    public func seconds(to steps: Int) -> Double { setupSeconds + Double(steps) * stepSeconds }
}
