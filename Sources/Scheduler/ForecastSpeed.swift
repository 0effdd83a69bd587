internal import HyperSchedProtocol
internal import RealModule

/// What is known of speed: seconds per step of each trial, start-up time, and s(a), the speed on `a` units of slots
/// relative to one. Learned from timings in their order of arrival.
struct ForecastSpeed: Equatable, Sendable {
    private struct Pace: Equatable, Sendable {
        var units: Int
        /// Seconds per step on those units.
        var seconds: Double
    }

    /// log2 of the speed-up of one doubling: Σ of what was seen, and how much was seen.
    private struct Doubling: Equatable, Sendable {
        var sum = 0.0
        var weight = 0.0
    }

    /// What a doubling is believed to bring before any is seen: 2^0.8 = 1.74 times the speed, between √2 and 2.
    static let priorExponent = 0.8
    static let priorWeight = 0.5

    let minSlots: Int
    /// Steps are seconds of training: each takes one, on any number of slots.
    private let isTimed: Bool
    private let table: ThroughputModel?
    private var setups = OrderStatistics()
    private var bases = OrderStatistics()
    /// For look-up only, never iterated.
    private var paces: TreeMap<TrialID, Pace> = [:]
    private var trained: TreeMap<TrialID, Double> = [:]
    private var doublings: [Doubling] = []
    /// Longest training time of any trial, seconds.
    private(set) var longest = 0.0

    init(minSlots: Int, scaling: [ScalingPoint]?, isTimed: Bool = false) {
        self.minSlots = minSlots
        self.isTimed = isTimed
        table = isTimed ? ThroughputModel.none : scaling.map { ThroughputModel(points: $0) }
    }

    mutating func observe(_ timing: ReportTiming) {
        if let setup = timing.setupSeconds { setups.insert(setup) }
        guard timing.iterationSeconds.isFinite, timing.iterationSeconds > 0 else { return }
        let total = trained[timing.trial, default: 0] + timing.iterationSeconds
        trained[timing.trial] = total
        longest = max(longest, total)
        let units = max(1, timing.slots / minSlots)
        let seconds = isTimed ? 1 : timing.iterationSeconds / Double(timing.iterationSteps)
        guard let old = paces[timing.trial] else {
            bases.insert(seconds * speed(units))
            paces[timing.trial] = Pace(units: units, seconds: seconds)
            return
        }
        if old.units == units {
            // Step times vary; three quarters of the old estimate stay.
            paces[timing.trial]!.seconds += 0.25 * (seconds - old.seconds)
        } else {
            learn(from: old, to: Pace(units: units, seconds: seconds))
            paces[timing.trial] = Pace(units: units, seconds: seconds)
        }
    }

    private mutating func learn(from old: Pace, to new: Pace) {
        let (small, large) = old.units < new.units ? (old, new) : (new, old)
        let exponent = Double.log(small.seconds / large.seconds) / Double.log(Double(large.units) / Double(small.units))
        let bounded = min(max(exponent, -0.5), 1.1)
        let (first, last) = (Self.level(small.units), max(Self.level(small.units) + 1, Self.level(large.units)))
        while doublings.count < last { doublings.append(Doubling()) }
        for level in first..<last {
            doublings[level].sum += bounded
            doublings[level].weight += 1
        }
    }

    private static func level(_ units: Int) -> Int { Int.bitWidth - 1 - max(1, units).leadingZeroBitCount }

    /// s(units); s(1) = 1.
    func speed(_ units: Int) -> Double {
        if let table { return table.speed(slots: units * minSlots) / table.speed(slots: minSlots) }
        var (exponent, total) = (Self.priorExponent, 0.0)
        let log = Double.log(Double(max(1, units))) / Double.log(2)
        var level = 0
        while Double(level) < log {
            if level < doublings.count {
                let seen = doublings[level]
                exponent = (Self.priorWeight * exponent + seen.sum) / (Self.priorWeight + seen.weight)
            }
            total += exponent * min(1, log - Double(level))
            level += 1
        }
        return Double.exp(total * Double.log(2))
    }

    /// Seconds from a start to the first step; 0 while nothing is known.
    var setup: Double { setups.quantile(9, over: 10) ?? 0 }

    /// Median seconds per step on one unit; nil: nothing seen yet.
    var typicalBase: Double? { bases.quantile(1, over: 2) }

    /// Seconds per step of the trial on one unit.
    func base(of trial: TrialID) -> Double? { paces[trial].map { $0.seconds * speed($0.units) } ?? typicalBase }

    func stepSeconds(of trial: TrialID?, units: Int) -> Double? {
        if let trial, let pace = paces[trial] {
            return pace.units == units ? pace.seconds : pace.seconds * speed(pace.units) / speed(units)
        }
        return typicalBase.map { $0 / speed(units) }
    }

    /// The number of units in 1, 2, 4, … `limit` (itself included) with the highest speed; the smallest of equals.
    func fastest(upTo limit: Int) -> Int {
        var (best, units) = (1, 1)
        while units < limit {
            units = min(2 * units, limit)
            if speed(units) > speed(best) * 1.02 { best = units }
        }
        return best
    }
}
