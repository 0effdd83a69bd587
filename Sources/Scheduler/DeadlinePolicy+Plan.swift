internal import HyperSchedProtocol

/// What the deadline policy sees of the moment.
struct DeadlineMoment {
    /// Seconds in which trials may still train.
    let timeLeft: Double
    let units: Int
    /// Most units that are worth holding.
    let limit: Int
    /// A new trial is worth its slots while this many seconds are left.
    let admissionNeeds: Double
    let setup: Double
    var admits: Bool { timeLeft >= admissionNeeds }

    var numbers: [String: Double] {
        ["time_left": timeLeft, "time_needed": admissionNeeds, "setup": setup, "units": Double(units)]
            .filter { $0.value.isFinite }
    }
}

extension DeadlinePolicy {
    /// How many candidates a plan compares at most; more would cost time and change nothing.
    static let widest = 24

    func moment(_ view: SweepView) -> DeadlineMoment {
        let speed = forecaster.speed
        let units = max(1, view.capacity / view.minSlots)
        let limit = speed.fastest(upTo: max(1, min(units, view.maxSlots / view.minSlots)))
        var needs = -Double.infinity
        if let base = speed.typicalBase {
            let whole = Double(forecaster.probableEnd(from: 0)) * base / speed.speed(limit)
            needs = min(4 * max(0, speed.longest - speed.setup), admissionFactor * whole + 2 * speed.setup)
        }
        return DeadlineMoment(
            timeLeft: view.trainingTimeLeft, units: units, limit: limit, admissionNeeds: needs, setup: speed.setup)
    }

    /// A start, with one step after it, ends in time.
    func fits(_ trial: TrialID?, units: Int, _ moment: DeadlineMoment, steps count: Int = 1) -> Bool {
        let step = forecaster.speed.stepSeconds(of: trial, units: units) ?? 0
        return moment.timeLeft > forecaster.speed.setup + Double(count) * step
    }

    /// The plan for running trials and the best of the paused ones.
    func plan(_ view: SweepView, _ moment: DeadlineMoment) -> DeadlinePlan {
        var candidates: [SweepForecaster.Candidate] = []
        var floor = -Double.infinity
        for running in view.running {
            guard let candidate = forecaster.candidate(running.trial, units: max(1, running.slots / view.minSlots)),
                let best = candidate.best
            else { continue }
            candidates.append(candidate)
            floor = max(floor, best)
        }
        candidates.sort { ($0.best!, $1.trial!) > ($1.best!, $0.trial!) }
        candidates = Array(candidates.prefix(Self.widest))
        for trial in bestPaused(view, Self.widest / 2) {
            guard let candidate = forecaster.candidate(trial, units: 0), let best = candidate.best else { continue }
            candidates.append(candidate)
            floor = max(floor, best)
        }
        if !options.hedges { candidates = leaderAlone(candidates, moment) }
        return DeadlinePlan(
            candidates, units: moment.units, limit: moment.limit, floor: floor.isFinite ? floor : 0,
            forecast: { forecaster.forecast($0, units: $1, timeLeft: moment.timeLeft) })
    }

    /// The ablation without hedging: only the best forecast counts.
    private func leaderAlone(_ candidates: [SweepForecaster.Candidate], _ moment: DeadlineMoment) -> [SweepForecaster
        .Candidate]
    {
        let means = candidates.map {
            forecaster.forecast($0, units: moment.limit, timeLeft: moment.timeLeft)?.mean ?? -.infinity
        }
        guard let most = means.max(), let leader = means.firstIndex(of: most) else { return [] }
        return [candidates[leader]]
    }

    /// Paused trials, the best of the highest milestone first.
    func bestPaused(_ view: SweepView, _ count: Int) -> [TrialID] {
        var found: [TrialID] = []
        for rung in book.ladder.rungs.reversed() {
            for entry in rung.paused.reversed() where view.isPaused(entry.trial) {
                found.append(entry.trial)
                if found.count == count { return found }
            }
        }
        return found
    }
}
