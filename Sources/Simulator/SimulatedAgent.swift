public import HyperSchedProtocol

/// An agent that exists only on paper: what it has, when it comes and what becomes of it.
public struct SimulatedAgent: Hashable, Sendable {
    public enum Change: Hashable, Sendable {
        /// It comes back from a restart with this many slots; processes on slots that are gone are stopped.
        case slots(Int)
        /// `hypersched agent drain`: nothing more starts there, what runs is moved away with a checkpoint.
        case drain
        case undrain
        /// It dies without a word, with all that runs there.
        case vanish
    }

    public struct Event: Hashable, Sendable {
        /// From the start of the simulation.
        public var seconds: Double
        public var change: Change

        public init(seconds: Double, _ change: Change) {
            self.seconds = seconds
            self.change = change
        }
    }

    public var slots: Int
    public var kind: SlotKind
    public var labels: [String: String]
    /// Seconds from the start at which it reports for work.
    public var joins: Double
    /// Ascending in time.
    public var events: [Event]
    /// Seconds from the start at which it will be gone, as it says from the beginning; nil: it stays.
    public var ends: Double?

    public init(
        slots: Int, kind: SlotKind = .cpu, labels: [String: String] = [:], joins: Double = 0, events: [Event] = [],
        ends: Double? = nil
    ) {
        self.slots = slots
        self.kind = kind
        self.labels = labels
        self.joins = joins
        self.events = events
        self.ends = ends
    }

    /// ``events``, and that it is gone at its end.
    var allEvents: [Event] {
        (events + (ends.map { [Event(seconds: $0, .vanish)] } ?? [])).sorted { $0.seconds < $1.seconds }
    }

    /// Slot-seconds that it offers between two instants, in seconds from the start.
    func capacity(from begin: Double, to end: Double) -> Double {
        var (slots, since, sum) = (Double(self.slots), joins, 0.0)
        var offered = slots
        for event in allEvents + [Event(seconds: .infinity, .vanish)] {
            sum += offered * max(0, min(event.seconds, end) - max(since, begin))
            since = event.seconds
            switch event.change {
            case .slots(let count): (slots, offered) = (Double(count), offered > 0 ? Double(count) : 0)
            case .drain, .vanish: offered = 0
            case .undrain: offered = slots
            }
        }
        return sum
    }
}
