public import HyperSchedProtocol

/// The running trials of a sweep by id ascending, as they were when the view was made. Nothing is copied: each one is
/// put together when it is looked at.
public struct RunningTrials: RandomAccessCollection, Sendable {
    public let ids: SortedList<TrialID>
    /// The same trials in the order in which slots are dealt.
    public let ranked: SortedList<TrialRank>
    private let read: @Sendable (TrialID) -> RunningTrial
    private let beside: Search?

    /// Tries trials until the predicate holds for one; tells whether it did.
    typealias Search = @Sendable (_ predicate: (TrialID) -> Bool) -> Bool

    /// - Parameters:
    ///   - beside: tries all trials with ``RunningTrial/freeBeside`` above 0, and perhaps others that need not be among
    ///     `ids`; nil: not known without a look at each.
    ///   - read: gives each of `ids`; a pure function.
    init(
        ids: SortedList<TrialID>, ranked: SortedList<TrialRank>, beside: Search? = nil,
        read: @escaping @Sendable (TrialID) -> RunningTrial
    ) {
        self.ids = ids
        self.ranked = ranked
        self.beside = beside
        self.read = read
    }

    public init(_ trials: [RunningTrial]) {
        let byID = Dictionary(uniqueKeysWithValues: trials.map { ($0.trial, $0) })
        self.init(
            ids: SortedList(trials.map(\.trial)), ranked: SortedList(trials.map(\.rank)), read: { byID[$0]! })
    }

    /// The trials with the best latest scores, at most `count`, best first; fillers are treated like all others, and
    /// those that have not reported come last.
    public func leaders(_ count: Int) -> [TrialID] {
        let fillers = ranked.lowerBound(of: .start(fillers: true))
        let ranks = [0..<Swift.min(count, fillers), fillers..<Swift.min(fillers + count, ranked.count)]
        let best = ranks.joined().map { ranked[$0] }.sorted { a, b in
            a.score != b.score ? a.score > b.score : a.trial < b.trial
        }
        return best.prefix(count).map(\.trial)
    }

    /// The same with the ``leaders(_:)`` only, without those that have not reported; all of them where they are few.
    func keepingLeaders(_ count: Int) -> RunningTrials {
        guard self.count > count else { return self }
        let best = leaders(count).map { read($0) }.filter { $0.lastScore != nil }
        return RunningTrials(best.sorted { $0.trial < $1.trial })
    }

    /// Whether the predicate holds for a trial with free slots beside it. Looks only at agents that have free slots.
    func containsWithRoom(where predicate: (RunningTrial) -> Bool) -> Bool {
        guard let beside else { return contains { $0.freeBeside > 0 && predicate($0) } }
        return beside { id in
            guard let running = self[id], running.freeBeside > 0 else { return false }
            return predicate(running)
        }
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { ids.count }

    /// O(log n)
    public subscript(index: Int) -> RunningTrial { read(ids[index]) }

    /// nil: it is not running, or on its way out. O(log n).
    public subscript(trial: TrialID) -> RunningTrial? { ids.contains(trial) ? read(trial) : nil }

    public struct Iterator: IteratorProtocol {
        private var ids: SortedList<TrialID>.Iterator
        private let read: @Sendable (TrialID) -> RunningTrial

        init(_ trials: RunningTrials) {
            ids = trials.ids.makeIterator()
            read = trials.read
        }

        public mutating func next() -> RunningTrial? { ids.next().map(read) }
    }

    public func makeIterator() -> Iterator { Iterator(self) }
}

extension RunningTrials: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: RunningTrial...) { self.init(elements) }
}
