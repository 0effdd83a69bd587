internal import HyperSchedProtocol
internal import RealModule

/// Who shares the slots once no new trial is admitted: the best `wanted` trials, on `units` units each.
struct DeadlineContest {
    /// Best forecast first; the best of the live trials only.
    let order: [TrialID]
    let wanted: Int
    let units: Int

    var finalists: ArraySlice<TrialID> { order.prefix(wanted) }
}

extension DeadlinePolicy {
    /// How many trials are compared by forecast at most; the others by their best scores.
    static let widest = 24

    /// Trials are compared by what they would be worth at the deadline if they had all slots that they can use from
    /// now on, so one that waits has to make up for its restart first.
    func contest(_ moment: DeadlineMoment, _ view: SweepView) -> DeadlineContest {
        let candidates = live.suffix(Self.widest).reversed().compactMap { entry in
            forecaster.candidate(entry.trial, units: view.running[entry.trial] == nil ? 0 : moment.limit)
        }
        let forecasts = candidates.map { candidate in
            forecaster.value(of: candidate, units: moment.limit, timeLeft: moment.timeLeft) ?? -.infinity
        }
        let places = candidates.indices.sorted {
            forecasts[$0] == forecasts[$1]
                ? candidates[$0].trial! < candidates[$1].trial! : forecasts[$0] > forecasts[$1]
        }
        let order = places.map { candidates[$0].trial! }
        let wanted = min(max(1, live.count), finalists(moment, leader: order.first))
        return DeadlineContest(
            order: order, wanted: wanted,
            units: Self.buddy(max(1, min(moment.limit, moment.units / max(1, wanted)))))
    }

    /// How many trials go on: twice as many for each round that is left before the last one, which the leader has
    /// alone.
    private func finalists(_ moment: DeadlineMoment, leader: TrialID?) -> Int {
        guard options.hedges else { return 1 }
        let speed = forecaster.speed
        let step = leader.flatMap { forecaster.sketch(of: $0)?.step } ?? 0
        let run = Double(max(0, steps.max - step)) * (speed.typicalBase ?? 0) / speed.speed(moment.limit)
        let last = min(options.finalShare * moment.wholeTime, run) + 2 * moment.setup
        let round = Self.roundShare * last + moment.setup
        guard round > 0 else { return moment.units }
        let rounds = (moment.timeLeft - last) / round
        return rounds <= 0 ? 1 : 1 << Int(min(20, rounds.rounded(.down) + 1))
    }

    /// A round takes this part of the time of the last one.
    private static let roundShare = 0.3

    /// The trial is among the best `wanted`.
    func isFinalist(_ trial: TrialID, _ contest: DeadlineContest) -> Bool {
        if contest.wanted <= contest.order.count { return contest.finalists.contains(trial) }
        guard let entry = liveEntry(of: trial) else { return false }
        return live.count - 1 - live.lowerBound(of: entry) < contest.wanted
    }

    /// Of the finalists, those that could be compared.
    func waitsForSlots(_ contest: DeadlineContest, _ view: SweepView, _ moment: DeadlineMoment) -> Bool {
        contest.finalists.contains { trial in
            if view.isPaused(trial) { return true }
            guard let running = view.running[trial] else { return false }
            let held = max(1, running.slots / view.minSlots)
            return held < contest.units && pays(trial, held, contest.units, moment)
        }
    }

    /// Largest power of two that is not above `units`.
    static func buddy(_ units: Int) -> Int { 1 << (Int.bitWidth - 1 - max(1, units).leadingZeroBitCount) }
}
