/// MLflow's steps as completed steps.
///
/// A program's own loop may count from 0 or from 1, and many never name a step, which MLflow writes as 0. For each
/// metric by itself, in an attempt that began at `base` completed steps:
/// - points with step 0 are counted: `base + 1`, `base + 2`, …
/// - where the metric's first point has step `base + 1`, the loop counts from 1, and its steps are completed steps;
/// - else it counts from 0, and a point with step s means s + 1 completed steps.
struct TrackingSteps {
    private let base: Int
    private let run: TrackedRun
    /// Points with step 0, and first steps, by metric, with those of the points seen here.
    private var unstepped: [String: Int] = [:]
    private var first: [String: Int64] = [:]

    /// Steps beyond this are taken for garbage.
    static let largest = 1 << 53

    init(from base: Int, _ run: TrackedRun) {
        self.base = base
        self.run = run
    }

    /// nil: a negative step.
    mutating func step(of point: TrackedPoint) -> Int? {
        let first = first[point.key] ?? run.series[point.key]?.firstStep ?? point.step
        self.first[point.key] = first
        if point.step == 0 {
            let count = (unstepped[point.key] ?? run.series[point.key]?.unstepped ?? 0) + 1
            unstepped[point.key] = count
            return base + count
        }
        guard point.step > 0 else { return nil }
        return Int(point.step) + (first == Int64(base) + 1 ? 0 : 1)
    }
}
