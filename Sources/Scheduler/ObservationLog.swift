internal import HyperSchedProtocol

/// In which order the trials of a sweep have changed last, for a program that proposes configurations: it asks for what
/// has changed since a number, and gets each trial as it is now.
struct ObservationLog: Equatable, Sendable {
    struct Mark: Comparable, Sendable {
        let number: Int64
        let trial: TrialID

        static func < (a: Self, b: Self) -> Bool { (a.number, a.trial) < (b.number, b.trial) }
    }

    /// Each trial once.
    private(set) var marks: SortedList<Mark> = []

    /// The largest number given.
    var latest: Int64 { marks.last?.number ?? 0 }

    /// - Parameter old: the number that the trial had before.
    mutating func set(_ number: Int64, of trial: TrialID, old: Int64?) {
        if let old { marks.remove(Mark(number: old, trial: trial)) }
        marks.insert(Mark(number: number, trial: trial))
    }

    /// Trials with a larger number, ascending by it.
    func trials(after number: Int64, limit: Int) -> [TrialID] {
        guard number < .max else { return [] }
        let start = marks.lowerBound(of: Mark(number: number + 1, trial: TrialID(.min)))
        return (start..<min(marks.count, start + limit)).map { marks[$0].trial }
    }
}
