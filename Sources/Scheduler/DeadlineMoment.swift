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
    /// Index of the milestone from which on trials are judged by their rank in any case.
    let firstJudged: Int
    /// By milestone: a trial that arrives there is judged by its rank.
    let judged: [Bool]
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
        let judged = judgedMilestones(from: first)
        return DeadlineMoment(
            timeLeft: view.trainingTimeLeft, wholeTime: wholeTime, units: units, limit: limit, setup: speed.setup,
            firstJudged: first, judged: judged,
            admissionNeeds: admissionNeeds(judged, units: units, limit: limit, wholeTime: wholeTime))
    }

    /// New configurations are worth their slots.
    func isOpen(_ moment: DeadlineMoment, _ view: SweepView) -> Bool {
        guard view.canCreate || !view.waiting.isEmpty else { return false }
        return !options.consolidates || moment.timeLeft >= moment.admissionNeeds
    }

    /// Index of the milestone nearest to α R √B on a logarithmic scale. R: the last step, or how far one trial can get
    /// in the whole time. B: how many runs to R the slots have time for.
    private func firstJudged(units: Int, limit: Int, wholeTime: Double) -> Int {
        let rungs = book.ladder.rungs
        guard !rungs.isEmpty, let base = forecaster.speed.typicalBase, base > 0, wholeTime > 0 else { return 0 }
        let reach = max(1, min(Double(steps.max), forecaster.speed.speed(limit) * wholeTime / base))
        let budget = Double(units) * wholeTime / (base * reach)
        let wanted = options.firstRung * reach * budget.squareRoot()
        return rungs.firstIndex { Double($0.milestone) >= 0.75 * wanted } ?? rungs.count - 1
    }

    /// From `first` on, and before it where the ranking agrees well enough with the ranking there; but nowhere below
    /// the time that a start takes: who has trained for less is not worth a start to somebody else yet.
    private func judgedMilestones(from first: Int) -> [Bool] {
        let rungs = book.ladder.rungs
        let speed = forecaster.speed
        let agreement = options.adapts && first > 0 ? RankAgreement.of(rungs, later: first, known: agreement) : nil
        return rungs.indices.map { index in
            let isPaid = Double(rungs[index].milestone) * (speed.typicalBase ?? .infinity) >= speed.setup
            let isSure = agreement.map { index < first && $0.value(at: index) >= options.sureRanking } ?? false
            return isPaid && (index >= first || isSure)
        }
    }

    /// The agreement with the ranking where trials are judged first, kept for the questions to come.
    mutating func refreshAgreement(_ moment: DeadlineMoment) {
        guard options.adapts, moment.firstJudged > 0 else { return }
        agreement = RankAgreement.of(book.ladder.rungs, later: moment.firstJudged, known: agreement)
    }

    /// Seconds that it takes to halve what has been started down to one trial, and to train that one on.
    private func admissionNeeds(_ judged: [Bool], units: Int, limit: Int, wholeTime: Double) -> Double {
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
            if judged[index] { trials /= Double(options.reductionFactor) }
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
