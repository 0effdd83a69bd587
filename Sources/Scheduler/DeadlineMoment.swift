internal import HyperSchedProtocol
internal import RealModule

/// What the deadline policy sees of the moment.
struct DeadlineMoment {
    /// Seconds in which trials may still train, and in which they might in all.
    let timeLeft: Double
    let wholeTime: Double
    let units: Int
    /// Most units that are worth holding.
    let limit: Int
    let setup: Double
    /// Index of the milestone from which on trials are judged by their rank.
    let firstJudged: Int
    /// A new trial is worth its slots while this many seconds are left.
    let admissionNeeds: Double

    var numbers: [String: Double] {
        ["time_left": timeLeft, "time_needed": admissionNeeds, "setup": setup, "units": Double(units)]
            .filter { $0.value.isFinite }
    }
}

extension DeadlinePolicy {
    func moment(_ view: SweepView) -> DeadlineMoment {
        let speed = forecaster.speed
        let units = max(1, view.capacity / view.minSlots)
        let limit = speed.fastest(upTo: max(1, min(units, view.maxSlots / view.minSlots)))
        let wholeTime = max(0, view.stopBegins.seconds(since: view.startedAt))
        let first = firstJudged(units: units, limit: limit, wholeTime: wholeTime)
        return DeadlineMoment(
            timeLeft: view.trainingTimeLeft, wholeTime: wholeTime, units: units, limit: limit, setup: speed.setup,
            firstJudged: first,
            admissionNeeds: admissionNeeds(from: first, units: units, limit: limit, wholeTime: wholeTime))
    }

    /// New configurations are worth their slots.
    func isOpen(_ moment: DeadlineMoment, _ view: SweepView) -> Bool {
        guard view.canCreate || !view.waiting.isEmpty else { return false }
        return !options.consolidates || moment.timeLeft >= moment.admissionNeeds
    }

    /// Index of the milestone nearest to α R √B on a logarithmic scale. R: the last step, or how far one trial can get
    /// in the whole time. B: how many runs to R the slots have time for. But none that takes less than a quarter of a
    /// start (`payback`): who has trained for less is not worth a start to somebody else yet.
    private func firstJudged(units: Int, limit: Int, wholeTime: Double) -> Int {
        let rungs = book.ladder.rungs
        let speed = forecaster.speed
        guard !rungs.isEmpty, let base = speed.typicalBase, base > 0, wholeTime > 0 else { return 0 }
        let reach = max(1, min(Double(steps.max), speed.speed(limit) * wholeTime / base))
        let budget = Double(units) * wholeTime / (base * reach)
        let wanted = max(0.75 * options.firstRung * reach * budget.squareRoot(), Self.payback * speed.setup / base)
        return rungs.firstIndex { Double($0.milestone) >= wanted } ?? rungs.count
    }

    private static let payback = 0.25

    /// Seconds that it takes to halve what has been started down to one trial, and to train that one on.
    private func admissionNeeds(from first: Int, units: Int, limit: Int, wholeTime: Double) -> Double {
        let speed = forecaster.speed
        guard let base = speed.typicalBase else { return -.infinity }
        var (trials, seconds, reached) = (Double(max(1, startedTrials)), 0.0, 0.0)
        for (index, rung) in book.ladder.rungs.enumerated() {
            guard trials > 1 else { break }
            let missing = max(0, trials - Double(rung.ranked.count))
            let each = (Double(rung.milestone) - reached) * base
            if missing > 0 {
                seconds +=
                    trials >= Double(units)
                    ? missing * (each + (index == 0 ? speed.setup : 0)) / Double(units)
                    : each / speed.speed(max(1, min(limit, Int(Double(units) / trials))))
            }
            if index >= first { trials /= Double(options.reductionFactor) }
            reached = Double(rung.milestone)
        }
        // The highest milestone that any trial has reached.
        let furthest = book.ladder.rungs.last { !$0.ranked.isEmpty }?.milestone ?? 0
        let left = max(0, Double(steps.max) - max(reached, Double(furthest)))
        return seconds + min(left * base / speed.speed(limit), options.finalShare * wholeTime) + 2 * speed.setup
    }

    /// A start, with one step after it, ends in time.
    func fits(_ trial: TrialID?, units: Int, _ moment: DeadlineMoment, steps count: Int = 1) -> Bool {
        let step = forecaster.speed.stepSeconds(of: trial, units: units) ?? 0
        return moment.timeLeft > forecaster.speed.setup + Double(count) * step
    }
}
