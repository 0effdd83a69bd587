internal import HyperSchedProtocol

/// The rungs of a sweep: milestones r η^i, in whole numbers, so that no logarithm loses one.
struct RungLadder: Equatable, Sendable {
    /// Ascending by milestone.
    var rungs: [Rung]
    let reductionFactor: Int

    /// - Parameter extraTop: HyperSched's published ladder has one rung more, at or above R, which no trial reaches.
    init(steps: StepRange, reductionFactor: Int, extraTop: Bool = false) {
        self.reductionFactor = reductionFactor
        rungs = Self.milestones(steps: steps, reductionFactor: reductionFactor, extraTop: extraTop).map(Rung.init)
    }

    /// r η^i below R, ascending; with `extraTop` also the first one that is not below R.
    static func milestones(steps: StepRange, reductionFactor: Int, extraTop: Bool = false) -> [Int] {
        precondition(steps.min >= 1 && reductionFactor >= 2, "r must be at least 1 and η at least 2")
        var milestones: [Int] = []
        var next = steps.min
        while next < steps.max {
            milestones.append(next)
            let (product, overflow) = next.multipliedReportingOverflow(by: reductionFactor)
            if overflow { return milestones }
            next = product
        }
        return extraTop ? milestones + [next] : milestones
    }

    /// Index of the highest rung that `step` has reached.
    func topIndex(at step: Int) -> Int? { rungs.lastIndex { $0.milestone <= step } }

    func index(ofMilestone milestone: Int) -> Int? { rungs.firstIndex { $0.milestone == milestone } }
}
