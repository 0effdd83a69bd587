internal import HyperSchedProtocol
internal import RealModule

extension SweepForecaster {
    /// A trial (or a new one) that could use slots, with what its forecast needs.
    struct Candidate {
        /// nil: a new trial.
        let trial: TrialID?
        /// Units of slots held now; 0: none.
        let units: Int
        let step: Int
        /// Best score so far; nil: none yet.
        let best: Double?
        let gain: Double?
        let index: Int
        /// Seconds per step on one unit.
        let base: Double
        let spread: Double
        /// Step beyond which its program has probably ended.
        let end: Int
    }

    func candidate(_ trial: TrialID, units: Int) -> Candidate? {
        guard let sketch = sketches[trial], let base = speed.base(of: trial) else { return nil }
        let index = milestones.lastIndex { $0 <= sketch.step } ?? 0
        return Candidate(
            trial: trial, units: units, step: sketch.step, best: sketch.best, gain: lastGain(sketch),
            index: index, base: base, spread: spread(at: index), end: probableEnd(from: sketch.step))
    }

    /// Gain of the best score over the last doubling of the steps; nil: not known.
    func lastGain(_ sketch: CurveSketch) -> Double? {
        guard let best = sketch.best, sketch.step > 1 else { return nil }
        let half = Double(sketch.step) / 2
        let marks = sketch.marks
        func milestone(_ mark: CurveSketch.Mark) -> Double { Double(milestones[mark.index]) }
        guard let after = marks.firstIndex(where: { milestone($0) >= half }) else { return nil }
        let value: Double
        if after > 0, milestone(marks[after]) > half {
            let (a, b) = (marks[after - 1], marks[after])
            // What came after nothing but NaN says nothing of the slope.
            guard a.best > Rung.worstScore else { return nil }
            let part =
                (Double.log(half) - Double.log(milestone(a))) / (Double.log(milestone(b)) - Double.log(milestone(a)))
            value = a.best + (b.best - a.best) * part
        } else {
            value = marks[after].best
        }
        guard value > Rung.worstScore else { return nil }
        if after == 0, milestone(marks[0]) > half {
            // Less than one doubling is known: as much per log step.
            let known = Double.log(Double(sketch.step) / milestone(marks[0])) / Double.log(2)
            return known > 0.2 ? (best - value) / known : nil
        }
        return best - value
    }

    /// Width of the middle two thirds of the scores at a milestone.
    func spread(at index: Int) -> Double {
        var index = index
        while index > 0 && scores[index].sorted.count < 4 { index -= 1 }
        let ranked = scores.isEmpty ? [] : scores[index].sorted
        guard ranked.count >= 2 else { return ranked.first.map { 0.1 * abs($0) } ?? 0 }
        return ranked[ranked.count * 5 / 6] - ranked[ranked.count / 6]
    }

    /// The step by which half of the programs that got as far as `step` have ended by themselves.
    func probableEnd(from step: Int) -> Int {
        var survival = 1.0
        for index in milestones.indices where index < curves.ended.count {
            let upper = index + 1 < milestones.count ? milestones[index + 1] : steps.max
            guard upper > step else { continue }
            let passed = index + 1 < scores.count ? scores[index + 1].sorted.count : 0
            let ended = curves.ended[index]
            guard ended + passed > 0 else { break }
            survival *= Double(passed) / Double(ended + passed)
            if survival < 0.5 { return min(steps.max, upper) }
        }
        return steps.max
    }

    /// The candidate's best score at the deadline if it holds `units` from now on.
    func forecast(_ candidate: Candidate, units: Int, timeLeft: Double) -> Forecast? {
        let end = min(reach(candidate, units: units, timeLeft: timeLeft), Double(candidate.end))
        guard let best = candidate.best else { return nil }
        guard end > Double(candidate.step) else { return Forecast(mean: best, deviation: 0) }
        let doublings = Double.log(end / Double(max(1, candidate.step))) / Double.log(2)
        return curves.forecast(
            best: best, gain: candidate.gain, at: candidate.index, doublings: doublings, spread: candidate.spread)
    }

    /// A change of size costs a stop, a start and what the program loses besides: so many start-up times.
    private static let resizeRestarts = 2.0

    /// The candidate's best score at the deadline if it holds `units` from now on and goes on as curves do here. A
    /// trial that has no slope yet is worth what it has.
    func value(of candidate: Candidate, units: Int, timeLeft: Double) -> Double? {
        guard let best = candidate.best else { return nil }
        let end = min(reach(candidate, units: units, timeLeft: timeLeft), Double(candidate.end))
        guard let gain = candidate.gain, gain > 0, end > Double(candidate.step) else { return best }
        let doublings = Double.log(end / Double(max(1, candidate.step))) / Double.log(2)
        return best + curves.gainToCome(after: gain, doublings: doublings)
    }

    /// The step it can be at by the deadline; a change of size costs restarts.
    func reach(_ candidate: Candidate, units: Int, timeLeft: Double) -> Double {
        let restarts = units == candidate.units ? 0 : candidate.units == 0 ? 1 : Self.resizeRestarts
        let time = timeLeft - restarts * speed.setup
        return Double(candidate.step) + (time * speed.speed(units) / candidate.base).rounded(.down)
    }
}
