internal import HyperSchedProtocol

/// HyperSched's question before a trial starts: is enough time left for it to beat the best one? (Published code of
/// arXiv 2001.02338; docs/SCHEDULING.md, "Admission".)
struct Admission: Equatable {
    let timeLeft: Double
    /// The least time that must be left, seconds.
    let needed: Double
    let longest: Double
    /// S, seconds; -1: not known.
    let setup: Double
    /// Median seconds per step on the smallest allocation; nil: not known.
    let base: Double?

    init(_ view: SweepView, _ options: HyperSchedOptions, _ estimates: TimingEstimates) {
        timeLeft = view.timeLeft
        longest = estimates.longest
        setup = options.countOverhead ? estimates.setup : 0
        base = estimates.baseStepSeconds
        if !options.limitAdmission {
            needed = -.infinity
        } else if let ratio = options.fixedExploration {
            needed = view.deadline.seconds(since: view.startedAt) * (1 - ratio)
        } else {
            let catchUp = (longest - setup) * Double(options.reductionFactor)
            let wholeRun = base.map { $0 * Double(view.steps.max) } ?? .infinity
            needed = min(catchUp, wholeRun)
        }
    }

    /// Equality admits.
    var isOpen: Bool { timeLeft >= needed }

    /// A start and `steps` steps on the smallest allocation end before the deadline, as far as is known.
    func fits(steps: Int) -> Bool { timeLeft >= max(0, setup) + Double(steps) * (base ?? 0) }

    var numbers: [String: Double] {
        var numbers = ["time_left": timeLeft, "time_needed": needed, "longest_trained": longest, "setup": setup]
        if let base { numbers["step_seconds"] = base }
        return numbers.filter { $0.value.isFinite }
    }

    func opened(_ what: String) -> Reason {
        let bar = needed.isFinite ? "it has a chance with \(needed.shortText) s or more" : "admission is not limited"
        return Reason(.admissionOpen, "\(what): \(timeLeft.shortText) s are left and \(bar)", numbers: numbers)
    }

    func closed(_ consequence: String) -> Reason {
        Reason(
            .admissionClosed,
            "exploration is over: \(timeLeft.shortText) s are left, a new trial has a chance only with "
                + "\(needed.shortText) s or more; \(consequence)", numbers: numbers)
    }

    func tooLate(steps: Int) -> Reason {
        let step = base.map { ", \($0.shortText) s each" } ?? ""
        return Reason(
            .noTime,
            "\(timeLeft.shortText) s are left, too little for a start (\(max(0, setup).shortText) s) and \(steps) "
                + "steps\(step)", numbers: numbers)
    }
}
